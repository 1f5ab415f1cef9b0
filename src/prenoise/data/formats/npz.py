"""`.npz`, numpy's own: a zip of `.npy` files, read here without pickle and without trusting their headers."""

import io
import math
import tokenize
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..entry import Arrays
from ..errors import bad
from .bounded import LARGEST, Stream, explaining, open_file, read_exactly, too_much

_ARRAYS = ("x_train", "y_train", "x_test", "y_test")
_LONGEST_HEADER = 8192
_UNPARSABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, SyntaxError, tokenize.TokenError)


def read_npz_file(paths: Sequence[Path], at_most: int = LARGEST) -> Arrays:
    """The arrays x_train, y_train, x_test and y_test of the one file in `paths`."""
    arrays = read_npz(paths[0], _ARRAYS, at_most=at_most)
    x_train, y_train, x_test, y_test = (arrays[name] for name in _ARRAYS)
    return x_train, y_train, x_test, y_test


def read_npz(path: str | Path, names: Sequence[str], *, at_most: int = LARGEST) -> dict[str, np.ndarray]:
    """The arrays of an `.npz` called `names`; others in it are left alone. Together they may take `at_most` bytes."""
    path = Path(path)
    arrays: dict[str, np.ndarray] = {}
    expected = f"an .npz with the arrays {', '.join(names)}"
    with explaining(path, expected), open_file(path) as file, zipfile.ZipFile(file) as archive:
        members = {info.filename: info for info in archive.infolist()}
        missing = [name for name in names if f"{name}.npy" not in members]
        if missing:
            raise bad(path, f"no array {', '.join(missing)}", expected)
        for name in names:
            info = members[f"{name}.npy"]
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise bad(path, f"{name} packed by method {info.compress_type}", "numpy's own (stored or deflated)")
            where = f"{path}: {name}"
            with explaining(path, expected), archive.open(info) as stream:
                arrays[name] = _read_npy(stream, info.file_size, at_most, where)
            at_most -= arrays[name].nbytes
    return arrays


def _read_npy(stream: Stream, size: int, at_most: int, where: str) -> np.ndarray:
    """One array. Its header must agree with the member's size, and the member's size with what is really in it."""
    start = io.BytesIO(stream.read(_LONGEST_HEADER))
    shape, fortran, dtype = _header(start, where)
    if dtype.hasobject or dtype.kind not in "biuf":
        what = "Python objects" if dtype.hasobject else f"values of type {dtype}"
        raise bad(where, what, "an array of plain numbers")
    content, room = math.prod(shape) * dtype.itemsize, size - start.tell()
    if content != room:
        raise bad(where, f"{room:,} bytes", f"the {content:,} of the array {dtype}{list(shape)} it claims to be")
    if content > at_most:
        raise too_much(where, content, at_most)
    values = np.frombuffer(read_exactly(stream, content, where, start.read()), dtype)
    return values.reshape(shape, order="F" if fortran else "C")


def _header(start: io.BytesIO, where: str) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether in Fortran's order, and type, as numpy parses them; `start` is then at the first value."""
    expected = "an array in numpy's format, version 1.0 or 2.0"
    with warnings.catch_warnings():  # numpy warns of headers written by Python 2, which are as good
        warnings.simplefilter("ignore")
        try:
            if np.lib.format.read_magic(start) == (1, 0):
                shape, fortran, dtype = np.lib.format.read_array_header_1_0(start)
            else:
                shape, fortran, dtype = np.lib.format.read_array_header_2_0(start)
        except _UNPARSABLE as error:
            raise bad(where, "a header that cannot be parsed", expected) from error
    if any(type(length) is not int or length < 0 for length in shape):  # numpy takes True for a length
        raise bad(where, f"an array of shape {shape}", expected)
    return shape, fortran, dtype
