"""Is there something better still? What else can be done before data, without weight transport, against mirrored noise.

Five starts that put together what helps alone: mirrored feedback, a small or empty read-out, orthogonal weights, and
fifty steps of noise instead of thousands.
"""

from collections.abc import Mapping
from typing import Any

from prenoise.network import Network
from prenoise.paper import PAPER
from prenoise.rules import weight_mirror
from prenoise.study import charts
from prenoise.study.claims import Claim
from prenoise.study.experiment import Experiment
from prenoise.study.figures.noises import orthogonal
from prenoise.study.figures.parts_of_noise import with_readout
from prenoise.study.given import Given
from prenoise.study.kinds import BP, MIRROR, ZERO, Kind, Pretrain, through_a_mirror, zero_readout
from prenoise.study.measured import early_and_late, learned
from prenoise.study.panels import by_setting
from prenoise.study.recipes import MANY, SMALL_ACCURACY, SMALL_AREA, Family, Numbers

SMALLER = 0.1
"""The size of a small read-out, in that of the one it takes the place of."""
STEPS, RATE = 50, 0.1
"""Fifty steps of noise at a high rate of the mirror."""


def then_zero(network: Network, pretrain: Pretrain) -> Network:
    """Mirrored noise, then a read-out of zero."""
    return zero_readout(through_a_mirror(network, pretrain), pretrain)


def then_small(network: Network, pretrain: Pretrain) -> Network:
    """Mirrored noise, then a read-out a tenth as large."""
    mirrored = through_a_mirror(network, pretrain)
    return with_readout(mirrored, mirrored.weights[-1] * SMALLER, mirrored.biases[-1])


def feedback_then_zero(network: Network, pretrain: Pretrain) -> Network:
    """The feedback of the mirror with the random weights, and a read-out of zero."""
    feedback = through_a_mirror(network, pretrain).feedback
    return zero_readout(Network(network.weights, network.biases, feedback), pretrain)


def from_orthogonal(network: Network, pretrain: Pretrain) -> Network:
    """Mirrored noise from orthogonal weights."""
    return through_a_mirror(orthogonal(network, pretrain), pretrain)


def fifty_then_zero(network: Network, pretrain: Pretrain) -> Network:
    """Fifty steps of mirrored noise, then a read-out of zero."""
    mirrored = pretrain(network, rule=weight_mirror(RATE), examples=STEPS * PAPER.batch)
    return zero_readout(mirrored, pretrain)


OWN = tuple(
    Kind(name, f"feedback alignment after {what}", "fa", before, colour, dash, shape)
    for name, what, before, colour, dash, shape in (
        ("mirrored, zero read-out", "mirrored noise and a read-out of zero", then_zero, "#CC79A7", (8, 2), "cross"),
        ("mirrored, small read-out", "mirrored noise and a small read-out", then_small, "#56B4E9", (12, 3), "square"),
        (
            "feedback mirrored, zero read-out",
            "the feedback alone was mirrored, with a read-out of zero",
            feedback_then_zero,
            "#8C6D1F",
            (3, 3),
            "triangle-right",
        ),
        (
            "mirrored, orthogonal",
            "mirrored noise from orthogonal weights",
            from_orthogonal,
            "#5E4FA2",
            (6, 2),
            "circle",
        ),
        (
            "fifty steps, zero read-out",
            "fifty steps of mirrored noise and a read-out of zero",
            fifty_then_zero,
            "#D55E00",
            (2, 4),
            "triangle-left",
        ),
    )
)
ALL_KINDS = (ZERO, MIRROR, *(kind.name for kind in OWN), BP)
SETTINGS: dict[str, dict[str, Any]] = {
    "MNIST, 1,000": {"dataset": "mnist", "examples": 1_000, "depth": 1},
    "MNIST, 5,000, 2 hidden": {"dataset": "mnist", "examples": 5_000, "depth": 2},
    "Fashion-MNIST, 5,000": {"dataset": "fashion-mnist", "examples": 5_000, "depth": 1},
    "CIFAR-10, 5,000": {"dataset": "cifar10", "examples": 5_000, "depth": 1},
}


def run(given: Given) -> Mapping[str, Any]:
    """Learning from one of the starts."""
    everything, test = given.data(given.dataset)
    start, _noise = given.start(given.sizes([100] * given.depth, given.dataset))
    examples = given.subset(everything, given.examples)
    return learned(given, start, examples, test, at=early_and_late(given.epochs))[-1]


def cell(kind: str, setting: str) -> dict[str, Any]:
    """The condition of a kind in a setting."""
    return {"kind": kind, "setting": setting, **SETTINGS[setting]}


def of_setting(setting: str, variable: str = "area") -> Numbers:
    """A number per seed of each kind."""
    return lambda results, kind: results[cell(kind, setting)][variable]


def claims() -> tuple[Claim, ...]:
    """Each start against mirrored noise, in speed and at the end, setting by setting."""
    return tuple(
        Family(f"further, {what}").compared(
            f"further.{what}.{place}.{number}",
            f"{setting}: feedback alignment {better} after {kind.meaning.partition('after ')[2]} than after mirrored "
            "noise alone.",
            of_setting(setting, variable),
            effect,
            kinds=(kind.name, MIRROR),
        )
        for what, variable, better, effect in (
            ("speed", "area", "learns faster", SMALL_AREA),
            ("end", "final_accuracy", "ends more accurate", SMALL_ACCURACY),
        )
        for place, kind in enumerate(OWN, 1)
        for number, setting in enumerate(SETTINGS, 1)
    )


def picture(results):
    """Speed and final accuracy of every start, setting by setting."""

    return charts.Picture(
        caption="Starts that need no weight transport, beside mirrored noise, a read-out of zero alone, and "
        "backpropagation.",
        all_panels=[
            charts.points(
                "Speed",
                by_setting(results, "area", cell, ALL_KINDS, SETTINGS),
                x="area under the curve of test accuracy",
                width=420,
            ),
            charts.points(
                "Final accuracy",
                by_setting(results, "final_accuracy", cell, ALL_KINDS, SETTINGS),
                x="test accuracy",
                percent=True,
                width=420,
            ),
        ],
        kinds=ALL_KINDS,
        columns=2,
    )


EXPERIMENTS = (
    Experiment(
        id="further",
        title="What else can be done before data?",
        run=run,
        cells=[cell(kind, setting) for setting in SETTINGS for kind in ALL_KINDS],
        options=MANY,
        datasets=("mnist", "fashion-mnist", "cifar10"),
        claims=claims(),
        picture=picture,
        seeds={"smoke": 3, "quick": 3, "paper": 6},
        kinds=OWN,
    ),
)
