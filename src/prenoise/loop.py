"""The loop: takes steps and measures, for one model or a block of seeds, in one compiled program.

It knows neither noise nor data, neither networks nor rules. What a step computes, what is measured and when the run
ends are handed to it. The program is called for a fraction of a second at a time, so that a run can be watched,
interrupted and ended early; how long a run is, and when it measures, does not compile anew.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple, Protocol, runtime_checkable

import equinox as eqx
import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Int32, Key, UInt32

from prenoise.errors import UserError
from prenoise.program import (
    ROOM,
    Carry,
    Record,
    Step,
    advance_block,
    advance_one,
    after_step,
    measured_at,
    rows_until,
)
from prenoise.random_bits import seed_words
from prenoise.sameness import same

Progress = Callable[[float], None]
"""Is told the fraction of a run that is done, several times a second."""

Pieces = Callable[[int, int], tuple[Step, int]]
"""`pieces(start, stop)`: what to step with from `start` on, and how far that goes: to `stop`, or less far."""

LONG = 0.4
"""Seconds that a call may take: short enough for a person who presses Ctrl-C."""


@runtime_checkable
class Ending(Protocol):
    """When a run ends by itself, and which model comes out: that of the smallest value."""

    @property
    def measure(self) -> Callable[[Any], Array]:
        """A number that is to become small, from the model."""
        ...

    def settled(self, at: np.ndarray, values: np.ndarray) -> Any:
        """Whether the values (... x times) measured at these times will not get smaller any more."""
        ...


class State(NamedTuple):
    """What a run needs besides the model to go on as if it had never stopped."""

    optimiser: Any
    """The state of the optimiser."""
    seed: UInt32[Array, "*seeds 2"]
    """What every random number of the run follows from, together with the number of the step."""
    step: int | Array
    """Steps taken so far."""
    diverged_at: Int32[Array, "*seeds"]
    """The first step whose loss was not finite, or -1."""


@dataclass(frozen=True)
class Run:
    """How a run went. Measurements have the axes of the seeds, then that of the times."""

    model: Any
    state: State
    stops: list[int]
    """The steps after which there are measurements."""
    loss: Any
    """Mean loss of the steps since the measurement before; see `run`."""
    record: dict[str, Any]
    ended: np.ndarray
    """Index of the last time each seed was trained to."""
    kept: np.ndarray
    """Index of the time at which each seed's model was as it comes out."""
    interrupted: bool = False


def begin(model: Any, init: Callable[[Any], Any], key: Key[Array, "*seeds"]) -> State:
    """The state before the first step; `init` makes an optimiser's state from the model."""
    if key.ndim == 0:
        return State(init(model), seed_words(key), 0, jnp.int32(-1))
    optimiser = eqx.filter_vmap(init)(model)
    return State(optimiser, jax.vmap(seed_words)(key), 0, jnp.full(key.shape, -1, jnp.int32))


def run(
    step: Step | None,
    model: Any,
    state: State,
    stops: list[int],
    *,
    record: Record,
    at: np.ndarray,
    ending: Ending | None = None,
    progress: Progress | None = None,
    pieces: Pieces | None = None,
) -> Run:
    """Take steps up to the last of `stops`, and measure at each of them.

    `model` is a pytree of arrays; with an axis of seeds on `state.seed` it is a block, and every array of it has that
    axis first. What is in `PerSeed` in `step` and `record` differs by seed. `record` is measured at the stops, which
    `at` names as times for `ending`. `progress` is told how far the run is. `pieces` gives other things to step with
    along the way, in place of `step`.

    The loss at a stop is the mean over the steps since the stop before. Where there were none it is that of the last
    step's batch, and before the first step that of the first batch.

    Under a transformation of the caller's (`jax.jit`, `jax.grad`) the whole run becomes part of the caller's program.
    """
    step, record, ending = same(step), same(dict(record)), same(ending)
    measure = {**record, _ENDING: ending.measure} if ending else record
    if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves((step, model, state, record))):
        return _inside(step, model, state, stops, measure)
    return _outside(step, model, state, stops, measure, at, ending, progress, pieces)


_ENDING = "\0ending"
"""Under which the measurement of an ending is recorded; no name of the caller's."""


def _outside(
    step: Step | None,
    model: Any,
    state: State,
    stops: list[int],
    measure: Record,
    at: np.ndarray,
    ending: Ending | None,
    progress: Progress | None,
    pieces: Pieces | None,
) -> Run:
    """The run as calls of the compiled program, each of a fraction of a second."""
    seeds = state.seed.shape[:-1]
    advance = advance_block if seeds else advance_one
    carry = Carry(model, state.optimiser, state.diverged_at, jnp.zeros(seeds, jnp.float32))
    carry, seed = _spread((carry, state.seed), seeds)
    first = number = since = int(state.step)
    running, ended, best, kept = np.ones(seeds, bool), np.zeros(seeds, int), np.zeros(seeds, int), model
    measured, done, room, most, interrupted = [], 0, 1 if ending else ROOM, 64, False
    try:
        while done < len(stops) and running.any():
            started = time.perf_counter()
            until = min(number + most, stops[-1], *stops[done + room - 1 : done + room])
            if pieces:
                step, until = pieces(number, until)
                if until == number < stops[done]:  # there are no more batches
                    stops = [*stops[:done], *([number] if number > since else [])]
                    continue
            marks = [stop for stop in stops[done : done + room] if stop <= until]
            further, values = advance(carry, seed, step, measure, *rows_until(number, until, since, marks))
            values = jax.tree.map(partial(_times_first, axis=len(seeds), count=len(marks)), values)
            if not running.all():  # what has ended stays as it is
                further = _chosen(running, further, carry)
                values = _chosen(running[None], values, measured[-1]) if marks else values
            carry, number = jax.block_until_ready(further), until
            if marks:
                since, done = marks[-1], done + len(marks)
                measured.append(values)
            if marks and ending:
                ended[running] = done - 1
                numbers = np.concatenate([part[1][_ENDING] for part in measured]).T
                best = np.asarray(numbers.argmin(axis=-1))
                kept = _chosen(best == done - 1, carry.model, kept)
                running &= ~ending.settled(at[:done], numbers)
            if progress:
                progress((number - first) / max(stops[-1] - first, 1))
            took = time.perf_counter() - started
            most = min(2 * most, 2**24) if took < LONG / 2 else max(most // 2, 1) if took > LONG else most
    except KeyboardInterrupt:
        interrupted = True
    count = sum(len(part[0]) for part in measured)
    loss, recorded = jax.tree.map(
        lambda *parts: np.concatenate(parts).swapaxes(0, len(seeds)), *(measured or [(np.zeros((0, *seeds)), {})])
    )
    recorded.pop(_ENDING, None)
    return Run(
        kept if ending and count else carry.model,
        State(carry.optimiser, state.seed, number, _diverged_at(carry, number, len(seeds))),
        stops[:count],
        loss,
        recorded,
        ended if ending else np.full(seeds, count - 1),
        best if ending else np.full(seeds, count - 1),
        interrupted,
    )


def _times_first(values: Any, *, axis: int, count: int) -> np.ndarray:
    """The first `count` measurements, with their axis of times in front."""
    return np.asarray(values).swapaxes(0, axis)[:count]


def _chosen(newer: Any, new: Any, before: Any) -> Any:
    """For each seed what is newer, or what was before; `newer` says which, along the first axes of every array."""

    def choose(new: Any, old: Any) -> Any:
        return jnp.where(newer.reshape(newer.shape + (1,) * (new.ndim - newer.ndim)), new, old)

    return jax.tree.map(choose, new, before)


def _diverged_at(carry: Carry, number: int, axes: int) -> Any:
    """Where no loss has told it, the last step counts if it left weights infinite or not a number."""
    finite = [
        jnp.isfinite(leaf).reshape(*leaf.shape[:axes], -1).all(axis=-1)
        for leaf in jax.tree.leaves(carry.model)
        if jnp.issubdtype(leaf.dtype, jnp.inexact)
    ]
    sound = jnp.stack(finite).all(axis=0) if finite else jnp.ones(carry.diverged_at.shape, bool)
    return jnp.where((carry.diverged_at < 0) & ~sound, number, carry.diverged_at).astype(jnp.int32)


def _spread(tree: Any, seeds: tuple[int, ...]) -> Any:
    """A block divided over as many of the machine's devices as share it evenly, unless it is divided already."""
    devices = jax.devices()
    count = max((n for n in range(1, len(devices) + 1) if seeds and seeds[0] % n == 0), default=1)
    if count == 1 or any(len(leaf.devices()) > 1 for leaf in jax.tree.leaves(tree)):
        return tree
    mesh = jax.sharding.Mesh(np.array(devices[:count]), ("seeds",))
    return jax.device_put(tree, jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("seeds")))


def _inside(step: Any, model: Any, state: State, stops: list[int], measure: Record) -> Run:
    """The run as a part of somebody else's program, its length fixed, so that it can be differentiated."""
    if state.seed.ndim > 1:
        raise UserError("found a block of seeds inside a transformation of JAX: put the transformation inside jax.vmap")
    varying = 0 * state.seed[0]  # under `jax.shard_map` what differs from device to device is of a type of its own
    carry = Carry(model, state.optimiser, state.diverged_at + varying.astype(jnp.int32), varying.astype(jnp.float32))
    spans = np.diff([int(state.step), *stops], prepend=0)[1:]
    begun, parts = int(state.step), []

    def steps(carry: Carry, start: Any, length: int) -> Carry:
        numbers = start + jnp.arange(length, dtype=jnp.int32)
        return lax.scan(lambda carry, number: (after_step(step, state.seed, number, carry), None), carry, numbers)[0]

    for length, group in groupby(spans.tolist()):
        count = len(list(group))

        def span(carry: Carry, start: Any, length: int = length) -> tuple[Carry, Any]:
            carry = steps(carry, start, length)
            values = measured_at(step, measure, state.seed, start + length, carry, jnp.int32(length))
            return carry._replace(total=jnp.zeros_like(carry.total)), values

        starts = begun + length * jnp.arange(count, dtype=jnp.int32)
        carry, values = lax.scan(span, carry, starts)
        parts.append(values)
        begun += length * count
    loss, recorded = jax.tree.map(lambda *parts: jnp.concatenate(parts), *parts)
    last = np.array(len(stops) - 1)
    reached = State(carry.optimiser, state.seed, begun, carry.diverged_at)
    return Run(carry.model, reached, list(stops), loss, recorded, last, last)
