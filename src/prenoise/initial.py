"""Initial weights: how the matrices of a new network are drawn.

The default, N(0, 2 / inputs), is that of He et al., Delving deep into rectifiers, 2015.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prenoise.errors import UserError

Initial = Callable[[Any, Sequence[int]], Any]
"""`initial(key, shape)`: a matrix of that shape, outputs x inputs."""


def he(key: Any, shape: Sequence[int]) -> Float[Array, "outputs inputs"]:
    """N(0, 2 / inputs): a layer of ReLU neurons passes the size of its inputs on."""
    return jax.random.normal(key, shape) * (2 / shape[1]) ** 0.5


def pytorch(key: Any, shape: Sequence[int]) -> Float[Array, "outputs inputs"]:
    """Uniform within 1 / sqrt(inputs) of 0, as `torch.nn.Linear` draws its weights."""
    return jax.random.uniform(key, shape, minval=-1, maxval=1) / shape[1] ** 0.5


def orthogonal(key: Any, shape: Sequence[int]) -> Float[Array, "outputs inputs"]:
    """Orthonormal rows or columns, whichever are fewer, times the square root of 2. Saxe et al., 2014."""
    return jax.nn.initializers.orthogonal(2**0.5)(key, tuple(shape), jnp.zeros(0).dtype)


INITIAL: dict[str, Initial] = {"he": he, "pytorch": pytorch, "orthogonal": orthogonal}


def initial_named(initial: str | Initial) -> Initial:
    """The way of drawing that has this name; a function is returned as it is."""
    if callable(initial):
        return initial
    if initial not in INITIAL:
        raise UserError(f"found initial weights {initial!r}: expected {', '.join(INITIAL)} or a function (key, shape)")
    return INITIAL[initial]
