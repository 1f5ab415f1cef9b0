"""The kinds of network that are compared, and how each is made before it sees data.

All kinds of a seed share their forward weights, their feedback and the order of the data.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from prenoise.network import Network
from prenoise.noise import Noise
from prenoise.training import History, Record, pretrain

FA, NOISE_FA, BP = "FA", "FA+N", "BP"
DATA_THEN_NOISE = "FA, then N"
LONG_NOISE = "FA+long N"
WITHOUT, WITH = "without noise", "after noise"
"""Of networks that learn by the rule of their condition."""
BASE, VARIED = "base", "varied"
"""Of practice as in the paper, and with one thing changed."""
STOPPED, TO_THE_BOUND = "stops by itself", "goes on to the bound"
"""Of practice with the same noise."""
CALIBRATED = "as confident as right"
"""No network: where confidence and accuracy agree."""

MEANING = {
    FA: "feedback alignment from random weights",
    NOISE_FA: "feedback alignment after practice on noise",
    BP: "backpropagation from random weights",
    DATA_THEN_NOISE: "feedback alignment from random weights, noise afterwards",
    LONG_NOISE: "feedback alignment after practice on noise until its loss no longer falls",
    WITHOUT: "from random weights",
    WITH: "after practice on noise by the same rule",
    BASE: "practice on noise as in the paper",
    VARIED: "practice with the change that the panel names",
    STOPPED: "practice on noise until alignment no longer gets better",
    TO_THE_BOUND: "practice on as much noise as the bound allows",
    CALIBRATED: "where accuracy is what confidence says",
}


class Keys(NamedTuple):
    """What is random of each seed in a block."""

    network: jax.Array
    noise: jax.Array
    order: jax.Array


def keys(seeds: Sequence[int]) -> Keys:
    """Three keys a seed."""
    drawn = jax.vmap(lambda seed: jax.random.split(jax.random.key(seed), 3))(jnp.asarray(seeds))
    return Keys(drawn[:, 0], drawn[:, 1], drawn[:, 2])


def fresh(sizes: Sequence[int], keys: Keys, direct: bool = False, initial: float = 1.0) -> Network:
    """A block of networks with random weights, the forward ones `initial` times as large as usual."""

    def one(key: jax.Array) -> Network:
        network = Network.random(sizes, key=key, direct=direct)
        return Network(tuple(weights * initial for weights in network.weights), network.biases, network.feedback)

    return jax.vmap(one)(keys.network)


def practised(
    network: Network, keys: Keys, examples: int, record: Record | None = None, noise: Noise = Noise(), **how: Any
) -> tuple[Network, History]:
    """The block after practice on noise, by feedback alignment if `how` names no other rule."""
    return pretrain(network, noise, key=keys.noise, examples=examples, record=record, **how)


def before_data(kind: str, sizes: Sequence[int], keys: Keys, noise_examples: int) -> Network:
    """The block of a kind as it is when data comes."""
    network = fresh(sizes, keys)
    return practised(network, keys, noise_examples)[0] if kind == NOISE_FA else network


def rule_of(kind: str) -> str:
    """The rule a kind learns data with."""
    return "bp" if kind == BP else "fa"
