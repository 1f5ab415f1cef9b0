"""Noise costs examples too: accuracy after noise and data beside that after as many examples of data alone."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from prenoise.study import charts
from prenoise.study.claims import Claim, Paired
from prenoise.study.kinds import FA, NOISE
from prenoise.study.recipes import SMALL_ACCURACY, Family, Sample, at, sample


def spent(budget: int, **condition: Any) -> dict[str, Sample]:
    """Test accuracy after noise and so many epochs of data, and after as many examples in all without noise."""

    def without_noise(results) -> Any:
        found = results[{"kind": FA, **condition}]
        return at(epoch=budget + int(found["instead_of_noise"].max()))(found["accuracy"])

    return {NOISE: sample("accuracy", at(epoch=budget), kind=NOISE, **condition), FA: without_noise}


def claims(family: Family, budgets: Sequence[int], **condition: Any) -> tuple[Claim, ...]:
    """Noise is worth more than what it costs, budget by budget."""
    return tuple(
        family.claim(
            f"converged.budget.{number}",
            f"Noise, then {budget} epochs of data, is more accurate than as many examples of data alone.",
            Paired("greater"),
            spent(budget, **condition),
            SMALL_ACCURACY,
        )
        for number, budget in enumerate(budgets, 1)
    )


def panel(results, budgets: Sequence[int], **condition: Any) -> Any:
    """Both accuracies, for the budgets that have both."""
    found = {}
    for budget in budgets:
        with suppress(KeyError):
            both = {kind: np.asarray(of(results)) for kind, of in spent(budget, **condition).items()}
            found[f"{budget} epochs of data"] = both
    return charts.points("Accuracy after as many examples in all", found, x="test accuracy", percent=True)
