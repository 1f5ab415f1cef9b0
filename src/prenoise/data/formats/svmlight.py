"""svmlight text, the format of USPS: a line an example, `label index:value index:value ...`, indices from 1."""

import io
from pathlib import Path

import numpy as np

from ..errors import bad
from .bounded import LARGEST, Bounded, explaining, too_much, unpacked

_LINES = 1024


def read_svmlight(path: str | Path, *, features: int, at_most: int = LARGEST) -> tuple[np.ndarray, np.ndarray]:
    """Values (float32, examples x `features`) and labels (float64, as written) of a text, plain, gzipped or bzip2ed.

    scikit-learn parses; it is given a thousand lines at a time, so that its sparse matrices stay small.
    """
    from sklearn.datasets import load_svmlight_file

    path = Path(path)
    longest = 1024 + 64 * features
    values: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    rows = 0
    with explaining(path, f"svmlight text with {features} features"), unpacked(path) as stream:
        # A value takes four bytes in memory and rarely more than sixteen in text, so this stops only a bomb.
        lines = io.BufferedReader(Bounded(stream, 16 * at_most, path), buffer_size=1 << 16)  # pyright: ignore
        while block := _some_lines(lines, longest, path):
            with np.errstate(over="ignore"):  # what is too large for float32 is reported as infinite, later
                matrix, target, *_ = load_svmlight_file(
                    io.BytesIO(block),
                    n_features=features,
                    dtype=np.float32,  # pyright: ignore[reportArgumentType]
                    zero_based=False,  # pyright: ignore[reportArgumentType]
                )
            rows += matrix.shape[0]
            if rows * features * 4 > at_most:
                raise too_much(path, None, at_most)
            values.append(matrix.toarray())
            labels.append(np.asarray(target, np.float64))
    if rows == 0:
        raise bad(path, "no examples", f"svmlight text with {features} features")
    return np.concatenate(values), np.concatenate(labels)


def _some_lines(lines: io.BufferedIOBase, longest: int, path: Path) -> bytes:
    """The next lines, or nothing at the end of the text."""
    block: list[bytes] = []
    while len(block) < _LINES and (line := lines.readline(longest + 1)):
        if len(line) > longest:
            raise bad(path, f"a line of more than {longest:,} characters", "a line an example")
        block.append(line)
    return b"".join(block)
