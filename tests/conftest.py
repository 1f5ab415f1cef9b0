"""Every test runs with array shapes checked, silent promotion turned into errors, and no data from outside."""

import gc
import os
import signal
import sys
from pathlib import Path

import platformdirs
import pytest
from _pytest.doctest import DoctestModule

os.environ.setdefault("JAX_NUMPY_RANK_PROMOTION", "raise")
os.environ.setdefault("JAX_NUMPY_DTYPE_PROMOTION", "standard")
# Processes of tests share the cores: PyTorch's threads, which wait for each other in every small step, would only be in
# each other's way.
os.environ.setdefault("OMP_NUM_THREADS", "1")


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

# A shell that runs the tests in the background has them ignore Ctrl-C, and with them every command that they try.
signal.signal(signal.SIGINT, signal.default_int_handler)

import hypothesis  # noqa: E402
import jaxtyping  # noqa: E402, what comes first is read when JAX is imported

# For `make check`: the same examples each time, so that their programs are kept, and fewer of them.
hypothesis.settings.register_profile("quick", derandomize=True, max_examples=20)
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


@pytest.fixture(autouse=True, scope="module")
def with_room_for_programs():
    """Linux gives a process 65,530 pieces of memory, and a compiled program takes some ten: beyond, JAX dies."""
    yield
    pieces = Path("/proc/self/maps")
    if "jax" in sys.modules and pieces.exists() and pieces.read_bytes().count(b"\n") > 20_000:
        sys.modules["jax"].clear_caches()
        gc.collect()


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
    "adapters/test_equinox_",
    "adapters/test_flax",
    "adapters/test_jax_page",
    "adapters/test_page",
    "adapters/test_torch_",
    "benchmarks/test_contenders",
    "claims/test_power",
    "data_sets/test_loading",
    "data_sets/test_memory",
    "docs/test_first_examples",
    "docs/test_notebooks",
    "docs/test_pages",
    "docs/test_results",
    "docs/test_site",
    "figures/test_every",
    "figures/test_given",
    "figures/test_reproduction",
    "measures/test_blocks",
    "playground/",
    "prenoise/adapters/equinox",
    "prenoise/adapters/flax",
    "prenoise/adapters/torch",
    "report/test_command",
    "report/test_figures",
    "report/test_folder",
    "report/test_odd_files",
    "report/test_page",
    "report/test_watch",
    "study/pytorch",
    "study/test_trial",
    "test_examples",
    "test_fuzz",
    "test_hub",
    "test_modes",
    "test_options",
)
MARKED = {"processes": PROCESSES, "slow": SLOW}


@pytest.hookimpl(wrapper=True)
def pytest_collect_file():
    """A file of tests that cannot be imported is an error: taken for doctests too, it would be left out in silence."""
    found = yield
    return [each for each in found if not isinstance(each, DoctestModule)]


def pytest_configure(config):
    """Who leaves out tests by a marker does not import their files either, nor all that these import."""
    for marker, names in MARKED.items():
        if f"not {marker}" in config.option.markexpr:
            left_out = [f"{config.rootpath.as_posix()}/*{name}*" for name in names]
            config.option.ignore_glob = [*(config.option.ignore_glob or []), *left_out]


def pytest_collection_modifyitems(items):
    """What looks at a page needs a browser, and says so by the fixture that it takes; the rest by the file it is in."""
    for item in items:
        place = item.path.relative_to(item.config.rootpath).as_posix()
        for marker, names in MARKED.items():
            if any(name in place for name in names):
                item.add_marker(marker)
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
