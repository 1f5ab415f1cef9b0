"""How much noise is enough? Alignment, and the learning that follows, by the amount of noise and what varies it.

One thing is varied at a time. Every network is followed through all amounts of noise, and at each of some a copy of it
goes on to learn from data.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from prenoise.measures import accuracy, area_under_curve
from prenoise.network import Network
from prenoise.noise import Noise
from prenoise.optimisers import adam
from prenoise.paper import PAPER
from prenoise.study import charts
from prenoise.study.claims import Paired
from prenoise.study.experiment import Experiment
from prenoise.study.given import Given
from prenoise.study.kinds import STYLES, Kind
from prenoise.study.measured import by_layer, early_and_late, itself, mean_angles
from prenoise.study.panels import labels, one
from prenoise.study.recipes import ANGLE, SMALL_AREA, Direction, Effect, Family, Sample, at, sample

BASE, VARIED = "as in the paper", "with the change"
PAPERS = {"scale": 1.0, "distribution": "normal", "rate": PAPER.rate, "initial": 1.0, "width": 100, "depth": 1}
CHANGES: dict[str, dict[str, Any]] = {
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
"""What is varied, one at a time: the noise, the rate on noise, the initial forward weights, the layers."""
MOVES: dict[str, Direction] = {
    "a third of the rate": "greater",
    "three times the rate": "less",
    "half the initial weights": "less",
    "twice the initial weights": "greater",
    "half the scale": "greater",
    "twice the scale": "less",
}
"""Whether alignment is then best after more noise or after less."""
AMOUNTS = (0, 62_500, 125_000, 250_000, 500_000, 1_000_000, 2_000_000, 5_000_000)
DOUBLINGS = Effect(0.5, "doublings of the amount", "half as much noise again, or a third less")
FAMILY = Family("noise budget")


def run(given: Given) -> Mapping[str, Any]:
    """Angle and loss along the noise; at some amounts of it, how fast and well data is then learned."""
    everything, test = given.data()
    examples = given.subset(everything, given.examples)
    change = PAPERS | CHANGES[given.vary]
    network = given.random(given.sizes([change["width"]] * change["depth"]))  # pyrefly: ignore[bad-argument-type, unsupported-operation]
    weights = tuple(layer * change["initial"] for layer in network.weights)
    _last, noise = given.pretrain(
        Network(weights, network.biases, network.feedback),  # pyrefly: ignore[bad-argument-type]
        Noise(scale=change["scale"], distribution=change["distribution"]),  # pyrefly: ignore[bad-argument-type]
        examples=given.amounts[-1],
        record={"angle": mean_angles, "network": itself},
        optimiser=adam(change["rate"]),
        at=traced(given.amounts),
    )
    areas, finals = [], []
    for amount in given.amounts:
        moment = int(np.flatnonzero(noise.at == amount)[0])
        network = jax.tree.map(lambda leaf, moment=moment: jnp.asarray(leaf[:, moment]), noise.record["network"])
        record = {"accuracy": Partial(accuracy, examples=test)}
        _trained, history = given.train(network, examples, record=record, at=early_and_late(given.epochs))
        curve = np.asarray(history.record["accuracy"])
        areas.append(np.asarray(area_under_curve(curve, history.at)))
        finals.append(curve[:, -1])
    angles = by_layer(noise.record["angle"]).mean(axis=-1)
    return {
        "angle": (("seed", "noise"), angles, {"units": "degrees"}),
        "loss": (("seed", "noise"), np.asarray(noise.loss), {"units": "nats"}),
        "noise": (("noise",), np.asarray(noise.at), {"units": "examples"}),
        "best": (("seed",), np.asarray(noise.at)[angles.argmin(axis=1)], {"units": "examples"}),
        "area": (("seed", "amount"), np.stack(areas, axis=1), {"units": "accuracy"}),
        "final_accuracy": (("seed", "amount"), np.stack(finals, axis=1)),
        "amount": (("amount",), np.array(given.amounts), {"units": "examples"}),
    }


def traced(amounts: Sequence[int]) -> list[float | int]:
    """Amounts of noise at which alignment is measured: closer together than those that go on to data."""
    between = np.geomspace(amounts[1], amounts[-1], 25).round(-2)
    return np.unique([*amounts, *between]).tolist()


def area(amount: int) -> Sample:
    """How fast data is learned after so much noise as in the paper."""
    return sample("area", at(amount=amount), vary=BASE)


def angle(amount: int) -> Sample:
    """The mean angle after so much noise as in the paper."""
    return sample("angle", at(noise=amount), vary=BASE)


def best(vary: str) -> Sample:
    """Where alignment is at its best: the logarithm to base 2 of the amount of noise."""
    return sample("best", lambda best: np.log2(np.maximum(best, 1)), vary=vary)


CLAIMS = (
    *(
        FAMILY.claim(
            f"budget.amount.{number}",
            f"After {amount:,} examples of noise a network learns faster than after none.",
            Paired("greater"),
            {f"{amount:,} examples": area(amount), "no noise": area(0)},
            SMALL_AREA,
        )
        for number, amount in enumerate(AMOUNTS[1:], 1)
    ),
    FAMILY.claim(
        "budget.turn.angle",
        "Alignment is lost again: the angle is larger after 5,000,000 examples of noise than after 1,000,000.",
        Paired("greater"),
        {f"{amount:,} examples": angle(amount) for amount in (5_000_000, 1_000_000)},
        ANGLE,
    ),
    FAMILY.claim(
        "budget.turn.area",
        "So is its use: learning is slower after 5,000,000 examples of noise than after 500,000.",
        Paired("less"),
        {f"{amount:,} examples": area(amount) for amount in (5_000_000, 500_000)},
        SMALL_AREA,
    ),
    *(
        FAMILY.claim(
            f"budget.moves.{number}",
            f"With {vary} alignment is at its best after {'more' if direction == 'greater' else 'less'} noise.",
            Paired(direction),
            {VARIED: best(vary), BASE: best(BASE)},
            DOUBLINGS,
        )
        for number, (vary, direction) in enumerate(MOVES.items(), 1)
    ),
)


def picture(results):
    """Angle by amount of noise, and the learning that follows, each variation beside the paper's."""
    panels = []
    for vary in CHANGES:
        for variable, along, y in (("angle", "noise", "angle (degrees)"), ("area", "amount", "area under the curve")):
            pairs = {BASE: BASE} if vary == BASE else {BASE: BASE, VARIED: vary}
            found = {kind: one(results, variable, vary=name) for kind, name in pairs.items()}
            panels.append(
                charts.lines_by(
                    f"{vary}: {y.partition(' (')[0]}",
                    labels(results, along)[1:].tolist(),
                    {kind: values[:, 1:] for kind, values in found.items() if values is not None},
                    x="examples of noise (log)",
                    y=y,
                    log=True,
                )
            )
    return charts.Picture(
        caption="Alignment after noise pretraining, and how fast a network then learns, by the amount of noise. "
        "Each variation beside the paper's.",
        all_panels=panels,
        kinds=[BASE, VARIED],
        columns=4,
    )


EXPERIMENTS = (
    Experiment(
        id="noise-budget",
        title="How much noise is enough, and what moves that",
        run=run,
        cells=[{"vary": vary} for vary in CHANGES],
        options={
            "smoke": {"amounts": [0, 16_000, 64_000], "examples": 1_000, "epochs": 10},
            "quick": {"amounts": [0, 62_500, 250_000, 1_000_000], "examples": 1_000, "epochs": 30},
            "paper": {"amounts": list(AMOUNTS), "examples": 5_000, "epochs": 50},
        },
        datasets=("mnist",),
        claims=CLAIMS,
        picture=picture,
        seeds={"smoke": 3, "quick": 3, "paper": 5},
        kinds=(
            Kind(BASE, "noise pretraining as in the paper", **STYLES["grey"]),
            Kind(VARIED, "noise pretraining with the change that the panel names", colour="#0072B2"),
        ),
    ),
)
