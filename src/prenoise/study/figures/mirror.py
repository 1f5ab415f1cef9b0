"""Noise through a weight mirror, the feedback fixed afterwards: where does it stand, and how little of it is enough?

Akrout et al. (2019) mirror while data is learned. Here the mirror works on noise alone, before any data, and what it
has taught the feedback must last for all of training.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from prenoise.network import Network
from prenoise.optimisers import adam
from prenoise.rules import weight_mirror
from prenoise.study import charts, panels
from prenoise.study.experiment import Experiment
from prenoise.study.figures.mirror_claims import (
    AMOUNTS,
    CLAIMS,
    FEEDBACK_ONLY,
    KOLEN_POLLACK,
    MIRROR_RATES,
    SETTINGS,
    THROUGHOUT,
    cell,
)
from prenoise.study.given import Given
from prenoise.study.kinds import COMPARED, FA, MIRROR, STYLES, Kind, Pretrain, on_noise, through_a_mirror
from prenoise.study.measured import early_and_late, learned
from prenoise.study.recipes import MANY


def feedback_only(network: Network, pretrain: Pretrain) -> Network:
    """The feedback of the mirror, with the random weights as they were."""
    return Network(network.weights, network.biases, through_a_mirror(network, pretrain).feedback)


def kolen_pollack(network: Network, pretrain: Pretrain) -> Network:
    """Noise pretraining in which the feedback takes the steps of the weights."""
    return pretrain(network, rule="kp")


OWN = (
    Kind(
        FEEDBACK_ONLY,
        "feedback alignment from random weights, the feedback mirrored on noise and fixed afterwards",
        "fa",
        feedback_only,
        **STYLES["sky"],
    ),
    Kind(THROUGHOUT, "a weight mirror on noise and on data", "mirror", on_noise, **STYLES["purple"]),
    Kind(KOLEN_POLLACK, "feedback alignment after Kolen-Pollack on noise", "fa", kolen_pollack, **STYLES["brown"]),
)
ALL_KINDS = (*COMPARED, *(kind.name for kind in OWN))


def run(given: Given) -> Mapping[str, Any]:
    """Learning after noise of some amount and mirror rate: speed, accuracy, and how the angles drift."""
    everything, test = given.data(given.dataset)
    examples = given.subset(everything, given.examples)
    noise: dict[str, Any] = {"examples": given.noise or given.noise_examples, "at": None, "stop": given.stop or None}
    if given.mirror_rate:
        noise["mirror"] = weight_mirror(given.mirror_rate)
    start, seen = given.start(given.sizes([100] * given.depth, given.dataset), **noise)
    at = early_and_late(given.epochs)
    _trained, _history, arrays = learned(given, start, examples, test, optimiser=adam(given.rate), at=at)
    angles = arrays["angle"][1].mean(axis=-1)
    return arrays | {
        "start_angle": (("seed",), angles[:, 0], {"units": "degrees"}),
        "final_angle": (("seed",), angles[:, -1], {"units": "degrees"}),
        "noise_seen": (("seed",), np.zeros(len(angles)) if seen is None else np.asarray(seen.ended_at, float)),
    }


def picture(results):
    """Speed by setting, the drift of the angle, and how little noise is enough."""

    def found(variable: str) -> dict[str, dict[str, Any]]:
        return panels.by_setting(results, variable, cell, ALL_KINDS, SETTINGS)

    def grid(variable: str) -> np.ndarray:
        places = [[cell(MIRROR, noise=n, mirror_rate=r) for n in AMOUNTS] for r in MIRROR_RATES]
        return panels.means(results, variable, places)

    shown = list(SETTINGS)[1]
    angles = {kind: values.mean(axis=-1) for kind, values in found("angle")[shown].items()}
    axes = {"x": "examples of noise (log 10)", "y": "rate of the mirror (log 10)"}
    across, up = np.log10(AMOUNTS).tolist(), np.log10(MIRROR_RATES).tolist()
    return charts.Picture(
        caption="Mirrored noise beside all others: speed by setting, the mean angle while data is learned, and how "
        "speed and starting angle depend on the amount of noise and the rate of the mirror.",
        all_panels=[
            charts.points("Speed", found("area"), x="area under the curve", width=420),
            panels.angles(
                f"Mean angle while data is learned: {shown}",
                np.asarray(results[cell(FA, shown)]["epoch"]) if angles else np.zeros(0),
                angles,
                x="epochs of training",
            ),
            charts.heatmap("Speed by noise and mirror", across, up, grid("area"), what="area", marks={}, **axes),
            charts.heatmap("Starting angle", across, up, grid("start_angle"), what="degrees", marks={}, **axes),
            charts.points("Final accuracy", found("final_accuracy"), x="test accuracy", percent=True),
        ],
        kinds=ALL_KINDS,
        columns=2,
    )


EXPERIMENTS = (
    Experiment(
        id="mirror",
        title="Noise through a mirror, then fixed feedback",
        run=run,
        cells=[
            *(cell(kind, setting) for setting in SETTINGS for kind in ALL_KINDS),
            *(cell(MIRROR, noise=amount, mirror_rate=rate) for amount in AMOUNTS for rate in MIRROR_RATES),
            cell(MIRROR, stop="aligned"),
        ],
        options=MANY,
        datasets=("mnist", "fashion-mnist", "kmnist", "cifar10"),
        claims=CLAIMS,
        picture=picture,
        seeds={"smoke": 3, "quick": 3, "paper": 8},
        kinds=OWN,
    ),
)
