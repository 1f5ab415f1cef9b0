"""`.npz`, numpy's own: a zip of `.npy` files, read here without pickle and without trusting their headers."""

import io
import math
import tokenize
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import bad
from .bounded import LARGEST, Stream, explaining, open_file, read_exactly, too_much

ARRAYS = ("x_train", "y_train", "x_test", "y_test")

_LONGEST_HEADER = 8192
_UNPARSABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, SyntaxError, tokenize.TokenError)


def read_npz(path: str | Path, names: Sequence[str] = ARRAYS, *, at_most: int = LARGEST) -> dict[str, np.ndarray]:
    """The named arrays of an `.npz`; others in it are left alone. Together they may take `at_most` bytes."""
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
    shape, fortran, dtype, header = _read_header(stream, where)
    if dtype.hasobject or dtype.kind not in "biuf":
        what = "Python objects" if dtype.hasobject else f"values of type {dtype}"
        raise bad(where, what, "an array of plain numbers")
    content = math.prod(shape) * dtype.itemsize
    if any(length < 0 for length in shape) or content != size - header:
        raise bad(
            where, f"{size - header:,} bytes", f"the {content:,} of the array {dtype}{list(shape)} it claims to be"
        )
    if content > at_most:
        raise too_much(where, content, at_most)
    values = np.frombuffer(read_exactly(stream, content, where), dtype)
    return values.reshape(shape, order="F" if fortran else "C")


def _read_header(stream: Stream, where: str) -> tuple[tuple[int, ...], bool, np.dtype, int]:
    """Shape, whether in Fortran's order, type, and the header's own length."""
    start = stream.read(8)
    version = tuple(start[6:8])
    if start[:6] != b"\x93NUMPY" or version not in ((1, 0), (2, 0)):
        found = f"the first bytes {start.hex(' ')}" if start else "nothing"
        raise bad(where, found, "an array in numpy's format, version 1.0 or 2.0")
    length_bytes = stream.read(2 if version == (1, 0) else 4)
    length = int.from_bytes(length_bytes, "little")
    if length > _LONGEST_HEADER:
        raise bad(where, f"a header of {length:,} bytes", f"at most {_LONGEST_HEADER:,}")
    header = io.BytesIO(length_bytes + stream.read(length))
    parse = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    with warnings.catch_warnings():  # numpy warns of headers written by Python 2, which are as good
        warnings.simplefilter("ignore")
        try:
            shape, fortran, dtype = parse(header)
        except _UNPARSABLE as error:
            raise bad(where, "a header that cannot be parsed", "an array in numpy's format") from error
    return shape, fortran, dtype, 8 + len(length_bytes) + length
