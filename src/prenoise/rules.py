"""Rules: how the error of a layer finds its way back to the layer below.

A rule says how an error is carried back; the gradients of weights and biases follow and are the same for all.
"""

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prenoise.errors import UserError
from prenoise.examples import Batch
from prenoise.network import Network, cross_entropy

Matrix = Float[Array, "above below"]
Error = Float[Array, "batch _"]


@dataclass(frozen=True)
class Rule:
    """`carry(weights, feedback, error)` takes the error of the layer above to the activity of the layer below."""

    name: str
    carry: Callable[[Matrix, Matrix, Error], Error]
    reference: str


bp = Rule(
    "bp",
    lambda weights, feedback, error: error @ weights,
    "Rumelhart, Hinton and Williams, Learning representations by back-propagating errors, 1986",
)

fa = Rule(
    "fa",
    lambda weights, feedback, error: error @ feedback,
    "Lillicrap et al., Random synaptic feedback weights support error backpropagation for deep learning, 2016",
)

RULES = {rule.name: rule for rule in (bp, fa)}


def named(rule: str | Rule) -> Rule:
    """The rule of that name; a rule is returned as it is."""
    if isinstance(rule, Rule):
        return rule
    if rule not in RULES:
        raise UserError(f"there is no rule {rule!r}: expected one of {', '.join(RULES)}")
    return RULES[rule]


def loss_and_gradients(network: Network, batch: Batch, rule: Rule) -> tuple[Float[Array, ""], Network]:
    """Cross-entropy of the batch, and the direction in which the rule would have every weight and bias move.

    The result is a network without feedback, for that is fixed. With `bp` the directions are the true gradients.
    """
    activities = network.activities(batch.inputs)
    log_probabilities = jax.nn.log_softmax(activities[-1])
    loss = cross_entropy(log_probabilities, batch.labels, batch.weights)

    targets = jax.nn.one_hot(batch.labels, log_probabilities.shape[1])
    error = (jnp.exp(log_probabilities) - targets) * batch.weights[:, None]
    weights, biases = [], []
    for layer in reversed(range(len(network.weights))):
        weights.insert(0, error.T @ activities[layer])
        biases.insert(0, error.sum(axis=0))
        if layer > 0:
            below = rule.carry(network.weights[layer], network.feedback[layer - 1], error)
            error = below * (activities[layer] > 0)
    return loss, Network(tuple(weights), tuple(biases), feedback=())
