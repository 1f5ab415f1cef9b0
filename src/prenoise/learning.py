"""One step of learning: the loss of a batch, and the direction in which a rule would have every weight move."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prenoise.examples import Batch
from prenoise.losses import Loss, cross_entropy
from prenoise.network import Network
from prenoise.noise import normals
from prenoise.optimisers import Optimiser
from prenoise.rules import Rule


def loss_and_gradients(
    network: Network, batch: Batch, rule: Rule, loss: Loss = cross_entropy
) -> tuple[Float[Array, ""], Network]:
    """Weighted mean `loss` of the `batch`, and the gradients that `rule` gives to the weights and biases of `network`.

    The gradients have the form of a network without feedback, for no rule moves the feedback by the error. With `bp`
    they are the true gradients.
    """

    def mean_loss(scores: Float[Array, "batch classes"]) -> Float[Array, ""]:
        return jnp.sum(loss(scores, batch.labels) * batch.weights.astype(scores.dtype))

    activities, derivatives = [batch.inputs.astype(network.weights[0].dtype)], []
    for layer in range(len(network.weights) - 1):
        activity, derivative = jax.vjp(network.activation, network.total(layer, activities[-1]))
        activities.append(activity)
        derivatives.append(derivative)
    value, of_readout = jax.value_and_grad(mean_loss)(network.total(-1, activities[-1]))

    error, weights, biases = of_readout, [], []
    for layer in reversed(range(len(network.weights))):
        weights.insert(0, error.T @ activities[layer])
        biases.insert(0, None if network.biases[layer] is None else error.sum(axis=0))
        if layer > 0:
            carrier = rule.carrier(network.weights[layer], network.feedback[layer - 1]).astype(error.dtype)
            (error,) = derivatives[layer - 1]((of_readout if rule.direct else error) @ carrier)
    return value, network.parts(tuple(weights), tuple(biases), ())


def learn(
    network: Network,
    optimiser_state: Any,
    batch: Batch,
    rule: Rule,
    optimiser: Optimiser,
    seed: Any,
    step: Any,
    loss: Loss = cross_entropy,
    half: Any = None,
) -> tuple[Network, Any, Float[Array, ""]]:
    """One step on one `batch`: the network and the optimiser's state after it, and the loss before it.

    `seed` and `step` number what a `rule` draws for itself. With a type of `half` precision the gradients are computed
    in it and the step is taken in the network's own.
    """
    if half is None:
        value, gradients = loss_and_gradients(network, batch, rule, loss)
    else:
        value, gradients = loss_and_gradients(jax.tree.map(lambda leaf: leaf.astype(half), network), batch, rule, loss)
        gradients = jax.tree.map(lambda leaf: leaf.astype(network.weights[0].dtype), gradients)
    updates, optimiser_state = optimiser.update(gradients, optimiser_state, network.moving)
    after = network.moved(updates)
    if rule.after_step is not None:
        weights, feedback = [after.weights[0]], []
        for layer, back in enumerate(network.feedback):

            def draw(shape, layer=layer):
                return normals(seed, step, layer, tuple(shape))

            goes_on = rule.after_step(network.weights[layer + 1], after.weights[layer + 1], back, draw)
            weights.append(goes_on[0])
            feedback.append(goes_on[1])
        after = after.parts(tuple(weights), after.biases, tuple(feedback))
    return after, optimiser_state, value
