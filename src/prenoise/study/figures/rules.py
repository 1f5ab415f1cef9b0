"""Does noise pretraining help other rules than feedback alignment?

Every rule learns from random weights and after noise pretraining by the rule itself, beside a read-out of zero. The
training set is small, because that is where noise helps feedback alignment most.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jax.tree_util import Partial

from prenoise.measures import generalisation_error
from prenoise.paper import PAPER
from prenoise.study import charts
from prenoise.study.claims import Claim
from prenoise.study.experiment import Experiment
from prenoise.study.given import Given
from prenoise.study.kinds import AFTER_MIRROR, AFTER_NOISE, FROM_ZERO, RANDOM
from prenoise.study.measured import by_layer, early_and_late, learned, mean_angles
from prenoise.study.panels import by_kind, labels, there
from prenoise.study.recipes import ANGLE, LOSS, SMALL_ACCURACY, SMALL_AREA, Effect, Family, Numbers, mean_of, numbers

RULES = ("bp", "fa", "dfa", "usf", "brsf", "frsf", "kp", "mirror")
MIRRORED = ("fa", "frsf", "kp")
"""The rules whose feedback a mirror can teach before data, and that then keep what it has learned."""
DATASETS = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST"}
FAMILY = Family("rules")
SETTINGS = [(dataset, depth) for dataset in DATASETS for depth in (2, 4)]


def kinds_of(rule: str) -> tuple[str, ...]:
    """What is compared under a rule."""
    return (RANDOM, AFTER_NOISE, FROM_ZERO, *([AFTER_MIRROR] if rule in MIRRORED else []))


def run(given: Given) -> Mapping[str, Any]:
    """Test accuracy and alignment along training on data, and the generalisation error at its end."""
    everything, test = given.data(given.dataset)
    examples = given.subset(everything, given.examples)
    start, _noise = given.start(given.sizes([100] * given.depth, given.dataset))
    record = {
        "angle": Partial(mean_angles, rule=given.rule),
        "gap": Partial(generalisation_error, train=examples, test=test),
    }
    at = early_and_late(given.epochs)
    _trained, history, arrays = learned(given, start, examples, test, record=record, at=at)
    final_angle = by_layer(history.record["angle"])[:, -1].mean(axis=-1)
    return arrays | {
        "final_angle": (("seed",), final_angle, {"units": "degrees"}),
        "generalisation_error": (("seed",), np.asarray(history.record["gap"])[:, -1], {"units": "nats"}),
    }


def over_settings(variable: str, rule: str) -> Numbers:
    """The mean over data sets and depths."""
    return mean_of([numbers(variable, rule=rule, dataset=dataset, depth=depth) for dataset, depth in SETTINGS])


def claims_of(rule: str) -> list[Claim]:
    """What noise pretraining does for one rule, and what the controls do."""

    def claim(name: str, sentence: str, of: Numbers, effect: Effect, direction: Any = "less") -> Claim:
        kinds = (AFTER_NOISE, RANDOM)
        return FAMILY.compared(
            f"rules.{rule}.{name}", f"{rule}: {sentence}", of, effect, kinds=kinds, direction=direction
        )

    return [
        *(
            claim(
                str(number),
                f"noise pretraining makes learning faster on {DATASETS[dataset]} with {depth} hidden layers.",
                numbers("area", rule=rule, dataset=dataset, depth=depth),
                SMALL_AREA,
                "greater",
            )
            for number, (dataset, depth) in enumerate(SETTINGS, 1)
        ),
        claim(
            "accuracy",
            "the final accuracy is higher after noise pretraining (mean over sets and depths).",
            over_settings("final_accuracy", rule),
            SMALL_ACCURACY,
            "greater",
        ),
        claim(
            "gap",
            "the generalisation error is smaller after noise pretraining (mean over sets and depths).",
            over_settings("generalisation_error", rule),
            LOSS,
        ),
        *(
            []
            if rule == "bp"
            else [
                claim(
                    "angle",
                    "the final angle is smaller after noise pretraining (mean over layers, sets and depths).",
                    over_settings("final_angle", rule),
                    ANGLE,
                )
            ]
        ),
        *FAMILY.controls(
            f"rules.{rule}",
            f"{rule} (mean over sets and depths)",
            over_settings("area", rule),
            SMALL_AREA,
            better="learns faster",
            kinds=kinds_of(rule),
        ),
    ]


def picture(results):
    """Area, final accuracy, angle and generalisation error by rule, and the curves of one setting at a time."""
    shown = {f"{DATASETS[dataset]}, {depth} hidden layers": (dataset, depth) for dataset, depth in SETTINGS}

    def in_setting(variable: str, dataset: str, depth: int) -> dict[str, Any]:
        return {
            rule: by_kind(results, variable, kinds_of(rule), rule=rule, dataset=dataset, depth=depth) for rule in RULES
        }

    def on_average(variable: str) -> dict[str, dict[str, Any]]:
        return {rule: there(results, over_settings(variable, rule), kinds_of(rule)) for rule in RULES}

    where = {f"{rule}, {name}": (rule, *setting) for rule in RULES for name, setting in shown.items()}
    curves = {
        name: found
        for name, (rule, dataset, depth) in where.items()
        if (found := by_kind(results, "accuracy", kinds_of(rule), rule=rule, dataset=dataset, depth=depth))
    }
    return charts.Picture(
        caption="Noise pretraining and its controls for every rule, on small training sets. Where it says all "
        "settings, a seed's mean over both data sets and depths is drawn.",
        all_panels=[
            *(
                charts.points(f"Area: {name}", in_setting("area", *setting), x="area under the curve of test accuracy")
                for name, setting in shown.items()
            ),
            charts.points(
                "Final accuracy, all settings", on_average("final_accuracy"), x="test accuracy", percent=True
            ),
            charts.points(
                "Generalisation error, all settings",
                on_average("generalisation_error"),
                x="test - training loss (nats)",
            ),
            charts.points("Final angle, all settings", on_average("final_angle"), x="mean angle (degrees)"),
            charts.curves(
                "Learning curve",
                labels(results, "epoch"),
                curves,
                x="epochs of training",
                y="test accuracy",
                percent=True,
                choice="setting",
                settled=True,
            ),
        ],
        kinds=[RANDOM, AFTER_NOISE, FROM_ZERO, AFTER_MIRROR],
        controls=[charts.Choice("setting", "Rule, data and depth", {name: name for name in curves})] if curves else [],
        columns=4,
    )


EXPERIMENTS = (
    Experiment(
        id="rules",
        title="Noise pretraining and other rules without weight transport",
        run=run,
        cells=[
            {"kind": kind, "rule": rule, "dataset": dataset, "depth": depth}
            for rule in RULES
            for dataset, depth in SETTINGS
            for kind in kinds_of(rule)
        ],
        options={
            "smoke": {"examples": 1_000, "epochs": 30, "noise_examples": 64_000},
            "quick": {"examples": 1_000, "epochs": 30, "noise_examples": 128_000},
            "paper": {"examples": 5_000, "epochs": PAPER.epochs, "noise_examples": PAPER.noise_examples},
        },
        datasets=tuple(DATASETS),
        claims=tuple(claim for rule in RULES for claim in claims_of(rule)),
        picture=picture,
        seeds={"smoke": 3, "quick": 3, "paper": 5},
    ),
)
