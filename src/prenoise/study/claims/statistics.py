"""A mean and how well it is known: Student's t distribution, and nothing else.

Sums are exact (`math.fsum`), so that neither the order of the seeds nor the processor changes a digit.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, SupportsFloat

import numpy as np
from scipy import special

LEVEL = 0.05
"""The level of every test; its intervals are those of 1 - LEVEL, 95 %."""


@dataclass(frozen=True)
class Estimate:
    """A mean difference per seed, its standard error, and the spread that Cohen's d is measured in.

    Of fewer than two values error and spread are NaN, and with them p and interval. Where all values are the same,
    error and spread are 0: p is then the limit of the t-test, 1 of no difference and 0 of any other.
    """

    difference: float
    error: float
    spread: float
    n: int

    @property
    def effect(self) -> float:
        """Cohen's d, difference / spread; NaN where a difference has no spread."""
        if self.difference == self.spread == 0:
            return 0.0
        return self.difference / self.spread if self.spread else math.nan

    def p(self, border: float = 0.0) -> float:
        """Two-sided p-value of the t-test against a true difference of `border`."""
        away = abs(self.difference - border)
        if self.error == 0:
            return 0.0 if away else 1.0
        return 2 * float(special.stdtr(self.n - 1, -away / self.error))

    def interval(self) -> tuple[float, float]:
        """95 % confidence interval of the difference."""
        if self.error == 0:
            return self.difference, self.difference
        reach = quantile(self.n) * self.error
        return self.difference - reach, self.difference + reach


def estimate(values: np.ndarray, resolution: float = 0.0) -> Estimate:
    """The mean of `values`, one per seed; what is not above `resolution` counts as 0."""
    n, centre = len(values), mean(values)
    spread = math.sqrt(covariance(values, values))
    if spread <= resolution:
        return Estimate(0.0 if abs(centre) <= resolution else centre, 0.0, 0.0, n)
    return Estimate(centre, spread / math.sqrt(n) if n else math.nan, spread, n)


def fieller(part: np.ndarray, whole: np.ndarray) -> tuple[float, float]:
    """95 % interval of mean(part) / mean(whole), paired: the ratios that the t-test of part - ratio whole leaves open.

    NaN where `whole` is not different from 0, for any ratio is then possible. Fieller, Journal of the Royal Statistical
    Society B 16 (1954).
    """
    n = len(part)
    share = quantile(n) ** 2 / n if n > 1 else math.nan
    a, b = mean(part), mean(whole)
    square = b**2 - share * covariance(whole, whole)
    if not square > 0:
        return math.nan, math.nan
    middle = (a * b - share * covariance(part, whole)) / square
    reach = math.sqrt(max(0.0, middle**2 - (a**2 - share * covariance(part, part)) / square))
    return middle - reach, middle + reach


def quantile(n: int, tests: int = 1) -> float:
    """How many standard errors the interval of `n` seeds reaches; for `tests` at once after Bonferroni."""
    return float(special.stdtrit(n - 1, 1 - LEVEL / tests / 2))


def resolution(stored: Iterable[Any], *used: np.ndarray) -> float:
    """Below this, differences between the `used` numbers are rounding: four units in the last place of the largest.

    What the last place is, the coarsest of the `stored` arrays says.
    """
    types = [np.asarray(array).dtype for array in stored]
    precision = max(np.finfo(kind if kind.kind == "f" else np.float64).eps for kind in types)
    return 4 * float(precision) * max(float(np.abs(values).max(initial=0)) for values in used)


def holm(p_values: Iterable[float]) -> list[float]:
    """Holm's step-down correction for tests that are judged together. Scandinavian Journal of Statistics 6 (1979).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    p = list(p_values)
    order = sorted(range(len(p)), key=p.__getitem__)
    steps = accumulate((min(1.0, (len(p) - rank) * p[index]) for rank, index in enumerate(order)), max)
    corrected = dict(zip(order, steps, strict=True))
    return [corrected[index] for index in range(len(p))]


def mean(values: Iterable[SupportsFloat]) -> float:
    """Arithmetic mean, the same in any order; of nothing, NaN."""
    numbers = [float(value) for value in values]
    return math.fsum(numbers) / len(numbers) if numbers else math.nan


def covariance(a: np.ndarray, b: np.ndarray) -> float:
    """Unbiased covariance, that of a sample with itself being its variance; of fewer than two values, NaN."""
    if len(a) < 2:
        return math.nan
    centre_a, centre_b = mean(a), mean(b)
    return math.fsum((float(x) - centre_a) * (float(y) - centre_b) for x, y in zip(a, b, strict=True)) / (len(a) - 1)
