"""Noise through a weight mirror, the feedback fixed afterwards: where does it stand, and how little of it is enough?

Akrout et al. (2019) mirror while data is learned. Here the mirror works on noise alone, before any data, and what it
has taught the feedback must last for all of training.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from prenoise.network import Network
from prenoise.optimisers import adam
from prenoise.paper import PAPER
from prenoise.rules import weight_mirror
from prenoise.study import charts
from prenoise.study.claims import AgainstValue, Claim, Equivalent
from prenoise.study.experiment import Experiment
from prenoise.study.given import Given
from prenoise.study.kinds import COMPARED, FA, MIRROR, NOISE, ZERO, Kind, Pretrain, on_noise, through_a_mirror
from prenoise.study.measured import early_and_late, learned
from prenoise.study.panels import by_setting
from prenoise.study.recipes import ANGLE, MANY, SMALL_AREA, Effect, Numbers, comparable, compared, stated

FEEDBACK_ONLY, THROUGHOUT, KOLEN_POLLACK = "FA, feedback mirrored", "mirrored throughout", "FA + Kolen-Pollack noise"


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
        "#56B4E9",
        (12, 3),
        "triangle-right",
    ),
    Kind(THROUGHOUT, "a weight mirror on noise and on data", "mirror", on_noise, "#CC79A7", (8, 2, 2, 2), "cross"),
    Kind(
        KOLEN_POLLACK,
        "feedback alignment after Kolen-Pollack on noise",
        "fa",
        kolen_pollack,
        "#8C6D1F",
        (3, 3),
        "square",
    ),
)
ALL_KINDS = (*COMPARED, *(kind.name for kind in OWN))
RATE = "data at a rate of {:g}"
SETTINGS: dict[str, dict[str, Any]] = {
    "MNIST, 1,000": {},
    "MNIST, 5,000, 2 hidden": {"examples": 5_000, "depth": 2},
    "MNIST, 5,000, 4 hidden": {"examples": 5_000, "depth": 4},
    "MNIST, 5,000, 8 hidden": {"examples": 5_000, "depth": 8},
    "Fashion-MNIST, 5,000": {"dataset": "fashion-mnist", "examples": 5_000},
    "KMNIST, 5,000": {"dataset": "kmnist", "examples": 5_000},
    "CIFAR-10, 5,000": {"dataset": "cifar10", "examples": 5_000},
    RATE.format(3e-4): {"examples": 5_000, "depth": 2, "rate": 3e-4},
    RATE.format(1e-3): {"examples": 5_000, "depth": 2, "rate": 1e-3},
}
USUAL = {
    "dataset": "mnist",
    "examples": 1_000,
    "depth": 1,
    "rate": PAPER.rate,
    "noise": 0,
    "mirror_rate": 0.0,
    "stop": "",
}
"""A setting that says nothing else; noise and mirror rate of 0 stand for those of the size and the rule."""
AMOUNTS = (640, 3_200, 16_000, 64_000, 500_000)
MIRROR_RATES = (1e-3, 1e-2, 1e-1, 3e-1)
FEW = (3_200, 1e-1)
"""Fifty steps of noise at a high rate of the mirror."""
DRIFT = Effect(5.0, "degrees", "an eighteenth of a right angle")
FAMILY = "mirror"


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


def cell(kind: str, setting: str = "MNIST, 1,000", **change: Any) -> dict[str, Any]:
    """The condition of a kind in a setting."""
    return {"kind": kind, **USUAL, **SETTINGS[setting], **change}


def of_setting(setting: str, variable: str = "area") -> Numbers:
    """A number per seed of each kind."""
    return lambda results, kind: results[cell(kind, setting)][variable]


def few(results, kind: str) -> Any:
    """The area of each kind on MNIST with 1,000 examples, mirrored noise with few of them."""
    change = {"noise": FEW[0], "mirror_rate": FEW[1]} if kind == MIRROR else {}
    return results[cell(kind, **change)]["area"]


def claims_of(number: int, setting: str) -> tuple[Claim, ...]:
    """Mirrored noise against the others in one setting."""
    of = of_setting(setting)
    pairs = (
        ("noise", NOISE, "plain noise"),
        ("zero", ZERO, "a read-out of zero without noise"),
        ("feedback", FEEDBACK_ONLY, "its feedback alone"),
        ("kp", KOLEN_POLLACK, "noise by the rule of Kolen and Pollack"),
    )
    return (
        *(
            compared(
                f"mirror.{name}.{number}",
                f"{setting}: feedback alignment learns faster after mirrored noise than with {what}.",
                of,
                SMALL_AREA,
                first=MIRROR,
                second=second,
                family=FAMILY,
            )
            for name, second, what in pairs
        ),
        comparable(
            f"mirror.bp.{number}",
            f"{setting}: mirrored noise closes at least 80 % of the gap in speed to backpropagation.",
            of,
            SMALL_AREA,
            kind=MIRROR,
            family=FAMILY,
        ),
        stated(
            f"mirror.lasts.{number}",
            f"{setting}: the mirrored feedback lasts, at the end of training the mean angle is below 30 degrees.",
            AgainstValue(30.0, "less"),
            lambda results: of_setting(setting, "final_angle")(results, MIRROR),
            DRIFT,
            labels=(MIRROR,),
            family=FAMILY,
        ),
        stated(
            f"mirror.throughout.{number}",
            f"{setting}: mirroring on data too makes no difference to the speed.",
            Equivalent(),
            lambda results: (of(results, THROUGHOUT), of(results, MIRROR)),
            SMALL_AREA,
            labels=(THROUGHOUT, MIRROR),
            family=FAMILY,
        ),
    )


CLAIMS = (
    *(claim for number, setting in enumerate(SETTINGS, 1) for claim in claims_of(number, setting)),
    comparable(
        "mirror.few",
        "MNIST, 1,000: fifty steps of noise at a mirror rate of 0.1 close at least 80 % of the gap to backpropagation.",
        few,
        SMALL_AREA,
        kind=MIRROR,
        family=FAMILY,
    ),
    stated(
        "mirror.stop",
        "MNIST, 1,000: mirrored noise that stops when aligned leaves the angle no larger than all of the noise does.",
        Equivalent(),
        lambda results: (results[cell(MIRROR, stop="aligned")]["start_angle"], results[cell(MIRROR)]["start_angle"]),
        ANGLE,
        labels=("stops when aligned", MIRROR),
        family=FAMILY,
    ),
)


def picture(results):
    """Speed by setting, the drift of the angle, and how little noise is enough."""

    def found(variable: str) -> dict[str, dict[str, Any]]:
        return by_setting(results, variable, cell, ALL_KINDS, SETTINGS)

    def grid(variable: str) -> np.ndarray:
        places = [[cell(MIRROR, noise=n, mirror_rate=r) for n in AMOUNTS] for r in MIRROR_RATES]
        return np.array(
            [[float(results[c][variable].mean()) if c in results else np.nan for c in row] for row in places]
        )

    shown = list(SETTINGS)[1]
    angles = {kind: values.mean(axis=-1) for kind, values in found("angle")[shown].items()}
    axes = {"x": "examples of noise (log 10)", "y": "rate of the mirror (log 10)"}
    across, up = np.log10(AMOUNTS).tolist(), np.log10(MIRROR_RATES).tolist()
    return charts.Picture(
        caption="Mirrored noise beside all others: speed by setting, the mean angle while data is learned, and how "
        "speed and starting angle depend on the amount of noise and the rate of the mirror.",
        all_panels=[
            charts.points("Speed", found("area"), x="area under the curve", width=420),
            charts.curves(
                f"Mean angle while data is learned: {shown}",
                np.asarray(results[cell(FA, shown)]["epoch"]) if angles else np.zeros(0),
                angles,
                x="epochs of training",
                y="angle (degrees)",
                level=(90.0, "90, chance"),
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
