"""What a network makes of examples, layer by layer."""

import jax
from jaxtyping import Array, Float

from prenoise.examples import Examples
from prenoise.measures.blocks import for_each_seed
from prenoise.network import Network


@for_each_seed
def features(network: Network, examples: Examples) -> tuple[Float[Array, "*seeds examples neurons"], ...]:
    """Activity of every hidden layer of `network` for each of the `examples`."""
    return tuple(network.activities(examples.inputs)[1:-1])


@for_each_seed
def probabilities(network: Network, examples: Examples) -> Float[Array, "*seeds examples classes"]:
    """Probability that `network` gives to every class for each of the `examples`."""
    return jax.nn.softmax(network.activities(examples.inputs)[-1])
