"""How much noise is enough? Alignment, and the learning that follows, by the amount of noise and what varies it.

One thing is varied at a time. Every network is followed through all amounts of noise, and at each of some a copy of it
goes on to learn from data.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax.tree_util import Partial

from prenoise.measures import accuracy, area_under_curve
from prenoise.network import Network
from prenoise.noise import Noise
from prenoise.optimisers import adam
from prenoise.paper import PAPER
from prenoise.study.cells import cell
from prenoise.study.claims import Claim, Paired
from prenoise.study.experiment import Experiment
from prenoise.study.figures.fig2 import mean_angles
from prenoise.study.figures.fig3 import ranks
from prenoise.study.figures.rules import moments
from prenoise.study.kinds import BASE, VARIED, fresh, keys, practised
from prenoise.study.tasks import first, task
from prenoise.training import train

PAPERS = {"scale": 1.0, "distribution": "normal", "rate": PAPER.rate, "initial": 1.0, "width": 100, "depth": 1}
CHANGES = {
    BASE: {},
    "half the scale": {"scale": 0.5},
    "twice the scale": {"scale": 2.0},
    "uniform": {"distribution": "uniform"},
    "a third of the rate": {"rate": 3e-5},
    "three times the rate": {"rate": 3e-4},
    "half the initial weights": {"initial": 0.5},
    "twice the initial weights": {"initial": 2.0},
    "30 neurons": {"width": 30},
    "300 neurons": {"width": 300},
    "two hidden layers": {"depth": 2},
}
"""What is varied, one at a time: the noise, the rate of practice, the initial forward weights, the layers."""


def itself(network: Network) -> Network:
    """The network as it is, to go on from."""
    return network


def run(
    seeds: Sequence[int],
    vary: str,
    scale: float,
    distribution: Any,
    rate: float,
    initial: float,
    width: int,
    depth: int,
    *,
    amounts: Sequence[int],
    examples: int,
    epochs: int,
    data: Mapping[str, Mapping[str, str]],
    scaling: Any,
    **_: Any,
) -> Mapping[str, Any]:
    """Angle, loss and rank along practice on noise; at some amounts of it, how fast and well data is then learned."""
    everything, test = task("mnist", data, scaling)
    learn_from = first(everything, examples)
    key = keys(seeds)
    start = fresh([test.raw.shape[1], *[width] * depth, 10], key, initial=initial)
    _last, practice = practised(
        start,
        key,
        amounts[-1],
        record={"angle": mean_angles, "rank": ranks, "network": itself},
        noise=Noise(scale=scale, distribution=distribution),
        optimiser=adam(rate),
        at=traced(amounts),
    )
    areas, finals = [], []
    for amount in amounts:
        moment = int(np.flatnonzero(practice.at == amount)[0])
        ready = jax.tree.map(lambda leaf, moment=moment: leaf[:, moment], practice.record["network"])
        record = {"accuracy": Partial(accuracy, examples=test)}
        _trained, history = train(ready, learn_from, key=key.order, epochs=epochs, record=record, at=moments(epochs))
        curve = history.record["accuracy"]
        areas.append(np.asarray(area_under_curve(curve, history.at)))
        finals.append(np.asarray(curve)[:, -1])
    angles = np.stack([np.asarray(layer) for layer in practice.record["angle"]], axis=-1).mean(axis=-1)
    return {
        "angle": (("seed", "noise"), angles, {"units": "degrees"}),
        "loss": (("seed", "noise"), np.asarray(practice.loss), {"units": "nats"}),
        "rank": (("seed", "noise"), np.asarray(practice.record["rank"][-1])),
        "noise": (("noise",), practice.at, {"units": "examples"}),
        "best": (("seed",), practice.at[angles.argmin(axis=1)], {"units": "examples"}),
        "area": (("seed", "amount"), np.stack(areas, axis=1), {"units": "accuracy"}),
        "final_accuracy": (("seed", "amount"), np.stack(finals, axis=1)),
        "amount": (("amount",), np.array(amounts), {"units": "examples"}),
    }


def traced(amounts: Sequence[int]) -> np.ndarray:
    """Amounts of noise at which alignment is measured: closer together than those that go on to data."""
    between = np.geomspace(amounts[1], amounts[-1], 25).round(-2)
    return np.unique([*amounts, *between])


def at_amount(results, variable: str, amount: int, vary: str = BASE) -> np.ndarray:
    """A number a seed after so much noise."""
    axis = "amount" if variable == "area" else "noise"
    amounts = results[axis].values
    amounts = np.fmax.reduce(amounts.reshape(-1, amounts.shape[-1]), axis=0)
    place = np.flatnonzero(amounts == amount)
    if len(place) == 0:
        raise KeyError(f"no network that practised on {amount:,} examples of noise")
    return cell(results, variable, vary=vary)[:, place[0]]


AMOUNTS = (0, 62_500, 125_000, 250_000, 500_000, 1_000_000, 2_000_000, 5_000_000)


def _compared(identity: str, sentence: str, direction: Any, one, other, unit: str, family: str = "", labels=()):
    return Claim(
        f"budget.{identity}",
        sentence,
        Paired(direction),
        lambda results: (one(results), other(results)),
        family=family and f"budget {family}",
        unit=unit,
        labels=labels,
    )


def _turn(vary: str):
    """Where alignment is at its best: the logarithm to base 2 of the amount of noise."""
    return lambda results: np.log2(np.maximum(cell(results, "best", vary=vary), 1))


CLAIMS = (
    *(
        _compared(
            f"amount.{number}",
            f"After {amount:,} examples of noise a network learns faster than after none.",
            "greater",
            lambda results, amount=amount: at_amount(results, "area", amount),
            lambda results: at_amount(results, "area", 0),
            "area under the curve",
            "amount",
            (f"{amount:,} examples", "no noise"),
        )
        for number, amount in enumerate(AMOUNTS[1:], 1)
    ),
    _compared(
        "turn.angle",
        "Alignment is lost again: the angle after 5,000,000 examples of noise is larger than after 1,000,000.",
        "greater",
        lambda results: at_amount(results, "angle", 5_000_000),
        lambda results: at_amount(results, "angle", 1_000_000),
        "degrees",
        labels=("5,000,000 examples", "1,000,000 examples"),
    ),
    _compared(
        "turn.area",
        "So is its use: learning after 5,000,000 examples of noise is slower than after 500,000.",
        "less",
        lambda results: at_amount(results, "area", 5_000_000),
        lambda results: at_amount(results, "area", 500_000),
        "area under the curve",
        labels=("5,000,000 examples", "500,000 examples"),
    ),
    *(
        _compared(
            f"moves.{number}",
            f"With {vary} alignment is at its best {'later' if direction == 'greater' else 'earlier'}.",
            direction,
            _turn(vary),
            _turn(BASE),
            "doublings of the amount",
            "moves",
            (VARIED, BASE),
        )
        for number, (vary, direction) in enumerate(
            {
                "a third of the rate": "greater",
                "three times the rate": "less",
                "half the initial weights": "less",
                "twice the initial weights": "greater",
                "half the scale": "greater",
                "twice the scale": "less",
            }.items(),
            1,
        )
    ),
)


def picture(results):
    """Angle by amount of noise, and the learning that follows, each variation beside the base."""
    from prenoise.study.report.lines import lines_by
    from prenoise.study.report.picture import Picture
    from prenoise.study.report.reading import axis, one

    panels = []
    for vary in CHANGES:
        for variable, along, y in (("angle", "noise", "angle (degrees)"), ("area", "amount", "area under the curve")):
            kinds = {BASE: BASE} if vary == BASE else {BASE: BASE, VARIED: vary}
            found = {kind: one(results, variable, vary=name) for kind, name in kinds.items()}
            there = {kind: values[:, 1:] for kind, values in found.items() if values is not None}
            panels.append(
                lines_by(
                    f"{vary}: {y.partition(' (')[0]}",
                    axis(results, along)[1:].tolist(),
                    there,
                    x="examples of noise (log)",
                    y=y,
                    log=True,
                )
            )
    return Picture(
        caption="Alignment after practice on noise, and how fast a network then learns, by the amount of noise. "
        "Each variation beside the base.",
        all_panels=panels,
        kinds=[BASE, VARIED],
        columns=4,
    )


EXPERIMENTS = (
    Experiment(
        id="noise-budget",
        title="How much noise is enough, and what moves that",
        run=run,
        cells=[{"vary": vary, **PAPERS, **change} for vary, change in CHANGES.items()],
        options={
            "smoke": {"amounts": [0, 16_000, 64_000], "examples": 1_000, "epochs": 10},
            "quick": {"amounts": [0, 62_500, 250_000, 1_000_000], "examples": 1_000, "epochs": 30},
            "paper": {"amounts": list(AMOUNTS), "examples": 5_000, "epochs": 50},
        },
        datasets=("mnist",),
        claims=CLAIMS,
        picture=picture,
        seeds={"smoke": 2, "quick": 2, "paper": 5},
    ),
)
