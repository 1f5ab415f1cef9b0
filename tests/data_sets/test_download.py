"""Downloading from a real server that behaves well, badly, and not at all."""

import bz2
import contextlib
import errno
import gzip
import hashlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from prenoise.data import DataError, RemoteFile
from prenoise.data.download import download
from prenoise.data.verification import mismatch

CONTENT = np.random.default_rng(0).integers(0, 256, 300_000).astype(np.uint8).tobytes()
PACKED = gzip.compress(CONTENT, mtime=0)
FILE = RemoteFile("data.gz", len(PACKED), hashlib.sha256(CONTENT).hexdigest(), content_size=len(CONTENT))


@pytest.fixture
def mirror(server):
    server.files["data.gz"] = PACKED
    return server


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_fetched_verified_and_watched(mirror, tmp_path):
    seen = []
    path = download(FILE, tmp_path / "new" / "folder", [mirror["good"]], seen.append)
    assert path.read_bytes() == PACKED
    assert names(path.parent) == ["data.gz"]
    assert seen[-1] == len(PACKED)
    assert seen == sorted(seen)


def test_the_hash_of_the_file_will_do_where_that_of_its_content_is_unknown(mirror, tmp_path):
    known = RemoteFile("data.gz", len(PACKED), hashlib.sha256(PACKED).hexdigest())
    assert download(known, tmp_path, [mirror["good"]]).read_bytes() == PACKED


def test_a_wrong_hash_is_refused_and_leaves_nothing(mirror, tmp_path):
    with pytest.raises(DataError, match=r"could not download data\.gz from .* \(its content has"):
        download(FILE, tmp_path, [mirror["other"]])
    assert names(tmp_path) == []
    wrong = replace(FILE, sha256="0" * 64)
    with pytest.raises(DataError, match="its content has the SHA256"):
        download(wrong, tmp_path, [mirror["good"]])
    assert names(tmp_path) == []


@pytest.mark.parametrize("first", ["missing", "other", "cut", "endless"])
def test_the_next_mirror_is_tried(mirror, tmp_path, first):
    assert download(FILE, tmp_path, [mirror[first], mirror["good"]]).read_bytes() == PACKED
    assert names(tmp_path) == ["data.gz"]


def test_a_mirror_that_is_not_there_is_passed_over(mirror, tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        assert download(FILE, tmp_path, [nobody, mirror["good"]]).read_bytes() == PACKED


def test_every_mirror_s_failure_is_told(mirror, tmp_path):
    with pytest.raises(DataError) as error:
        download(FILE, tmp_path, [mirror["missing"], mirror["other"]])
    assert "missing/ (status 404); nor from" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_connection_cut_halfway_goes_on_where_it_stopped(mirror, tmp_path):
    assert download(FILE, tmp_path, [mirror["halves"]]).read_bytes() == PACKED
    ranges = [wanted for _, wanted in mirror.asked]
    assert ranges[0] is None
    assert len(ranges) > 2
    assert all(wanted.startswith("bytes=") for wanted in ranges[1:])


def test_what_was_cut_off_is_kept_for_the_next_time(mirror, tmp_path):
    with pytest.raises(DataError, match="connection failed or was cut"):
        download(FILE, tmp_path, [mirror["cut"]])
    assert names(tmp_path) == ["data.gz.part"]
    mirror.asked.clear()
    assert download(FILE, tmp_path, [mirror["good"]]).read_bytes() == PACKED
    assert mirror.asked[0][1] is not None
    assert names(tmp_path) == ["data.gz"]


@pytest.mark.parametrize("kept", [PACKED[:1000], b"something else", PACKED, PACKED + b"more", b"x" * len(PACKED)])
@pytest.mark.parametrize("manner", ["good", "rangeless"])
def test_whatever_was_kept_the_file_comes_out_right(mirror, tmp_path, kept, manner):
    (tmp_path / "data.gz.part").write_bytes(kept)
    assert download(FILE, tmp_path, [mirror[manner]]).read_bytes() == PACKED
    assert names(tmp_path) == ["data.gz"]


def test_a_packed_file_is_not_unpacked_on_the_way(mirror, tmp_path):
    assert download(FILE, tmp_path, [mirror["mislabelled"]]).read_bytes() == PACKED


def in_another_process(code: str, **kwargs) -> subprocess.Popen:
    head = f"""
    from pathlib import Path
    from prenoise.data import DataError, RemoteFile
    from prenoise.data.download import download
    FILE = {FILE!r}
    """
    script = textwrap.dedent(head) + textwrap.dedent(code)
    return subprocess.Popen([sys.executable, "-W", "ignore", "-c", script], text=True, **kwargs)


def wait_for(condition) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "nothing happened for half a minute"
        time.sleep(0.01)


@pytest.mark.slow
def test_a_killed_download_goes_on(mirror, tmp_path):
    mirror.patience = 0.2
    part = tmp_path / "data.gz.part"
    process = in_another_process(f"download(FILE, Path({str(tmp_path)!r}), [{mirror['slow']!r}])")
    wait_for(lambda: part.exists() and part.stat().st_size > 40_000)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert names(tmp_path) == ["data.gz.part"]
    here = part.stat().st_size
    assert part.read_bytes() == PACKED[:here]
    mirror.asked.clear()
    assert download(FILE, tmp_path, [mirror["good"]]).read_bytes() == PACKED
    assert mirror.asked == [("/good/data.gz", f"bytes={here}-")]
    assert names(tmp_path) == ["data.gz"]


@pytest.mark.slow
def test_two_downloads_of_one_file_do_not_mix(mirror, tmp_path):
    mirror.patience = 0.2
    part = tmp_path / "data.gz.part"
    process = in_another_process(f"download(FILE, Path({str(tmp_path)!r}), [{mirror['slow']!r}])")
    try:
        wait_for(lambda: part.exists() and part.stat().st_size > 0)
        with pytest.raises(DataError, match="another process is downloading"):
            download(FILE, tmp_path, [mirror["good"]])
    finally:
        process.kill()
        process.wait()


def test_a_file_system_without_locks_will_do(mirror, tmp_path, monkeypatch):
    def no_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    assert download(FILE, tmp_path, [mirror["good"]]).read_bytes() == PACKED
    assert names(tmp_path) == ["data.gz"]


def test_a_file_too_large_for_the_disk_is_one_sentence_and_can_go_on(mirror, tmp_path):
    code = f"""
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    try:
        download(FILE, Path({str(tmp_path)!r}), [{mirror["good"]!r}])
    except DataError as error:
        print(error)
    """
    process = in_another_process(code, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    told, errors = process.communicate(timeout=60)
    assert "data.gz.part: cannot write (file too large); make room" in told, errors
    assert names(tmp_path) == ["data.gz.part"]
    assert (tmp_path / "data.gz.part").read_bytes() == PACKED[:100_000]
    assert download(FILE, tmp_path, [mirror["good"]]).read_bytes() == PACKED


@contextlib.contextmanager
def small_disk(folder):
    """A file system of 128 KiB, where the system lets us make one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("no right to mount a small file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_one_sentence_and_no_file_under_the_final_name(mirror, tmp_path):
    with small_disk(tmp_path / "disk") as folder:
        with pytest.raises(DataError, match="cannot write \\(no space left on device\\); make room") as error:
            download(FILE, folder, [mirror["good"]])
        assert "\n" not in str(error.value)
        assert names(folder) == ["data.gz.part"]


def test_a_folder_that_cannot_be_made_is_one_sentence(mirror, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match="cannot write there"):
        download(FILE, tmp_path / "file" / "folder", [mirror["good"]])


def test_a_link_planted_in_the_place_of_the_part_file_is_not_followed(mirror, tmp_path):
    precious = tmp_path / "precious"
    precious.write_bytes(b"a thesis")
    folder = tmp_path / "folder"
    folder.mkdir()
    for plant in (os.symlink, os.link):
        plant(precious, folder / "data.gz.part")
        with pytest.raises(DataError, match=r"data\.gz\.part: found a .*link.*expected a file of its own: remove it"):
            download(FILE, folder, [mirror["good"]])
        assert precious.read_bytes() == b"a thesis"
        (folder / "data.gz.part").unlink()
    if not hasattr(os, "mkfifo"):
        return
    os.mkfifo(folder / "data.gz.part")
    with pytest.raises(DataError, match=r"data\.gz"):
        download(FILE, folder, [mirror["good"]])


@pytest.mark.slow
@pytest.mark.parametrize("pack", [bz2.compress, gzip.compress], ids=["bzip2", "gzip"])
def test_a_bomb_is_unpacked_no_further_than_the_true_content_reaches(tmp_path, pack):
    bomb = pack(bytes(64 << 20), 9)
    (tmp_path / "data.gz").write_bytes(bomb)
    start = time.process_time()
    tracemalloc.start()
    assert mismatch(FILE, tmp_path / "data.gz") == "its content has more than 300,000 bytes, expected 300,000"
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()
    assert time.process_time() - start < 0.1, "64 MiB were unpacked for the 300,000 bytes that may be there"


def test_what_a_mirror_sends_beyond_the_known_size_is_not_kept(mirror, tmp_path):
    with pytest.raises(DataError, match=r"it sends more than the file's .* bytes"):
        download(FILE, tmp_path, [mirror["endless"]])
    assert names(tmp_path) == []
