"""How far the forward weights have turned towards the feedback that must stand in for them."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from prenoise.network import Network


def angle(a: Float[Array, "*items vector"], b: Float[Array, "*items vector"]) -> Float[Array, "*items"]:
    r"""Angle between vectors in degrees, $\arccos \frac{a \cdot b}{|a| |b|}$, from 0 to 180; of a zero vector, 90.

    >>> round(float(angle(jnp.array([1.0, 0.0]), jnp.array([1.0, 1.0]))), 2)
    45.0
    """
    lengths = jnp.linalg.norm(a, axis=-1) * jnp.linalg.norm(b, axis=-1)
    cosine = jnp.sum(a * b, axis=-1) / jnp.where(lengths > 0, lengths, 1)
    return jnp.degrees(jnp.arccos(jnp.clip(cosine, -1, 1)))


def alignment(network: Network) -> tuple[Float[Array, " neurons"], ...]:
    """For every hidden layer, the angle of each of its neurons between outgoing forward and feedback weights.

    Degrees: 90 is chance, 0 is backpropagation. Lillicrap et al., Nature Communications 7, 13276 (2016).
    """
    return tuple(
        angle(weights.T, feedback.T) for weights, feedback in zip(network.weights[1:], network.feedback, strict=True)
    )


def distance_to_feedback(network: Network) -> tuple[Float[Array, ""], ...]:
    """For every hidden layer, the Euclidean (Frobenius) distance |W - B| of the matrices above it; 0 or more."""
    return tuple(
        jnp.linalg.norm(weights - feedback)
        for weights, feedback in zip(network.weights[1:], network.feedback, strict=True)
    )
