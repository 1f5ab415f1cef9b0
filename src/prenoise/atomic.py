"""Files that appear whole or not at all."""

import errno
import os
import secrets
import sys
from contextlib import suppress
from pathlib import Path

UNFINISHED = ".unfinished"
"""How the name of a file ends that is still being written."""

_NO_FLUSHING = {errno.EINVAL, errno.EBADF, errno.ENOTSUP, errno.EACCES}
"""What some network file systems say when asked to flush a folder, and every one where we may write but not read."""


def write(path: str | Path, content: bytes) -> None:
    """Write to a temporary name beside `path`, flush, then rename: a kill leaves the old file or the new.

    When this returns, the file is on the disk and survives a power cut. The unfinished file is locked, so that others
    can tell it from what a killed process left behind.
    """
    path = Path(path)
    unfinished = _beside(path)
    try:
        with unfinished.open("xb") as file:
            lock(file.fileno())
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            if sys.platform != "win32":  # there an open file cannot be renamed
                unfinished.replace(path)
        if sys.platform == "win32":
            unfinished.replace(path)
        flush_folder(path.parent)
    except BaseException as problem:
        with suppress(OSError):
            unfinished.unlink()
        if isinstance(problem, OSError):
            raise type(problem)(problem.errno, f"cannot write this file ({problem.strerror})", str(path)) from None
        raise


def check(path: str | Path) -> None:
    """Raise now, before any work is done, the OSError that writing `path` would end in."""
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(None, "this is a folder: expected the name of a file", str(path))
    probe = _beside(path)
    try:
        probe.touch(exist_ok=False)
    except OSError as error:
        raise type(error)(error.errno, f"cannot write here ({error.strerror})", str(path)) from None
    probe.unlink()


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


def lock(descriptor: int) -> bool | None:
    """Take the lock on an open file without waiting.

    True where it is taken, False where another process has it, None where the file system has no locks.
    """
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _beside(path: Path) -> Path:
    """A name nobody else has or can guess: two machines may write one folder, and their processes share numbers."""
    return path.with_name(f".{path.stem}-{secrets.token_hex(6)}{UNFINISHED}")
