"""The catalogue is complete, and importing it costs nothing."""

import re
import subprocess
import sys

import pytest

from prenoise.data import CATALOG

ENTRIES = pytest.mark.parametrize("entry", CATALOG.values(), ids=lambda entry: entry.name)


@ENTRIES
def test_an_entry_says_all_there_is_to_say(entry):
    assert CATALOG[entry.name] is entry
    assert entry.licence
    assert entry.citation
    assert entry.homepage.startswith("http")
    assert entry.decoded_bytes > 10_000
    assert bool(entry.files) == bool(entry.mirrors) == (entry.format != "embedded")
    assert all(mirror.endswith("/") for mirror in entry.mirrors)


@ENTRIES
def test_every_file_can_be_verified(entry):
    for file in entry.files:
        assert re.fullmatch(r"[0-9a-f]{64}", file.content_sha256 or "0" * 64)
        assert re.fullmatch(r"sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}", file.file_hash or "md5:" + "0" * 32)
        assert file.content_sha256 or file.file_hash
        assert re.fullmatch(r"[\w.-]+", file.name)


def test_importing_the_package_loads_nothing_heavy():
    script = (
        "import sys; from prenoise.data import CATALOG, DataError, find, fetch, load; import prenoise.cli.data; "
        "print([m for m in ('sklearn', 'pooch', 'requests', 'rich.progress', 'jax') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
