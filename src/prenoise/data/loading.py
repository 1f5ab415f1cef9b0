"""From a name or a path to a data set. Nothing is ever downloaded here."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from .catalog import CATALOG, Entry, entry_named
from .dataset import Dataset, Source, checked
from .errors import DataError, bad
from .places import Presence, data_folder, expanded, find
from .verification import is_official

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def load(name_or_path: str | Path, *, data_dir: str | Path | None = None) -> Dataset:
    """The data set of that name, or the one in a user's `.npz` with the arrays x_train, y_train, x_test and y_test.

    Files are looked for in `data_dir`, else in the folder that `PRENOISE_DATA` names, else in the user's cache. Those
    put there by hand are used as they are; when they are not the catalogue's, `source` is "local copy" and the
    description says so.

    >>> digits = load("digits")
    >>> digits.x_train.shape, digits.classes, digits.source
    ((1437, 8, 8), 10, 'embedded')
    """
    text = os.fspath(name_or_path)
    if isinstance(name_or_path, str) and text in CATALOG:
        return _from_catalogue(CATALOG[text], data_dir)
    if isinstance(name_or_path, str) and not (_looks_like_a_path(text) or os.path.lexists(text)):
        entry_named(text)  # which raises, and knows the names
    return _from_npz(expanded(text))


def _looks_like_a_path(text: str) -> bool:
    return text.endswith(".npz") or "/" in text or os.sep in text


def _from_npz(path: Path) -> Dataset:
    from .formats import read_npz

    arrays = read_npz(path)
    return checked(
        (arrays["x_train"], arrays["y_train"], arrays["x_test"], arrays["y_test"]),
        name=path.stem,
        where=str(path),
        source="own file",
        description=f"{path.name} (own file: {{counts}})",
    )


def _from_catalogue(entry: Entry, data_dir: str | Path | None) -> Dataset:
    presence = find(entry, data_dir)
    if presence.state in ("not here", "in part"):
        folder = data_folder(data_dir)
        what = f"{', '.join(presence.missing)} of {entry.name} is" if presence.files else f"{entry.name} is"
        raise DataError(f"{what} not in {folder}: run `prenoise data fetch {entry.name}` to download it")
    dataset = checked(
        _read(entry, presence),
        name=entry.name,
        where=str(presence.files[0]) if presence.state == "a local copy" else entry.name,
        source="embedded",
        description=entry.title,
        classes=entry.classes,
        shape=entry.shape,
    )
    return _labelled(dataset, entry, presence)


def _labelled(dataset: Dataset, entry: Entry, presence: Presence) -> Dataset:
    """The set with its source, and the sentence a reader of a result needs."""
    counts = f"{len(dataset.x_train):,} + {len(dataset.x_test):,} examples"
    source: Source = "local copy"
    if entry.format == "embedded":
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


def _read(entry: Entry, presence: Presence) -> Arrays:
    """The four arrays of a set that is there, as its files have them."""
    from .formats import LARGEST, read_cifar10, read_idx, read_npz, read_svmlight

    paths = presence.files
    most = 2 * entry.decoded_bytes  # a local copy may be larger than the original, a bomb is larger still
    if entry.format == "embedded":
        return _digits()
    if presence.state == "a local copy":
        arrays = read_npz(paths[0], at_most=min(8 * most, LARGEST))  # its numbers may be doubles
        return arrays["x_train"], arrays["y_train"], arrays["x_test"], arrays["y_test"]
    if entry.format == "idx":
        x_train, y_train, x_test, y_test = (read_idx(path, at_most=most) for path in paths)
        return x_train, y_train, x_test, y_test
    if entry.format == "cifar10":
        return read_cifar10(paths[0], at_most=most)
    train, test = (_svmlight_digits(read_svmlight(path, features=256, at_most=most), path) for path in paths)
    return *train, *test


def _svmlight_digits(content: tuple[np.ndarray, np.ndarray], path: Path) -> tuple[np.ndarray, np.ndarray]:
    """USPS images, and labels counted from 0 where the file counts from 1."""
    values, labels = content
    with np.errstate(invalid="ignore"):
        wrong = ~((labels >= 1) & (labels <= 10) & (labels == np.floor(labels)))
    if wrong.any():
        raise bad(path, f"the label {labels[wrong][0]:g}", "whole numbers from 1 to 10")
    return values.reshape(-1, 16, 16), labels.astype(np.int32) - 1


def _digits() -> Arrays:
    """scikit-learn's digits, 0 to 16: the first four fifths to learn from, the rest to be tested on."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    images = np.asarray(pixels).astype(np.uint8).reshape(-1, 8, 8)
    labels = np.asarray(labels)
    return images[:1437], labels[:1437], images[1437:], labels[1437:]
