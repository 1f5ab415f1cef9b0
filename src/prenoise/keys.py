"""Keys: what everything random follows from, in any of the forms in which people write one."""

from collections.abc import Sequence
from numbers import Integral

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Key

from prenoise.errors import UserError

KeyLike = int | np.integer | Sequence[int] | np.ndarray | Array
"""What stands for a key, or for an array of keys: see `as_key`."""


def as_key(key: KeyLike) -> Key[Array, "*seeds"]:
    """A typed key, or an array of keys, from what stands for one.

    An integer of Python or NumPy is short for `jax.random.key(integer)`, and an array of integers for as many keys. The
    unsigned pairs that `jax.random.PRNGKey` makes are taken as the keys they are.

    >>> as_key(0) == as_key(np.int64(0)) == as_key(jax.random.PRNGKey(0))
    Array(True, dtype=bool)
    >>> as_key([1, 2, 3]).shape
    (3,)
    """
    if isinstance(key, Integral) and not isinstance(key, bool):
        return jax.random.key(int(key))
    if isinstance(key, (list, tuple, range)):
        key = np.asarray(key)
    if isinstance(key, jax.Array) and jnp.issubdtype(key.dtype, jax.dtypes.prng_key):
        return key
    if isinstance(key, (jax.Array, np.ndarray)):
        if key.dtype == np.uint32 and key.ndim and key.shape[-1] == 2:
            return jax.random.wrap_key_data(jnp.asarray(key))
        if key.dtype.kind in "iu" and key.ndim:
            return jax.vmap(jax.random.key)(jnp.asarray(key))
        if key.dtype.kind in "iu":
            return jax.random.key(key)
    raise UserError(f"found the key {key!r}: expected an integer, a key of jax.random, or an array of either")


def check_key_or_state(key: object, state: object) -> None:
    """Raise unless a run has either a key to begin with, or the state of another to go on from."""
    if (key is None) == (state is None):
        found = "neither a key nor a state" if key is None else "a key and a state"
        raise UserError(f"found {found}: expected a key to begin with, or the state of a run to go on from")
