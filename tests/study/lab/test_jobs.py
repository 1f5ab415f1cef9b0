import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prenoise.study.lab import Job

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
plain = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
names = st.text(min_size=1).filter(lambda name: name != "seeds")


def job(**options):
    return Job("trivial_jobs:numbers", **{"version": "1", **options})


@given(st.dictionaries(names, plain, max_size=4))
def test_a_job_read_back_from_json_is_the_same_job(arguments):
    one = job(arguments=arguments)
    assert Job.from_description(json.loads(json.dumps(one.description))).identity == one.identity


@given(st.dictionaries(names, plain, min_size=2, max_size=4))
def test_the_order_of_arguments_does_not_matter(arguments):
    assert job(arguments=arguments) == job(arguments=dict(reversed(arguments.items())))


@pytest.mark.parametrize(
    "change",
    [
        {"arguments": {"rate": 0.1}},
        {"condition": {"rate": 0.1}},
        {"experiment": "other"},
        {"seeds": (0, 1)},
        {"seeds": (1,)},
        {"size": "paper"},
        {"calls": ["json:loads"]},
        {"version": "2"},
    ],
)
def test_every_part_of_the_description_is_part_of_the_identity(change):
    assert job(**change).identity != job().identity


def test_numbers_of_different_type_are_different_jobs():
    identities = {job(arguments={"x": value}).identity for value in (1, 1.0, True, "1", [1])}
    assert len(identities) == 5
    assert job(arguments={"x": 1}) != job(arguments={"x": 1.0})


def test_the_identity_is_the_same_in_another_process_with_other_hashes():
    here = job(condition={"rule": "fa", "rate": 1e-4}, arguments={"größe": [1, 2.5]}).identity
    code = (
        "from prenoise.study.lab import Job; print(Job('trivial_jobs:numbers', {'größe': [1, 2.5]}, version='1', "
        "condition={'rate': 1e-4, 'rule': 'fa'}).identity)"
    )
    there = subprocess.run([sys.executable, "-X", "utf8", "-c", code], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here


@pytest.mark.parametrize(
    ("value", "words"),
    [(np.float32(0.5), "numpy.float32"), (float("nan"), "nan"), ({1: 2}, "key 1"), ([object()], r"\[0\] is a")],
)
def test_what_is_not_plain_json_is_refused_by_name(value, words):
    with pytest.raises(TypeError, match=r"arguments\['x'\].*" + words):
        job(arguments={"x": value})


@pytest.mark.parametrize("experiment", ["", "../up", "a/b", ".hidden", "a" * 65, "a b"])
def test_an_experiment_cannot_name_a_folder_elsewhere(experiment):
    with pytest.raises(ValueError, match="name of a folder"):
        job(experiment=experiment)


@pytest.mark.parametrize("function", ["name", "a.b", "a:b:c", "a b:c", ":c", "os.system('x'):y"])
def test_a_function_is_named_by_module_and_name(function):
    with pytest.raises(ValueError, match=r"package\.module:name"):
        Job(function)


@pytest.mark.parametrize("seeds", [(), (1, 1), (True,)])
def test_seeds_are_different_whole_numbers(seeds):
    with pytest.raises(ValueError, match="different whole numbers"):
        job(seeds=seeds)


def test_a_name_has_one_meaning():
    with pytest.raises(ValueError, match="rate: named twice"):
        job(condition={"rate": 1}, arguments={"rate": 2})
    with pytest.raises(ValueError, match="seeds: named twice"):
        job(arguments={"seeds": [1]})


def test_changing_what_a_job_was_made_from_does_not_change_the_job():
    arguments = {"layers": [784, 10]}
    one = job(arguments=arguments)
    before = one.identity
    arguments["layers"].append(3)
    assert one.identity == before
