"""Files that appear whole, whoever else writes beside them and whatever the file system can do."""

import errno
import os
import stat

import pytest

from prenoise import atomic


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
    (tmp_path / "folder" / ".file-guessed.unfinished").symlink_to(tmp_path / "elsewhere")
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
