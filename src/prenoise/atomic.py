"""Files that appear whole or not at all, and locks."""

import errno
import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prenoise.errors import UserError

UNFINISHED = ".unfinished"
"""How the name of a file ends that is still being written."""

_NO_FLUSHING = {errno.EINVAL, errno.EBADF, errno.ENOTSUP, errno.EACCES}
"""What some network file systems say when asked to flush a folder, and every one where we may write but not read."""
_PATIENCE, _TICK = 60.0, 0.05
"""Seconds that others may hold a lock, and between two tries to get it."""


def write(path: str | Path, content: bytes) -> None:
    """Write to a temporary name in the folder of `path`, flush, then rename: a kill leaves the old file or the new.

    When this returns, the file is on the disk and survives a power cut. A link stays, and what it points to is written.
    The unfinished file is locked, so that others can tell it from what a killed process left behind.
    """
    path = Path(path)
    target = Path(os.path.realpath(path))
    unfinished = _beside(target)
    try:
        with unfinished.open("xb") as file:
            lock(file.fileno())
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            if sys.platform != "win32":  # there an open file cannot be renamed
                unfinished.replace(target)
        if sys.platform == "win32":
            unfinished.replace(target)
        flush_folder(target.parent)
    except BaseException as problem:
        with suppress(OSError):
            unfinished.unlink()
        if isinstance(problem, OSError):
            raise type(problem)(problem.errno, f"cannot write this file ({problem.strerror})", str(path)) from None
        raise


def check(path: str | Path) -> None:
    """Raise now, before any work is done, the OSError that writing `path` would end in."""
    path = Path(path)
    probe = _beside(Path(os.path.realpath(path)))
    try:
        folder = path.is_dir()  # an error where the name is too long
        probe.touch(exist_ok=False)
    except OSError as error:
        raise type(error)(error.errno, f"cannot write here ({error.strerror})", str(path)) from None
    probe.unlink()
    if folder:
        raise IsADirectoryError(None, "this is a folder: expected the name of a file", str(path))


def make_folder(folder: Path) -> None:
    """Make a folder, and those it lies in, so that they survive a power cut."""
    new = [part for part in (folder, *folder.parents) if not part.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for part in new:
        flush_folder(part.parent)


def flush_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, where the file system can do that."""
    if sys.platform == "win32":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as problem:
        if problem.errno not in _NO_FLUSHING:
            raise


def lock(descriptor: int) -> bool:
    """Take the lock on an open file without waiting; False where another process has it.

    Where the file system or the operating system has no locks, everybody gets it: nobody is kept from working there,
    and what is written whole stays whole.
    """
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        return True
    return True


@contextmanager
def locked(path: str | Path) -> Iterator[None]:
    """While entered, no other process is in here for the same `path`: for a file that is read, changed and written.

    Waits for the others, a minute at most. The lock is on an empty hidden file beside `path`, which stays.
    """
    path = Path(os.path.realpath(path))
    beside = path.with_name(f".{path.name}.lock")
    with beside.open("ab") as file:
        until = time.monotonic() + _PATIENCE
        while not lock(file.fileno()):
            if time.monotonic() > until:
                raise UserError(
                    f"another process has held the lock on {path} for {_PATIENCE:.0f} seconds: wait for it or end it"
                )
            time.sleep(_TICK)
        yield


def _beside(path: Path) -> Path:
    """A name nobody else has or can guess: two machines may write one folder, and their processes share numbers."""
    return path.parent / f".{secrets.token_hex(8)}{UNFINISHED}"
