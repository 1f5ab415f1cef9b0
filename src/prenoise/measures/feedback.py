"""How far the forward weights have turned towards the feedback that must stand in for them."""

from collections.abc import Iterator

import jax.numpy as jnp
from jaxtyping import Array, Float

from prenoise.measures.angles import angle
from prenoise.measures.blocks import for_each_seed
from prenoise.network import Network
from prenoise.rules import Rule, fa, named


@for_each_seed
def alignment(network: Network, rule: str | Rule = fa) -> tuple[Float[Array, "*seeds neurons"], ...]:
    """For every hidden layer, the angle of each of its neurons between outgoing forward and feedback weights.

    Degrees: 90 is chance, 0 is backpropagation. Lillicrap et al., Nature Communications 7, 13276 (2016). Feedback is
    what the `rule` really carries errors through in the `network`; direct feedback is compared with the product of all
    weights above.
    """
    return tuple(angle(forward.T, carrier.T) for forward, carrier in _pairs(network, named(rule)))


@for_each_seed
def distance_to_feedback(network: Network, rule: str | Rule = fa) -> tuple[Float[Array, "*seeds"], ...]:
    """For every hidden layer of `network`, the Euclidean (Frobenius) distance |W - B| of what `alignment` compares.

    It is 0 or more; feedback is what the `rule` carries errors through.
    """
    return tuple(jnp.linalg.norm(forward - carrier) for forward, carrier in _pairs(network, named(rule)))


def paths_to_readout(network: Network) -> tuple[Float[Array, "classes neurons"], ...]:
    """For every hidden layer of `network`, the product of all weights above it: its linear path to the read-out."""
    paths = [network.weights[-1]]
    for weights in reversed(network.weights[1:-1]):
        paths.insert(0, paths[0] @ weights)
    return tuple(paths[: len(network.feedback)])


def _pairs(network: Network, rule: Rule) -> Iterator[tuple[Array, Array]]:
    """For every hidden layer, the weights above it and those its error comes back through."""
    rule.check(network)
    forward = paths_to_readout(network) if rule.direct else network.weights[1:]
    for weights, feedback in zip(forward, network.feedback, strict=True):
        yield weights, rule.carrier(weights, feedback)
