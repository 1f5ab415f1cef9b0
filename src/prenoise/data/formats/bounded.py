"""Reading files that may be broken, lying or hostile: little by little, and never more than was agreed."""

import bz2
import gzip
import io
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol, runtime_checkable

from ..errors import DataError, bad, reason

LARGEST = 2 * 2**30
"""Bytes of decoded content a reader accepts unless told otherwise: 2 GiB, some forty times MNIST."""

CHUNK = 1 << 20


@runtime_checkable
class Stream(Protocol):
    """Something to read bytes from: all that a reader asks of a file, an unpacker, or a member of an archive."""

    def read(self, size: int = -1, /) -> bytes: ...


_UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    zlib.error,
    tarfile.TarError,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
)


@contextmanager
def explaining(path: Path, expected: str) -> Iterator[None]:
    """Turn whatever the standard library says of a broken file into a `DataError` that names it."""
    try:
        yield
    except DataError:
        raise
    except _UNREADABLE as error:
        raise bad(path, f"something unreadable ({reason(error)})", expected) from error


def open_file(path: Path) -> IO[bytes]:
    """Open a regular file; a folder, a pipe, a device or nothing at all is a `DataError`."""
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            return open(path, "rb")
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read: {reason(error)}") from error
    raise bad(path, "a folder" if stat.S_ISDIR(mode) else "something that is no regular file", "a file")


@contextmanager
def unpacked(path: Path) -> Iterator[Stream]:
    """The content of a file, through gzip or bzip2 if its first bytes say so, whatever it is called."""
    with open_file(path) as file:
        magic = file.read(3)
        file.seek(0)
        if magic[:2] == b"\x1f\x8b":
            with gzip.open(file) as stream:
                yield stream
        elif magic == b"BZh":
            with bz2.open(file) as stream:
                yield stream
        else:
            yield file


def read_exactly(stream: Stream, size: int, path: str | Path, start: bytes = b"") -> bytearray:
    """The `size` bytes left of a stream of which `start` has been read; fewer or more is an error.

    Memory follows what arrives, not `size`.
    """
    content = read_up_to(stream, size, start)
    if len(content) < size:
        raise bad(path, f"{len(content):,} bytes of content", f"the {size:,} its header promises")
    if len(content) > size or stream.read(1):
        raise bad(path, f"content beyond the {size:,} bytes its header promises", "nothing more")
    return content


def read_up_to(stream: Stream, size: int, start: bytes = b"") -> bytearray:
    """At most `size` bytes of a stream of which `start` has been read."""
    content = bytearray(start)
    while len(content) < size:
        chunk = stream.read(min(CHUNK, size - len(content)))
        if not chunk:
            break
        content += chunk
    return content


class Bounded(io.RawIOBase):
    """A stream that refuses to give more than `at_most` bytes, for readers that cannot be told to stop."""

    def __init__(self, stream: Stream, at_most: int, path: Path) -> None:
        self._stream, self._left, self._at_most, self._path = stream, at_most, at_most, path

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        chunk = self._stream.read(len(buffer))
        self._left -= len(chunk)
        if self._left < 0:
            raise too_much(self._path, None, self._at_most)
        buffer[: len(chunk)] = chunk
        return len(chunk)


def too_much(path: str | Path, size: int | None, at_most: int) -> DataError:
    """The error for content that would fill the memory."""
    found = f"more than {at_most:,}" if size is None else f"{size:,}"
    return bad(path, f"{found} bytes of unpacked content", f"at most {at_most:,}")
