"""Does noise pretraining make confidence match accuracy, and do foreign inputs then look foreign?

After the same authors' later work, Cheon and Paik, https://arxiv.org/abs/2412.17411: there the network learns by
backpropagation, on noise and on data.
"""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from prenoise.examples import Examples
from prenoise.measures import (
    auroc,
    brier_score,
    confidence,
    expected_calibration_error,
    log_loss,
    probabilities,
    reliability_bins,
)
from prenoise.network import Network
from prenoise.paper import PAPER
from prenoise.program import PerSeed
from prenoise.study import charts
from prenoise.study.experiment import Experiment
from prenoise.study.given import Given, per_seed
from prenoise.study.kinds import AFTER_MIRROR, AFTER_NOISE, FROM_ZERO, RANDOM, Kind
from prenoise.study.panels import by_kind, one
from prenoise.study.recipes import PROBABILITY, Effect, Family, nth, numbers

RULES = {"bp": "backpropagation", "fa": "feedback alignment"}
KINDS = {"bp": (RANDOM, AFTER_NOISE, FROM_ZERO), "fa": (RANDOM, AFTER_NOISE, FROM_ZERO, AFTER_MIRROR)}
"""Backpropagation uses no feedback, so a mirror changes nothing for it."""
SETTINGS = ((1, 5_000), (2, 5_000), (4, 5_000), (2, 1_000), (2, 20_000))
"""Hidden layers and training examples."""
MIDDLE: dict[str, Any] = {"depth": 2, "examples": 5_000}
FOREIGN = ("fashion-mnist", "kmnist", "uniform pixels")
BINS = 15
DIAGONAL = "as confident as right"
TOLD_APART = Effect(0.02, "AUROC", "two pairs in a hundred told apart that were not")
FAMILY = Family("calibration")


def run(given: Given) -> Mapping[str, Any]:
    """Calibration on the test set, and how well confidence tells it from foreign inputs."""
    everything, test = given.data("mnist")
    start, _noise = given.start(given.sizes([100] * given.depth, "mnist"))
    trained, _history = given.train(start, given.subset(everything, given.examples), at=[0, given.epochs])
    strange = [foreign(given, name, everything, len(test)) for name in FOREIGN]
    found = per_seed(judged, PerSeed(trained), test, strange)
    axes = {"auroc": ("seed", "foreign")} | dict.fromkeys(
        ("bin_confidence", "bin_accuracy", "bin_share"), ("seed", "bin")
    )
    result = {name: (axes.get(name, ("seed",)), np.asarray(values)) for name, values in found.items()}
    return result | {"foreign": (("foreign",), np.array(FOREIGN))}


def judged(network: Network, test: Examples, strange: list[Any]) -> dict[str, Any]:
    """The measures of one network on the test set and on foreign inputs."""
    belief = probabilities(network, test)
    diagram = reliability_bins(belief, test.labels, bins=BINS)
    return {
        "accuracy": jnp.mean(belief.argmax(axis=1) == test.labels),
        "confidence": confidence(belief).mean(),
        "calibration_error": expected_calibration_error(belief, test.labels, bins=BINS),
        "brier": brier_score(belief, test.labels),
        "log_loss": log_loss(belief, test.labels),
        "bin_confidence": diagram.confidence,
        "bin_accuracy": diagram.accuracy,
        "bin_share": diagram.share,
        "auroc": jnp.stack([auroc(confidence(belief), confidence(jnp.exp(network(inputs)))) for inputs in strange]),
    }


def foreign(given: Given, name: str, like: Examples, count: int) -> Any:
    """Inputs of a kind that was not in the data, scaled as the data is; pixels are others for every seed."""
    if name != FOREIGN[-1]:
        strangers = given.arrays(name)
        return Examples.of(strangers.x_test, strangers.y_test, like=like).inputs

    def drawn(key: jax.Array) -> jax.Array:
        pixels = jax.random.uniform(key, (count, like.raw.shape[1]), maxval=255 if like.raw.dtype == jnp.uint8 else 1)
        return like.scaled(pixels)

    return PerSeed(jax.vmap(drawn)(given.keys.noise))


CLAIMS = (
    *(
        FAMILY.compared(
            f"calibration.{rule}.{number}",
            f"By {how}, {depth} hidden layer{'s' * (depth > 1)}, {examples:,} training examples: the expected "
            "calibration error is smaller after noise pretraining.",
            numbers("calibration_error", rule=rule, depth=depth, examples=examples),
            PROBABILITY,
            kinds=(AFTER_NOISE, RANDOM),
            direction="less",
        )
        for rule, how in RULES.items()
        for number, (depth, examples) in enumerate(SETTINGS, 1)
    ),
    *(
        FAMILY.compared(
            f"foreign.{rule}.{number}",
            f"By {how}, 2 hidden layers, 5,000 training examples: confidence tells MNIST better from {name} after "
            "noise pretraining.",
            numbers("auroc", nth(foreign=number - 1), rule=rule, **MIDDLE),
            TOLD_APART,
            kinds=(AFTER_NOISE, RANDOM),
        )
        for rule, how in RULES.items()
        for number, name in enumerate(FOREIGN, 1)
    ),
    *(
        claim
        for rule, how in RULES.items()
        for claim in FAMILY.controls(
            f"calibration.{rule}",
            f"By {how}, 2 hidden layers, 5,000 training examples",
            numbers("calibration_error", rule=rule, **MIDDLE),
            PROBABILITY,
            better="has a smaller calibration error",
            direction="less",
            kinds=KINDS[rule],
        )
    ),
)


def picture(results):
    """Reliability diagrams, calibration error by depth and size of the training set, and foreign inputs recognised."""
    middles = [(number + 0.5) / BINS for number in range(BINS)]
    diagrams, errors, apart = [], [], []
    for rule, how in RULES.items():
        bins: dict[str, Any] = {DIAGONAL: np.array([middles])}
        for kind in KINDS[rule]:
            share, right = (
                one(results, name, kind=kind, rule=rule, **MIDDLE) for name in ("bin_share", "bin_accuracy")
            )
            if share is not None and right is not None:
                bins[kind] = np.where(share > 0, right, np.nan)
        diagrams.append(
            charts.lines_by(
                f"{how}: accuracy by confidence (2 hidden layers, 5,000 examples)",
                middles,
                bins,
                x="confidence",
                y="accuracy",
                percent=True,
            )
        )
        of_settings = {
            f"{depth} hidden, {examples:,} examples": by_kind(
                results, "calibration_error", KINDS[rule], rule=rule, depth=depth, examples=examples
            )
            for depth, examples in SETTINGS
        }
        errors.append(charts.points(f"{how}: expected calibration error", of_settings, x="expected calibration error"))
        known = by_kind(results, "auroc", KINDS[rule], rule=rule, **MIDDLE)
        groups = {name: {kind: values[:, n] for kind, values in known.items()} for n, name in enumerate(FOREIGN)}
        apart.append(charts.points(f"{how}: MNIST told from foreign inputs", groups, x="AUROC of confidence"))
    return charts.Picture(
        caption="Confidence and accuracy after learning MNIST; on the diagonal of the first panels they agree.",
        all_panels=[*diagrams, *errors, *apart],
        kinds=[*KINDS["fa"], DIAGONAL],
        columns=2,
    )


EXPERIMENTS = (
    Experiment(
        id="calibration",
        title="Noise pretraining and the honesty of confidence",
        run=run,
        cells=[
            {"kind": kind, "rule": rule, "depth": depth, "examples": examples}
            for rule in RULES
            for depth, examples in SETTINGS
            for kind in KINDS[rule]
        ],
        options={
            "smoke": {"epochs": 20, "noise_examples": 64_000},
            "quick": {"epochs": 5, "noise_examples": 128_000},
            "paper": {"epochs": 50, "noise_examples": PAPER.noise_examples},
        },
        datasets=("mnist", "fashion-mnist", "kmnist"),
        claims=CLAIMS,
        picture=picture,
        seeds={"smoke": 3, "quick": 3, "paper": 10},
        kinds=(Kind(DIAGONAL, "where accuracy is what confidence says", colour="#7F7F7F", dash=(2, 2)),),
    ),
)
