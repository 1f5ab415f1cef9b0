"""IDX, the format of MNIST: a magic number, the dimensions, the values."""

import math
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..entry import Arrays
from ..errors import bad
from .bounded import LARGEST, explaining, read_exactly, too_much, unpacked

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: str | Path, *, at_most: int = LARGEST) -> np.ndarray:
    """The array in an IDX file, plain or gzipped, in the machine's byte order.

    Reference: the end of http://yann.lecun.com/exdb/mnist/, "the IDX file format".
    """
    path = Path(path)
    with explaining(path, "an IDX file, plain or gzipped"), unpacked(path) as stream:
        magic = stream.read(4)
        if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or not 1 <= magic[3] <= 4:
            start = f"the first bytes {magic.hex(' ')}" if magic else "an empty file"
            raise bad(path, start, "an IDX file's magic number, such as 00 00 08 03 (images) or 00 00 08 01 (labels)")
        dimensions = stream.read(4 * magic[3])
        if len(dimensions) < 4 * magic[3]:
            raise bad(path, f"{4 + len(dimensions)} bytes in all", f"an IDX header of {4 + 4 * magic[3]}")
        shape = struct.unpack(f">{magic[3]}I", dimensions)
        dtype = np.dtype(_TYPES[magic[2]])
        size = math.prod(shape) * dtype.itemsize
        if size > at_most:
            raise too_much(path, size, at_most)
        content = read_exactly(stream, size, path)
        values = np.frombuffer(content, dtype).reshape(shape)
        return values.astype(dtype.newbyteorder("="), copy=False)


def read_idx_files(paths: Sequence[Path], at_most: int = LARGEST) -> Arrays:
    """The arrays of four files: training images and labels, test images and labels."""
    x_train, y_train, x_test, y_test = (read_idx(path, at_most=at_most) for path in paths)
    return x_train, y_train, x_test, y_test
