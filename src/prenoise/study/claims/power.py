"""How likely a verdict is to be the right one, and how many seeds that takes."""

import math
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from scipy import special

from prenoise.study.claims.statistics import quantile

IF_TRUE, IF_NOT = 0.9, 0.8
"""Seeds are enough if a claim that is true is found *reproduced* this often, and one that is not is found so."""
FEWEST_SEEDS, MOST_SEEDS = 3, 1_000_000
_SLICES = 200


class Power(NamedTuple):
    """Chances of the right verdict: *reproduced* if the claim is true, and what says the contrary if it is not."""

    if_true: float
    if_not: float

    @property
    def enough(self) -> bool:
        return self.if_true >= IF_TRUE and self.if_not >= IF_NOT


def of_direction(smallest: float | int, spread: float | int, n: int, family: int = 1) -> Power:
    """*Reproduced* at twice the smallest effect that matters, and *no effect* where there is none.

    Args:
        smallest: The smallest effect that matters.
        spread: The standard deviation over seeds of the difference.
        n: The number of seeds.
        family: The number of claims that are corrected together, taken at its worst, after Bonferroni.
    """
    alone, together = quantile(n), quantile(n, family)
    return Power(
        _chance(2 * smallest, spread, n, lambda e: np.maximum(together * e, smallest - alone * e), None),
        _chance(0.0, spread, n, lambda e: alone * e - smallest, lambda e: smallest - alone * e),
    )


def of_equivalence(smallest: float | int, spread: float | int, n: int, family: int = 1) -> Power:
    """*Reproduced* where there is no difference, and *contradicted* at twice the smallest effect that matters."""
    reach = quantile(n, family)
    return Power(
        _chance(0.0, spread, n, lambda e: reach * e - smallest, lambda e: smallest - reach * e),
        _chance(2 * smallest, spread, n, lambda e: smallest + reach * e, None),
    )


def of_gap(gap: float, share: float, spread: float | int, n: int, family: int = 1) -> Power:
    """*Reproduced* where the whole gap is closed, and *contradicted* where nothing of it is."""
    reach = quantile(n, family)
    return Power(
        _chance((1 - share) * gap, spread, n, lambda e: reach * e, None),
        _chance(share * gap, spread, n, lambda e: reach * e, None),
    )


def seeds_needed(
    smallest: float | int, spread: float | int, family: int = 1, power: Callable[..., Power] = of_direction
) -> int:
    """The fewest seeds with which a claim can be decided, whether it is true or not.

    Args:
        smallest: The smallest effect that matters.
        spread: The standard deviation over seeds of the difference.
        family: The number of claims that are corrected together.
        power: The chances of the right verdict, as those of this module.

    >>> seeds_needed(smallest=0.01, spread=0.01)
    13
    """
    return fewest(lambda n: power(smallest, spread, n, family))


def fewest(power: Callable[[int], Power]) -> int:
    """The fewest seeds that are enough; at most a million."""
    high = FEWEST_SEEDS
    while high < MOST_SEEDS and not power(high).enough:
        high *= 2
    low = max(FEWEST_SEEDS, high // 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if power(middle).enough else (middle + 1, high)
    return min(low, MOST_SEEDS)


def _chance(
    centre: float, spread: float | int, n: int, low: Callable[[Any], Any], high: Callable[[Any], Any] | None
) -> float:
    """How often a mean of `n` values lies from `low` to `high`, which depend on the standard error that is found.

    Mean and standard error are independent: the one is normal, the other is cut into slices of equal weight.
    """
    error = spread / math.sqrt(n)
    if error == 0:
        return float(low(0.0) < centre) if high is None else float(low(0.0) <= centre <= high(0.0))
    found = error * _slices(n)
    below = special.ndtr((low(found) - centre) / error)
    above = 1.0 if high is None else special.ndtr((high(found) - centre) / error)
    return float(np.maximum(0.0, above - below).mean())


@cache
def _slices(n: int) -> np.ndarray:
    """Standard errors that may be found, as shares of the true one, each as likely as the others."""
    weights = (np.arange(_SLICES) + 0.5) / _SLICES
    return np.sqrt(special.chdtri(n - 1, weights) / (n - 1))
