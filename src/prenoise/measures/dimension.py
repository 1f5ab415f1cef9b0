"""How many dimensions a matrix, or a layer's view of the data, really uses."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from prenoise.examples import Examples
from prenoise.network import Network


def singular_values(matrix: Float[Array, "rows columns"]) -> Float[Array, " rank"]:
    """Singular values, the largest first."""
    return jnp.linalg.svd(matrix, compute_uv=False)


def effective_rank(matrix: Float[Array, "rows columns"]) -> Float[Array, ""]:
    r"""Exponential of the Shannon entropy of the normalised singular values, $\exp(-\sum p_i \log p_i)$.

    From 1 (one direction holds everything) to min(rows, columns) (all are equal); of a zero matrix, 1.
    Roy and Vetterli, The effective rank: a measure of effective dimensionality, EUSIPCO 2007.

    >>> effective_rank(jnp.eye(5)).round(3)
    Array(5., dtype=float32)
    """
    values = singular_values(matrix)
    share = values / jnp.maximum(values.sum(), jnp.finfo(values.dtype).tiny)
    return jnp.exp(-jnp.sum(jnp.where(share > 0, share * jnp.log(jnp.where(share > 0, share, 1)), 0)))


def features(network: Network, examples: Examples) -> tuple[Float[Array, "examples neurons"], ...]:
    """Activity of every hidden layer for every example."""
    return tuple(network.activities(examples.inputs)[1:-1])


def gram(activity: Float[Array, "examples neurons"]) -> Float[Array, "neurons neurons"]:
    """Cosine similarity between neurons of their activity over the examples: 1 on the diagonal, -1 to 1 beside it.

    A neuron that is silent for every example has similarity 0 to all, itself included.
    """
    length = jnp.linalg.norm(activity, axis=0)
    direction = activity / jnp.where(length > 0, length, 1)[None]
    return direction.T @ direction
