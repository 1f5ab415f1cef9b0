"""Batches of the user's own: streams, soft labels, examples that count more or less."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from prenoise.errors import UserError
from prenoise.examples import Batch

TOGETHER = 16
"""Batches that are handed to the device at a time."""


class Batches:
    """An iterable of batches, `steps` of which count as an epoch.

    Each batch is (inputs, labels) or (inputs, labels, weights): labels are whole numbers, or a row with a weight for
    each class, and weights say how much each example counts. All batches have the size of the first, or less. Without
    `steps` an epoch is once through the iterable, whose length must then be known.

    >>> rows = np.eye(4, dtype=np.float32)
    >>> Batches([(rows, [0, 1, 0, 1])] * 3).steps(batch=64)
    3
    """

    def __init__(self, batches: Iterable[Any], steps: int | None = None):
        if steps is None and not hasattr(batches, "__len__"):
            raise UserError("found batches without a length: say how many make an epoch, as in Batches(stream, 1000)")
        self._batches = batches
        self._steps = len(batches) if steps is None else steps  # pyrefly: ignore[bad-argument-type] (has a length)
        if self._steps < 1:
            raise UserError(f"found an epoch of {self._steps} batches: expected 1 or more")
        self._ahead: list[Batch] = []
        self._rest: Iterator[Any] = iter(())
        self._size = 0

    def steps(self, batch: int) -> int:
        """Batches of an epoch; their own size counts, and not `batch`."""
        return self._steps

    def peek(self) -> Batch:
        """The next batch, which stays the next."""
        if not self._ahead and not self._read():
            raise UserError("found no batch: expected at least one (inputs, labels)")
        return self._ahead[0]

    def pieces(self, learn: Callable[..., Any]) -> Callable[[int, int], tuple[Any, int]]:
        """What the loop steps with: `learn(model, optimiser_state, seed, number, batch)` over some of the batches."""
        table: Any = None

        def next_piece(start: int, stop: int) -> tuple[Any, int]:
            nonlocal table
            wanted = min(max(stop - start, 1), TOGETHER)
            while len(self._ahead) < wanted and self._read():
                pass
            if self._ahead:
                table = _table(self._ahead[:wanted])
            if table is None:
                self.peek()
            taken = min(stop - start, len(self._ahead))
            self._ahead = self._ahead[taken:]
            return Partial(_step_from_table, learn, table, jnp.int32(start)), start + taken

        return next_piece

    def _read(self) -> bool:
        """Read one batch ahead; an iterable that can begin anew does so at its end."""
        found = next(self._rest, None)
        if found is None:
            begun = iter(self._batches)
            if begun is self._rest:
                return False
            self._rest = begun
            found = next(begun, None)
        if found is None:
            return False
        batch = _as_batch(found)
        self._size = self._size or len(batch.inputs)
        self._ahead.append(_padded(batch, self._size))
        return True


def _table(batches: list[Batch]) -> Batch:
    """The batches one above the other; the last stands in for those that are missing, which nobody asks for."""
    padded = [*batches, *[batches[-1]] * (TOGETHER - len(batches))]
    return jax.tree.map(lambda *parts: jnp.asarray(np.stack(parts)), *padded)


def _step_from_table(learn, table, first, model, optimiser_state, seed, number):
    row = jnp.clip(number.astype(jnp.int32) - first, 0, TOGETHER - 1)
    return learn(model, optimiser_state, seed, number, jax.tree.map(lambda rows: rows[row], table))


def _as_batch(found: Any) -> Batch:
    if not isinstance(found, (tuple, list)) or len(found) not in (2, 3):
        what = f"{len(found)} things" if isinstance(found, (tuple, list)) else f"a {type(found).__name__}"
        raise UserError(f"a batch is {what}: expected (inputs, labels) or (inputs, labels, weights)")
    inputs, labels = np.asarray(found[0], np.float32), np.asarray(found[1])
    inputs = inputs.reshape(len(inputs), -1)
    labels = labels.astype(np.int32 if labels.ndim == 1 else np.float32)
    weights = np.ones(len(inputs)) if len(found) == 2 else np.asarray(found[2], float)
    if not len(inputs) == len(labels) == len(weights) or weights.ndim != 1 or not weights.sum() > 0:
        shapes = f"{inputs.shape}, {labels.shape} and {weights.shape}"
        raise UserError(f"a batch has inputs, labels and weights of shapes {shapes}: expected one of each per example")
    return Batch(inputs, labels, (weights / weights.sum()).astype(np.float32))  # pyrefly: ignore[bad-argument-type]


def _padded(batch: Batch, size: int) -> Batch:
    missing = size - len(batch.inputs)
    if missing < 0:
        raise UserError(
            f"found a batch of {len(batch.inputs)} after one of {size}: expected none larger than the first"
        )
    return Batch(*(np.pad(part, [(0, missing)] + [(0, 0)] * (part.ndim - 1)) for part in map(np.asarray, batch)))  # pyrefly: ignore[bad-argument-type]
