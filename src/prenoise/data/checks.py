"""What makes an array a batch of examples, or their labels."""

from typing import Any

import numpy as np

from .errors import bad, reason

MOST_CLASSES = 10_000


def as_images(values: Any, where: str) -> np.ndarray:
    """Examples as uint8 or float32, checked: some of them, every value finite.

    >>> as_images([[0, 255], [7, 8]], "mine").dtype
    dtype('uint8')
    """
    array = _as_array(values, where)
    expected = "examples x values, bytes or finite floats"
    if array.ndim < 2 or array.size == 0:
        raise bad(where, "no examples" if array.shape[:1] == (0,) else f"an array of shape {array.shape}", expected)
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):
            floats = np.ascontiguousarray(array, np.float32)
        if not np.isfinite(floats).all():
            broken = ~np.isfinite(floats).reshape(len(floats), -1).all(axis=1)
            raise bad(where, f"NaN or infinite values in example {broken.argmax()}", "finite floats")
        return floats
    if array.dtype.kind not in "bui":
        raise bad(where, f"values of type {array.dtype}", expected)
    if array.dtype.itemsize > 1 or array.dtype.kind == "i":
        low, high = int(array.min()), int(array.max())
        if low < 0 or high > 255:
            raise bad(where, f"whole numbers from {low} to {high}", "bytes from 0 to 255, or floats")
    return np.ascontiguousarray(array, np.uint8)


def as_labels(values: Any, examples: int, where: str, classes: int | None = None) -> np.ndarray:
    """Labels as int32, checked: one for each example, from 0, below `classes` if known. A column will do.

    >>> as_labels([[2], [0]], 2, "mine")
    array([2, 0], dtype=int32)
    """
    array = _as_array(values, where)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.shape != (examples,):
        raise bad(where, f"labels of shape {array.shape}", f"one for each of the {examples:,} examples")
    if array.dtype.kind not in "ui":
        raise bad(where, f"labels of type {array.dtype}", "whole numbers from 0")
    low, high = int(array.min()), int(array.max())
    most = MOST_CLASSES if classes is None else classes
    if low < 0 or high >= most:
        raise bad(where, f"the label {low if low < 0 else high}", f"labels from 0 to {most - 1}")
    return np.ascontiguousarray(array, np.int32)


def one_to_ten(labels: np.ndarray, where: str) -> np.ndarray:
    """The labels of a file that counts ten classes from 1, checked: whole numbers from 1 to 10, as int32."""
    with np.errstate(invalid="ignore"):
        wrong = ~((labels >= 1) & (labels <= 10) & (labels == np.floor(labels)))
    if wrong.any():
        raise bad(where, f"the label {labels[wrong][0]:g}", "whole numbers from 1 to 10")
    return labels.astype(np.int32)


def _as_array(values: Any, where: str) -> np.ndarray:
    try:
        return np.asarray(values)
    except (ValueError, TypeError) as error:
        raise bad(where, f"no array ({reason(error)})", "an array of numbers") from error
