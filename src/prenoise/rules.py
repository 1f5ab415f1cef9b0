"""Rules: how the error of a layer finds its way back to the layer below.

A rule says through which matrix an error is carried down, and, for the rules whose feedback changes, what becomes of it
after a step. The gradients of weights and biases follow and are the same for all.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prenoise.errors import UserError
from prenoise.examples import Batch
from prenoise.network import Network, cross_entropy, feedback_shapes
from prenoise.optimisers import Optimiser

Draw = Callable[[int, Sequence[int]], Float[Array, "..."]]
"""`draw(layer, shape)`: standard normal numbers, others in every step and layer."""


@dataclass(frozen=True)
class Rule:
    """How errors travel back. `carrier` is the one idea of a rule; most need nothing else."""

    name: str
    carrier: Callable[[Any, Any], Any]
    """`carrier(weights, feedback)`: the matrix that carries the error of a layer to the layer below. All three have one
    shape. It must be made of operators, so that arrays of any library will do, and that of a `direct` rule of the
    feedback alone: the weights it is given are those of one layer."""
    meaning: str
    reference: str
    direct: bool = False
    """Every hidden layer hears the error of the read-out itself. Its feedback then has the shape classes x neurons, as
    `Network.random(..., direct=True)` draws it, and stands for the product of all weights above."""
    afterwards: Callable[[Network, Network, Draw], Network] | None = None
    """`afterwards(before, after, draw)`: the network that goes on, given that before and that after a step."""

    def check(self, network: Network) -> None:
        """Raise if the network's feedback is of another shape than the rule's."""
        found = [feedback.shape[-2:] for feedback in network.feedback]
        expected = feedback_shapes(network.sizes, direct=self.direct)
        if found != expected:
            how = "direct=True" if self.direct else "direct=False"
            raise UserError(
                f"the rule {self.name} needs feedback of shape {expected} and the network has {found}: make it with "
                f"Network.random(sizes, key=key, {how})"
            )


def _sign(weights: Any) -> Any:
    return 1.0 * (weights > 0) - 1.0 * (weights < 0)


def _drawn_anew(_: Network, after: Network, draw: Draw) -> Network:
    """The network with other feedback weights, of the same distribution."""
    feedback = [(2 / old.shape[1]) ** 0.5 * draw(layer, old.shape) for layer, old in enumerate(after.feedback)]
    return Network(after.weights, after.biases, tuple(feedback))


def kolen_pollack(decay: float = 1e-4) -> Rule:
    """The feedback takes every step that the weights take, and both shrink by `decay`: what they differ in is lost."""

    def afterwards(before: Network, after: Network, _: Draw) -> Network:
        steps = [new - old for new, old in zip(after.weights[1:], before.weights[1:], strict=True)]
        weights = (after.weights[0], *(weights * (1 - decay) for weights in after.weights[1:]))
        feedback = [(old + step) * (1 - decay) for old, step in zip(after.feedback, steps, strict=True)]
        return Network(weights, after.biases, tuple(feedback))

    return Rule(
        "kp",
        lambda weights, feedback: feedback,
        "Kolen-Pollack: the feedback takes the steps of the weights, and both decay",
        "Kolen and Pollack, Backpropagation without weight transport, 1994; "
        "Akrout et al., Deep learning without weight transport, 2019",
        afterwards=afterwards,
    )


def weight_mirror(rate: float = 1e-3, batch: int = 64) -> Rule:
    """After every step each layer answers `batch` vectors of noise, and the feedback learns what answers to what.

    Of white noise y and the answer W y the mean of (W y) y' is W: the feedback moves there at `rate`, and forgets as
    fast what it was.
    """

    def afterwards(_: Network, after: Network, draw: Draw) -> Network:
        feedback = []
        for layer, (weights, old) in enumerate(zip(after.weights[1:], after.feedback, strict=True)):
            noise = draw(layer, (batch, weights.shape[1]))
            seen = (noise @ weights.T).T @ noise / batch
            feedback.append(old + rate * (seen - old))
        return Network(after.weights, after.biases, tuple(feedback))

    return Rule(
        "mirror",
        lambda weights, feedback: feedback,
        "weight mirror: the feedback learns from the layers' answers to noise of their own",
        "Akrout et al., Deep learning without weight transport, 2019",
        afterwards=afterwards,
    )


bp = Rule(
    "bp",
    lambda weights, feedback: weights,
    "backpropagation: through the forward weights themselves",
    "Rumelhart, Hinton and Williams, Learning representations by back-propagating errors, 1986",
)

fa = Rule(
    "fa",
    lambda weights, feedback: feedback,
    "feedback alignment: through fixed random weights",
    "Lillicrap et al., Random synaptic feedback weights support error backpropagation for deep learning, 2016",
)

dfa = Rule(
    "dfa",
    lambda weights, feedback: feedback,
    "direct feedback alignment: from the read-out to every hidden layer, through fixed random weights",
    "Nokland, Direct feedback alignment provides learning in deep neural networks, 2016",
    direct=True,
)

_SIGN_SYMMETRY = (
    "Liao, Leibo and Poggio, How important is weight symmetry in backpropagation?, 2016; "
    "Moskovitz, Litwin-Kumar and Abbott, Feedback alignment in deep convolutional networks, 2018"
)

usf = Rule(
    "usf",
    lambda weights, feedback: (2 / math.prod(weights.shape[1:])) ** 0.5 * _sign(weights),
    "sign symmetry: the signs of the forward weights, all of one size",
    _SIGN_SYMMETRY,
)

brsf = Rule(
    "brsf",
    lambda weights, feedback: _sign(weights) * abs(feedback),
    "sign symmetry: the signs of the forward weights, sizes random and others in every batch",
    _SIGN_SYMMETRY,
    afterwards=_drawn_anew,
)

frsf = Rule(
    "frsf",
    lambda weights, feedback: _sign(weights) * abs(feedback),
    "sign symmetry: the signs of the forward weights, sizes random and fixed",
    _SIGN_SYMMETRY,
)

RULES = {rule.name: rule for rule in (bp, fa, dfa, usf, brsf, frsf, kolen_pollack(), weight_mirror())}


def named(rule: str | Rule) -> Rule:
    """The rule of that name; a rule is returned as it is."""
    if isinstance(rule, Rule):
        return rule
    if rule not in RULES:
        raise UserError(f"there is no rule {rule!r}: expected one of {', '.join(RULES)}")
    return RULES[rule]


def loss_and_gradients(network: Network, batch: Batch, rule: Rule) -> tuple[Float[Array, ""], Network]:
    """Cross-entropy of the batch, and the direction in which the rule would have every weight and bias move.

    The result is a network without feedback, which learns in no rule from the error. With `bp` the directions are the
    true gradients.
    """
    activities = network.activities(batch.inputs)
    log_probabilities = jax.nn.log_softmax(activities[-1])
    loss = cross_entropy(log_probabilities, batch.labels, batch.weights)

    targets = jax.nn.one_hot(batch.labels, log_probabilities.shape[1])
    error = of_readout = (jnp.exp(log_probabilities) - targets) * batch.weights[:, None]
    weights, biases = [], []
    for layer in reversed(range(len(network.weights))):
        weights.insert(0, error.T @ activities[layer])
        biases.insert(0, error.sum(axis=0))
        if layer > 0:
            carrier = rule.carrier(network.weights[layer], network.feedback[layer - 1])
            error = ((of_readout if rule.direct else error) @ carrier) * (activities[layer] > 0)
    return loss, Network(tuple(weights), tuple(biases), feedback=())


def learn(
    network: Network, optimiser_state: Any, batch: Batch, rule: Rule, optimiser: Optimiser, draw: Draw
) -> tuple[Network, Any, Float[Array, ""]]:
    """One step on one batch: the network and the optimiser's state after it, and the loss before it."""
    loss, gradients = loss_and_gradients(network, batch, rule)
    updates, optimiser_state = optimiser.update(gradients, optimiser_state, network.moving)
    after = network.moved(updates)
    if rule.afterwards is not None:
        after = rule.afterwards(network, after, draw)
    return after, optimiser_state, loss
