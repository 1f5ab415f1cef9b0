"""Telling a true copy of a file from any other."""

import hashlib
from pathlib import Path

from .entry import RemoteFile
from .errors import DataError
from .formats.bounded import CHUNK, explaining, open_file, unpacked


def is_official(file: RemoteFile, path: Path) -> bool:
    """Whether the file at `path` is the catalogue's; where its content can be compared, its packing does not matter."""
    return mismatch(file, path) is None


def mismatch(file: RemoteFile, path: Path) -> str | None:
    """What is wrong with a copy of a file, or nothing. No more is read, or unpacked, than the true file holds."""
    what, size = ("file", file.size) if file.content_size is None else ("content", file.content_size)
    digest, found = hashlib.sha256(), 0
    try:
        with explaining(path, "a packed file"), (open_file if what == "file" else unpacked)(path) as stream:
            while chunk := stream.read(min(CHUNK, size + 1 - found)):
                digest.update(chunk)
                found += len(chunk)
    except DataError:
        return "the file cannot be unpacked"
    if found != size:
        return f"its {what} has {'more than ' if found > size else ''}{min(found, size):,} bytes, expected {size:,}"
    if digest.hexdigest() != file.sha256:
        return f"its {what} has the SHA256 {digest.hexdigest()[:12]}..., expected {file.sha256[:12]}..."
    return None
