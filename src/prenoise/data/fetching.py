"""Downloading a data set of the catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .catalog import entry_named
from .download import Progress, download
from .places import data_folder, file_in
from .verification import is_official


@dataclass(frozen=True)
class Fetched:
    """A file of a data set, and how it comes to be there."""

    path: Path
    how: Literal["downloaded", "already here", "kept as it is"]
    """the last of a file that is not the catalogue's: it was put there by hand, and nobody overwrites it"""


def fetch(name: str, *, data_dir: str | Path | None = None, progress: Progress | None = None) -> list[Fetched]:
    """Download what is missing of a data set, verified, into `data_dir` (or `PRENOISE_DATA`, or the user's cache).

    Safe to interrupt and to repeat: what is there stays, and what was cut off goes on. `progress` is called with a
    file's name, the bytes that are here, and the bytes expected (or None).

    >>> fetch("digits")
    []
    """
    return list(fetch_each(name, data_dir=data_dir, progress=progress))


def fetch_each(name: str, *, data_dir: str | Path | None = None, progress: Progress | None = None) -> Iterable[Fetched]:
    """As `fetch`, file by file."""
    entry = entry_named(name)
    folder = data_folder(data_dir) / entry.name
    for file in entry.files:
        path = file_in(folder, file.name)
        if path is not None:
            yield Fetched(path, "already here" if is_official(file, path) else "kept as it is")
        else:
            yield Fetched(download(file, folder, entry.mirrors, progress), "downloaded")
