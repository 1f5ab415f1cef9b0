"""Makes the jobs of these tests importable, here and in the worker processes that the tests start."""

import os
import sys
from pathlib import Path

import pytest

collect_ignore = ["test_faults.py"] if sys.platform == "win32" else []  # kills and limits as only POSIX has them

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)


@pytest.fixture(autouse=True)
def _importable_in_new_processes(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [HERE, os.environ.get("PYTHONPATH", "")])))


@pytest.fixture
def folder(tmp_path):
    """A folder for results, in a path with a space and letters that are not ASCII."""
    return tmp_path / "a folder für results"
