"""Downloading a data set of the catalogue."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .catalog import set_named
from .download import download
from .entry import Entry
from .places import data_folder, file_in
from .verification import is_official


@dataclass(frozen=True)
class Fetched:
    """A file of a data set, and how it comes to be there."""

    path: Path
    how: Literal["downloaded", "already here", "kept as it is"]
    """the last of a file that is not the catalogue's: it was put there by hand, and nobody overwrites it"""


def fetch(
    name: str, *, data_dir: str | Path | None = None, progress: Callable[[float], None] | None = None
) -> list[Fetched]:
    """Download what is missing of the data set called `name`, and verify it.

    The files go into `data_dir`, else into the folder that `PRENOISE_DATA` names, else into the user's cache. Safe to
    interrupt and to repeat: what is there stays, and what was cut off goes on. `progress` is called with the share of
    the set that is here, from 0 to 1.

    >>> fetch("digits")
    []
    """
    entry = set_named(name)
    if not isinstance(entry, Entry):
        return []
    folder = data_folder(data_dir) / entry.name
    fetched: list[Fetched] = []
    here = 0

    def tell(received: int) -> None:
        if progress is not None:
            progress((here + received) / entry.download_bytes)

    for file in entry.files:
        path = file_in(folder, file.name)
        if path is None:
            fetched.append(Fetched(download(file, folder, entry.mirrors, tell), "downloaded"))
        else:
            fetched.append(Fetched(path, "already here" if is_official(file, path) else "kept as it is"))
        here += file.size
    return fetched
