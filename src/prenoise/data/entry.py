"""What the catalogue says of one data set: what it is, where its files come from, and how to tell a true copy."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""x_train, y_train, x_test and y_test"""


@dataclass(frozen=True)
class RemoteFile:
    """A file as its authors publish it."""

    name: str
    size: int
    """bytes on the wire"""
    sha256: str
    """of the file; or, where `content_size` is given, of its content once unpacked"""
    content_size: int | None = None
    """bytes of the content once unpacked, where copies that were packed anew are as good as the authors' file"""


@dataclass(frozen=True)
class Entry:
    """One data set that can be loaded by its name."""

    name: str
    title: str
    read: Callable[[Sequence[Path], int], Arrays]
    """reads the four arrays from the paths of `files`; the second argument is the most bytes of content to accept"""
    shape: tuple[int, ...]
    """of one example"""
    classes: int
    train: int
    """number of training examples"""
    test: int
    """number of test examples"""
    licence: str
    citation: str
    homepage: str
    values: Literal["uint8", "float32"] = "uint8"
    """type of the numbers in an example"""
    files: tuple[RemoteFile, ...] = ()
    """in the order that `read` expects; none where the set comes with the package that names it"""
    mirrors: tuple[str, ...] = ()
    """addresses that a file's name is appended to, in the order they are tried"""
    content_hash: str | None = None
    """`Dataset.content_hash` of the true set, where known"""

    @property
    def decoded_bytes(self) -> int:
        """Bytes that the true set's examples take in memory: files that unpack to many times more are refused."""
        return (self.train + self.test) * math.prod(self.shape) * np.dtype(self.values).itemsize

    @property
    def download_bytes(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)
