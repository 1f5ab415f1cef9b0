"""The kinds of test a claim can name. Each judges a sample, arrays with one value a seed, at a level.

A sample is anything numpy makes an array of. Where both members of a pair are xarray arrays with a `seed` axis they
are matched by its labels, otherwise by position.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy import stats

from prenoise.study.claims.finding import (
    Finding,
    Group,
    Outcome,
    conclude,
    decide_direction,
    decide_equivalence,
)
from prenoise.study.claims.statistics import mean, one_sample, resolution, two_samples

Direction = Literal["greater", "less"]


class _AtLeast:
    """A claimed difference has a least size, from 0."""

    least: float | int

    def __post_init__(self) -> None:
        if not self.least >= 0:
            raise ValueError(f"least is the size of a difference, 0 or more: found {self.least}")


class _WithinMargin:
    """An equivalence has a margin above 0."""

    margin: float | int

    def __post_init__(self) -> None:
        if not self.margin > 0:
            raise ValueError(f"a margin must be above 0: found {self.margin}")


@dataclass(frozen=True)
class Paired(_AtLeast):
    """Sample (a, b) over the same seeds: a is greater or less than b. Paired t-test, two-sided; effect d_z."""

    direction: Direction
    least: float | int = 0.0
    name = "paired t-test"

    def judge(self, sample: Any, level: float) -> Finding:
        a, b, dropped = _pairs(*sample)
        estimate = one_sample(a - b, resolution(sample, a, b))
        decision = decide_direction(estimate, _sign(self.direction), self.least, level)
        return conclude(decision, estimate, _two(a, b), dropped, test=self.name, effect_name="d_z")


@dataclass(frozen=True)
class Unpaired(_AtLeast):
    """Sample (a, b), of any two sizes: a is greater or less than b on average. Welch's t-test, two-sided."""

    direction: Direction
    least: float | int = 0.0
    name = "Welch's t-test"

    def judge(self, sample: Any, level: float) -> Finding:
        (a, dropped_a), (b, dropped_b) = map(_values, sample)
        estimate = two_samples(a, b, resolution(sample, a, b))
        decision = decide_direction(estimate, _sign(self.direction), self.least, level)
        return conclude(decision, estimate, _two(a, b), dropped_a + dropped_b, test=self.name)


@dataclass(frozen=True)
class AgainstValue(_AtLeast):
    """One sample: its mean is greater or less than a value. One-sample t-test, two-sided."""

    value: float | int
    direction: Direction
    least: float | int = 0.0

    @property
    def name(self) -> str:
        return f"one-sample t-test against {self.value:g}"

    def judge(self, sample: Any, level: float) -> Finding:
        values, dropped = _values(sample)
        estimate = one_sample(values - self.value, resolution([sample], values))
        decision = decide_direction(estimate, _sign(self.direction), self.least, level)
        return conclude(decision, estimate, (Group.of("sample", values),), dropped, test=self.name)


@dataclass(frozen=True)
class Equivalent(_WithinMargin):
    """Sample (a, b) over the same seeds: comparable, their mean difference within the margin. Paired TOST; d_z."""

    margin: float | int

    @property
    def name(self) -> str:
        return f"paired equivalence test within {self.margin:g}"

    def judge(self, sample: Any, level: float) -> Finding:
        a, b, dropped = _pairs(*sample)
        estimate = one_sample(a - b, resolution(sample, a, b))
        decision = decide_equivalence(estimate, self.margin, level)
        return conclude(decision, estimate, _two(a, b), dropped, test=self.name, effect_name="d_z")


@dataclass(frozen=True)
class EquivalentToValue(_WithinMargin):
    """One sample: its mean is not different from a value, stated as within a margin of it. One-sample TOST."""

    value: float | int
    margin: float | int

    @property
    def name(self) -> str:
        return f"equivalence test, within {self.margin:g} of {self.value:g}"

    def judge(self, sample: Any, level: float) -> Finding:
        values, dropped = _values(sample)
        estimate = one_sample(values - self.value, resolution([sample], values))
        decision = decide_equivalence(estimate, self.margin, level)
        return conclude(decision, estimate, (Group.of("sample", values),), dropped, test=self.name)


@dataclass(frozen=True)
class Trend(_AtLeast):
    """Sample (at, curves[seed, times]): the curves fall or rise along `at`.

    The test is a one-sample t-test, two-sided, of each seed's change from first to last, so that difference, interval,
    d_z and p speak of one quantity and the points of a curve, which depend on each other, do not count as many. A
    change between the ends is no trend if the way there runs against it: the mean over the seeds of Kendall's tau
    between curve and `at` must have the claimed sign too, and be greater than `steady`, or the claim stays open.
    """

    direction: Literal["falls", "rises"]
    least: float | int = 0.0
    steady: float | int = 0.0
    """0 for a way that does not run against the change on the whole, towards 1 for one that never turns."""

    @property
    def name(self) -> str:
        steadily = f", Kendall's tau beyond {self.steady:g}" if self.steady else ""
        return f"t-test of the change from first to last{steadily}"

    def judge(self, sample: Any, level: float) -> Finding:
        at, curves, dropped = _curves(*sample)
        sign = 1 if self.direction == "rises" else -1
        first, last = (curves[:, 0], curves[:, -1]) if len(at) > 1 else (np.zeros(0), np.zeros(0))
        estimate = one_sample(last - first, resolution(sample[1:], first, last))
        decision = decide_direction(estimate, sign, self.least, level)
        groups = Group.of("first", first), Group.of("last", last)
        finding = conclude(decision, estimate, groups, dropped, test=self.name, effect_name="d_z")
        if finding.outcome is not Outcome.REPRODUCED:
            return finding
        tau = mean(_kendall(at, curve) for curve in curves)
        if sign * tau > self.steady:
            return finding
        way = "runs against it" if sign * tau <= 0 else "turns too often"
        reason = f"the ends differ as claimed, but the way between {way} (mean Kendall's tau {tau:.2f})"
        return replace(finding, outcome=Outcome.INCONCLUSIVE, reason=reason)


Test = Paired | Unpaired | AgainstValue | Equivalent | EquivalentToValue | Trend


def _sign(direction: Direction) -> int:
    return 1 if direction == "greater" else -1


def _two(a: np.ndarray, b: np.ndarray) -> tuple[Group, Group]:
    return Group.of("first", a), Group.of("second", b)


def _flat(sample: Any) -> np.ndarray:
    values = np.asarray(sample, np.float64)
    if values.size and values.size != max(values.shape, default=1):
        raise ValueError(f"a sample has one value a seed: found an array of shape {values.shape}")
    return values.ravel()


def _values(sample: Any) -> tuple[np.ndarray, int]:
    """The values that are there, and how many are not."""
    values = _flat(sample)
    there = np.isfinite(values)
    return values[there], int((~there).sum())


def _pairs(a: Any, b: Any) -> tuple[np.ndarray, np.ndarray, int]:
    """The pairs with both members there, and how many lack one."""
    if all("seed" in getattr(member, "indexes", ()) for member in (a, b)):
        seeds = a.indexes["seed"].union(b.indexes["seed"])
        a, b = a.reindex(seed=seeds), b.reindex(seed=seeds)
    a, b = _flat(a), _flat(b)
    if a.size == 0 or b.size == 0:
        return np.zeros(0), np.zeros(0), max(a.size, b.size)
    if a.size != b.size:
        raise ValueError(f"paired samples have the same seeds: found {a.size} and {b.size}")
    there = np.isfinite(a) & np.isfinite(b)
    return a[there], b[there], int((~there).sum())


def _curves(at: Any, curves: Any) -> tuple[np.ndarray, np.ndarray, int]:
    """Times that any seed has, in order, the seeds that have them all, and how many have not."""
    at, curves = np.asarray(at, np.float64).ravel(), np.asarray(curves, np.float64)
    if curves.size == 0:
        return np.zeros(0), np.zeros((0, 0)), 0
    if curves.ndim < 2 or curves.size != curves.shape[-2] * curves.shape[-1] or curves.shape[-1] != at.size:
        raise ValueError(f"curves are seeds x {at.size} times: found an array of shape {curves.shape}")
    curves = curves.reshape(curves.shape[-2:])
    order = np.argsort(at, kind="stable")
    order = order[(np.isfinite(curves).any(axis=0) & np.isfinite(at))[order]]
    at, curves = at[order], curves[:, order]
    whole = np.isfinite(curves).all(axis=1)
    if len(at) < 2:
        return at, curves[:0], len(whole)
    return at, curves[whole], int((~whole).sum())


def _kendall(at: np.ndarray, curve: np.ndarray) -> float:
    """Kendall's tau-b; of a constant curve 0."""
    if np.ptp(curve) == 0:
        return 0.0
    result: Any = stats.kendalltau(at, curve)
    return float(result.statistic)
