"""A data set in memory: four arrays that have been checked, and where they came from."""

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from .checks import as_images, as_labels
from .errors import bad

Source = Literal["catalogue", "local copy", "own file", "own arrays", "embedded"]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Training and test examples of a classification task.

    `content_hash` is the SHA-256 of the decoded arrays, so that it is the same on every machine and for every way of
    packing the files.
    """

    name: str
    x_train: np.ndarray
    """uint8 or float32, examples x shape"""
    y_train: np.ndarray
    """int32, examples; from 0 to `classes` - 1"""
    x_test: np.ndarray
    y_test: np.ndarray
    classes: int
    content_hash: str
    source: Source
    description: str
    """for whoever reads a result: "KMNIST (local copy: 8,000 + 2,000 examples, not the catalogue's)", say"""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one example."""
        return self.x_train.shape[1:]


def from_arrays(x_train: Any, y_train: Any, x_test: Any, y_test: Any, *, name: str = "arrays") -> Dataset:
    """A data set from arrays, or anything numpy can make arrays of, checked as a file would be.

    Examples are images or flat, of one shape in both parts: bytes, whole numbers from 0 to 255, or finite floats.
    Labels are whole numbers from 0; a class beyond those of the training set must not turn up in the test set.

    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(size=(30, 5)), np.arange(30) % 3
    >>> own = from_arrays(x[:20], y[:20], x[20:], y[20:], name="mine")
    >>> own.x_train.dtype, own.classes, own.description
    (dtype('float32'), 3, 'mine (own arrays: 20 + 10 examples)')
    """
    return checked(
        (x_train, y_train, x_test, y_test),
        name=name,
        where=name,
        source="own arrays",
        description=f"{name} (own arrays: {{counts}})",
    )


def checked(
    arrays: tuple[Any, Any, Any, Any],
    *,
    name: str,
    where: str,
    source: Source,
    description: str,
    classes: int | None = None,
    shape: tuple[int, ...] | None = None,
) -> Dataset:
    """A `Dataset` of these arrays if they are one; `{counts}` in the description becomes the numbers of examples."""
    x_train, y_train, x_test, y_test = arrays
    x_train = as_images(x_train, f"{where}: x_train")
    x_test = as_images(x_test, f"{where}: x_test")
    if shape is not None and x_train.shape[1:] != shape:
        raise bad(f"{where}: x_train", f"examples of shape {x_train.shape[1:]}", f"{shape}")
    if x_test.shape[1:] != x_train.shape[1:]:
        raise bad(f"{where}: x_test", f"examples of shape {x_test.shape[1:]}", f"{x_train.shape[1:]}, as in x_train")
    if x_test.dtype != x_train.dtype:
        raise bad(f"{where}: x_test", f"values of type {x_test.dtype}", f"{x_train.dtype}, as in x_train")
    y_train = as_labels(y_train, len(x_train), f"{where}: y_train", classes)
    classes = int(y_train.max()) + 1 if classes is None else classes
    if classes < 2:
        raise bad(f"{where}: y_train", "the label 0 alone", "at least two classes")
    y_test = as_labels(y_test, len(x_test), f"{where}: y_test", classes)
    counts = f"{len(x_train):,} + {len(x_test):,} examples"
    return Dataset(
        name=name,
        x_train=x_train,
        y_train=y_train,
        x_test=x_test,
        y_test=y_test,
        classes=classes,
        content_hash=content_hash(x_train, y_train, x_test, y_test),
        source=source,
        description=description.replace("{counts}", counts),
    )


def content_hash(x_train: np.ndarray, y_train: np.ndarray, x_test: np.ndarray, y_test: np.ndarray) -> str:
    """SHA-256 over type, shape and values (little-endian) of the four arrays."""
    digest = hashlib.sha256()
    for name, array in zip(("x_train", "y_train", "x_test", "y_test"), (x_train, y_train, x_test, y_test), strict=True):
        values = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        digest.update(f"{name} {values.dtype.str} {values.shape}\n".encode())
        digest.update(values.data)
    return digest.hexdigest()
