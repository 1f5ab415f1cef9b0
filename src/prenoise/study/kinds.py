"""Kinds: what is compared. One table says what each is called, what it means, how it is made and how it is drawn.

All kinds of a seed start from the same random network, with the same forward weights and feedback, and see the same
data in the same order. A kind says what is done to that network before data, and by which rule it then learns.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp

from prenoise import plugins
from prenoise.errors import UserError
from prenoise.network import Network

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

UNTRAINED, PRETRAINED = "untrained", "noise-pretrained"
"""Networks before data, where an experiment knows no other."""

STYLES: Mapping[str, Mapping[str, Any]] = {
    "purple": {"colour": "#CC79A7", "dash": (8, 2, 2, 2), "shape": "cross"},
    "sky": {"colour": "#56B4E9", "dash": (12, 3), "shape": "triangle-right"},
    "brown": {"colour": "#8C6D1F", "dash": (3, 3), "shape": "square"},
    "grey": {"colour": "#7F7F7F", "dash": (2, 2), "shape": "diamond"},
}
"""How kinds are drawn that an experiment adds, as `Kind(..., **STYLES["sky"])`. Grey is also that of BP."""

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
        Kind(UNTRAINED, "random weights, before any training", "fa", as_it_is, "#D55E00", (6, 3), "square"),
        Kind(PRETRAINED, "during and after noise pretraining, before any data", "fa", on_noise, "#0072B2"),
    )
}
"""Every kind by its name. Experiments and other packages add their own with `add_kinds`."""


def add_kinds(kinds: Iterable[Kind]) -> None:
    """Enter kinds into the table; another kind under a name that is taken is refused."""
    for kind in kinds:
        if KINDS.setdefault(kind.name, kind) != kind:
            raise UserError(f"there is a kind {kind.name!r} already, and it is another one: choose another name")


def kind_named(name: str) -> Kind:
    """The kind of that name, of the table or of an installed package."""
    if name not in KINDS:
        add_kinds(kind for kind in plugins.named("kinds").values() if isinstance(kind, Kind))
    if name not in KINDS:
        raise UserError(f"there is no kind {name!r}: expected one of {', '.join(map(repr, KINDS))}")
    return KINDS[name]
