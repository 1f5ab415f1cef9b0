"""The last line of a stored file: by it one sees that the file is whole, and which source it comes from.

A file whose last line does not fit is damaged. It is looked at before anything else of the file is believed. Readers of
NetCDF do not look past the end of the data, so the file is an ordinary one to everybody else.
"""

import hashlib
import os
import stat
from pathlib import Path

_WORDS = b"\nprenoise source %s sha256 %s\n"
_LENGTH = len(_WORDS % (b"0" * 16, b"0" * 64))


def sealed(payload: bytes, source: str) -> bytes:
    """The contents of a file: the `payload`, and a line with the `source` (16 characters) and a checksum of both."""
    checksum = hashlib.sha256(payload + source.encode()).hexdigest()
    return payload + _WORDS % (source.encode(), checksum.encode())


def opened(path: Path) -> tuple[bytes, str]:
    """The payload of a file and the source it comes from; a `ValueError` where it is not whole or no ordinary file."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as file:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise ValueError("it is not an ordinary file")
        file.seek(max(0, state.st_size - _LENGTH))
        line = file.read()
        if not line.startswith(b"\nprenoise source ") or len(line) != _LENGTH:
            raise ValueError("it is cut short, or was written by something else or an older version")
        file.seek(0)
        payload = file.read(state.st_size - _LENGTH)
    source = line[17:33].decode(errors="replace")
    if sealed(payload, source) != payload + line:
        raise ValueError("its content does not have the checksum it was written with")
    return payload, source
