"""What experiments measure of networks along their training, and how it becomes named arrays."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax.tree_util import Partial

from prenoise.examples import Examples
from prenoise.measures import accuracy, alignment, area_under_curve, distance_to_feedback, effective_rank
from prenoise.network import Network
from prenoise.program import PerSeed
from prenoise.rules import Rule
from prenoise.study.given import Given
from prenoise.training import History


def mean_angles(network: Network, rule: str | Rule = "fa") -> list[jax.Array]:
    """Mean angle of every hidden layer between its forward weights and what carries its error back."""
    return [angles.mean() for angles in alignment(network, rule)]


def readout_weights(network: Network) -> jax.Array:
    """The weights of the read-out as one vector."""
    return network.weights[-1].reshape(-1)


def readout_distance(network: Network) -> jax.Array:
    """How far the read-out's weights are from their feedback."""
    return distance_to_feedback(network)[-1]


def weight_ranks(network: Network) -> list[jax.Array]:
    """Effective rank of every layer's weights."""
    return [effective_rank(weights) for weights in network.weights]


def itself(network: Network) -> Network:
    """The network as it is, to go on from."""
    return network


TRAJECTORY = {"angle": mean_angles, "distance": readout_distance, "weights": readout_weights}
"""What is recorded where the read-out's weights are followed."""


def by_layer(values: Sequence[Any]) -> np.ndarray:
    """What was recorded of every layer, with the layers as the last axis."""
    return np.stack([np.asarray(layer) for layer in values], axis=-1)


def early_and_late(epochs: int | float) -> list[float | int]:
    """Times of measurement: every epoch at first, when accuracy rises, and every fifth later."""
    return sorted({*range(min(10, int(epochs))), *range(0, int(epochs), 5), epochs})


def learned(
    given: Given,
    network: Network,
    examples: Examples | PerSeed,
    test: Examples | PerSeed,
    *,
    record: Mapping[str, Any] | None = None,
    **options: Any,
) -> tuple[Network, History, dict[str, Any]]:
    """Train on data: the networks, the history, and the arrays every experiment on learning returns.

    `network`, `examples` and `options` are `given.train`'s; accuracy is measured on `test`, and `record` besides. The
    angle is that to the feedback, also where the rule does not use it.
    """
    record = {"accuracy": Partial(accuracy, examples=test), "angle": mean_angles, **(record or {})}
    trained, history = given.train(network, examples, record=record, **options)
    curve = np.asarray(history.record["accuracy"])
    return (
        trained,
        history,
        {
            "accuracy": (("seed", "epoch"), curve),
            "area": (("seed",), np.asarray(area_under_curve(curve, history.at)), {"units": "accuracy"}),
            "final_accuracy": (("seed",), curve[:, -1]),
            "angle": (("seed", "epoch", "hidden_layer"), by_layer(history.record["angle"]), {"units": "degrees"}),
            "epoch": (("epoch",), np.asarray(history.at)),
        },
    )
