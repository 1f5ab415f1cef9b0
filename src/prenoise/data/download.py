"""Downloading one file so that nothing can go wrong unnoticed.

What arrives is kept beside the target as `FILE.part`, and a later attempt goes on where an earlier one stopped, whether
that was cut off, killed, or out of disk. Only a file whose hash is right gets its final name, in one step.
"""

import http.client
import io
import os
import stat
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from prenoise import atomic

from .entry import RemoteFile
from .errors import DataError, reason
from .verification import mismatch

TIMEOUT = 30.0
"""Seconds without a byte after which a server has failed."""

_ATTEMPTS = 20
_CHUNK = 1 << 16


def download(
    file: RemoteFile, folder: Path, mirrors: Sequence[str], progress: Callable[[int], None] = lambda _: None
) -> Path:
    """Fetch `file` into `folder` from the first of the `mirrors` that has it, verify it, and return its path.

    `progress` is called with the bytes that are here.
    """
    target, unfinished = folder / file.name, folder / f"{file.name}.part"
    failures: list[str] = []
    with _unfinished(unfinished) as part:
        for mirror in mirrors:
            failure = _from_mirror(mirror + file.name, file, part, unfinished, progress)
            if failure is None:
                return _finished(part, unfinished, target)
            failures.append(f"{mirror} ({failure})")
        if os.fstat(part.fileno()).st_size == 0:
            unfinished.unlink(missing_ok=True)
    raise DataError(f"could not download {file.name} from {'; nor from '.join(failures)}")


def _from_mirror(
    address: str, file: RemoteFile, part: io.FileIO, unfinished: Path, progress: Callable[[int], None]
) -> str | None:
    """Complete the part file from one address; returns why that failed, or nothing."""
    failure = "no connection lasted"
    for _ in range(_ATTEMPTS):
        kept = part.seek(0, os.SEEK_END)
        if kept < file.size:
            interruption = _receive(address, file, part, progress)
            if interruption is not None:
                failure = interruption
                if part.tell() > kept:
                    continue  # cut off on the way: go on from there
                return failure
        too_long = part.tell() > file.size
        wrong = f"it sends more than the file's {file.size:,} bytes" if too_long else mismatch(file, unfinished)
        if wrong is None:
            return None
        failure = wrong
        part.truncate(0)
        if kept == 0:
            return failure
        # What had been kept from an earlier attempt was of another file: once more, from the start.
    return failure


def _receive(address: str, file: RemoteFile, part: io.FileIO, progress: Callable[[int], None]) -> str | None:
    """One request, for what is still missing; returns what interrupted it, or nothing."""
    start = part.tell()
    headers = {"User-Agent": "prenoise"} | ({"Range": f"bytes={start}-"} if start else {})
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=TIMEOUT) as answer:
            if start and answer.status != http.client.PARTIAL_CONTENT:
                part.truncate(0)  # the server sends everything, asked for or not
                part.seek(0)
            # One byte too many is enough to tell that it is another file.
            while chunk := answer.read(min(_CHUNK, file.size + 1 - part.tell())):
                _write(part, chunk)
                progress(min(part.tell(), file.size))
    except urllib.error.HTTPError as error:
        error.close()
        return f"status {error.code}"
    except TimeoutError:
        return "no answer in time"
    except urllib.error.URLError as error:
        return reason(error.reason) if isinstance(error.reason, BaseException) else str(error.reason)
    except (OSError, http.client.HTTPException):
        return "the connection failed or was cut"
    return None if part.tell() >= file.size else "the connection failed or was cut"


def _write(part: io.FileIO, chunk: bytes) -> None:
    rest = memoryview(chunk)
    try:
        while rest:
            rest = rest[part.write(rest) :]
    except OSError as error:
        raise DataError(
            f"{part.name}: cannot write ({reason(error)}); make room and run the same command again to go on"
        ) from error


@contextmanager
def _unfinished(path: Path) -> Iterator[io.FileIO]:
    """The part file, open for appending, and locked against another process that downloads the same file.

    It is opened only where it is a file of its own: a link there may lead to any file of the user's.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
    for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):  # each unknown to some systems
        flags |= getattr(os, flag, 0)
    try:
        atomic.make_folder(path.parent)
        if path.is_symlink():
            raise DataError(f"{path}: found a symbolic link, expected a file of its own: remove it, then run again")
        part = open(path, "ab", buffering=0, opener=lambda name, _: os.open(name, flags, 0o666))  # noqa: SIM115
    except OSError as error:
        raise DataError(f"{path.parent}: cannot write there: {reason(error)}") from error
    with part:
        status = os.fstat(part.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
            raise DataError(f"{path}: found a link or no regular file, expected a file of its own: remove it first")
        if atomic.lock(part.fileno()) is False or not _same(path, status):
            raise DataError(f"{path}: another process is downloading this file; wait for it, then run again")
        yield part


def _same(path: Path, status: os.stat_result) -> bool:
    """Whether the open file still has its name: another process may have finished it meanwhile."""
    try:
        return os.path.samestat(os.stat(path), status)
    except OSError:
        return False


def _finished(part: io.FileIO, unfinished: Path, target: Path) -> Path:
    """Give a verified file its name."""
    try:
        os.fsync(part.fileno())
        if sys.platform == "win32":
            part.close()  # Windows renames no open file
        os.replace(unfinished, target)
        atomic.flush_folder(target.parent)
    except OSError as error:
        raise DataError(f"{target}: cannot write: {reason(error)}") from error
    return target
