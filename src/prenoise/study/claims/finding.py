"""What a test finds in its samples, and the rules by which that confirms a claim, denies it or leaves it open."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from prenoise.study.claims.statistics import Estimate, mean

FEWEST_SEEDS = 3
SMALL_EFFECT = 0.5


class Outcome(StrEnum):
    """What the runs say of a claim."""

    REPRODUCED = "reproduced"
    NOT_REPRODUCED = "not reproduced"
    INCONCLUSIVE = "inconclusive"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Group:
    """One sample as a person sees it: its name, its mean, and a point a seed."""

    label: str
    mean: float
    points: tuple[float, ...]

    @classmethod
    def of(cls, label: str, values: np.ndarray) -> "Group":
        points = tuple(float(value) for value in values)
        return cls(label, mean(points), points)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a test found. A number that does not exist (no runs, one seed, no spread) is None, never NaN.

    `effect` is Cohen's d; `effect_name` says of which kind: d, or d_z of paired differences. `low` and `high` are the
    95 % interval of `difference`, whatever the level of the test. `n` counts the seeds that entered (of two unpaired
    samples, the smaller), `dropped` those left out because a value was missing or infinite.
    """

    outcome: Outcome
    reason: str
    test: str = ""
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    effect: float | None = None
    effect_name: str = "d"
    p: float | None = None
    n: int = 0
    dropped: int = 0
    groups: tuple[Group, ...] = ()


class Decision(NamedTuple):
    """An outcome, why, and the p-value it rests on."""

    outcome: Outcome
    reason: str
    p: float


def decide_direction(estimate: Estimate, sign: int, least: float | int, level: float) -> Decision:
    """Whether the difference has the claimed sign (1 or -1), is significant, and is at least `least` in size.

    A difference that is not significant denies the claim only if the 95 % interval leaves no room for it: no room for
    `least`, or, where no least is stated, none for more than half a standard deviation either way.
    """
    p, (low, high) = estimate.p(), estimate.interval()
    size, room = sign * estimate.difference, high if sign > 0 else -low
    wanted = f"one of {least:g} or more" if least else "one in the claimed direction"
    too_few = _too_few(estimate)
    significant = p < level and not (too_few and estimate.error == 0)
    if significant and size < 0:
        outcome, reason = Outcome.NOT_REPRODUCED, "the difference is significant, but in the other direction"
    elif significant and size >= least:
        outcome, reason = Outcome.REPRODUCED, "the difference is significant, in the claimed direction"
    elif too_few:
        outcome, reason = Outcome.INCONCLUSIVE, too_few
    elif room < least:
        outcome, reason = Outcome.NOT_REPRODUCED, f"the 95 % interval of the difference leaves no room for {wanted}"
    elif least == 0 and max(abs(low), abs(high)) <= SMALL_EFFECT * estimate.spread:
        reason = f"any difference is small: the 95 % interval is within {SMALL_EFFECT} standard deviations of none"
        outcome = Outcome.NOT_REPRODUCED
    else:
        found = f"is significant but below {least:g}" if significant else "is not significant"
        reason = f"interval too wide: the difference {found}, yet there is room for {wanted}"
        outcome = Outcome.INCONCLUSIVE
    return Decision(outcome, reason, p)


def decide_equivalence(estimate: Estimate, margin: float | int, level: float) -> Decision:
    """Whether the difference is within the margin: two one-sided t-tests (TOST).

    p is the larger of the two, below the level just when the interval of 1 - 2 level is within the margin.
    Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15 (1987).
    """
    p, (low, high) = max(estimate.p_above(-margin), estimate.p_below(margin)), estimate.interval()
    too_few = _too_few(estimate)
    sure = not (too_few and estimate.error == 0)
    if p < level and sure:
        return Decision(
            Outcome.REPRODUCED, f"the {100 * (1 - 2 * level):g} % interval lies within {margin:g} either way", p
        )
    if (low >= margin or high <= -margin) and sure:
        return Decision(Outcome.NOT_REPRODUCED, f"the 95 % interval lies wholly beyond the margin of {margin:g}", p)
    if too_few:
        return Decision(Outcome.INCONCLUSIVE, too_few, p)
    return Decision(Outcome.INCONCLUSIVE, f"interval too wide: it reaches across the margin of {margin:g}", p)


def conclude(
    decision: Decision,
    estimate: Estimate,
    groups: tuple[Group, ...],
    dropped: int,
    *,
    test: str,
    effect_name: str = "d",
) -> Finding:
    """The finding, once decided; without a single complete seed there is none."""
    if estimate.n == 0:
        return Finding(
            outcome=Outcome.NOT_RUN, reason="no seed has all the values that the test needs", test=test, dropped=dropped
        )
    reason = decision.reason
    if dropped:
        reason += f"; left out for missing values: {dropped} seed{'s' if dropped > 1 else ''}"
    low, high = estimate.interval()
    return Finding(
        outcome=decision.outcome,
        reason=reason,
        test=test,
        difference=_known(estimate.difference),
        low=_known(low),
        high=_known(high),
        effect=_known(estimate.effect),
        effect_name=effect_name,
        p=_known(decision.p),
        n=estimate.n,
        dropped=dropped,
        groups=groups,
    )


def _too_few(estimate: Estimate) -> str:
    """Empty if there are seeds enough. Two seeds that agree to the last digit are no certainty either."""
    if estimate.n >= FEWEST_SEEDS:
        return ""
    return f"too few seeds: {estimate.n}, and it takes {FEWEST_SEEDS} to tell"


def _known(number: float) -> float | None:
    return number if math.isfinite(number) else None
