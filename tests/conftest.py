"""Every test runs with array shapes checked, silent promotion turned into errors, and no data from outside."""

import os
import signal
from pathlib import Path

import platformdirs
import pytest
from _pytest.doctest import DoctestModule

os.environ.setdefault("JAX_NUMPY_RANK_PROMOTION", "raise")
os.environ.setdefault("JAX_NUMPY_DTYPE_PROMOTION", "standard")


def keep_compiled_programs() -> None:
    """Half the time of a first run of the tests is compilation: later ones, and other processes, find it done.

    In the user's own cache folder, since a program that another account could have put there must not be run.
    """
    folder = platformdirs.user_cache_path("prenoise") / "tests"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return  # no home to write to: nothing is kept
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(folder))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "0")


keep_compiled_programs()

import jaxtyping  # noqa: E402, what comes first is read when JAX is imported

jaxtyping.install_import_hook("prenoise", "beartype.beartype")

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    """Nothing a test writes lands in the checkout."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def with_the_same_ctrl_c():
    """What Ctrl-C does is as before: whoever imports `dask_jobqueue` changes it for the whole process."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


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


PROCESSES = (
    "cli/test_commands",
    "cli/test_demo",
    "cli/test_help",
    "lab/test_engine",
    "lab/test_faults",
    "lab/test_remote",
)
SLOW = (
    "figures/test_every",
    "playground/",
    "adapters/test_torch_",
    "docs/test_pages",
    "docs/test_notebooks",
    "docs/test_site",
    "test_examples",
    "test_fuzz",
    "benchmarks/test_contenders",
    "test_modes",
)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file():
    """A file of tests that cannot be imported is an error: taken for doctests too, it would be left out in silence."""
    found = yield
    return [each for each in found if not isinstance(each, DoctestModule)]


def pytest_collection_modifyitems(items):
    """What looks at a page needs a browser, and says so by the fixture that it takes; the rest by the file it is in."""
    for item in items:
        place = item.path.relative_to(item.config.rootpath).as_posix()
        if any(name in place for name in PROCESSES):
            item.add_marker(pytest.mark.processes)
        if place.startswith("tests/") and any(name in place for name in SLOW):
            item.add_marker(pytest.mark.slow)
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


CHROMIUM = next(
    filter(Path.exists, map(Path, ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"))), None
)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser():
    """A Chromium that is installed here, driven by Playwright; a test that needs one is skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed here: on Debian, apt-get install chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()
