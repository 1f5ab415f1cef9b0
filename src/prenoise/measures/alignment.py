"""How far the forward weights have turned towards the feedback that must stand in for them."""

from collections.abc import Iterator

import jax.numpy as jnp
from jaxtyping import Array, Float

from prenoise.network import Network
from prenoise.rules import Rule, fa, named


def angle(a: Float[Array, "*items vector"], b: Float[Array, "*items vector"]) -> Float[Array, "*items"]:
    r"""Angle between vectors in degrees, $\arccos \frac{a \cdot b}{|a| |b|}$, from 0 to 180; of a zero vector, 90.

    >>> round(float(angle(jnp.array([1.0, 0.0]), jnp.array([1.0, 1.0]))), 2)
    45.0
    """
    lengths = jnp.linalg.norm(a, axis=-1) * jnp.linalg.norm(b, axis=-1)
    cosine = jnp.sum(a * b, axis=-1) / jnp.where(lengths > 0, lengths, 1)
    return jnp.degrees(jnp.arccos(jnp.clip(cosine, -1, 1)))


def alignment(network: Network, rule: str | Rule = fa) -> tuple[Float[Array, " neurons"], ...]:
    """For every hidden layer, the angle of each of its neurons between outgoing forward and feedback weights.

    Degrees: 90 is chance, 0 is backpropagation. Lillicrap et al., Nature Communications 7, 13276 (2016). Feedback is
    what the `rule` really carries errors through; direct feedback is compared with the product of all weights above.
    """
    return tuple(angle(forward.T, back.T) for forward, back in _pairs(network, named(rule)))


def distance_to_feedback(network: Network, rule: str | Rule = fa) -> tuple[Float[Array, ""], ...]:
    """For every hidden layer, the Euclidean (Frobenius) distance of the same matrices, |W - B|; 0 or more."""
    return tuple(jnp.linalg.norm(forward - back) for forward, back in _pairs(network, named(rule)))


def direct_ways(network: Network) -> tuple[Float[Array, "classes neurons"], ...]:
    """For every hidden layer, the product of all weights above it: its linear way to the read-out."""
    ways = [network.weights[-1]]
    for weights in reversed(network.weights[1:-1]):
        ways.insert(0, ways[0] @ weights)
    return tuple(ways[: len(network.feedback)])


def _pairs(network: Network, rule: Rule) -> Iterator[tuple[Array, Array]]:
    """For every hidden layer, the weights above it and those its error comes back through."""
    rule.check(network)
    forward = direct_ways(network) if rule.direct else network.weights[1:]
    for weights, feedback in zip(forward, network.feedback, strict=True):
        yield weights, rule.carrier(weights, feedback)
