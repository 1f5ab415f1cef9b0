"""Every test runs with array shapes checked, silent promotion turned into errors, and no data from outside."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("JAX_NUMPY_RANK_PROMOTION", "raise")
os.environ.setdefault("JAX_NUMPY_DTYPE_PROMOTION", "standard")

import jaxtyping

jaxtyping.install_import_hook("prenoise", "beartype.beartype")

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    """Nothing a test writes lands in the checkout."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def data_dir():
    """A folder with the paper's sets; a test that needs one is skipped where there is none."""
    folder = Path(os.environ.get("PRENOISE_DATA", SHARED_DATA))
    if not (folder / "mnist").is_dir():
        pytest.skip(f"no data sets in {folder}: set PRENOISE_DATA to a folder that has them")
    return folder


@pytest.fixture
def unchecked():
    """Without the run-time checks of types, as a user runs it: what is refused is refused by the code itself."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
