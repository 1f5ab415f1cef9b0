"""Files from elsewhere, whatever they hold: a result, or a warning that names the file; and no memory beyond it."""

import json
import os
import random
import tracemalloc
import warnings

import fuzz
import numpy as np
import pytest
from scipy.io import netcdf_file

from prenoise.study.lab import DamagedFile, Job, Results, Store
from prenoise.study.lab.netcdf import as_dataset, decode, encode
from prenoise.study.lab.seal import opened, sealed

JOB = Job("trivial_jobs:numbers", experiment="fig1", condition={"scale": 2.0}, seeds=(3, 4))
ENVIRONMENT = {"device": "cpu", "versions": {"numpy": "2"}}
ARRAYS = {"loss": (("seed", "epoch"), np.ones((2, 50))), "rule": ("seed", ["a", "bc"]), "epoch": ("epoch", range(50))}


def changed(arrays=ARRAYS, **attributes):
    """The bytes of a valid file with other attributes; None takes one away."""
    dataset = as_dataset(JOB, arrays)
    payload = encode(JOB, dataset, ENVIRONMENT, 1.5)
    if not attributes:
        return payload
    import io

    import xarray

    found = xarray.load_dataset(io.BytesIO(payload), engine="scipy", decode_cf=False)
    for name, value in attributes.items():
        found.attrs.pop(name)
        if value is not None:
            found.attrs[name] = value
    return bytes(found.to_netcdf(engine="scipy"))


def all_in_one_place(count=2_000, length=4_000):
    """As many arrays as one likes that all are the same bytes of the file."""
    import io

    buffer = io.BytesIO()
    file = netcdf_file(buffer, "w", version=2)
    file.createDimension("n", length)
    for number in range(count):
        file.createVariable(f"v{number}", "f8", ("n",))[:] = 0
    file.flush()
    content, arrays = bytearray(buffer.getvalue()), list(file.variables.values())
    first = arrays[0]._begin
    begin = content[first : first + 8]
    for array in arrays:
        content[array._begin : array._begin + 8] = begin
    return bytes(content[: int.from_bytes(begin, "big") + 8 * length])


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (lambda: changed(seconds=None), "it took None seconds"),
        (lambda: changed(seconds="long"), "it took 'long' seconds"),
        (lambda: changed(seconds=float("inf")), "it took inf seconds"),
        (lambda: changed(seconds=-1.0), "it took -1.0 seconds"),
        (lambda: changed(environment=None), "where it was computed"),
        (lambda: changed(environment="{"), "where it was computed"),
        (lambda: changed(environment="[]"), "where it was computed"),
        (lambda: changed(environment='{"versions": {"jax": 1}}'), "where it was computed"),
        (lambda: changed(environment="[" * 100_000), "where it was computed"),
        (lambda: changed(job=None), "which job it is the result of"),
        (lambda: changed(job="[" * 100_000), "which job it is the result of"),
        (lambda: changed(job='{"function": "os:system", "seeds": [0]}'), "which job it is the result of"),
        (lambda: changed(job='{"function": "os:system", "version": "1"}'), "its identity is not that of the job"),
        (lambda: changed(identity="0" * 20), "its identity is not that of the job"),
        (lambda: changed(job=json.dumps(JOB.description | {"calls": ["a.b"]})), "written 'package.module:name'"),
        (lambda: b"\x89HDF\r\n\x1a\n", "of an older version of prenoise"),
        (lambda: b"rubbish", "treated as absent"),
        (lambda: b"", "treated as absent"),
        (all_in_one_place, "hold more than the file does"),
        (lambda: changed({"text": ("letter", ["a" * 1_100] * 900)}), "more text than"),
    ],
)
def test_an_odd_file_is_absent_and_named(folder, payload, said, monkeypatch):
    if "text" in said:
        monkeypatch.setattr("prenoise.study.lab.netcdf.MOST_TEXT", 2**30)
        content = payload()
        monkeypatch.undo()
        monkeypatch.setattr("prenoise.study.lab.netcdf.MOST_TEXT", 2**19)
    else:
        content = payload()
    store = Store(folder)
    path = store.write(JOB, content)
    tracemalloc.start()
    with pytest.warns(DamagedFile, match=f"{path}.*{said}"):
        assert store.read(JOB) is None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * len(content) + 2**22


def test_arrays_named_like_a_condition_are_refused(folder):
    other = Job(JOB.function, experiment="fig1", seeds=(3, 4))
    payload = encode(JOB, as_dataset(other, {"scale": ("seed", [1.0, 2.0])}), ENVIRONMENT, 1.0)
    Store(folder).write(JOB, payload)
    with pytest.warns(DamagedFile, match="named scale: names that are taken"):
        assert Store(folder).read(JOB) is None


def test_crossed_axes_are_not_multiplied_out(folder):
    """Two blocks of a cell, one with a long first axis and one with a long second, are not put on one grid."""
    store, jobs = Store(folder), [Job("trivial_jobs:numbers", experiment="fig1", seeds=(seed,)) for seed in (0, 1)]
    for job, shape in zip(jobs, [(60_000, 1), (1, 60_000)], strict=True):
        arrays = {"a": (("seed", "x", "y"), np.ones((1, *shape))), "x": ("x", range(shape[0]))}
        store.write(job, encode(job, as_dataset(job, arrays), ENVIRONMENT, 1.0))
    tracemalloc.start()
    with pytest.warns(DamagedFile, match="its axes are not those of other seeds"):
        assert Results(store, jobs)[{}].sizes == {"seed": 1, "x": 60_000, "y": 1}
    assert tracemalloc.get_traced_memory()[1] < 2**26
    tracemalloc.stop()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files here")
def test_what_is_no_ordinary_file_is_absent(folder, tmp_path):
    store = Store(folder)
    path = store.path(JOB)
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    assert not store.holds(JOB)
    with pytest.warns(DamagedFile, match="not an ordinary file"):
        assert store.read(JOB) is None
    path.unlink()
    path.symlink_to("/dev/zero")
    assert not store.holds(JOB)
    path.unlink()
    path.mkdir()
    assert not store.holds(JOB)
    with pytest.warns(DamagedFile, match="directory"):
        assert Results(store, [JOB]).cells == []


def test_a_result_behind_a_link_is_a_result(folder, tmp_path):
    path = Store(folder).write(JOB, changed())
    path.rename(tmp_path / "elsewhere.nc")
    path.symlink_to(tmp_path / "elsewhere.nc")
    assert Store(folder).holds(JOB)


def test_the_source_belongs_to_what_is_sealed(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(sealed(b"payload", "0" * 16))
    assert opened(path) == (b"payload", "0" * 16)
    path.write_bytes(path.read_bytes().replace(b"0" * 16, b"1" * 16, 1))
    with pytest.raises(ValueError, match="checksum"):
        opened(path)


def test_an_axis_that_is_named_twice_is_said(folder):
    """As the format allows and no library of ours does."""
    import io

    buffer = io.BytesIO()
    file = netcdf_file(buffer, "w", version=2)
    file.createDimension("seed", 2)
    file.createVariable("loss", "f8", ("seed", "seed"))[:] = 1
    for name, value in decode(changed()).attributes.items():
        setattr(file, name, value)
    file.flush()
    Store(folder).write(JOB, buffer.getvalue())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("always", DamagedFile)
        with pytest.warns(DamagedFile, match="the axes of loss do not fit"):
            assert Store(folder).read(JOB) is None


@pytest.mark.slow
def test_changed_files_that_are_sealed_again_are_results_or_named(folder):
    counts = fuzz.results_are_fuzzed(folder, JOB, changed(), 300, random.Random(1))
    assert sum(counts.values()) == 300
    assert counts["named"] > 50


@pytest.mark.slow
def test_changed_networks_are_networks_or_named(folder):
    counts = fuzz.weights_are_fuzzed(folder, 300, random.Random(1))
    assert sum(counts.values()) == 300
    assert counts["named"] > 50
