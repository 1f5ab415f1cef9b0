"""Does practice on noise help other rules than feedback alignment?

Every rule learns with and without practice, and practises by itself. The training set is small, because that is where
practice helps feedback alignment most.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from jax.tree_util import Partial

from prenoise.measures import accuracy, alignment, area_under_curve, generalisation_error
from prenoise.network import Network
from prenoise.paper import PAPER
from prenoise.rules import RULES, named
from prenoise.study.cells import cell
from prenoise.study.claims import Claim, Paired
from prenoise.study.experiment import Experiment
from prenoise.study.kinds import WITH, WITHOUT, fresh, keys, practised
from prenoise.study.tasks import first, task
from prenoise.training import train

DATASETS = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST"}
DEPTHS = (2, 4)
SETTINGS = [(dataset, depth) for dataset in DATASETS for depth in DEPTHS]


def mean_angles(network: Network, rule: str) -> list:
    """Mean angle of every hidden layer between its forward weights and those its error comes back through."""
    return [angles.mean() for angles in alignment(network, rule)]


def moments(epochs: int) -> np.ndarray:
    """Every epoch at first, when accuracy rises, and every fifth later."""
    return np.array(sorted({*range(min(10, epochs)), *range(0, epochs, 5), epochs}))


def run(
    seeds: Sequence[int],
    network: str,
    rule: str,
    dataset: str,
    depth: int,
    *,
    examples: int,
    epochs: int,
    noise_examples: int,
    data: Mapping[str, Mapping[str, str]],
    scaling: Any,
    **_: Any,
) -> Mapping[str, Any]:
    """Test accuracy and alignment along training on data, and the generalisation error at its end."""
    everything, test = task(dataset, data, scaling)
    learn_from = first(everything, examples)
    key = keys(seeds)
    start = fresh([test.raw.shape[1], *[100] * depth, 10], key, direct=named(rule).direct)
    if network == WITH:
        start, _practice = practised(start, key, noise_examples, rule=rule)
    _trained, history = train(
        start,
        learn_from,
        key=key.order,
        epochs=epochs,
        rule=rule,
        record={
            "accuracy": Partial(accuracy, examples=test),
            "angle": Partial(mean_angles, rule=rule),
            "gap": Partial(generalisation_error, train=learn_from, test=test),
        },
        at=moments(epochs),
    )
    curve = history.record["accuracy"]
    angles = np.stack([np.asarray(layer) for layer in history.record["angle"]], axis=-1)
    return {
        "accuracy": (("seed", "epoch"), np.asarray(curve)),
        "area": (("seed",), np.asarray(area_under_curve(curve, history.at)), {"units": "accuracy"}),
        "final_accuracy": (("seed",), np.asarray(curve)[:, -1]),
        "angle": (("seed", "epoch"), angles.mean(axis=-1), {"units": "degrees"}),
        "generalisation_error": (("seed",), np.asarray(history.record["gap"])[:, -1], {"units": "nats"}),
        "epoch": (("epoch",), history.at),
    }


def over_settings(variable: str, rule: str, kind: str, last: bool = False) -> Callable[[Any], np.ndarray]:
    """A number a seed: the mean over data sets and depths, at the last epoch of a curve."""

    def samples(results) -> np.ndarray:
        found = [
            cell(results, variable, network=kind, rule=rule, dataset=dataset, depth=depth)
            for dataset, depth in SETTINGS
        ]
        return np.mean([values[:, -1] if last else values for values in found], axis=0)

    return samples


def claims_of(rule: str) -> list[Claim]:
    """What practice on noise does for one rule."""

    def compared(name: str, sentence: str, direction: Any, of: Callable[[str], Callable], unit: str, family: str):
        return Claim(
            f"rules.{rule}.{name}",
            f"{rule}: {sentence}",
            Paired(direction),
            lambda results: (of(WITH)(results), of(WITHOUT)(results)),
            family=f"rules {family}",
            unit=unit,
            labels=(WITH, WITHOUT),
        )

    def area(dataset: str, depth: int) -> Callable[[str], Callable]:
        where = {"rule": rule, "dataset": dataset, "depth": depth}
        return lambda kind: lambda results: cell(results, "area", network=kind, **where)

    faster = [
        compared(
            str(number),
            f"practice on noise makes learning faster on {DATASETS[dataset]} with {depth} hidden layers.",
            "greater",
            area(dataset, depth),
            "area under the curve",
            "faster",
        )
        for number, (dataset, depth) in enumerate(SETTINGS, 1)
    ]
    better = compared(
        "accuracy",
        "after practice on noise the final accuracy is higher (mean over sets and depths).",
        "greater",
        lambda kind: over_settings("final_accuracy", rule, kind),
        "accuracy",
        "accuracy",
    )
    closer = compared(
        "gap",
        "after practice on noise the generalisation error is smaller (mean over sets and depths).",
        "less",
        lambda kind: over_settings("generalisation_error", rule, kind),
        "nats",
        "generalisation",
    )
    aligned = compared(
        "angle",
        "after practice on noise the final angle is smaller (mean over layers, sets and depths).",
        "less",
        lambda kind: over_settings("angle", rule, kind, last=True),
        "degrees",
        "angle",
    )
    return [*faster, better, closer, *([] if rule == "bp" else [aligned])]


def picture(results):
    """Area, final accuracy, angle and generalisation error by rule, and the curves of one setting at a time."""
    from prenoise.study.report.curves import curves
    from prenoise.study.report.picture import Choice, Picture
    from prenoise.study.report.points import points
    from prenoise.study.report.reading import axis, by_kind

    kinds = [WITHOUT, WITH]
    shown = {f"{DATASETS[dataset]}, {depth} hidden layers": (dataset, depth) for dataset, depth in SETTINGS}

    def in_setting(variable: str, dataset: str, depth: int) -> dict[str, dict[str, np.ndarray]]:
        return {rule: by_kind(results, variable, kinds, rule=rule, dataset=dataset, depth=depth) for rule in RULES}

    def on_average(variable: str, last: bool = False) -> dict[str, dict[str, np.ndarray]]:
        found = {}
        for rule in RULES:
            try:
                found[rule] = {kind: over_settings(variable, rule, kind, last)(results) for kind in kinds}
            except KeyError:
                continue
        return found

    where = {f"{rule}, {name}": (rule, *setting) for rule in RULES for name, setting in shown.items()}
    learned = {
        name: found
        for name, (rule, dataset, depth) in where.items()
        if (found := by_kind(results, "accuracy", kinds, rule=rule, dataset=dataset, depth=depth))
    }
    return Picture(
        caption="What practice on noise does for every rule, on small training sets. A point a seed; where it says all "
        "settings, a seed's mean over both data sets and depths.",
        all_panels=[
            *(
                points(f"Area: {name}", in_setting("area", *setting), x="area under the curve of test accuracy")
                for name, setting in shown.items()
            ),
            points("Final accuracy, all settings", on_average("final_accuracy"), x="test accuracy", percent=True),
            points(
                "Generalisation error, all settings",
                on_average("generalisation_error"),
                x="test - training loss (nats)",
            ),
            points("Final angle, all settings", on_average("angle", last=True), x="angle, mean over layers (degrees)"),
            curves(
                "Learning curve",
                axis(results, "epoch"),
                learned,
                x="epochs of training",
                y="test accuracy",
                percent=True,
                choice="setting",
                settled=True,
            ),
        ],
        kinds=kinds,
        controls=[Choice("setting", "Rule, data and depth", {name: name for name in learned})] if learned else [],
        columns=4,
    )


EXPERIMENTS = (
    Experiment(
        id="rules",
        title="Practice on noise and other rules without weight transport",
        run=run,
        cells=[
            {"network": kind, "rule": rule, "dataset": dataset, "depth": depth}
            for rule in RULES
            for dataset, depth in SETTINGS
            for kind in (WITHOUT, WITH)
        ],
        options={
            "smoke": {"examples": 1_000, "epochs": 30, "noise_examples": 64_000},
            "quick": {"examples": 1_000, "epochs": 30, "noise_examples": 128_000},
            "paper": {"examples": 5_000, "epochs": PAPER.epochs, "noise_examples": PAPER.noise_examples},
        },
        datasets=tuple(DATASETS),
        claims=tuple(claim for rule in RULES for claim in claims_of(rule)),
        picture=picture,
        seeds={"smoke": 2, "quick": 2, "paper": 5},
    ),
)
