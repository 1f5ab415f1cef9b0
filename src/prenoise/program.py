"""The compiled program of the loop: rows of a table that say from where to where to step, and where to measure."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int32, UInt32

Step = Callable[[Any, Any, UInt32[Array, "2"], UInt32[Array, ""]], tuple[Any, Any, Float[Array, ""]]]
"""`step(model, optimiser_state, seed, number)`: model and optimiser state after the step, and the loss before it."""

Record = Mapping[str, Callable[[Any], Any]]
"""What to measure along the way: a name and a function of the model for each."""

ROOM = 16
"""Measurements that one call of the program can hold."""


class PerSeed(eqx.Module):
    """Arrays with a leading axis of seeds, within what a block shares: each seed steps and is measured with its own."""

    value: Any


class Carry(NamedTuple):
    """All that one step hands to the next."""

    model: Any
    optimiser: Any
    diverged_at: Int32[Array, ""]
    total: Float[Array, ""]
    """Sum of the losses since the last measurement."""


def measured_at(step: Step, measure: Record, seed: Any, number: Any, carry: Carry, since: Any) -> tuple[Any, Any]:
    """The loss since the last measurement, over that many steps, and what is recorded."""

    def of_one_batch() -> Any:
        batch = jnp.asarray(jnp.maximum(number - 1, 0), jnp.uint32)
        return step(carry.model, carry.optimiser, seed, batch)[2].astype(jnp.float32)

    loss = lax.cond(since > 0, lambda: carry.total / jnp.asarray(jnp.maximum(since, 1), jnp.float32), of_one_batch)
    return loss, {name: function(carry.model) for name, function in measure.items()}


def after_step(step: Step, seed: Any, number: Any, carry: Carry) -> Carry:
    model, optimiser, loss = step(carry.model, carry.optimiser, seed, jnp.asarray(number, jnp.uint32))
    model, optimiser = _of_type(carry.model, model), _of_type(carry.optimiser, optimiser)
    diverged_at = jnp.where((carry.diverged_at < 0) & ~jnp.isfinite(loss), number, carry.diverged_at)
    return Carry(model, optimiser, diverged_at.astype(jnp.int32), carry.total + loss.astype(jnp.float32))


def _of_type(before: Any, after: Any) -> Any:
    """What comes after in the types of what was before, for a loop's state cannot change its types."""
    return jax.tree.map(lambda old, new: lax.convert_element_type(new, jnp.asarray(old).dtype), before, after)


def _advance(carry: Carry, seed: Any, step: Step, measure: Record, count: Any, table: Any) -> tuple[Carry, Any]:
    """`count` rows of the table: step from `start` to `stop`, and measure there unless `since`, the steps, is -1."""
    step, measure = _own(step), _own(measure)

    def row(index: Any, held: tuple[Carry, Any]) -> tuple[Carry, Any]:
        start, stop, since = table[index]
        carry, out = held
        carry = lax.fori_loop(start, stop, lambda number, carry: after_step(step, seed, number, carry), carry)

        def measured() -> Any:
            values = measured_at(step, measure, seed, stop, carry, since)
            return jax.tree.map(lambda whole, value: whole.at[index].set(value), out, values)

        out = lax.cond(since >= 0, measured, lambda: out)
        return carry._replace(total=jnp.where(since >= 0, 0, carry.total)), out

    shapes = jax.eval_shape(lambda: measured_at(step, measure, seed, table[0, 1], carry, table[0, 2]))
    out = jax.tree.map(lambda shape: jnp.zeros((ROOM, *shape.shape), shape.dtype), shapes)
    return lax.fori_loop(0, count, row, (carry, out))


@eqx.filter_jit
def advance_one(carry, seed, step, measure, count, table):
    return _advance(carry, seed, step, measure, count, table)


@eqx.filter_jit
def advance_block(carry, seed, step, measure, count, table):
    axes = (eqx.if_array(0), 0, _axes(step), _axes(measure), None, None)
    return eqx.filter_vmap(_advance, in_axes=axes)(carry, seed, step, measure, count, table)


def _axes(shared: Any) -> Any:
    """Where the seeds are in what a block shares: at the front of what differs by seed, nowhere else."""
    return jax.tree.map(lambda leaf: eqx.if_array(0) if _is_per_seed(leaf) else None, shared, is_leaf=_is_per_seed)


def _own(shared: Any) -> Any:
    """What a block shares as one seed sees it."""
    return jax.tree.map(lambda leaf: leaf.value if _is_per_seed(leaf) else leaf, shared, is_leaf=_is_per_seed)


def _is_per_seed(leaf: Any) -> bool:
    return isinstance(leaf, PerSeed)


def rows_until(start: int, until: int, since: int, marks: list[int]) -> tuple[Array, Array]:
    """How many rows one call of the program goes through, and the rows: see `_advance`."""
    table, rows = np.zeros((ROOM, 3), np.int32), 0
    for stop in marks:
        table[rows], rows = (start, stop, stop - since), rows + 1
        start = since = stop
    if until > start:
        table[rows], rows = (start, until, -1), rows + 1
    return jnp.int32(rows), jnp.asarray(table)
