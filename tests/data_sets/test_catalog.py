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
    assert bool(entry.files) == bool(entry.mirrors)
    assert all(mirror.endswith("/") for mirror in entry.mirrors)


@ENTRIES
def test_every_file_is_verified_by_sha256_and_size(entry):
    for file in entry.files:
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert file.size > 0
        assert re.fullmatch(r"[\w.-]+", file.name)


@ENTRIES
def test_encrypted_addresses_are_tried_first(entry):
    encrypted = [mirror.startswith("https://") for mirror in entry.mirrors]
    assert encrypted == sorted(encrypted, reverse=True)
    assert any(encrypted) == bool(entry.mirrors)


def test_importing_the_package_loads_nothing_heavy():
    script = (
        "import sys; from prenoise.data import CATALOG, DataError, find, fetch, load; import prenoise.cli.data; "
        "print([m for m in ('sklearn', 'scipy', 'rich.progress', 'jax') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_data_package_imports_nothing_of_prenoise_but_errors_plugins_and_whole_files():
    script = (
        "import sys; from prenoise import data; [getattr(data, name) for name in data.__all__]; "
        "from prenoise.data import download; "
        "print(sorted(m for m in sys.modules if m.startswith('prenoise.') and not m.startswith('prenoise.data')), "
        "'sklearn' in sys.modules, 'scipy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['prenoise.atomic', 'prenoise.errors', 'prenoise.plugins'] False False"
