"""Does a warm-up on noise make a network's confidence match its accuracy, and strange inputs look strange to it?

After the same authors' later work, Cheon and Paik, https://arxiv.org/abs/2412.17411: there the network learns by
backpropagation, on noise and on data.
"""

from collections.abc import Mapping, Sequence
from functools import partial
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
from prenoise.study.cells import cell
from prenoise.study.claims import Claim, Paired
from prenoise.study.experiment import Experiment
from prenoise.study.kinds import CALIBRATED, WITH, WITHOUT, fresh, keys, practised
from prenoise.study.tasks import Used, arrays, first, task
from prenoise.training import train

RULES = {"bp": "backpropagation", "fa": "feedback alignment"}
SETTINGS = ((1, 5_000), (2, 5_000), (4, 5_000), (2, 1_000), (2, 20_000))
"""Hidden layers and training examples."""
FOREIGN = ("fashion-mnist", "kmnist", "noise")
BINS = 15


def run(
    seeds: Sequence[int],
    network: str,
    rule: str,
    depth: int,
    examples: int,
    *,
    epochs: int,
    noise_examples: int,
    data: Mapping[str, Mapping[str, str]],
    scaling: Any,
    **_: Any,
) -> Mapping[str, Any]:
    """Calibration on the test set, and how well confidence tells it from inputs of other kinds."""
    everything, test = task("mnist", data, scaling)
    learn_from = first(everything, examples)
    key = keys(seeds)
    start = fresh([test.raw.shape[1], *[100] * depth, 10], key)
    if network == WITH:
        start, _practice = practised(start, key, noise_examples, rule=rule)
    trained, _history = train(start, learn_from, key=key.order, epochs=epochs, rule=rule, at=[0, epochs])

    strange = [foreign(name, data, learn_from, len(test)) for name in FOREIGN]
    found = judged(trained, test, strange)
    axes = {"auroc": ("seed", "foreign")} | dict.fromkeys(
        ("bin_confidence", "bin_accuracy", "bin_share"), ("seed", "bin")
    )
    result = {name: (axes.get(name, ("seed",)), np.asarray(values)) for name, values in found.items()}
    return result | {"foreign": (("foreign",), np.array(FOREIGN))}


@jax.jit
@partial(jax.vmap, in_axes=(0, None, None))
def judged(network: Network, test: Examples, strange: Sequence[jax.Array]) -> dict[str, Any]:
    """The measures of one network on the test set and on inputs of other kinds."""
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


def foreign(name: str, data: Mapping[str, Mapping[str, str]], like: Examples, count: int) -> jax.Array:
    """Inputs of a kind that was not in the data, scaled as those it learned from; or noise as that of practice."""
    if name == "noise":
        return jax.random.normal(jax.random.key(0), (count, like.raw.shape[1]))
    strangers = arrays(Used(data[name]["name"], data[name]["hash"]))
    return Examples.of(strangers.x_test, strangers.y_test, like=like).inputs


def _samples(variable: str, column: int | None = None, **where: Any):
    def of(results, kind: str) -> np.ndarray:
        values = cell(results, variable, network=kind, **where)
        return values if column is None else values[:, column]

    return lambda results: (of(results, WITH), of(results, WITHOUT))


CLAIMS = (
    *(
        Claim(
            f"calibration.{rule}.{number}",
            f"{how.capitalize()}, {depth} hidden layer{'s' * (depth > 1)}, {examples:,} training examples: after a "
            "warm-up on noise the expected calibration error is smaller.",
            Paired("less"),
            _samples("calibration_error", rule=rule, depth=depth, examples=examples),
            family=f"calibration {rule}",
            unit="probability",
            labels=(WITH, WITHOUT),
        )
        for rule, how in RULES.items()
        for number, (depth, examples) in enumerate(SETTINGS, 1)
    ),
    *(
        Claim(
            f"foreign.{rule}.{number}",
            f"{how.capitalize()}, 2 hidden layers, 5,000 training examples: after a warm-up on noise confidence tells "
            f"MNIST better from {f'{name} of the same kind' if name == 'noise' else name}.",
            Paired("greater"),
            _samples("auroc", number - 1, rule=rule, depth=2, examples=5_000),
            family=f"foreign {rule}",
            unit="AUROC",
            labels=(WITH, WITHOUT),
        )
        for rule, how in RULES.items()
        for number, name in enumerate(FOREIGN, 1)
    ),
)


def picture(results):
    """Reliability diagrams, calibration error by depth and size of the training set, and foreign inputs recognised."""
    from prenoise.study.report.lines import lines_by
    from prenoise.study.report.picture import Picture
    from prenoise.study.report.points import points
    from prenoise.study.report.reading import by_kind, one

    kinds, panels = [WITHOUT, WITH], []
    middles = [(number + 0.5) / BINS for number in range(BINS)]
    for rule, how in RULES.items():
        bins = {CALIBRATED: np.array([middles])}
        for kind in kinds:
            where = {"network": kind, "rule": rule, "depth": 2, "examples": 5_000}
            share, right = one(results, "bin_share", **where), one(results, "bin_accuracy", **where)
            if share is not None and right is not None:
                bins[kind] = np.where(share > 0, right, np.nan)
        panels.append(
            lines_by(
                f"{how}: accuracy by confidence (2 hidden layers, 5,000 examples)",
                middles,
                bins,
                x="confidence",
                y="accuracy",
                percent=True,
            )
        )
    settings = {
        f"{depth} hidden, {examples:,} examples": {"depth": depth, "examples": examples} for depth, examples in SETTINGS
    }
    for rule, how in RULES.items():
        errors = {name: by_kind(results, "calibration_error", kinds, rule=rule, **at) for name, at in settings.items()}
        panels.append(points(f"{how}: expected calibration error", errors, x="expected calibration error"))
    for rule, how in RULES.items():
        known = by_kind(results, "auroc", kinds, rule=rule, depth=2, examples=5_000)
        groups = {
            name: {kind: values[:, column] for kind, values in known.items()} for column, name in enumerate(FOREIGN)
        }
        panels.append(points(f"{how}: MNIST told from foreign inputs", groups, x="AUROC of confidence"))
    return Picture(
        caption="Confidence and accuracy after learning MNIST, with and without a warm-up on noise; on the diagonal of "
        "the first panels they agree.",
        all_panels=panels,
        kinds=[*kinds, CALIBRATED],
        columns=2,
    )


EXPERIMENTS = (
    Experiment(
        id="calibration",
        title="A warm-up on noise and the honesty of confidence",
        run=run,
        cells=[
            {"network": kind, "rule": rule, "depth": depth, "examples": examples}
            for rule in RULES
            for depth, examples in SETTINGS
            for kind in (WITHOUT, WITH)
        ],
        options={
            "smoke": {"epochs": 20, "noise_examples": 64_000},
            "quick": {"epochs": 5, "noise_examples": 128_000},
            "paper": {"epochs": 50, "noise_examples": PAPER.noise_examples},
        },
        datasets=("mnist", "fashion-mnist", "kmnist"),
        claims=CLAIMS,
        picture=picture,
        seeds={"smoke": 2, "quick": 2, "paper": 5},
    ),
)
