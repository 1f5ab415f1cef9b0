"""How many dimensions a matrix, or a layer's view of the data, really uses."""

from typing import Any

from array_api_compat import array_namespace
from jaxtyping import Float


def singular_values(matrix: Float[Any, "*seeds rows columns"]) -> Float[Any, "*seeds rank"]:
    """Singular values of a `matrix`, the largest first."""
    xp: Any = array_namespace(matrix)
    return xp.linalg.svdvals(matrix)


def effective_rank(matrix: Float[Any, "*seeds rows columns"]) -> Float[Any, "*seeds"]:
    r"""Exponential of the Shannon entropy of the normalised singular values, $\exp(-\sum p_i \log p_i)$.

    From 1 (one direction holds everything) to min(rows, columns) (all are equal); of a zero `matrix`, 1.
    Roy and Vetterli, The effective rank: a measure of effective dimensionality, EUSIPCO 2007.

    >>> import numpy as np
    >>> round(float(effective_rank(np.eye(5))), 3)
    5.0
    """
    xp: Any = array_namespace(matrix)
    values = singular_values(matrix)
    total = xp.sum(values, axis=-1, keepdims=True)
    share = values / xp.where(total > 0, total, xp.ones_like(total))
    return xp.exp(-xp.sum(share * xp.log(xp.where(share > 0, share, xp.ones_like(share))), axis=-1))


def gram(activity: Float[Any, "*seeds examples neurons"]) -> Float[Any, "*seeds neurons neurons"]:
    """Cosine similarity between neurons of their `activity` over the examples: 1 on the diagonal, -1 to 1 beside it.

    A neuron that is silent for every example has similarity 0 to all, itself included.
    """
    xp: Any = array_namespace(activity)
    length = xp.linalg.vector_norm(activity, axis=-2, keepdims=True)
    direction = activity / xp.where(length > 0, length, xp.ones_like(length))
    return direction.mT @ direction
