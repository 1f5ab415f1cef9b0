"""Noise pretraining of a model of Equinox: the paper's Algorithm 1 around a model, an optimiser and a sampler."""

import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.tree_util import Partial
from jaxtyping import Array, Float, Int, Key, PyTree

from prenoise.adapters.batches import as_array, inputs_and_labels
from prenoise.adapters.equinox.feedback import trainable as trainable_part
from prenoise.adapters.warmup import (
    check_default_optimiser,
    check_options,
    check_scores,
    check_weights,
    described,
    watched,
)
from prenoise.errors import UserError
from prenoise.examples import Batch, even_weights
from prenoise.keys import as_key
from prenoise.loop import Progress
from prenoise.noise import Noise
from prenoise.optimisers import Optimiser, adam
from prenoise.paper import PAPER
from prenoise.random_bits import seed_words

Sampler = Callable[[Key[Array, ""], int], tuple[Any, Any]]
"""Draws from a key a batch of that many inputs and labels."""

Apply = Callable[[Any, Any, Key[Array, ""]], Float[Array, "batch *more classes"]]
"""Class scores of a model for a batch of inputs; the key is for dropout and the like."""


def warm_up(
    model: PyTree,
    input_shape: Sequence[int] | None = None,
    classes: int | None = None,
    *,
    key: int | Key[Array, ""],
    examples: int = PAPER.noise_examples,
    batch: int = PAPER.batch,
    noise: Noise | Sampler = Noise(),
    optimiser: Optimiser = adam(),
    uniform_labels: float | int = 0.0,
    progress: Progress | None = None,
    apply: Apply | None = None,
    trainable: PyTree = None,
) -> tuple[PyTree, Float[np.ndarray, " steps"]]:
    """The model trained on noise before it sees data, and the loss of every step.

    Inputs of `input_shape` (without the batch) are drawn from `noise` and labels from a hat of `classes`, fresh for
    every batch. Errors go back as the model sends them: through feedback weights if it is aligned, else by
    backpropagation. `noise` may be a function of your own, `(key, size) -> (inputs, labels)`, and then shape and
    classes are not needed. `uniform_labels` moves that share of every label's weight to all classes evenly.

    `apply(model, inputs, key)` gives the scores of a batch; by default the model is called under `jax.vmap`, with a
    key for each example if it takes one. Write your own for a model with state, and hand the state in: batch norm
    then normalises with the statistics of the noise, and its running statistics stay as they were.
    `trainable` (a filter as of `eqx.partition`) says what moves; by default every inexact array but the feedback.

    The model trains with `inference` off; in the result all that did not move, that included, is as it was.
    """
    check_options(examples, batch, uniform_labels)
    noise_key, model_key = jax.random.split(as_key(key))
    draw = _drawing(noise, input_shape, classes, int(batch), examples, noise_key)
    spec = trainable_part(model) if trainable is None else trainable
    moving, still = eqx.partition(model, spec)
    if not jax.tree.leaves(moving):
        raise UserError("nothing in the model is trainable: there is nothing to warm up")
    if optimiser is adam():
        check_default_optimiser(half=any(leaf.dtype == jnp.float16 for leaf in jax.tree.leaves(moving)))
    training = eqx.partition(eqx.nn.inference_mode(model, value=False), spec)[1]
    apply = apply or batched
    redraw = eqx.filter_jit(draw)
    first = redraw(jnp.uint32(0))
    scores = eqx.filter_eval_shape(lambda: scores_of(apply, eqx.combine(moving, training), first.inputs, model_key))

    def check_step(step: int) -> None:
        check_scores(scores.shape, -1, classes, as_array(redraw(jnp.uint32(step)).labels))

    check_step(0)
    steps = -(-examples // batch)

    def losses():
        nonlocal moving
        state = optimiser.init(moving)
        for step in range(steps):
            moving, state, loss = _learn(
                moving, training, state, jnp.uint32(step), draw, model_key, apply, optimiser, uniform_labels
            )
            yield loss

    seen = watched(losses(), steps, progress, check_step)
    check_weights(all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(moving)))
    return eqx.combine(moving, still), seen


@eqx.filter_jit
def _learn(moving, still, state, step, draw, key, apply, optimiser, uniform_labels):
    examples = draw(step)

    def loss_of(moving):
        scores = scores_of(apply, eqx.combine(moving, still), examples.inputs, jax.random.fold_in(key, step))
        return _loss(scores, examples.labels, examples.weights, uniform_labels)

    loss, gradients = eqx.filter_value_and_grad(loss_of)(moving)
    updates, state = optimiser.update(gradients, state, moving)
    return eqx.apply_updates(moving, updates), state, loss


def _drawing(
    noise: Noise | Sampler,
    shape: Sequence[int] | None,
    classes: int | None,
    size: int,
    examples: int,
    key: Key[Array, ""],
) -> Callable[[Any], Batch]:
    """The batch of one step. A last batch that is too long has examples of no weight in it."""
    if not isinstance(noise, Noise):
        return Partial(_sampled, key, jnp.uint32(examples), sampler=noise, size=size)
    shape, classes = described(shape, classes)
    traced = jax.tree.map(jnp.float32, noise)
    return Partial(_drawn, traced, seed_words(key), jnp.uint32(examples), size=size, shape=shape, classes=classes)


def _drawn(noise: Noise, seed, examples, step, *, size: int, shape: Sequence[int], classes: int) -> Batch:
    flat = noise.batch(seed, step, size=size, inputs=math.prod(shape), classes=classes, examples=examples)
    return flat._replace(inputs=flat.inputs.reshape(size, *shape))


def _sampled(key, examples, step, *, sampler: Sampler, size: int) -> Any:
    inputs, labels = inputs_and_labels(sampler(jax.random.fold_in(key, step), size), "sampler")
    return Batch(inputs, labels, even_weights(step * size + lax.iota(jnp.uint32, len(labels)) < examples))


def scores_of(apply: Apply, model: Any, inputs: Any, key: Key[Array, ""]) -> Array:
    """What `apply` gives; raises if that is no array."""
    scores = apply(model, inputs, key)
    if not eqx.is_array(scores):
        raise UserError(
            f"the model returned {type(scores).__name__}: expected an array of class scores, which an `apply` of your "
            "own can take from it"
        )
    return scores


def batched(model: Any, inputs: Array, key: Key[Array, ""]) -> Float[Array, "batch *more classes"]:
    """The model on each example by itself, with a key of its own if it takes one."""
    if "key" in inspect.signature(model).parameters:
        return jax.vmap(lambda x, key: model(x, key=key))(inputs, jax.random.split(key, len(inputs)))
    return jax.vmap(model)(inputs)


def _loss(
    scores: Float[Array, "batch *more classes"],
    labels: Int[Array, "batch *more"],  # noqa: F821 (a shape)
    weights: Float[Array, " batch"],
    uniform_labels: float | int,
) -> Float[Array, ""]:
    """Weighted mean of the cross-entropy with labels of which a share is spread over all classes.

    It is not a number if a label names no class: JAX fills in where one is too large, but takes -1 for the last class.
    """
    chance = jax.nn.log_softmax(scores.astype(jnp.float32))
    drawn = jnp.take_along_axis(chance, labels[..., None], axis=-1, mode="fill", fill_value=jnp.nan)[..., 0]
    drawn = jnp.where(labels < 0, jnp.nan, drawn)
    each = -(1 - uniform_labels) * drawn - uniform_labels * chance.mean(axis=-1)
    return jnp.sum(each.reshape(len(each), -1).mean(axis=1) * weights)
