"""How fast and how well a network learns."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Num

from prenoise.examples import Examples
from prenoise.network import Network, cross_entropy


def accuracy(network: Network, examples: Examples) -> Float[Array, ""]:
    """Share of the examples whose likeliest class is their label, 0 to 1."""
    return jnp.mean(network.activities(examples.inputs)[-1].argmax(axis=1) == examples.labels)


def mean_loss(network: Network, examples: Examples) -> Float[Array, ""]:
    """Mean cross-entropy in nats: ln(classes) for a network that has no opinion."""
    count = len(examples)
    return cross_entropy(network(examples.inputs), examples.labels, jnp.full(count, 1 / count))


def area_under_curve(
    curve: Float[Array, "*seeds times"], at: Num[Array | np.ndarray, " times"]
) -> Float[Array, "*seeds"]:
    """Mean height of a curve over the time it spans (trapezoids), in the unit of the curve: high is fast learning.

    >>> area_under_curve(jnp.array([0.0, 1.0, 1.0]), jnp.array([0.0, 1.0, 2.0]))
    Array(0.75, dtype=float32)
    """
    heights = (curve[..., 1:] + curve[..., :-1]) / 2
    return heights @ jnp.diff(jnp.asarray(at, curve.dtype)) / (at[-1] - at[0])


def generalisation_error(network: Network, train: Examples, test: Examples) -> Float[Array, ""]:
    """Mean loss on unseen data minus mean loss on the data learned from, in nats: 0 is perfect generalisation."""
    return mean_loss(network, test) - mean_loss(network, train)
