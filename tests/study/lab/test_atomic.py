"""Files that appear whole, whoever else writes beside them and whatever the file system can do."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from prenoise import atomic
from prenoise.errors import UserError


def test_two_writers_of_one_file_do_not_meet(tmp_path, monkeypatch):
    path, flush = tmp_path / "file", os.fsync

    def meanwhile(descriptor):
        monkeypatch.setattr(os, "fsync", flush)
        atomic.write(path, b"theirs")
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", meanwhile)
    atomic.write(path, b"ours")
    assert path.read_bytes() == b"ours"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("use", [lambda path: atomic.write(path, b"new"), atomic.check])
def test_a_link_planted_under_the_temporary_name_is_not_followed(tmp_path, monkeypatch, use):
    monkeypatch.setattr("secrets.token_hex", lambda _: "guessed")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / ".guessed.unfinished").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        use(tmp_path / "folder" / "file")
    assert os.listdir(tmp_path) == ["folder"]


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EBADF, errno.ENOTSUP])
def test_a_file_system_that_flushes_no_folders_will_do(tmp_path, monkeypatch, code):
    folders_fail_with(code, monkeypatch)
    atomic.write(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_disk_that_fails_is_told(tmp_path, monkeypatch):
    folders_fail_with(errno.EIO, monkeypatch)
    with pytest.raises(OSError, match="cannot write this file"):
        atomic.write(tmp_path / "file", b"new")


def folders_fail_with(code, monkeypatch):
    def flush(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", flush)


def test_the_folders_that_hold_new_folders_are_flushed(tmp_path, monkeypatch):
    flushed = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: flushed.append(os.fstat(descriptor).st_ino))
    atomic.make_folder(tmp_path / "a" / "b")
    assert {(tmp_path / "a").stat().st_ino, tmp_path.stat().st_ino} == set(flushed)
    flushed.clear()
    atomic.make_folder(tmp_path / "a" / "b")
    assert flushed == []


def test_output_through_a_link_is_written_where_the_link_points(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere" / "file")
    atomic.check(link)
    atomic.write(link, b"new")
    assert link.is_symlink()
    assert (tmp_path / "elsewhere" / "file").read_bytes() == b"new"
    assert os.listdir(tmp_path / "elsewhere") == ["file"]


def test_the_longest_name_that_a_folder_takes_can_be_written(tmp_path):
    longest = tmp_path / ("ü" * 122 + ".ncd")[:255]
    atomic.check(longest)
    atomic.write(longest, b"new")
    with pytest.raises(OSError, match="cannot write here"):
        atomic.check(tmp_path / ("a" * 256))


@pytest.mark.slow
def test_a_locked_file_waits_for_its_turn(tmp_path):
    code = (
        "import sys; from prenoise import atomic; path = sys.argv[1]\n"
        "for _ in range(50):\n"
        "    with atomic.locked(path):\n"
        "        number = int(open(path).read())\n"
        "        atomic.write(path, str(number + 1).encode())"
    )
    path = tmp_path / "count"
    path.write_text("0")
    writers = [subprocess.Popen([sys.executable, "-c", code, str(path)]) for _ in range(3)]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    assert path.read_text() == "150"


def test_a_lock_that_stays_taken_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic, "_PATIENCE", 0.1)
    with (
        atomic.locked(tmp_path / "file"),
        pytest.raises(UserError, match="another process has held the lock on"),
        atomic.locked(tmp_path / "file"),
    ):
        pass


def test_where_there_are_no_locks_everybody_works(tmp_path, monkeypatch):
    def no_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    with atomic.locked(tmp_path / "file"), atomic.locked(tmp_path / "file"):
        atomic.write(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_no_file_is_written_in_the_place_of_a_folder(tmp_path):
    for folder in (tmp_path, Path(tmp_path.anchor)):
        with pytest.raises(OSError, match=r"this is a folder|cannot write here"):
            atomic.check(folder)
