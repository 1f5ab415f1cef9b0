"""One step of a user's model: its loss on a batch, gradients as it sends them, and what its rules do after the step."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from prenoise.adapters import carriers
from prenoise.adapters.batches import IGNORED
from prenoise.adapters.jax.framework import Apply, Framework, Layer, Parts, scores_of
from prenoise.adapters.jax.noise import key_of
from prenoise.examples import Batch
from prenoise.losses import Loss
from prenoise.noise import normals
from prenoise.optimisers import Optimiser
from prenoise.random_bits import GOLDEN
from prenoise.rules import named


def learn(
    framework: Framework,
    form: Any,
    trainable: Any,
    types: Any,
    apply: Apply,
    loss: Loss,
    optimiser: Optimiser,
    draw: Any,
    model: tuple[Any, Any, Any],
    optimiser_state: Any,
    seed: Any,
    number: Any,
) -> tuple[Any, Any, Float[Array, ""]]:
    """A step as `prenoise.loop` takes it, on the batch that `draw` gives.

    `model` are the arrays of `Parts`, with `form` a whole, of which those that move are in single precision at least;
    `types` are those they have in the model itself. `apply` and `loss` give scores and, of them, numbers per example.
    """
    moving, feedback, fixed = model
    batch = draw(seed, number)

    def whole(moving: Any) -> Any:
        return framework.whole(Parts(moving, feedback, fixed, form))

    def loss_of(moving: Any) -> Float[Array, ""]:
        scores = scores_of(apply, whole(as_types(moving, types)), batch.inputs, key_of(seed, number, 1))
        return mean_loss(loss, scores.astype(jnp.promote_types(scores.dtype, jnp.float32)), batch)

    value, gradients = jax.value_and_grad(loss_of)(moving)
    updates, optimiser_state = optimiser.update(gradients, optimiser_state, moving)
    after: Any = optax.apply_updates(moving, updates)
    layers = framework.layers(whole(moving))
    follows = [name for name, layer in layers.items() if named(layer.rule).after_step is not None]
    if follows:
        stepped = whole(after)
        now = framework.layers(stepped)
        changed = {
            name: _followed(layers[name], now[name], seed, number, place)
            for place, name in enumerate(layers)
            if name in follows
        }
        after, feedback, *_ = framework.split(framework.with_layers(stepped, changed), trainable)
    return (after, feedback, fixed), optimiser_state, value


def as_types(moving: Any, types: Any) -> Any:
    """The arrays in these types."""
    return jax.tree.map(lambda leaf, dtype: leaf.astype(dtype), moving, types)


def mean_loss(loss: Loss, scores: Float[Array, "batch *places classes"], batch: Batch) -> Float[Array, ""]:
    """Mean `loss` of the scores of a `batch`, by the weights of its examples.

    Where there is a label for each of several places, as in a text, every place counts the same, but those that are to
    be ignored.
    """
    labels, weights = batch.labels, batch.weights.astype(scores.dtype)
    if labels.ndim != scores.ndim - 1 or not jnp.issubdtype(labels.dtype, jnp.integer):
        return jnp.sum(loss(scores, labels).reshape(len(weights), -1).mean(axis=1) * weights)
    of_place = jnp.broadcast_to(jnp.expand_dims(weights, range(1, labels.ndim)), labels.shape).reshape(-1)
    each = loss(scores.reshape(-1, scores.shape[-1]), labels.reshape(-1))
    of_place = jnp.where(labels.reshape(-1) == IGNORED, 0, of_place)
    return jnp.sum(jnp.where(of_place > 0, each, 0) * of_place) / of_place.sum()


def _followed(before: Layer, after: Layer, seed: Any, number: Any, place: int) -> Layer:
    """A layer, the `place`-th of the model, with what its rule makes of weights and feedback after a step."""
    rule = named(after.rule)
    streams = jnp.arange(max(1, after.weight.size // max(1, after.weight[(0,) * len(after.stack)].size)))
    seeds = jax.vmap(lambda stream: seed.at[1].add(stream.astype(jnp.uint32) * jnp.uint32(GOLDEN)))(streams)

    def next_layer(weight: Any, feedback: Any, unit: Any, old: Any, seed: Any) -> tuple[Any, Any]:
        def draw(shape: Any) -> Any:
            return normals(seed, number, place, tuple(shape)).astype(feedback.dtype)

        new = carriers.after_step(rule, old, weight, feedback, draw, unit)
        if new[0] is weight:
            return new
        moved = (old != weight).any()  # weights that are frozen stay, and so does what goes with them
        return jnp.where(moved, new[0], weight), jnp.where(moved, new[1], feedback)

    weight, feedback = after.for_each(next_layer, before.weight, seeds.reshape(*after.stack, 2))
    return after._replace(weight=weight.astype(after.weight.dtype), feedback=feedback)
