"""What a test finds, and the rule by which that confirms a claim, denies it or leaves it open."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from prenoise.study.claims.hypotheses import Finding, Test
from prenoise.study.claims.power import FEWEST_SEEDS
from prenoise.study.claims.statistics import LEVEL, mean


class Outcome(StrEnum):
    """What the runs say of a claim."""

    REPRODUCED = "reproduced"
    NO_EFFECT = "no effect"
    CONTRADICTED = "contradicted"
    INCONCLUSIVE = "inconclusive"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Group:
    """One sample as a person sees it: its name, its mean, and its points, one per seed."""

    label: str
    mean: float
    points: tuple[float, ...]

    @classmethod
    def of(cls, label: str, values: np.ndarray) -> "Group":
        points = tuple(float(value) for value in values)
        return cls(label, mean(points), points)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the runs say of a claim. A number that does not exist (no runs, one seed, no spread) is None, never NaN.

    `difference` has its 95 % interval from `low` to `high`, in `difference_unit`; `smallest` and the points are in
    `unit`. `effect` is Cohen's d. `p` is that of the test alone and `p_holm` corrected for the claims of the
    family that were run: it decides. `n` counts the `seeds` that entered, `dropped` those left out because a value was
    missing or infinite. `if_true` and `if_not` are the power: with seeds that spread as these do, how often a true
    claim is found reproduced and one that is not true is found so (see `prenoise.study.claims.power`), and `needed`
    is the number of seeds that makes these at least 90 % and 80 %.
    """

    id: str
    sentence: str
    outcome: Outcome
    reason: str
    paper: bool = False
    test: str = ""
    asked: Mapping[str, Any]
    smallest: float
    why: str
    unit: str = ""
    difference_unit: str = ""
    family: str = ""
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    effect: float | None = None
    effect_name: str = "d"
    p: float | None = None
    p_holm: float | None = None
    n: int = 0
    dropped: int = 0
    if_true: float | None = None
    if_not: float | None = None
    needed: int | None = None
    seeds: tuple[int, ...] = ()
    groups: tuple[Group, ...] = ()
    taus: tuple[float, ...] = ()
    """Of a trend, Kendall's tau of each seed's curve."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as JSON has them: no NaN, no tuples."""
        groups = [{**asdict(group), "points": list(group.points)} for group in self.groups]
        values = {**vars(self), "asked": dict(self.asked), "seeds": list(self.seeds), "taus": list(self.taus)}
        return {**values, "outcome": str(self.outcome), "groups": groups}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Verdict":
        """The verdict that `as_dict` gave, or one without its points."""
        groups = tuple(Group(one["label"], one["mean"], tuple(one.get("points", ()))) for one in values["groups"])
        tuples = {name: tuple(values.get(name, ())) for name in ("seeds", "taus")}
        typed: dict[str, Any] = {**values, **tuples, "outcome": Outcome(values["outcome"]), "groups": groups}
        return cls(**typed)


def decide(test: Test, found: Finding, p_holm: float, smallest: float) -> tuple[Outcome, str]:
    """The rule: an outcome, and why.

    *No effect* if the 95 % interval of the difference lies within the smallest effect that matters, either way. Else
    the p-value after Holm decides: below 0.05 the claim is *reproduced* or, if the mean lies on the other side,
    *contradicted*. The interval is not widened for a family: Holm guards against the luckiest of many claims, while no
    effect is said of each claim for itself, and should not hang on how many others are tested beside it.
    """
    n, (_difference, low, high) = len(found.rows.seeds), found.shown
    has_null = not (test.equivalence or test.difference_unit)
    claimed = f"within {smallest:g}" if test.equivalence else "as claimed"
    if n == 0:
        outcome, reason = Outcome.NOT_RUN, "no seed has all the values that the test needs"
    elif n < FEWEST_SEEDS:
        outcome, reason = Outcome.INCONCLUSIVE, f"too few seeds: {n}, and it takes {FEWEST_SEEDS} to tell"
    elif has_null and max(-low, high) <= smallest:
        outcome, reason = Outcome.NO_EFFECT, f"the 95 % interval lies within {smallest:g}, the smallest that matters"
    elif found.doubt:
        outcome, reason = Outcome.INCONCLUSIVE, found.doubt
    elif p_holm < LEVEL and found.holds:
        outcome, reason = Outcome.REPRODUCED, f"the difference is {claimed}, and that is significant"
    elif p_holm < LEVEL:
        outcome, reason = Outcome.CONTRADICTED, f"the difference is not {claimed}, and that is significant"
    elif found.p < LEVEL:
        outcome, reason = Outcome.INCONCLUSIVE, "significant alone, but not after Holm's correction for the family"
    else:
        outcome, reason = Outcome.INCONCLUSIVE, "the interval is too wide to decide"
    return outcome, reason


def known(number: float) -> float | None:
    """A number, or None where it does not exist."""
    return number if math.isfinite(number) else None
