"""Where the files of a data set lie."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .entry import Entry
from .errors import DataError

State = Literal["embedded", "here", "a local copy", "in part", "not here"]


@dataclass(frozen=True)
class Presence:
    """What of a data set is in a data folder."""

    state: State
    files: tuple[Path, ...] = ()
    """in the order of the catalogue's files; for a local copy the one `.npz`"""
    missing: tuple[str, ...] = ()


def data_folder(data_dir: str | Path | None = None) -> Path:
    """The folder of data sets: the one given, else `PRENOISE_DATA`, else the user's cache."""
    folder = data_dir or os.environ.get("PRENOISE_DATA")
    if not folder:
        import platformdirs

        folder = platformdirs.user_cache_path("prenoise")
    return expanded(folder)


def expanded(path: str | Path) -> Path:
    """The path with the home folder in the place of `~`."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise DataError(f"{path}: found no home folder of that name: write the path in full") from error


def find(entry: Entry, data_dir: str | Path | None = None) -> Presence:
    """The files of a data set, without opening them.

    They lie as `NAME/FILE`, packed as published or unpacked. Where they are not all there, an `.npz` put there by hand
    will do: `NAME.npz`, or a single `NAME-*.npz`, in the folder or in its subfolder NAME.
    """
    if not entry.files:
        return Presence("embedded")
    folder = data_folder(data_dir)
    found = {file.name: file_in(folder / entry.name, file.name) for file in entry.files}
    files = tuple(path for path in found.values() if path is not None)
    missing = tuple(name for name, path in found.items() if path is None)
    if not missing:
        return Presence("here", files)
    copy = _npz(entry.name, folder) or _npz(entry.name, folder / entry.name)
    if copy is not None:
        return Presence("a local copy", (copy,))
    return Presence("in part" if files else "not here", files, missing)


def file_in(folder: Path, name: str) -> Path | None:
    """The file, or its content unpacked under the name without `.gz` or `.bz2`."""
    candidates = [folder / name]
    if not name.endswith(".tar.gz"):
        candidates.append(folder / name.removesuffix(".gz").removesuffix(".bz2"))
    return next((path for path in candidates if os.path.isfile(path)), None)


def _npz(name: str, folder: Path) -> Path | None:
    if os.path.isfile(folder / f"{name}.npz"):
        return folder / f"{name}.npz"
    try:
        copies = sorted(path for path in folder.glob(f"{name}-*.npz") if path.is_file())
    except OSError:
        return None
    if len(copies) > 1:
        names = ", ".join(path.name for path in copies)
        raise DataError(
            f"{folder}: found several local copies of {name} ({names}), expected one: give its path instead"
        )
    return copies[0] if copies else None
