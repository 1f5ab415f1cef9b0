"""The kinds of test a claim can name. Each makes one number per seed of its samples, and asks where their mean lies.

A sample is anything numpy makes an array of. Where all members of a sample are xarray arrays with a `seed` axis, they
are matched by its labels, otherwise by position.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy import stats

from prenoise.study.claims.power import Power, of_direction, of_equivalence, of_gap
from prenoise.study.claims.statistics import Estimate, estimate, fieller, mean, resolution

Direction = Literal["greater", "less"]
_SIGN = {"greater": 1, "less": -1, "rises": 1, "falls": -1}


class Rows(NamedTuple):
    """The members of a sample, for the seeds that have a value in each."""

    seeds: tuple[int, ...]
    columns: tuple[np.ndarray, ...]
    dropped: int
    """How many seeds lack a value."""
    resolution: float
    """Differences below this are rounding."""


class Finding(NamedTuple):
    """What a test finds, before anybody says what it means.

    `estimate` is of what the test is about. `p` is two-sided, against the border between what the claim says and what
    it does not, and `holds` is whether the mean lies on the side of the claim. `shown` is what people see, with its
    95 % interval. `doubt` is why the claim cannot be decided all the same; empty without.
    """

    rows: Rows
    estimate: Estimate
    p: float
    holds: bool
    shown: tuple[float, float, float]
    doubt: str = ""


class _Test:
    """What all tests share."""

    equivalence = False
    """Whether the claim is that there is no difference."""
    samples: tuple[str, ...] = ("first", "second")
    """What the members of a sample are called where the claim has no labels."""
    effect_name = "d_z"
    """Which of Cohen's d belongs to the test: d of one sample, d_z of differences within seeds."""
    difference_unit = ""
    """The unit of the difference, where it is not that of the samples."""

    def as_dict(self) -> dict[str, Any]:
        """The test's kind and what it asks, as plain values."""
        return {"test": type(self).__name__, **asdict(self)}  # pyrefly: ignore[bad-argument-type]

    def power(self, found: Finding, smallest: float, n: int, family: int) -> Power:
        """The chances of the right verdict with `n` seeds that spread as those found do."""
        of_test = of_equivalence if self.equivalence else of_direction
        return of_test(smallest, found.estimate.spread, n, family)


@dataclass(frozen=True)
class Paired(_Test):
    """Sample (a, b) over the same seeds: a is greater or less than b. Paired t-test."""

    direction: Direction
    name = "paired t-test"

    def find(self, sample: Any, smallest: float) -> Finding:
        rows = _rows(*sample)
        a, b = rows.columns
        return _on_one_side(rows, a - b, self.direction)


@dataclass(frozen=True)
class AgainstValue(_Test):
    """One sample: its mean is greater or less than a value. One-sample t-test."""

    value: float | int
    direction: Direction
    samples = ("sample",)
    effect_name = "d"

    @property
    def name(self) -> str:
        return f"one-sample t-test against {self.value:g}"

    def find(self, sample: Any, smallest: float) -> Finding:
        rows = _rows(sample)
        return _on_one_side(rows, rows.columns[0] - self.value, self.direction)


@dataclass(frozen=True)
class Equivalent(_Test):
    """Sample (a, b) over the same seeds: they differ by less than the smallest effect that matters.

    A paired t-test against the nearer border, the second of two one-sided tests. Schuirmann, Journal of
    Pharmacokinetics and Biopharmaceutics 15 (1987). Its p is two-sided, twice the usual: below 0.05 the interval of
    95 %, not only that of 90 %, lies within the borders, and the claim rests on the same interval as every other.
    """

    equivalence = True
    name = "paired equivalence test"

    def find(self, sample: Any, smallest: float) -> Finding:
        rows = _rows(*sample)
        a, b = rows.columns
        return _within(rows, a - b, smallest)


@dataclass(frozen=True)
class EquivalentToValue(_Test):
    """One sample: its mean differs from a value by less than the smallest effect that matters. See `Equivalent`."""

    value: float | int
    equivalence = True
    samples = ("sample",)
    effect_name = "d"

    @property
    def name(self) -> str:
        return f"equivalence test with {self.value:g}"

    def find(self, sample: Any, smallest: float) -> Finding:
        rows = _rows(sample)
        return _within(rows, rows.columns[0] - self.value, smallest)


@dataclass(frozen=True)
class Trend(_Test):
    """Sample (at, curves[seed, times]): the curves fall or rise along `at`.

    The test is a t-test of each seed's change from first to last, so that the points of a curve, which depend on each
    other, do not count as many. A change between the ends is no trend if the curve between runs against it: the mean
    over the seeds of Kendall's tau between curve and `at` must have the claimed sign too, and be greater than `steady`
    in size, or the claim stays open.
    """

    direction: Literal["falls", "rises"]
    steady: float | int = 0.0
    """0 for a curve that does not run against the change on the whole, towards 1 for one that never turns."""
    samples = ("first", "last")

    @property
    def name(self) -> str:
        steadily = f", with Kendall's tau beyond {self.steady:g}" if self.steady else ""
        return f"t-test of the change from first to last{steadily}"

    def find(self, sample: Any, smallest: float) -> Finding:
        rows = _rows(*_ends(*sample))
        first, last, taus = rows.columns
        found, tau = _on_one_side(rows, last - first, self.direction), mean(taus)
        steadiness = _SIGN[self.direction] * tau
        if not found.holds or steadiness > self.steady:
            return found
        course = "runs against it" if steadiness <= 0 else "turns too often"
        return found._replace(
            doubt=f"the ends differ as claimed, but the curve between {course} (mean Kendall's tau {tau:.2f})"
        )


@dataclass(frozen=True)
class GapClosed(_Test):
    """Sample (x, low, high) over the same seeds: of the gap from low to high, x closes at least `share`.

    The test of *comparable*. With feedback alignment as low and backpropagation as high, feedback alignment itself
    closes nothing and fails. A t-test of (x - low) - share (high - low) per seed. What is shown is the share that is
    closed, with Fieller's interval, which leaves out `share` just when the t-test is significant. A gap that is not
    there cannot be closed: where high is not greater than low, by the rule for any difference, the claim stays open.
    """

    share: float
    samples = ("x", "low", "high")
    difference_unit = "of the gap"

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ValueError(f"found a share of {self.share}: expected one between 0 and 1, the least that is closed")

    @property
    def name(self) -> str:
        return f"t-test of the closed share of the gap against {self.share:g}"

    def find(self, sample: Any, smallest: float) -> Finding:
        rows = _rows(*sample)
        x, low, high = rows.columns
        closed, gap = x - low, high - low
        found = _on_one_side(rows, closed - self.share * gap, "greater")
        size = estimate(gap, rows.resolution)
        least, most = size.interval()
        if least > 0 and most > smallest:
            return found._replace(shown=(mean(closed) / size.difference, *fieller(closed, gap)))
        doubt = f"there is no gap to speak of: it is {size.difference:.3g} [{least:.3g}, {most:.3g}]"
        return found._replace(shown=(math.nan, math.nan, math.nan), doubt=doubt)

    def power(self, found: Finding, smallest: float, n: int, family: int) -> Power:
        _x, low, high = found.rows.columns
        return of_gap(mean(high - low), self.share, found.estimate.spread, n, family)


Test = Paired | AgainstValue | Equivalent | EquivalentToValue | Trend | GapClosed


def _on_one_side(rows: Rows, differences: np.ndarray, direction: str) -> Finding:
    """Whether the mean difference has the sign of the direction."""
    found = estimate(differences, rows.resolution)
    holds = _SIGN[direction] * found.difference > 0
    return Finding(rows, found, found.p(), holds, (found.difference, *found.interval()))


def _within(rows: Rows, differences: np.ndarray, border: float) -> Finding:
    """Whether the mean difference is nearer to 0 than the border, on either side."""
    found = estimate(differences, rows.resolution)
    p, holds = found.p(math.copysign(border, found.difference)), abs(found.difference) < border
    return Finding(rows, found, p, holds, (found.difference, *found.interval()))


def _rows(*members: Any) -> Rows:
    """The seeds that have a finite value in every member."""
    seeds = None
    if all("seed" in getattr(member, "indexes", ()) for member in members):
        seeds = sorted({int(seed) for member in members for seed in member.indexes["seed"]})
        members = tuple(member.reindex(seed=seeds) for member in members)
    values = [_flat(member) for member in members]
    sizes = [len(column) for column in values]
    if 0 in sizes:
        return Rows((), (np.zeros(0),) * len(values), max(sizes), 0.0)
    if len(set(sizes)) > 1:
        raise ValueError(f"the members of a sample have the same seeds: found {' and '.join(map(str, sizes))}")
    there = np.all(np.isfinite(np.stack(values)), axis=0).ravel()
    columns = tuple(column[there] for column in values)
    kept = tuple(seed for seed, whole in zip(seeds or range(len(there)), there, strict=True) if whole)
    return Rows(kept, columns, int((~there).sum()), resolution(members, *columns))


def _flat(member: Any) -> np.ndarray:
    values = np.asarray(member, np.float64)
    if values.size and values.size != max(values.shape, default=1):
        raise ValueError(f"a sample has one value per seed: found an array of shape {values.shape}")
    return values.ravel()


def _ends(at: Any, curves: Any) -> tuple[Any, Any, Any]:
    """The first and the last value of every seed's curve, and its Kendall's tau; NaN of a curve with gaps.

    Times that no seed has are left out, and fewer than two are no curve.
    """
    at, values = np.asarray(at, np.float64).ravel(), np.asarray(curves, np.float64)
    if values.size and (values.ndim != 2 or values.shape[1] != at.size):
        raise ValueError(f"curves are seeds x {at.size} times: found an array of shape {values.shape}")
    values = values.reshape(-1, at.size) if at.size else np.zeros((0, 0))
    order = np.argsort(at, kind="stable")
    order = order[(np.isfinite(values).any(axis=0) & np.isfinite(at))[order]] if values.size else order[:0]
    at, values = at[order], values[:, order]
    whole = np.isfinite(values).all(axis=1) if len(at) > 1 else np.zeros(len(values), bool)
    ends = np.full((3, len(values)), np.nan)
    for seed in np.flatnonzero(whole):
        ends[:, seed] = values[seed, 0], values[seed, -1], _kendall(at, values[seed])
    kind = np.asarray(curves).dtype
    first, last, taus = ends.astype(kind if kind.kind == "f" else np.float64)
    if "seed" not in getattr(curves, "indexes", ()):
        return first, last, taus
    like = curves.isel({dim: 0 for dim in curves.dims if dim != "seed"}, drop=True)
    return like.copy(data=first), like.copy(data=last), like.copy(data=taus)


def _kendall(at: np.ndarray, curve: np.ndarray) -> float:
    """Kendall's tau-b; of a constant curve 0."""
    if np.ptp(curve) == 0:
        return 0.0
    result: Any = stats.kendalltau(at, curve)
    return float(result.statistic)
