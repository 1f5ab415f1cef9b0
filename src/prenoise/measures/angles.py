"""The angle between vectors, by which alignment is measured."""

import math
from typing import Any

from array_api_compat import array_namespace
from jaxtyping import Float


def angle(a: Float[Any, "*items vector"], b: Float[Any, "*items vector"]) -> Float[Any, "*items"]:
    r"""Angle between the vectors `a` and `b` in degrees, $\arccos \frac{a \cdot b}{|a| |b|}$, from 0 to 180.

    That of a zero vector is 90.

    >>> import numpy as np
    >>> round(float(angle(np.array([1.0, 0.0]), np.array([1.0, 1.0]))), 2)
    45.0
    """
    xp: Any = array_namespace(a, b)
    lengths = xp.linalg.vector_norm(a, axis=-1) * xp.linalg.vector_norm(b, axis=-1)
    cosine = xp.sum(a * b, axis=-1) / xp.where(lengths > 0, lengths, xp.ones_like(lengths))
    return xp.acos(xp.clip(cosine, -1, 1)) * (180 / math.pi)
