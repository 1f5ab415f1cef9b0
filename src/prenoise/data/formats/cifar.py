"""The binary archives of CIFAR-10 and CIFAR-100: runs of records, each of one or two labels and 32x32x3 pixels."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..entry import Arrays
from ..errors import bad
from .bounded import LARGEST
from .tar import read_members

_PIXELS = 3 * 32 * 32


def read_cifar10(paths: Sequence[Path], at_most: int = LARGEST) -> Arrays:
    """The arrays of the one archive in `paths`: all uint8, images (n, 32, 32, 3), labels from 0.

    Reference: https://www.cs.toronto.edu/~kriz/cifar.html, "binary version".
    """
    train = [f"data_batch_{number}.bin" for number in range(1, 6)]
    return _read(paths[0], train, "test_batch.bin", 1, "CIFAR-10", at_most)


def read_cifar100(paths: Sequence[Path], at_most: int = LARGEST) -> Arrays:
    """As `read_cifar10`. Of the two labels, the coarse and the fine, the fine one is taken: 100 classes."""
    return _read(paths[0], ["train.bin"], "test.bin", 2, "CIFAR-100", at_most)


def _read(path: Path, train: list[str], test: str, labels: int, title: str, at_most: int) -> Arrays:
    names = [*train, test]
    expected = f"the {title} binary archive (a gzipped tar of {' and '.join(names)})"
    contents = read_members(path, names, expected, at_most=at_most)
    record = labels + _PIXELS
    for name, content in contents.items():
        if len(content) % record or not content:
            raise bad(f"{path}: {name}", f"{len(content):,} bytes", f"a whole number of records of {record} bytes")
    x_train, y_train = _images(b"".join(contents.pop(name) for name in train), labels)
    return x_train, y_train, *_images(contents[test], labels)


def _images(content: bytes | bytearray, labels: int) -> tuple[np.ndarray, np.ndarray]:
    records = np.frombuffer(content, np.uint8).reshape(-1, labels + _PIXELS)
    images = records[:, labels:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), records[:, labels - 1].copy()
