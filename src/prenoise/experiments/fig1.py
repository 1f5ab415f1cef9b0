"""Figure 1: trained on noise by feedback alignment, forward weights turn towards the feedback."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from prenoise.claims import Claim, EquivalentToValue, Paired, Trend
from prenoise.experiments.cells import cell
from prenoise.experiments.experiment import Experiment
from prenoise.experiments.kinds import fresh, keys
from prenoise.measures import alignment
from prenoise.noise import Noise
from prenoise.paper import PAPER
from prenoise.training import pretrain

PLAIN = {"mean": 0.0, "scale": 1.0, "distribution": "normal"}
INPUTS = [
    PLAIN,
    {"mean": 0.0, "scale": 0.5, "distribution": "normal"},
    {"mean": 0.0, "scale": 2.0, "distribution": "normal"},
    {"mean": 0.5, "scale": 1.0, "distribution": "normal"},
    {"mean": 1.0, "scale": 1.0, "distribution": "normal"},
    {"mean": 0.0, "scale": 1.0, "distribution": "uniform"},
    {"mean": 0.5, "scale": 0.5, "distribution": "uniform"},
]
MOMENTS = 41


def angles(network) -> Any:
    """Angle of every neuron of the last hidden layer."""
    return alignment(network)[-1]


def run(
    seeds: Sequence[int],
    mean: float,
    scale: float,
    distribution: Any,
    *,
    inputs: int,
    noise_examples: int,
    **_: Any,
) -> Mapping[str, Any]:
    """Loss on noise and the angle of every hidden neuron, along the way."""
    key = keys(seeds)
    network = fresh([inputs, *PAPER.hidden, 10], key)
    _trained, history = pretrain(
        network,
        Noise(mean, scale, distribution),
        key=key.noise,
        examples=noise_examples,
        record={"angle": angles},
        at=np.linspace(0, noise_examples, MOMENTS),
    )
    return {
        "loss": (("seed", "moment"), np.asarray(history.loss), {"units": "nats"}),
        "angle": (("seed", "moment", "neuron"), np.asarray(history.record["angle"]), {"units": "degrees"}),
        "noise_seen": (("moment",), history.at, {"units": "examples"}),
    }


def mean_angle(results, moment: int, **inputs: Any) -> np.ndarray:
    """Mean over neurons, a number a seed."""
    return cell(results, "angle", **inputs)[:, moment].mean(axis=1)


def falls_in(inputs: Mapping[str, Any], number: int) -> Claim:
    """The statement of Figure 1f for one kind of noise."""
    return Claim(
        f"1f.{number}",
        f"With {inputs['distribution']} noise of mean {inputs['mean']:g} and deviation {inputs['scale']:g}, "
        "the angle between forward and feedback weights falls.",
        Paired("less"),
        lambda results: (mean_angle(results, -1, **inputs), mean_angle(results, 0, **inputs)),
        family="1f",
        unit="degrees",
    )


CLAIMS = (
    Claim(
        "1d.1",
        "The loss on noise falls although inputs and labels are unrelated.",
        Paired("less"),
        lambda results: (cell(results, "loss", **PLAIN)[:, -1], cell(results, "loss", **PLAIN)[:, 0]),
        unit="nats",
    ),
    Claim(
        "1e.1",
        "In an untrained network the angle between forward and feedback weights is 90 degrees (within 2).",
        EquivalentToValue(90.0, margin=2.0),
        lambda results: mean_angle(results, 0, **PLAIN),
        unit="degrees",
    ),
    Claim(
        "1e.2",
        "After training on noise the angle is smaller than in the untrained network.",
        Paired("less"),
        lambda results: (mean_angle(results, -1, **PLAIN), mean_angle(results, 0, **PLAIN)),
        unit="degrees",
    ),
    Claim(
        "1e.3",
        "The angle falls steadily during training on noise.",
        Trend("falls"),
        lambda results: (
            np.arange(cell(results, "angle", **PLAIN).shape[1]),
            cell(results, "angle", **PLAIN).mean(axis=2),
        ),
        unit="degrees",
    ),
    *(falls_in(inputs, number) for number, inputs in enumerate(INPUTS, 1)),
)

EXPERIMENTS = (
    Experiment(
        id="fig1",
        figure="Figure 1d-f",
        title="Weights align with the feedback while a network is trained on noise",
        run=run,
        cells=INPUTS,
        options={
            "smoke": {"inputs": 64, "noise_examples": 64_000},
            "quick": {"inputs": 784, "noise_examples": 128_000},
            "paper": {"inputs": 784, "noise_examples": PAPER.noise_examples},
        },
        claims=CLAIMS,
    ),
)
