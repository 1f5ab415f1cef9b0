"""When does noise after data move nothing? Figure 2f-g with data phases from a quarter of an epoch on.

With 100 epochs of data, as in the paper, noise afterwards undoes much of the alignment. These seeds are others than
those that suggested the question.
"""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from prenoise.paper import PAPER
from prenoise.study import charts
from prenoise.study.claims import Claim, EquivalentToValue, Paired
from prenoise.study.experiment import Experiment
from prenoise.study.given import Given
from prenoise.study.kinds import STYLES, Kind
from prenoise.study.measured import itself, mean_angles, readout_distance, readout_weights
from prenoise.study.panels import labels, one
from prenoise.study.recipes import ANGLE, DISTANCE, LENGTH, Direction, Effect, Family, Sample, at, difference, sample

EPOCHS = (0.25, 1.0, 2.0, 4.0, 6.0, 8.0, 16.0, 32.0, 100.0)
AS_MUCH = 8.0
"""Epochs of MNIST that show about as many examples as there are of noise."""
BEFORE, AFTER, NOISE_ONLY = "after data", "after data, then noise", "after noise alone"
FAMILY = Family("order")


def run(given: Given) -> Mapping[str, Any]:
    """Angle of and distance to the feedback after some data, and after noise on top of it."""
    examples, _test = given.data()
    random = given.random(given.sizes(PAPER.hidden))
    record = {"network": itself}
    _trained, history = given.train(
        random, examples, rule="fa", epochs=given.phases[-1], record=record, at=[0.0, *given.phases]
    )
    after_data = [_at(history.record["network"], moment) for moment in range(1, len(given.phases) + 1)]
    after_noise = [given.pretrain(network, at=[0, given.noise_examples])[0] for network in [*after_data, random]]

    def measured(of: Callable, networks: list[Any]) -> np.ndarray:
        return np.stack([np.asarray(jax.vmap(of)(network)) for network in networks], axis=1)

    def last_angle(network: Any) -> jax.Array:
        return mean_angles(network)[-1]

    moved = [
        np.linalg.norm(_weights(late) - _weights(early), axis=1)
        for early, late in zip([*after_data, random], after_noise, strict=True)
    ]
    return {
        "angle": (("seed", "phase"), measured(last_angle, after_data), {"units": "degrees"}),
        "angle_then_noise": (("seed", "phase"), measured(last_angle, after_noise[:-1]), {"units": "degrees"}),
        "angle_noise_only": (("seed",), measured(last_angle, after_noise[-1:])[:, 0], {"units": "degrees"}),
        "distance": (("seed", "phase"), measured(readout_distance, after_data)),
        "distance_then_noise": (("seed", "phase"), measured(readout_distance, after_noise[:-1])),
        "moved": (("seed", "phase"), np.stack(moved[:-1], axis=1)),
        "moved_at_first": (("seed",), moved[-1]),
        "phase": (("phase",), np.array(given.phases, float), {"units": "epochs"}),
    }


def _at(networks: Any, moment: int) -> Any:
    return jax.tree.map(lambda leaf: jnp.asarray(leaf[:, moment]), networks)


def _weights(block: Any) -> np.ndarray:
    return np.asarray(jax.vmap(readout_weights)(block))


def after(variable: str, epochs: float | int) -> Sample:
    """A number per seed after so many epochs of data."""
    return sample(variable, at(phase=epochs))


def turns(identity: str, sentence: str, epochs: float | int, direction: Direction) -> Claim:
    """Noise after so much data makes the angle greater, or less."""
    angles = {AFTER: after("angle_then_noise", epochs), BEFORE: after("angle", epochs)}
    return FAMILY.claim(f"order.{identity}", sentence, Paired(direction), angles, ANGLE)


def still(identity: str, variable: str, effect: Effect, how: str) -> Claim:
    """Where as much data as noise was seen, noise changes nothing."""
    return FAMILY.claim(
        f"order.{identity}",
        f"After {AS_MUCH:g} epochs, as many examples of data as of noise, noise changes nothing ({how}).",
        EquivalentToValue(0.0),
        {"change by noise": difference(after(f"{variable}_then_noise", AS_MUCH), after(variable, AS_MUCH))},
        effect,
    )


CLAIMS = (
    turns(
        "quarter", "After a quarter of an epoch of data, noise still turns the read-out to the feedback.", 0.25, "less"
    ),
    turns("one", "After one epoch of data, noise still turns the read-out to the feedback.", 1.0, "less"),
    still("equal.angle", "angle", ANGLE, "by angle"),
    still("equal.distance", "distance", DISTANCE, "by distance"),
    turns(
        "hundred", "After a hundred epochs of data, noise turns the read-out away from the feedback.", 100.0, "greater"
    ),
    FAMILY.claim(
        "order.moved",
        f"Noise moves the read-out's weights less after {AS_MUCH:g} epochs of data than before any.",
        Paired("less"),
        {AFTER: after("moved", AS_MUCH), NOISE_ONLY: sample("moved_at_first")},
        LENGTH,
    ),
)


def picture(results):
    """Angle and distance before and after noise, by how much data came first."""
    phases = labels(results, "phase").tolist()

    def panel(variable: str, y: str) -> Any:
        found: dict[str, Any] = {BEFORE: one(results, variable), AFTER: one(results, f"{variable}_then_noise")}
        alone = one(results, "angle_noise_only") if variable == "angle" else None
        if alone is not None:
            found[NOISE_ONLY] = np.repeat(alone[:, None], len(phases), axis=1)
        there = {kind: values for kind, values in found.items() if values is not None}
        return charts.lines_by(f"{y.partition(' (')[0]}", phases, there, x="epochs of data (log)", y=y, log=True)

    return charts.Picture(
        caption="The read-out's weights after some data, and after as much noise as in the paper on top of it.",
        all_panels=[panel("angle", "angle to the feedback (degrees)"), panel("distance", "distance to the feedback")],
        kinds=[BEFORE, AFTER, NOISE_ONLY],
        columns=2,
    )


EXPERIMENTS = (
    Experiment(
        id="order",
        title="When does noise after data move nothing?",
        run=run,
        options={
            "smoke": {"phases": [0.25, 1.0, 4.0], "noise_examples": 64_000},
            "quick": {"phases": [0.25, 1.0, 4.0, 8.0], "noise_examples": 256_000},
            "paper": {"phases": list(EPOCHS), "noise_examples": PAPER.noise_examples},
        },
        datasets=("mnist",),
        claims=CLAIMS,
        picture=picture,
        seeds={"smoke": 3, "quick": 4, "paper": 12},
        first_seed=100,
        kinds=(
            Kind(BEFORE, "feedback alignment on data alone", colour="#D55E00", dash=(6, 3), shape="square"),
            Kind(AFTER, "feedback alignment on data, then on noise", **STYLES["purple"]),
            Kind(NOISE_ONLY, "feedback alignment on noise alone", colour="#0072B2"),
        ),
    ),
)
