"""Does noise pretraining help real networks? Small ones of the kinds that people use, trained as people train them.

After the same authors' later work, Cheon and Paik, https://arxiv.org/abs/2412.17411, whose networks learn by
backpropagation from He's weights. The networks are of PyTorch, and are pretrained as any model of a user's is.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from prenoise.study import charts
from prenoise.study.claims import Claim
from prenoise.study.experiment import Experiment
from prenoise.study.given import Given
from prenoise.study.kinds import AFTER_MIRROR, AFTER_NOISE, FROM_ZERO, RANDOM
from prenoise.study.panels import by_kind
from prenoise.study.pytorch.compared import DENSENET, KINDS, MLP, OWN, RESNET, SMOOTHED, TEMPERED, TEXT, VIT
from prenoise.study.recipes import LOSS, PROBABILITY, Direction, Effect, Family, numbers

RULES = {"bp": "backpropagation", "fa": "feedback alignment"}
SETTINGS = (
    (MLP, "He"),
    (RESNET, "He"),
    (DENSENET, "He"),
    (VIT, "He"),
    (TEXT, "He"),
    (RESNET, "PyTorch"),
    (VIT, "PyTorch"),
)
"""Networks, and whose initial weights they have: the authors' for all, and what users start from for two."""

TWO_IN_A_HUNDRED = "two test examples in a hundred: who gains less has no reason to add a phase to the training"
EFFECTS: dict[str, tuple[Effect, Direction, str]] = {
    "accuracy": (Effect(0.02, "accuracy", TWO_IN_A_HUNDRED), "greater", "is more accurate in the end"),
    "speed": (
        Effect(0.02, "area under the curve", f"{TWO_IN_A_HUNDRED}, all along"),
        "greater",
        "learns faster",
    ),
    "calibration_error": (PROBABILITY, "less", "has a smaller calibration error"),
    "log_loss": (LOSS, "less", "has a lower log loss"),
    "foreign": (
        Effect(0.05, "AUROC", "five pairs in a hundred told apart; from seed to seed it differs by more"),
        "greater",
        "tells foreign inputs better",
    ),
}
"""Of every measure the smallest effect that matters, which side is better, and how that is said."""


def run(given: Given) -> Mapping[str, Any]:
    """Accuracy at the end and along the way, calibration, log loss, and how well foreign inputs are told."""
    from prenoise.study.pytorch.learning import learned

    runs = [learned(given, seed) for seed in given.seeds]
    return {
        name: (("seed",), np.array([run[name] for run in runs]), {"units": EFFECTS[name][0].unit}) for name in EFFECTS
    }


def cells_of(network: str, initial: str) -> list[dict[str, Any]]:
    """The conditions of a setting; calibration is controlled where the weights are He's, as the authors' are."""
    return [
        {"kind": kind, "network": network, "initial": initial, "rule": rule}
        for rule in RULES
        for kind in KINDS[rule]
        if initial == "He" or kind not in (TEMPERED, SMOOTHED)
    ]


def claims_of(network: str, initial: str, rule: str) -> list[Claim]:
    """What noise does to one network by one rule, what else does it, and what a mirror adds.

    They are a family of their own: who has such a network asks of this one, and not of the others.
    """
    where = f"{network}, {initial}'s weights, by {RULES[rule]}"
    pairs = [("noise", AFTER_NOISE, RANDOM, tuple(EFFECTS)), ("zero", AFTER_NOISE, FROM_ZERO, ("accuracy", "speed"))]
    if rule == "fa":
        pairs += [
            ("mirror", AFTER_MIRROR, AFTER_NOISE, ("accuracy", "speed")),
            ("mirror-zero", AFTER_MIRROR, FROM_ZERO, ("accuracy", "speed")),
        ]
    elif initial == "He":
        pairs += [
            ("tempered", AFTER_NOISE, TEMPERED, ("calibration_error",)),
            ("smoothed", AFTER_NOISE, SMOOTHED, ("calibration_error",)),
        ]
    names = {
        AFTER_NOISE: "after noise",
        AFTER_MIRROR: "after mirrored noise",
        RANDOM: "from random weights",
        FROM_ZERO: "from a read-out of zero",
        TEMPERED: "with temperature scaling",
        SMOOTHED: "with label smoothing",
    }
    prefix = f"warm-up.{network.split(maxsplit=1)[0].lower()}.{initial.lower()}.{rule}"
    return [
        Family(f"warm-up, {where}").compared(
            f"{prefix}.{name}.{measure.replace('_', '-')}",
            f"{where}: {names[first]} it {EFFECTS[measure][2]} than {names[second]}.",
            numbers(measure, network=network, initial=initial, rule=rule),
            EFFECTS[measure][0],
            kinds=(first, second),
            direction=EFFECTS[measure][1],
        )
        for name, first, second, measures in pairs
        for measure in measures
    ]


def picture(results):
    """Every measure by every rule, network for network."""

    def panel(measure: str, title: str, rule: str) -> Any:
        return charts.points(
            f"{title}, by {RULES[rule]}",
            {
                f"{network}, {initial}'s weights": by_kind(
                    results, measure, KINDS[rule], network=network, initial=initial, rule=rule
                )
                for network, initial in SETTINGS
            },
            x=EFFECTS[measure][0].unit,
            percent=measure == "accuracy",
        )

    titles = {
        "accuracy": "Test accuracy in the end",
        "speed": "Speed",
        "calibration_error": "Expected calibration error",
        "log_loss": "Log loss",
        "foreign": "Foreign inputs told by confidence",
    }
    return charts.Picture(
        caption="Small networks of PyTorch on CIFAR-10, and a transformer on a text of sums in words: trained from "
        "random weights, after noise, and with controls that see no noise.",
        all_panels=[panel(measure, title, rule) for measure, title in titles.items() for rule in RULES],
        kinds=[*KINDS["bp"], AFTER_MIRROR],
        columns=2,
    )


USUAL = {"batch": 64, "held_out": 500, "rate": 1e-3}

EXPERIMENTS = (
    Experiment(
        id="warm-up",
        title="Does noise pretraining help real networks?",
        run=run,
        cells=[cell for setting in SETTINGS for cell in cells_of(*setting)],
        options={
            "smoke": USUAL | {"examples": 640, "tested": 360, "pixels": 8, "epochs": 3, "noise_examples": 1_280},
            "quick": USUAL | {"examples": 1_000, "tested": 1_000, "pixels": 16, "epochs": 5, "noise_examples": 6_400},
            "paper": USUAL | {"examples": 2_000, "tested": 1_000, "pixels": 16, "epochs": 10, "noise_examples": 16_000},
        },
        datasets=("cifar10", "fashion-mnist"),
        needs=("torch",),
        claims=[claim for setting in SETTINGS for rule in RULES for claim in claims_of(*setting, rule)],
        picture=picture,
        seeds={"smoke": 3, "quick": 3, "paper": 5},
        kinds=OWN,
    ),
)
