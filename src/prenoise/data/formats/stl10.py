"""The binary archive of STL-10: images of 96x96x3 pixels and their labels, in files of their own."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..checks import one_to_ten
from ..entry import Arrays
from ..errors import bad
from .bounded import LARGEST
from .tar import read_members

_FILES = ("train_X.bin", "train_y.bin", "test_X.bin", "test_y.bin")
_EXPECTED = f"the STL-10 binary archive (a gzipped tar of {', '.join(_FILES)})"
_PIXELS = 3 * 96 * 96
_UNLABELLED = 3 * 2**30
"""Bytes of images without labels that the archive may hold besides: 100,000 of them take 2.8e9."""


def read_stl10(paths: Sequence[Path], at_most: int = LARGEST) -> Arrays:
    """The arrays of the one archive in `paths`: images uint8 (n, 96, 96, 3), labels int32 from 0.

    Reference: https://cs.stanford.edu/~acoates/stl10/, "binary files".
    """
    path = paths[0]
    contents = read_members(path, _FILES, _EXPECTED, at_most=at_most, besides=_UNLABELLED)
    x_train, y_train, x_test, y_test = (contents.pop(name) for name in _FILES)
    return *_part(x_train, y_train, f"{path}: train"), *_part(x_test, y_test, f"{path}: test")


def _part(pixels: bytearray, labels: bytearray, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Images, which the file has one channel at a time and column by column, and labels, which it counts from 1."""
    if len(pixels) % _PIXELS:
        raise bad(f"{where}_X.bin", f"{len(pixels):,} bytes", f"a whole number of images of {_PIXELS:,} bytes")
    images = np.frombuffer(pixels, np.uint8).reshape(-1, 3, 96, 96).transpose(0, 3, 2, 1)
    return np.ascontiguousarray(images), one_to_ten(np.frombuffer(labels, np.uint8), f"{where}_y.bin") - 1
