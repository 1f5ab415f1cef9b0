"""Short numbers: how results become what a page carries and says."""

import math
from typing import Any

import numpy as np

MOST_TIMES = 61
"""Points of a line on the page. A longer curve is thinned to these; its first and last point stay."""


def finite(values: Any, axes: int) -> np.ndarray:
    """An array of numbers with so many axes, in which what is infinite counts as missing."""
    array = np.asarray(values)
    if array.dtype.kind not in "biuf" or array.ndim != axes:
        raise ValueError(f"found an array of {array.dtype} with shape {array.shape}: expected numbers with {axes} axes")
    return np.where(np.isfinite(array), array, np.nan).astype(float)


def short(value: Any, digits: int = 4) -> float | int | None:
    """A number as the page carries it; None where there is none."""
    number = float(f"{float(value):.{digits}g}")
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 1e9 else number


def spoken(value: float | int, percent: bool) -> str:
    """A number within a sentence."""
    return f"{value:.1%}" if percent else f"{value:.3g}"


def thinned(count: int, most: int = MOST_TIMES) -> np.ndarray:
    """Positions to keep of so many times."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def counted(number: int, noun: str) -> str:
    """`3 seeds`, `1 seed`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def seeds_of(counts: Any) -> str:
    """`n = 10 seeds`, or from the fewest to the most where they differ."""
    low, high = min(counts), max(counts)
    return f"n = {counted(high, 'seed')}" if low == high else f"n = {low:,} to {counted(high, 'seed')}"
