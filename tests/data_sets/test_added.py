"""A package of somebody else's brings a data set, and prenoise finds it by the name it was given there."""

import os
import subprocess
import sys
import textwrap

import pytest

CODE = """
from pathlib import Path
import numpy as np
from prenoise import data

draws = np.random.default_rng(0)
x, y = draws.normal(size=(30, 5)), np.arange(30) % 3

def letters():
    return data.from_arrays(x[:20], y[:20], x[20:], y[20:], name="letters")

def read(paths, at_most):
    return letters().x_train, y[:20], letters().x_test, y[20:]

SIGNS = data.Entry(name="signs", title="Signs", read=read, shape=(5,), classes=3, train=20, test=10, licence="mine",
                   citation="me", homepage="http://localhost/", values="float32")
"""
POINTS = """
[prenoise.datasets]
letters = my_letters:letters
signs = my_letters:SIGNS
"""


@pytest.fixture
def python(tmp_path):
    """Run a command in a process that has the package installed."""
    folder = tmp_path / "packages"
    info = folder / "my_letters-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-letters\nVersion: 1.0\n")

    def python(*arguments: str, code: str = CODE, points: str = POINTS) -> subprocess.CompletedProcess[str]:
        (folder / "my_letters.py").write_text(code)
        (info / "entry_points.txt").write_text(points)
        path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": path}
        )

    return python


@pytest.mark.slow
def test_a_function_and_an_entry_are_loaded_by_name(python):
    script = """
    import prenoise
    for name in ("letters", "signs"):
        found = prenoise.data.load(name)
        print(found.name, found.classes, found.shape, found.description)
    print(len(prenoise.load("letters")[0]))
    """
    done = python("-c", textwrap.dedent(script))
    assert done.stdout.splitlines() == [
        "letters 3 (5,) letters (own arrays: 20 + 10 examples)",
        "signs 3 (5,) Signs (20 + 10 examples)",
        "20",
    ], done.stderr


@pytest.mark.slow
def test_the_command_line_lists_them_and_has_nothing_to_fetch(python):
    done = python("-m", "prenoise", "data", "list")
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["letters", "a", "package's"] in rows, done.stderr
    assert ["signs", "20", "+", "10", "5", "3", "mine", "embedded"] in rows
    assert "letters comes with its package" in python("-m", "prenoise", "data", "fetch", "letters", "signs").stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "points", "sentence"),
    [
        ("import nothing_there", POINTS, "the package my-letters registers 'letters' in prenoise.datasets, and"),
        ("letters = SIGNS = 3", POINTS, "registers int as the data set 'letters': expected an Entry, or a function"),
        (CODE, POINTS.replace("letters =", "mnist ="), "registers a data set 'mnist', as prenoise does"),
        ("letters = SIGNS = dict", POINTS, "found dict from its package's function, expected a Dataset"),
    ],
)
def test_what_is_wrong_with_a_package_is_one_sentence(python, code, points, sentence):
    script = """
    import prenoise
    prenoise.data.load("digits")
    try:
        prenoise.data.load("letters")
    except prenoise.UserError as error:
        print(error)
    """
    done = python("-c", textwrap.dedent(script), code=code, points=points)
    assert sentence in done.stdout, done.stderr
    assert len(done.stdout.splitlines()) == 1
