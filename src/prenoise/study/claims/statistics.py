"""A mean difference and how well it is known: Student's t distribution, and nothing else.

Sums are exact (`math.fsum`), so that neither the order of the seeds nor the processor changes a digit.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, SupportsFloat

import numpy as np
from scipy import special


@dataclass(frozen=True)
class Estimate:
    """A mean difference, its standard error and degrees of freedom, and the spread that Cohen's d is measured in.

    Of fewer than two values error and spread are NaN, and with them p and interval. Where all values are the same,
    error and spread are 0: p is then the limit of the t-test, 1 of no difference and 0 of any other.
    """

    difference: float
    error: float
    freedom: float
    spread: float
    n: int

    @property
    def effect(self) -> float:
        """Cohen's d, difference / spread; NaN where a difference has no spread."""
        if self.difference == self.spread == 0:
            return 0.0
        return self.difference / self.spread if self.spread else math.nan

    def p(self) -> float:
        """Two-sided p-value against no difference."""
        return 2 * self._tail(-abs(self._t(0.0)))

    def p_above(self, value: float | int) -> float:
        """One-sided p-value against a difference of at most `value`."""
        return self._tail(-self._t(value))

    def p_below(self, value: float | int) -> float:
        """One-sided p-value against a difference of at least `value`."""
        return self._tail(self._t(value))

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Confidence interval of the difference."""
        if self.error == 0:
            return self.difference, self.difference
        reach = float(special.stdtrit(self.freedom, (1 + confidence) / 2)) * self.error
        return self.difference - reach, self.difference + reach

    def _t(self, value: float | int) -> float:
        away = self.difference - value
        if self.error == 0:
            return math.copysign(math.inf, away) if away else 0.0
        return away / self.error

    def _tail(self, t: float) -> float:
        if math.isinf(t):
            return 0.0 if t < 0 else 1.0
        return float(special.stdtr(self.freedom, t))


def one_sample(values: np.ndarray, resolution: float = 0.0) -> Estimate:
    """Mean of one sample against 0; of paired samples, give their differences (Cohen's d is then d_z)."""
    mean, variance, n = _moments(values)
    spread = math.sqrt(variance)
    if spread <= resolution:
        return Estimate(0.0 if abs(mean) <= resolution else mean, 0.0, n - 1.0, 0.0, n)
    return Estimate(mean, spread / math.sqrt(n) if n else math.nan, n - 1.0, spread, n)


def two_samples(a: np.ndarray, b: np.ndarray, resolution: float = 0.0) -> Estimate:
    """Difference of the means of two samples, mean(a) - mean(b), after Welch; n is that of the smaller sample.

    Cohen's d takes the pooled standard deviation. Welch, Biometrika 34 (1947).
    """
    (mean_a, variance_a, n_a), (mean_b, variance_b, n_b) = _moments(a), _moments(b)
    difference, n = mean_a - mean_b, min(n_a, n_b)
    if n < 2:
        return Estimate(difference, math.nan, math.nan, math.nan, n)
    spread = math.sqrt(((n_a - 1) * variance_a + (n_b - 1) * variance_b) / (n_a + n_b - 2))
    if spread <= resolution:
        return Estimate(0.0 if abs(difference) <= resolution else difference, 0.0, n_a + n_b - 2.0, 0.0, n)
    share_a, share_b = variance_a / n_a, variance_b / n_b
    parts = share_a / (share_a + share_b), share_b / (share_a + share_b)
    freedom = 1 / (parts[0] ** 2 / (n_a - 1) + parts[1] ** 2 / (n_b - 1))
    return Estimate(difference, math.sqrt(share_a + share_b), freedom, spread, n)


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


def _moments(values: np.ndarray) -> tuple[float, float, int]:
    """Mean, unbiased variance and count."""
    centre = mean(values)
    if len(values) < 2:
        return centre, math.nan, len(values)
    return centre, math.fsum((float(value) - centre) ** 2 for value in values) / (len(values) - 1), len(values)
