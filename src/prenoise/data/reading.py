"""From a name or a path to a data set. Nothing is ever downloaded here."""

import os
from dataclasses import replace
from pathlib import Path

from .catalog import CATALOG, set_named
from .dataset import Dataset, Source, checked
from .entry import Arrays, Entry
from .errors import DataError, bad
from .formats import LARGEST, read_npz_file
from .places import Presence, data_folder, expanded, find
from .verification import is_official


def load(name_or_path: str | Path, *, data_dir: str | Path | None = None) -> Dataset:
    """The data set of that name, or the one in a user's `.npz` with the arrays x_train, y_train, x_test and y_test.

    `name_or_path` is a name of the catalogue, one that an installed package registers, or the path of a file. Files
    of a named set are looked for in `data_dir`, else in the folder that `PRENOISE_DATA` names, else in the user's
    cache. Those put there by hand are used as they are; when they are not the catalogue's, `source` is "local copy"
    and the description says so.

    >>> digits = load("digits")
    >>> digits.x_train.shape, digits.classes, digits.source
    ((1437, 8, 8), 10, 'embedded')
    """
    text = os.fspath(name_or_path)
    by_name = isinstance(name_or_path, str) and (text in CATALOG or not _names_a_file(text))
    if not by_name:
        return _from_npz(expanded(text))
    known = set_named(text)
    return _from_entry(known, data_dir) if isinstance(known, Entry) else _made(text, known())


def _names_a_file(text: str) -> bool:
    return text.endswith(".npz") or "/" in text or os.sep in text or os.path.lexists(text)


def _made(name: str, made: object) -> Dataset:
    """What the function that a package registers has returned, if it is a data set."""
    if not isinstance(made, Dataset):
        raise bad(f"data set {name}", f"{type(made).__name__} from its package's function", "a Dataset")
    return made


def _from_npz(path: Path) -> Dataset:
    return checked(
        read_npz_file([path]),
        name=path.stem,
        where=str(path),
        source="own file",
        description=f"{path.name} (own file: {{counts}})",
    )


def _from_entry(entry: Entry, data_dir: str | Path | None) -> Dataset:
    presence = find(entry, data_dir)
    if presence.state in ("not here", "in part"):
        folder = data_folder(data_dir)
        what = f"{', '.join(presence.missing)} of {entry.name} is" if presence.files else f"{entry.name} is"
        raise DataError(f"{what} not in {folder}: run `prenoise data fetch {entry.name}` to download it")
    dataset = checked(
        _arrays(entry, presence),
        name=entry.name,
        where=str(presence.files[0]) if presence.state == "a local copy" else entry.name,
        source="embedded",
        description=entry.title,
        classes=entry.classes,
        shape=entry.shape,
    )
    return _labelled(dataset, entry, presence)


def _arrays(entry: Entry, presence: Presence) -> Arrays:
    """The four arrays of a set that is there, as its files have them."""
    at_most = 2 * entry.decoded_bytes  # a local copy may be larger than the original, a bomb is larger still
    if presence.state == "a local copy":
        return read_npz_file(presence.files, min(8 * at_most, LARGEST))  # its numbers may be doubles
    return entry.read(presence.files, at_most)


def _labelled(dataset: Dataset, entry: Entry, presence: Presence) -> Dataset:
    """The set with its source, and the sentence a reader of a result needs."""
    counts = f"{len(dataset.x_train):,} + {len(dataset.x_test):,} examples"
    source: Source = "local copy"
    if presence.state == "embedded":
        source = "embedded"
    elif dataset.content_hash == entry.content_hash:
        source = "catalogue"
    elif entry.content_hash is None and presence.state == "here":
        files = zip(entry.files, presence.files, strict=True)
        source = "catalogue" if all(is_official(file, path) for file, path in files) else "local copy"
    if source != "local copy":
        return replace(dataset, source=source, description=f"{entry.title} ({counts})")
    as_many = (len(dataset.x_train), len(dataset.x_test)) == (entry.train, entry.test)
    note = "as many as the catalogue's, but not verified to be them" if as_many else "not the catalogue's"
    return replace(dataset, source=source, description=f"{entry.title} (local copy: {counts}, {note})")
