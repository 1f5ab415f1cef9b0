"""What is left of the advantage when both phases run until nothing changes any more?

Noise pretraining lasts as long as the paper's, or on until the loss on noise no longer falls. Learning goes on until
the test accuracy no longer moves, at a constant rate and at one that decays to zero. Noise costs examples too: a
network without it may spend as many on data.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jax.tree_util import Partial

from prenoise.measures import accuracy, generalisation_error
from prenoise.network import Network
from prenoise.optimisers import adam
from prenoise.paper import PAPER
from prenoise.study import charts
from prenoise.study.claims import EquivalentToValue
from prenoise.study.experiment import Experiment
from prenoise.study.figures import equal_budgets
from prenoise.study.given import Given
from prenoise.study.kinds import COMPARED, FA, MIRROR, NOISE, STYLES, ZERO, Kind, on_noise
from prenoise.study.measured import weight_ranks
from prenoise.study.panels import by_kind, labels, there
from prenoise.study.recipes import RANK, SMALL_ACCURACY, Effect, Family, at, difference, nth, numbers, sample

LONG_NOISE = "FA + long noise"
CONSTANT, DECAYING = "constant", "decaying"
SHOWN = (*COMPARED, LONG_NOISE)
BUDGETS = (10, 30, 100, 300)
"""Epochs of data after noise that are compared with more epochs of data and no noise."""
ENDED = Effect(0.003, "accuracy", "three test images in a thousand")
FLAT = Effect(0.005, "nats", "a four-hundredth of the loss at chance")
FAMILY = Family("convergence")


def rank_of_first(network: Network) -> Any:
    """Effective rank of the first layer's weights."""
    return weight_ranks(network)[0]


def moments(epochs: int, instead_of_noise: int) -> list[float | int]:
    """Epochs at which a network is measured: closer together at first, and where budgets are compared."""
    spread = np.geomspace(1, epochs, 40).round()
    last_fifth = np.linspace(0.8 * epochs, epochs, 9).round()
    budgets = [*BUDGETS, *(budget + instead_of_noise for budget in BUDGETS)]
    return sorted({0, *spread, *last_fifth, *(budget for budget in budgets if budget <= epochs), epochs})


def run(given: Given) -> Mapping[str, Any]:
    """Test accuracy, losses and the first layer's rank until nothing changes; the loss on noise, if there was any."""
    everything, test = given.data()
    examples = given.subset(everything, given.examples)
    count = min(given.examples, len(everything))
    amount = given.long_noise_examples if given.kind.name == LONG_NOISE else given.noise_examples
    start, noise = given.start(given.sizes(PAPER.hidden), examples=amount, at=np.linspace(0, amount, 11).tolist())
    steps = given.epochs * -(-count // PAPER.batch)
    instead = round(given.noise_examples / count)
    _trained, history = given.train(
        start,
        examples,
        optimiser=adam(PAPER.rate, decay_over=None if given.schedule == CONSTANT else steps),
        record={
            "accuracy": Partial(accuracy, examples=test),
            "gap": Partial(generalisation_error, train=examples, test=test),
            "rank": rank_of_first,
        },
        at=moments(given.epochs, instead),
    )
    result: dict[str, Any] = {
        "accuracy": (("seed", "epoch"), np.asarray(history.record["accuracy"])),
        "generalisation_error": (("seed", "epoch"), np.asarray(history.record["gap"]), {"units": "nats"}),
        "rank": (("seed", "epoch"), np.asarray(history.record["rank"])),
        "epoch": (("epoch",), np.asarray(history.at)),
        "instead_of_noise": (("seed",), np.full(len(given.seeds), instead), {"units": "epochs"}),
    }
    if noise is not None:
        result["noise_loss"] = (("seed", "moment"), np.asarray(noise.loss), {"units": "nats"})
    return result


def late_gain(curve: Any) -> Any:
    """What a curve gains from four fifths of the epochs to their end."""
    return curve.isel(epoch=-1) - at(epoch=round(0.8 * float(curve["epoch"][-1])))(curve)


LONG = {"kind": LONG_NOISE, "schedule": CONSTANT}
FINAL = {schedule: numbers("accuracy", nth(epoch=-1), schedule=schedule) for schedule in (CONSTANT, DECAYING)}
CLAIMS = (
    FAMILY.claim(
        "converged.noise",
        "On long noise the loss no longer changes in its last tenth.",
        EquivalentToValue(0.0),
        {"change": difference(*(sample("noise_loss", nth(moment=moment), **LONG) for moment in (-1, -2)))},
        FLAT,
    ),
    *(
        FAMILY.claim(
            f"converged.data.{number}",
            f"The test accuracy of {kind} no longer changes in the last fifth of training.",
            EquivalentToValue(0.0),
            {"change": sample("accuracy", late_gain, kind=kind, schedule=CONSTANT)},
            ENDED,
        )
        for number, kind in enumerate(SHOWN, 1)
    ),
    *(
        FAMILY.compared(
            f"converged.final.{schedule}.{number}",
            f"Trained on data to the end at a {schedule} rate, {first} is more accurate than {second}.",
            of,
            SMALL_ACCURACY,
            kinds=(first, second),
        )
        for schedule, of in FINAL.items()
        for number, (first, second) in enumerate(
            ((NOISE, FA), (LONG_NOISE, FA), (ZERO, FA), (NOISE, ZERO), (MIRROR, NOISE)), 1
        )
    ),
    FAMILY.compared(
        "converged.rank.1",
        "Long noise leaves the first layer with a lower effective rank than the paper's amount of noise.",
        numbers("rank", nth(epoch=0), schedule=CONSTANT),
        RANK,
        kinds=(NOISE, LONG_NOISE),
    ),
    FAMILY.claim(
        "converged.rank.2",
        "That lower rank makes no difference in the end: the final accuracy is the same.",
        EquivalentToValue(0.0),
        {"difference": lambda results: FINAL[CONSTANT](results, LONG_NOISE) - FINAL[CONSTANT](results, NOISE)},
        ENDED,
    ),
    *equal_budgets.claims(FAMILY, BUDGETS, schedule=CONSTANT),
)


def picture(results):
    """Accuracy, generalisation and rank until nothing changes, at both schedules, and the accuracy at equal budgets."""
    epochs = labels(results, "epoch")
    panels = [
        charts.lines_by(
            f"{what}, {schedule} rate",
            epochs[1:].tolist(),
            {k: values[:, 1:] for k, values in by_kind(results, variable, SHOWN, schedule=schedule).items()},
            x="epochs of training (log)",
            y=y,
            percent=variable == "accuracy",
            log=True,
        )
        for schedule in (CONSTANT, DECAYING)
        for what, variable, y in (
            ("Test accuracy", "accuracy", "test accuracy"),
            ("Generalisation error", "generalisation_error", "test - training loss (nats)"),
            ("Effective rank of the first layer", "rank", "effective rank"),
        )
    ]
    ends = {f"{schedule} rate": there(results, of, SHOWN) for schedule, of in FINAL.items()}
    panels.append(charts.points("Final accuracy", ends, x="test accuracy", percent=True))
    panels.append(equal_budgets.panel(results, BUDGETS, schedule=CONSTANT))
    return charts.Picture(
        caption="Training on data until nothing changes. In the last panel FA has seen as many examples of data as "
        "FA + noise has seen of noise and data together.",
        all_panels=panels,
        kinds=SHOWN,
    )


EXPERIMENTS = (
    Experiment(
        id="convergence",
        title="Both phases to convergence, and equal budgets",
        run=run,
        cells=[{"kind": kind, "schedule": schedule} for schedule in (CONSTANT, DECAYING) for kind in SHOWN],
        options={
            "smoke": {"examples": 1_000, "epochs": 110, "noise_examples": 64_000, "long_noise_examples": 256_000},
            "quick": {"examples": 1_000, "epochs": 500, "noise_examples": 128_000, "long_noise_examples": 1_000_000},
            "paper": {
                "examples": 5_000,
                "epochs": 1_000,
                "noise_examples": PAPER.noise_examples,
                "long_noise_examples": 5_000_000,
            },
        },
        datasets=("mnist",),
        claims=CLAIMS,
        picture=picture,
        seeds={"smoke": 3, "quick": 3, "paper": 10},
        kinds=(
            Kind(
                LONG_NOISE,
                "feedback alignment after noise pretraining until its loss no longer falls",
                "fa",
                on_noise,
                **STYLES["sky"],
            ),
        ),
    ),
)
