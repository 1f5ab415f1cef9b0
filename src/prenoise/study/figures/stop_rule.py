"""What noise pretraining that stops by itself (`pretrain(..., stop="aligned")`) loses and saves.

It ends when alignment no longer gets better, and the network comes out as it was when alignment was best. When to end
was designed on traces of [64, 100, 10], [64, 30, 10], [64, 100, 100, 10] and [784, 100, 10]. Here it is tried on other
inputs, widths, depths, rates, noise and another rule for learning. Every network sees the same noise twice: once it
stops by itself, once it goes on to the bound.
"""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np
from jax.tree_util import Partial

from prenoise.network import Network
from prenoise.noise import Noise
from prenoise.optimisers import adam
from prenoise.paper import PAPER
from prenoise.rules import named
from prenoise.stopping import LOOKS, mean_angle
from prenoise.study import charts
from prenoise.study.claims import AgainstValue, Paired
from prenoise.study.experiment import Experiment
from prenoise.study.given import Given
from prenoise.study.kinds import STYLES, Kind
from prenoise.study.panels import labels, one, there
from prenoise.study.recipes import Effect, Family, Sample

STOPPED, TO_THE_BOUND = "stops by itself", "goes on to the bound"
USUAL = {"inputs": 784, "width": 100, "depth": 1, "scale": 1.0, "rate": PAPER.rate, "initial": 1.0, "rule": "fa"}
UNSEEN: dict[str, dict[str, Any]] = {
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
SAVED = Effect(0.05, "of the bound", "a twentieth of the noise")
LOST = Effect(0.05, "of the gain", "a twentieth of the alignment to be gained")
CLASSES = 10
FAMILY = Family("stop rule")


def run(given: Given) -> Mapping[str, Any]:
    """Angle along the noise to the bound, and where noise pretraining that stops by itself ended."""
    change = USUAL | UNSEEN[given.setting]
    inputs = min(change["inputs"], given.most_inputs)
    network = given.random([inputs, *[change["width"]] * change["depth"], CLASSES], rule=change["rule"])  # pyrefly: ignore[bad-argument-type, unsupported-operation]
    start = Network(tuple(w * change["initial"] for w in network.weights), network.biases, network.feedback)  # pyrefly: ignore[bad-argument-type]
    how: dict[str, Any] = {
        "examples": given.bound,
        "rule": change["rule"],
        "optimiser": adam(change["rate"]),
        "record": {"angle": Partial(mean_angle, rule=named(change["rule"]))},  # pyrefly: ignore[bad-argument-type]
        "at": np.linspace(0, given.bound, LOOKS + 1),
    }
    noise = Noise(scale=change["scale"])  # pyrefly: ignore[bad-argument-type]
    stopped, by_itself = given.pretrain(start, noise, stop="aligned", **how)
    _network, whole = given.pretrain(start, noise, **how)
    angles, ended = np.asarray(whole.record["angle"]), np.asarray(jax.vmap(how["record"]["angle"])(stopped))
    best = angles.min(axis=1)
    gained = np.where(angles[:, 0] > best, angles[:, 0] - best, np.nan)
    return {
        "angle": (("seed", "noise"), angles, {"units": "degrees"}),
        "noise": (("noise",), np.asarray(whole.at), {"units": "examples"}),
        "angle_stopped": (("seed",), ended, {"units": "degrees"}),
        "stopped_at": (("seed",), np.asarray(by_itself.ended_at), {"units": "examples"}),
        "spent": (("seed",), np.asarray(by_itself.ended_at) / given.bound),
        "lost": (("seed",), (ended - best) / gained),
        "lost_at_the_bound": (("seed",), (angles[:, -1] - best) / gained),
    }


def over_settings(variable: str) -> Sample:
    """The mean over all settings, a number per seed."""
    return lambda results: sum(results[{"setting": setting}][variable] for setting in UNSEEN) / len(UNSEEN)


CLAIMS = (
    FAMILY.claim(
        "stop.spent",
        "Noise pretraining that stops by itself takes less than 90 % of the noise that the bound allows (mean over "
        "settings).",
        AgainstValue(0.9, "less"),
        {STOPPED: over_settings("spent")},
        SAVED,
    ),
    FAMILY.claim(
        "stop.better",
        "It loses less alignment than noise pretraining that goes on to the bound (mean over settings).",
        Paired("less"),
        {STOPPED: over_settings("lost"), TO_THE_BOUND: over_settings("lost_at_the_bound")},
        LOST,
    ),
)


def picture(results):
    """The share of the gain that is lost and of the noise that is spent, and the angle along the noise by setting."""

    def of_settings(columns: Mapping[str, str]) -> dict[str, dict[str, Any]]:
        def of(setting: str) -> Callable:
            return lambda results, kind: results[{"setting": setting}][columns[kind]]

        return {setting: there(results, of(setting), list(columns)) for setting in UNSEEN}

    lost = of_settings({STOPPED: "lost", TO_THE_BOUND: "lost_at_the_bound"})
    panels = [
        charts.points("Alignment lost", lost, x="of the most that was gained", percent=True),
        charts.points("Noise spent", of_settings({STOPPED: "spent"}), x="of the bound", percent=True),
    ]
    at = labels(results, "noise")
    for setting in UNSEEN:
        angles, stopped_at = (one(results, name, setting=setting) for name in ("angle", "stopped_at"))
        if angles is None or stopped_at is None:
            continue
        every = np.unique(np.linspace(0, len(at) - 1, 26).astype(int))
        until = np.where(at[every] <= float(stopped_at.min()), angles[:, every], np.nan)
        panels.append(
            charts.lines_by(
                setting,
                at[every].tolist(),
                {TO_THE_BOUND: angles[:, every], STOPPED: until},
                x="examples of noise",
                y="mean angle (degrees)",
            )
        )
    return charts.Picture(
        caption="What noise pretraining that stops by itself loses of the alignment to be gained within the bound, "
        "how much noise it takes, and how the angle goes on to the bound. Up to the first stop both are one line.",
        all_panels=panels,
        kinds=[STOPPED, TO_THE_BOUND],
        columns=4,
    )


EXPERIMENTS = (
    Experiment(
        id="stop-rule",
        title="Noise pretraining that stops by itself",
        run=run,
        cells=[{"setting": setting} for setting in UNSEEN],
        options={
            "smoke": {"bound": 192_000, "most_inputs": 256},
            "quick": {"bound": 400_000, "most_inputs": 3_072},
            "paper": {"bound": 2_000_000, "most_inputs": 3_072},
        },
        claims=CLAIMS,
        picture=picture,
        seeds={"smoke": 3, "quick": 3, "paper": 5},
        kinds=(
            Kind(STOPPED, "noise pretraining until alignment no longer gets better", colour="#0072B2"),
            Kind(TO_THE_BOUND, "noise pretraining on as much noise as the bound allows", **STYLES["grey"]),
        ),
    ),
)
