"""A data set of the catalogue, fetched from a server on loopback and shown on the command line."""

import gzip
import hashlib
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from prenoise.cli import data as command
from prenoise.data import CATALOG, DataError, Entry, RemoteFile, fetch, load
from prenoise.data.formats import read_idx_files


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def tiny(server, made, monkeypatch):
    """A data set of the catalogue that the mirror has."""
    content = made.arrays()
    files = []
    for part, key in (("train", "train"), ("t10k", "test")):
        for name, values in (("images-idx3", content[f"x_{key}"]), ("labels-idx1", content[f"y_{key}"])):
            data = made.idx(values.astype(np.uint8))
            file = f"{part}-{name}-ubyte.gz"
            server.files[file] = gzip.compress(data)
            files.append(RemoteFile(file, len(server.files[file]), hashlib.sha256(data).hexdigest(), len(data)))
    entry = Entry(
        name="tiny",
        title="Tiny",
        read=read_idx_files,
        shape=(28, 28),
        classes=10,
        train=40,
        test=20,
        licence="none",
        citation="Nobody, 1999",
        homepage="http://localhost/",
        files=tuple(files),
        mirrors=(server["missing"], server["good"]),
    )
    monkeypatch.setitem(CATALOG, "tiny", entry)
    return entry


def test_a_data_set_is_fetched_once_and_then_loaded_as_the_catalogue_s(tiny, server, tmp_path):
    assert [file.how for file in fetch("tiny", data_dir=tmp_path)] == ["downloaded"] * 4
    server.asked.clear()
    assert [file.how for file in fetch("tiny", data_dir=tmp_path)] == ["already here"] * 4
    assert server.asked == []
    found = load("tiny", data_dir=tmp_path)
    assert found.source == "catalogue"
    assert found.description == "Tiny (40 + 20 examples)"


def test_fetching_keeps_what_was_put_there_by_hand(tiny, tmp_path):
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "train-labels-idx1-ubyte.gz").write_bytes(b"mine")
    how = [file.how for file in fetch("tiny", data_dir=tmp_path)]
    assert how == ["downloaded", "kept as it is", "downloaded", "downloaded"]
    assert (tmp_path / "tiny" / "train-labels-idx1-ubyte.gz").read_bytes() == b"mine"


def test_fetching_keeps_a_file_that_lies_there_unpacked(tiny, server, tmp_path):
    folder = tmp_path / "tiny"
    folder.mkdir()
    first = tiny.files[0].name
    (folder / first.removesuffix(".gz")).write_bytes(gzip.decompress(server.files[first]))
    assert [file.how for file in fetch("tiny", data_dir=tmp_path)] == ["already here", *["downloaded"] * 3]
    assert first not in names(folder)
    assert load("tiny", data_dir=tmp_path).source == "catalogue"


def test_fetching_an_unknown_set_or_an_embedded_one(tmp_path):
    assert fetch("digits", data_dir=tmp_path) == []
    with pytest.raises(DataError, match="did you mean kmnist"):
        fetch("kmnst", data_dir=tmp_path)


def run(*arguments):
    return CliRunner().invoke(command.app, list(arguments))


def test_command_fetch_tells_what_it_did(tiny, tmp_path):
    done = run("fetch", "tiny", "--data-dir", str(tmp_path))
    assert done.exit_code == 0, done.output
    assert done.stdout.count(": downloaded") == 4
    assert "Please cite Nobody, 1999." in done.stdout
    (tmp_path / "tiny" / tiny.files[0].name).write_bytes(b"mine")
    again = run("fetch", "tiny", "--data-dir", str(tmp_path))
    assert again.stdout.count(": already here") == 3
    assert "kept as it is (it is not the catalogue's" in again.stdout


def test_command_fetch_says_which_set_failed_and_tries_the_others(tiny, server, tmp_path):
    server.files.clear()
    failed = run("fetch", "tiny", "digits", "--data-dir", str(tmp_path))
    assert failed.exit_code == 1
    assert failed.stderr.startswith(f"prenoise: could not download {tiny.files[0].name}")
    assert "digits comes with its package: there is nothing to fetch" in failed.stdout


def test_command_fetch_downloads_nothing_where_a_name_is_wrong(tiny, server, tmp_path):
    assert isinstance(run("fetch", "tiny", "nothing", "--data-dir", str(tmp_path)).exception, DataError)
    assert server.asked == []


def test_command_list_shows_every_set_and_where_it_is(tiny, tmp_path, made, monkeypatch):
    (tmp_path / "kmnist-mine.npz").write_bytes(made.npz(made.arrays()))
    monkeypatch.setenv("PRENOISE_DATA", str(tmp_path))
    done = run("list")
    assert done.exit_code == 0, done.output
    for name in CATALOG:
        assert f"\n{name} " in done.stdout
    answer = json.loads(run("list", "--json").stdout)
    assert answer["folder"] == str(tmp_path)
    states = {entry["name"]: entry["state"] for entry in answer["sets"]}
    assert states["digits"] == "embedded"
    assert states["kmnist"] == "a local copy"
    assert states["tiny"] == "not here"
    assert answer["sets"][3]["files"] == [str(tmp_path / "kmnist-mine.npz")]


def test_command_list_goes_on_where_a_set_has_two_local_copies(tmp_path):
    for copy in "ab":
        (tmp_path / f"kmnist-{copy}.npz").touch()
    done = run("list", "--json", "--data-dir", str(tmp_path))
    assert done.exit_code == 0, done.output
    states = {entry["name"]: entry["state"] for entry in json.loads(done.stdout)["sets"]}
    assert states["kmnist"] == "ambiguous"
    assert states["usps"] == "not here"
    assert "(kmnist-a.npz, kmnist-b.npz)" in done.stderr


@pytest.mark.parametrize("arguments", [["~nobody-here/set.npz"], ["kmnist", "~nobody-here"]])
def test_a_home_folder_that_is_not_there_is_one_sentence(arguments):
    name, *data_dir = arguments
    with pytest.raises(DataError, match=r"~nobody-here.*write the path in full"):
        load(name, data_dir=data_dir[0] if data_dir else None)


def test_command_help_has_an_example():
    assert "Example: prenoise data list" in run("list", "--help").stdout
    assert "prenoise data fetch mnist" in run("fetch", "--help").stdout


def test_progress_goes_from_nothing_to_the_whole_set(tiny, tmp_path):
    shares = []
    fetch("tiny", data_dir=tmp_path, progress=shares.append)
    assert shares == sorted(shares)
    assert 0 < shares[0] < 1
    assert shares[-1] == 1


def test_command_list_fits_a_terminal_of_eighty_columns(tmp_path):
    listed = run("list", "--data-dir", "data").stdout.splitlines()
    assert max(map(len, listed)) <= 80
