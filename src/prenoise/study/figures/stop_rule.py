"""Does practice that stops by itself (`pretrain(..., stop="aligned")`) lose alignment by it?

Practice ends when alignment no longer gets better, and the network comes out as it was when alignment was best. When
to end was designed on traces of [64, 100, 10], [64, 30, 10], [64, 100, 100, 10] and [784, 100, 10]. Here it is tried on
other inputs, widths, depths, rates, noise and another rule for learning. Every network practises twice on the same
noise: once it stops by itself, once it goes on to the bound.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax.tree_util import Partial

from prenoise.noise import Noise
from prenoise.optimisers import adam
from prenoise.paper import PAPER
from prenoise.rules import named
from prenoise.stopping import LOOKS, mean_angle
from prenoise.study.cells import cell
from prenoise.study.claims import AgainstValue, Claim, Paired
from prenoise.study.experiment import Experiment
from prenoise.study.kinds import STOPPED, TO_THE_BOUND, fresh, keys, practised

USUAL = {"inputs": 784, "width": 100, "depth": 1, "scale": 1.0, "rate": PAPER.rate, "initial": 1.0, "rule": "fa"}
UNSEEN = {
    "256 inputs": {"inputs": 256},
    "3,072 inputs": {"inputs": 3_072},
    "30 neurons": {"width": 30},
    "300 neurons": {"width": 300},
    "two hidden layers": {"depth": 2},
    "four hidden layers": {"depth": 4},
    "half the scale": {"scale": 0.5},
    "a third of the rate": {"rate": 3e-5},
    "half the initial weights": {"initial": 0.5},
    "direct feedback": {"depth": 2, "rule": "dfa"},
}
"""Settings the rule was not designed on, each a change of the usual one."""
MOST_LOST = 0.05


def run(
    seeds: Sequence[int],
    setting: str,
    inputs: int,
    width: int,
    depth: int,
    scale: float,
    rate: float,
    initial: float,
    rule: str,
    *,
    bound: int,
    **_: Any,
) -> Mapping[str, Any]:
    """Angle along practice to the bound, and where practice that stops by itself ended."""
    key = keys(seeds)
    start = fresh([inputs, *[width] * depth, 10], key, named(rule).direct, initial)
    how: dict[str, Any] = {
        "noise": Noise(scale=scale),
        "rule": rule,
        "optimiser": adam(rate),
        "record": {"angle": Partial(mean_angle, rule=named(rule))},
        "at": np.linspace(0, bound, LOOKS + 1),
    }
    stopped, by_itself = practised(start, key, bound, stop="aligned", **how)
    _whole, whole = practised(start, key, bound, **how)
    angles, ended = np.asarray(whole.record["angle"]), np.asarray(jax.vmap(how["record"]["angle"])(stopped))
    best = angles.min(axis=1)
    gained = np.where(angles[:, 0] > best, angles[:, 0] - best, np.nan)
    return {
        "angle": (("seed", "noise"), angles, {"units": "degrees"}),
        "noise": (("noise",), whole.at, {"units": "examples"}),
        "angle_stopped": (("seed",), ended, {"units": "degrees"}),
        "stopped_at": (("seed",), by_itself.ended_at, {"units": "examples"}),
        "spent": (("seed",), by_itself.ended_at / bound),
        "lost": (("seed",), (ended - best) / gained),
        "lost_at_the_bound": (("seed",), (angles[:, -1] - best) / gained),
    }


def over_settings(variable: str):
    """A number a seed: the mean over all settings."""
    return lambda results: np.mean([cell(results, variable, setting=setting) for setting in UNSEEN], axis=0)


CLAIMS = (
    *(
        Claim(
            f"stop.lost.{number}",
            f"With {setting}, practice that stops by itself loses less than 5 % of the alignment to be gained within "
            "the bound.",
            AgainstValue(MOST_LOST, "less"),
            lambda results, setting=setting: cell(results, "lost", setting=setting),
            family="stop lost",
            unit="of the gain",
            labels=(STOPPED,),
        )
        for number, setting in enumerate(UNSEEN, 1)
    ),
    Claim(
        "stop.spent",
        "Practice that stops by itself takes less than 90 % of the noise that the bound allows (mean over settings).",
        AgainstValue(0.9, "less"),
        over_settings("spent"),
        unit="of the bound",
        labels=(STOPPED,),
    ),
    Claim(
        "stop.better",
        "It loses less alignment than practice that goes on to the bound (mean over settings).",
        Paired("less"),
        lambda results: (over_settings("lost")(results), over_settings("lost_at_the_bound")(results)),
        unit="of the gain",
        labels=(STOPPED, TO_THE_BOUND),
    ),
)


def picture(results):
    """The share of the gain that is lost and of the noise that is spent, and the angle along practice by setting."""
    from prenoise.study.report.lines import lines_by
    from prenoise.study.report.picture import Picture
    from prenoise.study.report.points import points
    from prenoise.study.report.reading import axis, one

    def of_settings(stopped: str, to_the_bound: str | None = None) -> dict[str, dict[str, np.ndarray]]:
        columns = {STOPPED: stopped} | ({TO_THE_BOUND: to_the_bound} if to_the_bound else {})
        found = {
            setting: {kind: one(results, name, setting=setting) for kind, name in columns.items()} for setting in UNSEEN
        }
        return {
            setting: {kind: values for kind, values in kinds.items() if values is not None}
            for setting, kinds in found.items()
        }

    panels = [
        points(
            "Alignment lost", of_settings("lost", "lost_at_the_bound"), x="of the most that was gained", percent=True
        ),
        points("Noise spent", of_settings("spent"), x="of the bound", percent=True),
    ]
    at = axis(results, "noise")
    for setting in UNSEEN:
        angles, stopped_at = (one(results, name, setting=setting) for name in ("angle", "stopped_at"))
        if angles is None or stopped_at is None:
            continue
        every = np.unique(np.linspace(0, len(at) - 1, 26).astype(int))
        until = np.where(at[every] <= stopped_at.min(), angles[:, every], np.nan)
        panels.append(
            lines_by(
                setting,
                at[every].tolist(),
                {TO_THE_BOUND: angles[:, every], STOPPED: until},
                x="examples of noise",
                y="mean angle (degrees)",
            )
        )
    return Picture(
        caption="What practice that stops by itself loses of the alignment to be gained within the bound, how much "
        "noise it takes, and how the angle goes on to the bound. A line is that of both until the first seed stops.",
        all_panels=panels,
        kinds=[STOPPED, TO_THE_BOUND],
        columns=4,
    )


EXPERIMENTS = (
    Experiment(
        id="stop-rule",
        title="Practice that stops by itself",
        run=run,
        cells=[{"setting": setting, **USUAL, **change} for setting, change in UNSEEN.items()],
        options={"smoke": {"bound": 192_000}, "quick": {"bound": 400_000}, "paper": {"bound": 2_000_000}},
        claims=CLAIMS,
        picture=picture,
        seeds={"smoke": 2, "quick": 2, "paper": 5},
    ),
)
