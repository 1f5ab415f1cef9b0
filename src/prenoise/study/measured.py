"""What experiments measure of networks along their training, and how it becomes named arrays."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from prenoise.data import shifts, usps_to_mnist_frame
from prenoise.examples import Examples
from prenoise.measures import (
    accuracy,
    alignment,
    area_under_curve,
    auroc,
    confidence,
    distance_to_feedback,
    effective_rank,
    expected_calibration_error,
    probabilities,
)
from prenoise.network import Network
from prenoise.program import PerSeed
from prenoise.rules import Rule
from prenoise.study.experiment import DIGITS
from prenoise.study.given import Given, per_seed
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


MOVED = 1 / 14
"""How far test images are moved, as a share of their side: two pixels of MNIST."""


def elsewhere(given: Given, trained: Network, like: Examples, test: Examples) -> dict[str, Any]:
    """How trained networks do on moved test images and on USPS, how they know what they know, and what is foreign.

    Foreign are pixels drawn at random. `like` are the examples that say how images are scaled.
    """
    images = given.arrays(given.dataset).x_test
    moved = [shifts.translate(images, images.shape[1] * MOVED, seed=seed) for seed in given.seeds]
    of_seeds = [Examples.of(copies, test.labels, like=like) for copies in moved]
    tests: dict[str, Examples | PerSeed] = {
        "moved": PerSeed(jax.tree.map(lambda *leaves: jnp.stack(leaves), *of_seeds))
    }
    if given.dataset == "mnist":
        usps = given.arrays("usps")
        framed = usps.x_test if usps.name == DIGITS else usps_to_mnist_frame(usps.x_test)
        tests["usps"] = Examples.of(framed, usps.y_test, like=like)
    right = {name: np.asarray(per_seed(accuracy, PerSeed(trained), seen)) for name, seen in tests.items()}
    belief = {name: np.asarray(found) for name, found in per_seed(believed, PerSeed(trained), test, like).items()}
    return {name: (("seed",), values) for name, values in (right | belief).items()}


def believed(network: Network, test: Examples, like: Examples) -> dict[str, jax.Array]:
    """The calibration error of one network, and how well its confidence tells test images from random pixels."""
    belief = probabilities(network, test)
    top = 255 if like.raw.dtype == jnp.uint8 else 1
    pixels = like.scaled(jax.random.uniform(jax.random.key(0), (len(test), like.raw.shape[1]), maxval=top))
    return {
        "calibration_error": expected_calibration_error(belief, test.labels),
        "foreign": auroc(confidence(belief), confidence(jnp.exp(network(pixels)))),
    }
