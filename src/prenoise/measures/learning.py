"""How well a network has learned."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from prenoise.examples import Examples
from prenoise.losses import cross_entropy
from prenoise.measures.blocks import for_each_seed
from prenoise.network import Network


@for_each_seed
def accuracy(network: Network, examples: Examples) -> Float[Array, "*seeds"]:
    """Share of the `examples` whose likeliest class, as `network` has it, is their label: 0 to 1."""
    return jnp.mean(network.activities(examples.inputs)[-1].argmax(axis=1) == examples.labels)


@for_each_seed
def mean_loss(network: Network, examples: Examples) -> Float[Array, "*seeds"]:
    """Mean cross-entropy of `network` on the `examples` in nats: ln(classes) for one that has no opinion."""
    return jnp.mean(cross_entropy(network.activities(examples.inputs)[-1], examples.labels))


def generalisation_error(network: Network, train: Examples, test: Examples) -> Float[Array, "*seeds"]:
    """Mean loss of `network` on the examples `test` minus that on those it learned from, `train`, in nats.

    0 is perfect generalisation.
    """
    return mean_loss(network, test) - mean_loss(network, train)
