"""USPS as LIBSVM publishes it: text, a line an example, `label index:value index:value ...`, all counted from 1."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..checks import one_to_ten
from ..entry import Arrays
from ..errors import bad
from .bounded import LARGEST, Bounded, explaining, too_much, unpacked

_PIXELS = 16 * 16
_EXPECTED = f"USPS text, plain, gzipped or bzip2ed: lines of a label and up to {_PIXELS} times index:value"
_LONGEST_LINE = 64 * (1 + _PIXELS)


def read_usps(paths: Sequence[Path], at_most: int = LARGEST) -> Arrays:
    """The arrays of two files, of training and of test examples: images float32 (n, 16, 16), labels int32 from 0.

    Reference: https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass.html#usps.
    """
    (x_train, y_train), (x_test, y_test) = (_part(Path(path), at_most) for path in paths)
    return x_train, y_train, x_test, y_test


def _part(path: Path, at_most: int) -> tuple[np.ndarray, np.ndarray]:
    images: list[np.ndarray] = []
    labels: list[float] = []
    with explaining(path, _EXPECTED), unpacked(path) as stream:
        # A value takes four bytes in memory and rarely more than sixteen in text, so this stops only a bomb.
        lines = io.BufferedReader(Bounded(stream, 16 * at_most, path), buffer_size=1 << 16)
        while line := lines.readline(_LONGEST_LINE + 1):
            if len(line) > _LONGEST_LINE:
                raise bad(path, f"a line of more than {_LONGEST_LINE:,} characters", _EXPECTED)
            label, *pairs = line.split()
            labels.append(float(label))
            images.append(_image(pairs, f"{path}: line {len(labels)}"))
            if len(images) * _PIXELS * 4 > at_most:
                raise too_much(path, None, at_most)
    if not images:
        raise bad(path, "no examples", _EXPECTED)
    return np.stack(images).reshape(-1, 16, 16), one_to_ten(np.array(labels), str(path)) - 1


def _image(pairs: list[bytes], where: str) -> np.ndarray:
    """The pixels of one line; those that it does not name are 0."""
    split = [pair.split(b":") for pair in pairs]
    places = [int(place) for place, _ in split]
    if places and (places[0] < 1 or places[-1] > _PIXELS or places != sorted(set(places))):
        raise bad(where, f"the indices {places[:2]} to {places[-1]}", f"indices that rise from 1 to at most {_PIXELS}")
    image = np.zeros(_PIXELS, np.float32)
    with np.errstate(over="ignore"):  # what is too large for float32 is reported as infinite, later
        image[np.array(places, int) - 1] = [float(value) for _, value in split]
    return image
