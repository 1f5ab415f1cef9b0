"""What is left of the advantage when both phases run until nothing changes any more?

Practice lasts as long as the paper's, or on until the loss on noise no longer falls. Learning goes on until the test
accuracy no longer moves, at a constant rate and at one that decays to zero. Noise costs examples too: a network without
it may spend as many on data.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jax.tree_util import Partial

from prenoise.measures import accuracy, generalisation_error
from prenoise.network import Network
from prenoise.optimisers import adam
from prenoise.paper import PAPER
from prenoise.study.cells import cell
from prenoise.study.claims import Claim, Equivalent, Paired
from prenoise.study.experiment import Experiment
from prenoise.study.figures.fig3 import ranks
from prenoise.study.kinds import BP, FA, LONG_NOISE, NOISE_FA, fresh, keys, practised, rule_of
from prenoise.study.tasks import first, task
from prenoise.training import train

CONSTANT, DECAYING = "constant", "decaying"
KINDS = (FA, NOISE_FA, LONG_NOISE, BP)
BUDGETS = (10, 30, 100, 300)
"""Epochs of data after noise that are compared with more epochs of data and no noise."""


def rank_of_first(network: Network) -> Any:
    """Effective rank of the first layer's weights."""
    return ranks(network)[0]


def moments(epochs: int, instead_of_noise: int) -> np.ndarray:
    """Epochs at which a network is measured: closer together at first, and where budgets are compared."""
    spread = np.geomspace(1, epochs, 40).round()
    last_fifth = np.linspace(0.8 * epochs, epochs, 9).round()
    budgets = [*BUDGETS, *(budget + instead_of_noise for budget in BUDGETS)]
    return np.unique([0, *spread, *last_fifth, *(budget for budget in budgets if budget <= epochs), epochs])


def run(
    seeds: Sequence[int],
    network: str,
    schedule: str,
    *,
    examples: int,
    epochs: int,
    noise_examples: int,
    long_noise_examples: int,
    data: Mapping[str, Mapping[str, str]],
    scaling: Any,
    **_: Any,
) -> Mapping[str, Any]:
    """Test accuracy, losses and the first layer's rank until nothing changes; the loss on noise, if there was any."""
    everything, test = task("mnist", data, scaling)
    learn_from = first(everything, examples)
    key = keys(seeds)
    start = fresh([test.raw.shape[1], 100, 10], key)
    noise = {NOISE_FA: noise_examples, LONG_NOISE: long_noise_examples}.get(network, 0)
    start, practice = practised(start, key, noise, at=np.linspace(0, noise, 11))
    steps = epochs * learn_from.steps(PAPER.batch)
    record = {
        "accuracy": Partial(accuracy, examples=test),
        "gap": Partial(generalisation_error, train=learn_from, test=test),
        "rank": rank_of_first,
    }
    _trained, history = train(
        start,
        learn_from,
        key=key.order,
        epochs=epochs,
        rule=rule_of(network),
        optimiser=adam(PAPER.rate, decay_over=None if schedule == CONSTANT else steps),
        record=record,
        at=moments(epochs, round(noise_examples / examples)),
    )
    return {
        "accuracy": (("seed", "epoch"), np.asarray(history.record["accuracy"])),
        "generalisation_error": (("seed", "epoch"), np.asarray(history.record["gap"]), {"units": "nats"}),
        "rank": (("seed", "epoch"), np.asarray(history.record["rank"])),
        "epoch": (("epoch",), history.at),
        "noise_loss": (("seed", "moment"), np.asarray(practice.loss), {"units": "nats"}),
        "instead_of_noise": (("seed",), np.full(len(seeds), round(noise_examples / examples)), {"units": "epochs"}),
    }


def at_epoch(results, network: str, epoch: int, variable: str = "accuracy", schedule: str = CONSTANT) -> np.ndarray:
    """A number a seed after so many epochs of data."""
    epochs = results["epoch"].values
    epochs = np.fmax.reduce(epochs.reshape(-1, epochs.shape[-1]), axis=0)
    place = np.flatnonzero(epochs == epoch)
    if len(place) == 0:
        raise KeyError(f"no measurement after {epoch} epochs")
    return cell(results, variable, network=network, schedule=schedule)[:, place[0]]


def final(network: str, variable: str = "accuracy", schedule: str = CONSTANT):
    """A number a seed at the very end."""
    return lambda results: cell(results, variable, network=network, schedule=schedule)[:, -1]


def without_noise_as_long(budget: int):
    """FA after as many examples of data alone as FA+N saw of noise and data together."""

    def samples(results) -> np.ndarray:
        extra = int(cell(results, "instead_of_noise", network=FA, schedule=CONSTANT).max())
        return at_epoch(results, FA, budget + extra)

    return samples


def _claim(
    identity: str, sentence: str, test, one, other, unit: str, labels, family: str = "", smallest: float = 0.0
) -> Claim:
    samples = lambda results: (one(results), other(results))  # noqa: E731 (a claim holds it as a value)
    identity = f"converged.{identity}"
    return Claim(identity, sentence, test, samples, smallest=smallest, family=family, unit=unit, labels=labels)


def a_fifth_before(network: str):
    """A number a seed when four fifths of the epochs are over."""

    def samples(results) -> np.ndarray:
        epochs = np.nanmax(results["epoch"].values)
        return at_epoch(results, network, round(0.8 * epochs))

    return samples


CLAIMS = (
    _claim(
        "noise",
        "After long practice the loss on noise no longer changes (within 0.005 over its last tenth).",
        Equivalent(),
        lambda results: cell(results, "noise_loss", network=LONG_NOISE, schedule=CONSTANT)[:, -1],
        lambda results: cell(results, "noise_loss", network=LONG_NOISE, schedule=CONSTANT)[:, -2],
        "nats",
        ("at the end", "a tenth before"),
        smallest=0.005,
    ),
    *(
        _claim(
            f"data.{number}",
            f"The test accuracy of {kind} no longer changes (within 0.003 over its last fifth).",
            Equivalent(),
            final(kind),
            a_fifth_before(kind),
            "accuracy",
            ("at the end", "a fifth before"),
            "converged data",
            smallest=0.003,
        )
        for number, kind in enumerate(KINDS, 1)
    ),
    *(
        _claim(
            f"final.{number}",
            f"Trained on data to the end at a {schedule} rate, {kind} is more accurate than FA.",
            Paired("greater"),
            final(kind, schedule=schedule),
            final(FA, schedule=schedule),
            "accuracy",
            (kind, FA),
            "converged final",
        )
        for number, (kind, schedule) in enumerate(
            ((kind, schedule) for schedule in (CONSTANT, DECAYING) for kind in (NOISE_FA, LONG_NOISE)), 1
        )
    ),
    _claim(
        "rank.1",
        "Long practice leaves the first layer with a lower effective rank than practice as in the paper.",
        Paired("less"),
        lambda results: cell(results, "rank", network=LONG_NOISE, schedule=CONSTANT)[:, 0],
        lambda results: cell(results, "rank", network=NOISE_FA, schedule=CONSTANT)[:, 0],
        "dimensions",
        (LONG_NOISE, NOISE_FA),
    ),
    _claim(
        "rank.2",
        "That lower rank makes no difference in the end: the final accuracy is the same (within 0.005).",
        Equivalent(),
        final(LONG_NOISE),
        final(NOISE_FA),
        "accuracy",
        (LONG_NOISE, NOISE_FA),
        smallest=0.005,
    ),
    *(
        _claim(
            f"budget.{number}",
            f"Noise, then {budget} epochs of data, beats FA that spends as many examples on data alone.",
            Paired("greater"),
            lambda results, budget=budget: at_epoch(results, NOISE_FA, budget),
            without_noise_as_long(budget),
            "accuracy",
            (NOISE_FA, FA),
            "converged budget",
        )
        for number, budget in enumerate(BUDGETS, 1)
    ),
)


def picture(results):
    """Accuracy, generalisation and rank until nothing changes, at both schedules, and the accuracy at equal budgets."""
    from prenoise.study.report.lines import lines_by
    from prenoise.study.report.picture import Picture
    from prenoise.study.report.points import points
    from prenoise.study.report.reading import axis, by_kind

    kinds = list(KINDS)
    epochs = axis(results, "epoch")
    panels = [
        lines_by(
            f"{what}, {schedule} rate",
            epochs[1:].tolist(),
            {kind: values[:, 1:] for kind, values in by_kind(results, variable, kinds, schedule=schedule).items()},
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
    budgets = {}
    for budget in BUDGETS:
        try:
            budgets[f"{budget} epochs of data"] = {
                NOISE_FA: at_epoch(results, NOISE_FA, budget),
                FA: without_noise_as_long(budget)(results),
            }
        except KeyError:
            continue
    ends = {
        f"{schedule} rate": {
            kind: values[:, -1] for kind, values in by_kind(results, "accuracy", kinds, schedule=schedule).items()
        }
        for schedule in (CONSTANT, DECAYING)
    }
    panels.append(points("Final accuracy", ends, x="test accuracy", percent=True))
    panels.append(points("Accuracy after as many examples in all", budgets, x="test accuracy", percent=True))
    return Picture(
        caption="Training on data goes on until nothing changes, for Long N practice too. In the last panel FA without "
        "noise has seen as many examples of data as FA+N of noise and data together.",
        all_panels=panels,
        kinds=kinds,
    )


EXPERIMENTS = (
    Experiment(
        id="convergence",
        title="Both phases to convergence, and equal budgets",
        run=run,
        cells=[{"network": kind, "schedule": schedule} for schedule in (CONSTANT, DECAYING) for kind in KINDS],
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
        seeds={"smoke": 2, "quick": 2, "paper": 5},
    ),
)
