"""Is it the direction of the read-out or its size that makes feedback alignment fast? A map over both.

The read-out of a random network is given every angle to its feedback and every size, all else equal, and learns. Every
kind has a place on the map, by the angle and the size of its read-out before data: does the map say how fast it learns?
"""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from prenoise.network import Network
from prenoise.paper import PAPER
from prenoise.study import charts
from prenoise.study.claims import Claim, Equivalent, Paired
from prenoise.study.experiment import Experiment
from prenoise.study.given import Given
from prenoise.study.kinds import BP, FA, MIRROR, NOISE, ZERO
from prenoise.study.measured import early_and_late, learned, mean_angles
from prenoise.study.panels import means
from prenoise.study.recipes import SMALL_AREA, Effect, Family, sample

ANGLES = (0, 15, 30, 45, 60, 75, 90)
"""Degrees between the read-out of every hidden neuron and its feedback."""
SIZES = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0)
"""Of the random read-out."""
MARKED = (FA, NOISE, ZERO, MIRROR, BP)
FAMILY = Family("cause")
MAPPED = Effect(0.02, "area under the curve", "a tenth of what noise gives on small sets")


def turned(network: Network, angle: float | int, size: float | int) -> Network:
    """The network with the read-out of every hidden neuron at this angle to its feedback, so many times as large."""
    weights, back = network.weights[-1], network.feedback[-1]

    def unit(columns: jax.Array) -> jax.Array:
        return columns / jnp.maximum(jnp.linalg.norm(columns, axis=-2, keepdims=True), 1e-12)

    along = unit(back)
    across = unit(weights - (weights * along).sum(-2, keepdims=True) * along)
    turn = jnp.deg2rad(angle)
    columns = jnp.linalg.norm(weights, axis=-2, keepdims=True) * (jnp.cos(turn) * along + jnp.sin(turn) * across)
    return Network((*network.weights[:-1], size * columns), network.biases, network.feedback)


def run(given: Given) -> Mapping[str, Any]:
    """Learning from one place of the map, or as one kind; and where on the map that begins."""
    everything, test = given.data()
    sizes = given.sizes(PAPER.hidden)
    random = given.random(sizes)
    if given.kind.name == FA:
        start = turned(random, given.degrees, given.times)
    else:
        start, _noise = given.prepare(random)
    examples = given.subset(everything, given.examples)
    arrays = learned(given, start, examples, test, at=early_and_late(given.epochs))[-1]
    norms = [jnp.linalg.norm(network.weights[-1], axis=(-2, -1)) for network in (start, random)]
    return arrays | {
        "start_angle": (("seed",), np.asarray(jax.vmap(lambda network: mean_angles(network)[-1])(start))),
        "start_size": (("seed",), np.asarray(norms[0] / norms[1])),
    }


def place(angle: float | int, size: float | int) -> dict[str, Any]:
    """The condition of a place on the map. Where there is no read-out there is no angle."""
    return {"kind": FA, "degrees": float(angle) if size else 90.0, "times": float(size)}


def of_kind(kind: str) -> dict[str, Any]:
    """The condition of a kind. FA is where the read-out is as random networks have it."""
    return place(90, 1) if kind == FA else {"kind": kind, "degrees": -1.0, "times": -1.0}


def mapped(results, kind: str) -> Any:
    """What the map says of a kind: the area at its angle and size, between the places around it; per seed."""
    own = results[of_kind(kind)]
    grid = np.stack(
        [[np.asarray(results[place(angle, size)]["area"]) for angle in ANGLES] for size in SIZES]
    )  # size x angle x seed
    found = []
    for seed, (angle, size) in enumerate(zip(own["start_angle"].values, own["start_size"].values, strict=True)):
        by_size = [np.interp(min(angle, 90.0), ANGLES, row[:, seed]) for row in grid]
        found.append(np.interp(size, SIZES, by_size))
    return own["area"].copy(data=np.array(found))


def faster(
    identity: str, sentence: str, first: tuple[float | int, float | int], second: tuple[float | int, float | int]
) -> Claim:
    """One place of the map learns faster than another; places are angle and size."""
    areas = {
        f"{angle:g} degrees, size {size:g}": sample("area", **place(angle, size)) for angle, size in (first, second)
    }
    return FAMILY.claim(f"cause.{identity}", sentence, Paired("greater"), areas, SMALL_AREA)


CLAIMS = (
    faster("angle", "At the size of a random read-out, alignment alone makes learning faster.", (0, 1), (90, 1)),
    faster("size", "At 90 degrees, a smaller read-out alone makes learning faster.", (90, 0.25), (90, 1)),
    faster("zero", "A read-out of zero learns faster than one of full size that is aligned.", (90, 0), (0, 1)),
    faster("small", "At a quarter of the size, alignment still makes learning faster.", (0, 0.25), (90, 0.25)),
    *(
        FAMILY.claim(
            f"cause.map.{number}",
            f"Angle and size of the read-out say how fast {kind} learns.",
            Equivalent(),
            {kind: sample("area", **of_kind(kind)), "the map": lambda results, kind=kind: mapped(results, kind)},
            MAPPED,
        )
        for number, kind in enumerate((NOISE, MIRROR), 1)
    ),
)


def picture(results):
    """The map, with every kind on it."""

    def values(variable: str) -> np.ndarray:
        return means(results, variable, [[place(angle, size) for angle in ANGLES] for size in SIZES])

    def mean(kind: str, variable: str) -> float:
        return float(results[of_kind(kind)][variable].mean())

    there = [kind for kind in MARKED if of_kind(kind) in results]
    marks = {kind: (mean(kind, "start_angle"), mean(kind, "start_size")) for kind in there}
    axes = {"x": "starting angle (degrees)", "y": "size of the read-out, of the random one"}
    return charts.Picture(
        caption="Learning by feedback alignment from read-outs of every angle and size. Every kind is marked where its "
        "read-out is before data.",
        all_panels=[
            charts.heatmap("Speed", ANGLES, SIZES, values("area"), what="area under the curve", marks=marks, **axes),
            charts.heatmap(
                "Final accuracy", ANGLES, SIZES, values("final_accuracy"), what="test accuracy", marks=marks, **axes
            ),
            charts.points(
                "Speed of every kind",
                {kind: {kind: results[of_kind(kind)]["area"].values} for kind in marks},
                x="area under the curve of test accuracy",
            ),
        ],
        kinds=MARKED,
        columns=2,
    )


EXPERIMENTS = (
    Experiment(
        id="cause",
        title="The angle of the read-out, or its size?",
        run=run,
        cells=[
            *(place(angle, size) for size in SIZES for angle in ANGLES if size or angle == ANGLES[-1]),
            *(of_kind(kind) for kind in MARKED if kind != FA),
        ],
        options={
            "smoke": {"examples": 500, "epochs": 20, "noise_examples": 64_000},
            "quick": {"examples": 1_000, "epochs": 40, "noise_examples": 128_000},
            "paper": {"examples": 1_000, "epochs": PAPER.epochs, "noise_examples": PAPER.noise_examples},
        },
        datasets=("mnist",),
        claims=CLAIMS,
        picture=picture,
        seeds={"smoke": 3, "quick": 4, "paper": 12},
    ),
)
