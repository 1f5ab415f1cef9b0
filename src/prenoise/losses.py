"""Losses: from the scores of a batch and its targets to one number per example.

A target is a label, or a row with a weight for each class (soft labels).
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from prenoise.errors import UserError

Targets = Int[Array, " batch"] | Float[Array, "batch classes"]
Loss = Callable[[Any, Any], Any]
"""`loss(scores, targets)`: one number per example, differentiable in the scores."""


def shares(targets: Targets, classes: int, dtype: Any = jnp.float32) -> Float[Array, "batch classes"]:
    """Targets as one weight per class: a label has all of it on its class."""
    return jax.nn.one_hot(targets, classes, dtype=dtype) if targets.ndim == 1 else targets.astype(dtype)


def cross_entropy(scores: Float[Array, "batch classes"], targets: Targets) -> Float[Array, " batch"]:
    """Minus the logarithm of the probability that a softmax of the scores gives to the target, in nats."""
    return -jnp.sum(shares(targets, scores.shape[-1], scores.dtype) * jax.nn.log_softmax(scores), axis=-1)


def mean_squared_error(scores: Float[Array, "batch classes"], targets: Targets) -> Float[Array, " batch"]:
    """Mean over classes of the squared distance between scores and targets (1 for the label's class, 0 elsewhere)."""
    return jnp.mean((scores - shares(targets, scores.shape[-1], scores.dtype)) ** 2, axis=-1)


LOSSES: dict[str, Loss] = {"cross-entropy": cross_entropy, "mean-squared-error": mean_squared_error}


def loss_named(loss: str | Loss) -> Loss:
    """The loss of that name; a function is returned as it is."""
    if callable(loss):
        return loss
    if loss not in LOSSES:
        raise UserError(f"there is no loss {loss!r}: expected {', '.join(LOSSES)} or a function (scores, targets)")
    return LOSSES[loss]
