"""What does noise add? Noise pretraining taken apart, beside controls that see no noise, in many settings."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import numpy as np
from jax.tree_util import Partial

from prenoise.measures import mean_loss
from prenoise.optimisers import adam
from prenoise.study import charts
from prenoise.study.experiment import Experiment
from prenoise.study.figures.controls_claims import (
    ALL_KINDS,
    CLAIMS,
    SETTINGS,
    TUNED,
    cell,
    share,
)
from prenoise.study.figures.parts_of_noise import OWN
from prenoise.study.given import Given
from prenoise.study.kinds import COMPARED, FA, NOISE
from prenoise.study.measured import early_and_late, elsewhere, learned, weight_ranks
from prenoise.study.panels import by_setting
from prenoise.study.recipes import MANY

RATES = (3e-5, 1e-4, 3e-4, 1e-3, 3e-3)
HELD_OUT = 0.2
"""The share of the training set on which the rate is chosen."""


def run(given: Given) -> Mapping[str, Any]:
    """Learning in one setting: speed, final accuracy, losses, angle and rank; at the paper's rate, or at the best."""
    everything, test = given.data(given.dataset)
    examples = given.subset(everything, given.examples)
    start, _noise = given.start(given.sizes([100] * given.depth, given.dataset))
    few_steps = given.examples or len(everything) < 10_000
    epochs = given.epochs if few_steps else max(given.epochs // 10, 1)
    at = early_and_late(epochs)
    if given.rate != "tuned":
        record = {"train": Partial(mean_loss, examples=examples), "test": Partial(mean_loss, examples=test)}
        trained, history, arrays = learned(given, start, examples, test, record=record, epochs=epochs, at=at)
        losses = {name: np.asarray(history.record[name]) for name in ("train", "test")}
        return arrays | {
            "train_loss": (("seed", "epoch"), losses["train"], {"units": "nats"}),
            "error": (("seed", "epoch"), losses["test"] - losses["train"], {"units": "nats"}),
            "first_rank": (("seed",), np.asarray(jax.vmap(weight_ranks)(trained)[0])),
            **elsewhere(given, trained, everything, test),
        }
    learn_from, validation = given.split(everything, given.examples, HELD_OUT)
    chosen, found = [], []
    for rate in RATES:
        tried = {"optimiser": adam(rate), "epochs": epochs, "at": at}
        chosen.append(learned(given, start, learn_from, validation, **tried)[-1]["area"][1])
        found.append(learned(given, start, examples, test, **tried)[-1])
    best, seeds = np.argmax(chosen, axis=0), range(len(given.seeds))
    return {
        name: (("seed",), np.array([found[rate][name][1][seed] for seed, rate in zip(seeds, best, strict=True)]))
        for name in ("area", "final_accuracy")
    } | {"best_rate": (("seed",), np.array(RATES)[best])}


def picture(results):
    """Above all the share of noise's gain that each kind has; then speed and accuracy, setting by setting."""

    areas = by_setting(results, "area", cell, ALL_KINDS, SETTINGS)
    shares = {
        setting: {
            kind: share(area, of_kind[FA], of_kind[NOISE]) for kind, area in of_kind.items() if kind not in (FA, NOISE)
        }
        for setting, of_kind in areas.items()
        if {FA, NOISE} <= of_kind.keys()
    }
    compared = {
        setting: {kind: of_kind[kind] for kind in COMPARED if kind in of_kind} for setting, of_kind in areas.items()
    }
    return charts.Picture(
        caption="Noise pretraining taken apart. The first panel has the share of what noise gives to feedback "
        "alignment that each kind has, with its 95 % interval: 0 is FA, 100 % is FA + noise. A setting is left out "
        "where noise gives nothing that could be shared.",
        all_panels=[
            charts.intervals(
                "Share of noise's gain in speed",
                shares,
                x="of noise's gain",
                seeds=max(len(area) for of_kind in areas.values() for area in of_kind.values()),
                limits=(-0.5, 2.0),
                marks={0.0: FA, 1.0: NOISE},
                width=420,
            ),
            charts.points("Speed", compared, x="area under the curve of test accuracy", width=420),
            charts.points(
                "Final accuracy",
                by_setting(results, "final_accuracy", cell, COMPARED, SETTINGS),
                x="test accuracy",
                percent=True,
                width=420,
            ),
            charts.points(
                "Speed at the rate that is best for each kind",
                by_setting(results, "area", partial(cell, rate="tuned"), COMPARED, TUNED),
                x="area under the curve of test accuracy",
            ),
        ],
        kinds=ALL_KINDS,
        columns=2,
    )


EXPERIMENTS = (
    Experiment(
        id="controls",
        title="What does noise add?",
        run=run,
        cells=[
            *(cell(kind, setting) for setting in SETTINGS for kind in ALL_KINDS),
            *(cell(kind, setting, "tuned") for setting in TUNED for kind in COMPARED),
        ],
        options=MANY,
        datasets=("digits", "mnist", "fashion-mnist", "cifar10", "usps"),
        claims=CLAIMS,
        picture=picture,
        seeds={"smoke": 3, "quick": 3, "paper": 8},
        kinds=OWN,
    ),
)
