"""SVHN's files: Matlab's MAT version 5, a row of elements that each say their type and their size."""

import math
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..checks import one_to_ten
from ..entry import Arrays
from ..errors import bad
from .bounded import LARGEST, Stream, explaining, open_file, read_up_to, too_much

_EXPECTED = "a MAT file, version 5, with the arrays X (height x width x channels x examples) and y"
_TYPES = {1: "<i1", 2: "<u1", 3: "<i2", 4: "<u2", 5: "<i4", 6: "<u4", 7: "<f4", 9: "<f8"}
_MATRIX, _COMPRESSED = 14, 15


def read_svhn(paths: Sequence[Path], at_most: int = LARGEST) -> Arrays:
    """The arrays of two files, of training and of test examples: images uint8 (n, 32, 32, 3), labels int32 from 0.

    Reference: http://ufldl.stanford.edu/housenumbers/, "format 2: cropped digits". The digit 0 has the label 10 there.
    """
    (x_train, y_train), (x_test, y_test) = (_part(Path(path), at_most) for path in paths)
    return x_train, y_train, x_test, y_test


def _part(path: Path, at_most: int) -> tuple[np.ndarray, np.ndarray]:
    arrays = read_mat(path, ("X", "y"), at_most=at_most)
    if arrays["X"].ndim != 4:
        raise bad(f"{path}: X", f"an array of shape {arrays['X'].shape}", "height x width x channels x examples")
    labels = one_to_ten(arrays["y"].reshape(-1), f"{path}: y")
    return np.ascontiguousarray(arrays["X"].transpose(3, 0, 1, 2)), labels % 10


def read_mat(path: Path, names: Sequence[str], *, at_most: int = LARGEST) -> dict[str, np.ndarray]:
    """The real arrays of numbers called `names` in a little-endian MAT file, version 5; others are left alone.

    Reference: MAT-File Format, The MathWorks, "Level 5 MAT-File Format".
    """
    arrays: dict[str, np.ndarray] = {}
    with explaining(path, _EXPECTED), open_file(path) as file:
        header = file.read(128)
        if header[124:128] != b"\0\1IM":
            raise bad(path, f"a header that ends in {header[124:].hex(' ') or 'nothing'}", _EXPECTED)
        while tag := file.read(8):
            kind, size = struct.unpack("<II", tag)
            element = memoryview(_packed(file, size, at_most, path))
            if kind == _COMPRESSED:
                kind, element, _ = _first_element(_inflated(element, at_most, path))
            if kind == _MATRIX:
                name, array = _matrix(element, path)
                if name in names:
                    arrays[name] = array
                    at_most -= array.nbytes
    missing = [name for name in names if name not in arrays]
    if missing:
        raise bad(path, f"no array {', '.join(missing)}", _EXPECTED)
    return arrays


def _packed(file: Stream, size: int, at_most: int, path: Path) -> bytearray:
    if size > at_most + 1024:  # names and dimensions come on top
        raise too_much(path, size, at_most)
    content = read_up_to(file, size)
    if len(content) < size:
        raise bad(path, f"{len(content):,} bytes of content", f"the {size:,} an element promises")
    return content


def _inflated(element: memoryview, at_most: int, path: Path) -> memoryview:
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(element, at_most + 1024)
    if unpacker.unconsumed_tail:
        raise too_much(path, None, at_most)
    if not unpacker.eof:
        raise EOFError("it ends within an element")
    return memoryview(content)


def _first_element(content: memoryview) -> tuple[int, memoryview, memoryview]:
    """Type and content of an element, and what comes after it."""
    kind, size = struct.unpack_from("<II", content)
    if kind >> 16:  # up to four bytes lie where others have their size
        return kind & 0xFFFF, content[4 : 4 + (kind >> 16)], content[8:]
    if size > len(content) - 8:
        raise EOFError("it ends within an element")
    return kind, content[8 : 8 + size], content[8 + size + -size % 8 :]


def _matrix(content: memoryview, path: Path) -> tuple[str, np.ndarray]:
    """Name and values of an array; of one that does not hold real numbers, no values."""
    _, flags, content = _first_element(content)
    _, dimensions, content = _first_element(content)
    _, name, content = _first_element(content)
    shape = np.frombuffer(dimensions, "<i4").tolist()
    kind = flags[0] if flags else 0
    is_complex = len(flags) > 1 and flags[1] & 0x08
    if not 6 <= kind <= 13 or is_complex:
        return "", np.empty(0)
    type_, values, _ = _first_element(content)
    where = f"{path}: {bytes(name).decode('latin-1')}"
    if type_ not in _TYPES:
        raise bad(where, f"values of type {type_}", "plain numbers")
    dtype = np.dtype(_TYPES[type_])
    if min(shape, default=-1) < 0 or math.prod(shape) * dtype.itemsize != len(values):
        raise bad(where, f"{len(values):,} bytes", f"an array of shape {tuple(shape)}")
    return bytes(name).decode("latin-1"), np.frombuffer(values, dtype).reshape(shape, order="F")
