"""Noise in the shape that a user's model takes: the library's, or that of a sampler."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.tree_util import Partial
from jaxtyping import Array, Key, UInt32

from prenoise.adapters.batches import inputs_and_labels
from prenoise.adapters.warmup import described
from prenoise.errors import UserError
from prenoise.examples import Batch, even_weights
from prenoise.noise import Noise

Sampler = Callable[[Key[Array, ""], int], Any]
"""`sampler(key, size)`: a batch of that many inputs and labels."""


def drawing(
    noise: Noise | Sampler, shape: Sequence[int] | None, classes: int | None, size: int, examples: int
) -> Callable[[Any, Any], Batch]:
    """`draw(seed, number)`: the batch of one step. A last batch that is too long has examples of no weight in it."""
    if isinstance(noise, Noise):
        shape, classes = described(shape, classes)
        traced = jax.tree.map(jnp.float32, noise)
        return Partial(_drawn, traced, jnp.uint32(examples), size, tuple(int(length) for length in shape), classes)
    if not callable(noise):
        raise UserError(f"found noise={noise!r}: expected a prenoise.Noise or a sampler, (key, size) -> batch")
    return Partial(_sampled, noise, jnp.uint32(examples), size)


def key_of(seed: UInt32[Array, "2"], number: UInt32[Array, ""], purpose: int) -> Key[Array, ""]:
    """A key of JAX for one step of a run, another for each purpose."""
    base = jax.random.wrap_key_data(seed, impl="threefry2x32")
    return jax.random.fold_in(jax.random.fold_in(base, number), purpose)


def _drawn(noise: Noise, examples, size: int, shape: tuple[int, ...], classes: int, seed, number) -> Batch:
    flat = noise.batch(seed, number, size=size, inputs=math.prod(shape), classes=classes, examples=examples)
    return flat._replace(inputs=flat.inputs.reshape(size, *shape))


def _sampled(sampler: Sampler, examples, size: int, seed, number) -> Any:
    inputs, labels = inputs_and_labels(sampler(key_of(seed, number, 0), size), "sampler")
    labels = jnp.asarray(labels)
    return Batch(inputs, labels, even_weights(number * size + lax.iota(jnp.uint32, len(labels)) < examples))
