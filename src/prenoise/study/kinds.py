"""Kinds: what is compared. One table says what each is called, what it means, how it is made and how it is drawn.

All kinds of a seed start from the same random network, with the same forward weights and feedback, and see the same
data in the same order. A kind says what is done to that network before data, and by which rule it then learns.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from prenoise.errors import UserError
from prenoise.history import History
from prenoise.loop import Record
from prenoise.network import Network
from prenoise.noise import Noise
from prenoise.training import pretrain

Pretrain = Callable[..., Network]
"""`pretrain(network, **options)`: the network after noise. Amount, keys and rule are chosen; options are those of
`prenoise.pretrain` and change them."""


def as_it_is(network: Network, pretrain: Pretrain) -> Network:
    """Nothing is done before data."""
    return network


def on_noise(network: Network, pretrain: Pretrain) -> Network:
    """Noise pretraining, by the rule the kind learns with."""
    return pretrain(network)


def through_a_mirror(network: Network, pretrain: Pretrain) -> Network:
    """Noise pretraining while a weight mirror teaches the feedback; on data the feedback is fixed again."""
    return pretrain(network, rule="mirror")


def zero_readout(network: Network, pretrain: Pretrain) -> Network:
    """The read-out's weights and biases are set to 0, and no noise is seen."""
    weights = (*network.weights[:-1], jnp.zeros_like(network.weights[-1]))
    last = network.biases[-1]
    biases = (*network.biases[:-1], None if last is None else jnp.zeros_like(last))
    return network.parts(weights, biases, network.feedback)


@dataclass(frozen=True)
class Kind:
    """One of the things that are compared.

    `rule` is the name of the rule it learns data by; empty where the condition names the rule. `before` is what is done
    to the random network before data. `colour`, `dash` and `shape` are how it is drawn in every picture.
    """

    name: str
    meaning: str
    """What it is, in a few words that go on from its name."""
    rule: str = "fa"
    before: Callable[[Network, Pretrain], Network] = as_it_is
    colour: str = "#7F7F7F"
    dash: Sequence[int] = (1, 0)
    shape: str = "circle"


FA, NOISE, ZERO, MIRROR, BP = "FA", "FA + noise", "FA, zero read-out", "FA + mirrored noise", "BP"
COMPARED = (FA, NOISE, ZERO, MIRROR, BP)
"""The paper's three kinds and the two controls, in the order in which they are shown."""

RANDOM, AFTER_NOISE, FROM_ZERO, AFTER_MIRROR = "random weights", "after noise", "zero read-out", "after mirrored noise"
"""Kinds of an experiment whose conditions name the rule."""

# The colours are Okabe and Ito's, which stay apart for colour-blind eyes. In print without colour the dashes tell the
# kinds apart.
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(FA, "feedback alignment from random weights", "fa", as_it_is, "#D55E00", (6, 3), "square"),
        Kind(NOISE, "feedback alignment after noise pretraining", "fa", on_noise, "#0072B2", (1, 0), "circle"),
        Kind(
            ZERO,
            "feedback alignment from random weights with a read-out of zero, without noise",
            "fa",
            zero_readout,
            "#E69F00",
            (4, 2, 1, 2),
            "triangle-down",
        ),
        Kind(
            MIRROR,
            "feedback alignment after noise pretraining with a weight mirror, the feedback fixed afterwards",
            "fa",
            through_a_mirror,
            "#009E73",
            (10, 2),
            "triangle-up",
        ),
        Kind(BP, "backpropagation from random weights", "bp", as_it_is, "#7F7F7F", (2, 2), "diamond"),
        Kind(RANDOM, "from random weights", "", as_it_is, "#D55E00", (6, 3), "square"),
        Kind(AFTER_NOISE, "after noise pretraining by the same rule", "", on_noise, "#0072B2", (1, 0), "circle"),
        Kind(
            FROM_ZERO,
            "from random weights with a read-out of zero, without noise",
            "",
            zero_readout,
            "#E69F00",
            (4, 2, 1, 2),
            "triangle-down",
        ),
        Kind(
            AFTER_MIRROR,
            "after noise pretraining with a weight mirror, the feedback fixed afterwards",
            "",
            through_a_mirror,
            "#009E73",
            (10, 2),
            "triangle-up",
        ),
    )
}
"""Every kind by its name. Experiments and other packages add their own with `add_kinds`."""


def add_kinds(kinds: Iterable[Kind]) -> None:
    """Enter kinds into the table; another kind under a name that is taken is refused."""
    for kind in kinds:
        if KINDS.setdefault(kind.name, kind) != kind:
            raise UserError(f"there is a kind {kind.name!r} already, and it is another one: choose another name")


def kind_named(name: str) -> Kind:
    """The kind of that name."""
    if name not in KINDS:
        raise UserError(f"there is no kind {name!r}: expected one of {', '.join(map(repr, KINDS))}")
    return KINDS[name]


NOISE_FA, WITHOUT, WITH = NOISE, RANDOM, AFTER_NOISE
DATA_THEN_NOISE, LONG_NOISE = "FA, then noise", "FA + long noise"
BASE, VARIED = "base", "varied"
STOPPED, TO_THE_BOUND = "stops by itself", "goes on to the bound"
CALIBRATED = "as confident as right"
UNTRAINED, PRETRAINED = "untrained", "noise-pretrained"
_FA, _NOISE, _BP = KINDS[FA], KINDS[NOISE], KINDS[BP]
add_kinds(
    Kind(name, meaning, "fa", as_it_is, like.colour, like.dash, like.shape)
    for name, meaning, like in (
        (BASE, "noise pretraining as in the paper", _BP),
        (VARIED, "noise pretraining with the change that the panel names", _NOISE),
        (STOPPED, "noise pretraining until alignment no longer gets better", _NOISE),
        (TO_THE_BOUND, "noise pretraining on as much noise as the bound allows", _BP),
        (CALIBRATED, "where accuracy is what confidence says", _BP),
        (UNTRAINED, "random weights, before any training", _FA),
        (PRETRAINED, "during and after noise pretraining, before any data", _NOISE),
    )
)
add_kinds(
    [
        Kind(
            DATA_THEN_NOISE,
            "feedback alignment from random weights, noise afterwards",
            "fa",
            as_it_is,
            "#CC79A7",
            (8, 2, 2, 2),
            "cross",
        ),
        Kind(
            LONG_NOISE,
            "feedback alignment after noise pretraining until its loss no longer falls",
            "fa",
            on_noise,
            "#56B4E9",
            (12, 3),
            "triangle-right",
        ),
    ]
)


class Keys(NamedTuple):
    """What is random of each seed in a block."""

    network: jax.Array
    noise: jax.Array
    order: jax.Array


def keys(seeds: Sequence[int]) -> Keys:
    """Three keys per seed."""
    drawn = jax.vmap(lambda seed: jax.random.split(jax.random.key(seed), 3))(jnp.asarray(seeds))
    return Keys(drawn[:, 0], drawn[:, 1], drawn[:, 2])


def fresh(sizes: Sequence[int], keys: Keys, direct: bool = False, initial: float = 1.0) -> Network:
    """A block of networks with random weights, the forward ones `initial` times as large as usual."""

    def one(key: jax.Array) -> Network:
        network = Network.random(sizes, key=key, direct=direct)
        return network.parts(tuple(weights * initial for weights in network.weights), network.biases, network.feedback)

    return jax.vmap(one)(keys.network)


def practised(
    network: Network, keys: Keys, examples: int, record: Record | None = None, noise: Noise = Noise(), **how: Any
) -> tuple[Network, History]:
    """The block after noise pretraining, by feedback alignment if `how` names no other rule."""
    return pretrain(network, noise, key=keys.noise, examples=examples, record=record, **how)


def before_data(kind: str, sizes: Sequence[int], keys: Keys, noise_examples: int) -> Network:
    """The block of a kind as it is when data comes."""
    network = fresh(sizes, keys)
    return practised(network, keys, noise_examples)[0] if kind == NOISE_FA else network


def rule_of(kind: str) -> str:
    """The rule a kind learns data with."""
    return "bp" if kind == BP else "fa"
