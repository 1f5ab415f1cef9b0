"""Telling a true copy of a file from any other."""

import hashlib
from pathlib import Path

from .catalog import RemoteFile
from .errors import DataError
from .formats.bounded import CHUNK, Stream, explaining, open_file, unpacked


def is_official(file: RemoteFile, path: Path) -> bool:
    """Whether the file at `path` is the catalogue's; where its content can be compared, its packing does not matter."""
    return mismatch(file, path) is None


def mismatch(file: RemoteFile, path: Path) -> str | None:
    """What is wrong with a copy of a file, or nothing."""
    if file.content_sha256 is not None:
        try:
            with explaining(path, "a packed file"), unpacked(path) as stream:
                found = _digest(stream, "sha256")
        except DataError:
            return "the file cannot be unpacked"
        return _difference("content", "sha256", found, file.content_sha256)
    if file.file_hash is not None:
        algorithm, expected = file.file_hash.split(":")
        with open_file(path) as stream:
            found = _digest(stream, algorithm)
        return _difference("file", algorithm, found, expected)
    return "the catalogue knows no hash of it"


def _digest(stream: Stream, algorithm: str) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _difference(what: str, algorithm: str, found: str, expected: str) -> str | None:
    if found == expected:
        return None
    return f"its {what} has the {algorithm.upper()} {found[:12]}..., expected {expected[:12]}..."
