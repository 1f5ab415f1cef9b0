"""The training loop: one compiled program for a whole run, over noise or over data.

>>> import prenoise
>>> digits, _ = prenoise.load("digits")
>>> network = prenoise.Network.random([64, 100, 10], key=0)
>>> network, _ = prenoise.pretrain(network, examples=64_000, key=1)
>>> network, history = prenoise.train(network, digits, epochs=2, key=2)
>>> bool(history.loss[-1] < history.loss[0])
True
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import equinox as eqx
import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.tree_util import Partial
from jaxtyping import Array, Float, Int, Int32, Key, UInt32

from prenoise import stopping
from prenoise.errors import UserError
from prenoise.examples import Batch, Examples
from prenoise.network import Network, as_key
from prenoise.noise import Noise, normals
from prenoise.optimisers import Optimiser, adam
from prenoise.paper import PAPER
from prenoise.random_bits import seed_words
from prenoise.rules import Rule, bp, fa, learn, loss_and_gradients, named

Record = Mapping[str, Callable[[Network], Any]]
"""What to measure along the way: a name and a function of the network for each."""

Progress = Callable[[float], None]
"""Told the fraction of a run that is done."""

_ANGLE = "_angle"
"""What is recorded for the stopping rule alone."""


class DivergedError(ArithmeticError):
    """The loss of a run, or its weights, became infinite or not a number."""


class History(NamedTuple):
    """What a run left behind. Axis 0 of everything is the time of measurement; a block of seeds comes before it."""

    at: np.ndarray
    """Times of measurement: epochs of training, or examples of noise."""
    loss: Float[Array, "*seeds times"]
    """Mean loss of the batches since the previous time; at the first, of the first batch before it is learned from."""
    record: dict[str, Any]
    """What the caller asked for, measured at each time."""
    diverged_at: Int32[Array, "*seeds"]
    """The first step whose loss was not finite, or -1."""
    ended_at: np.ndarray
    """When the run ended: at the last time, or before where practice stopped by itself."""
    kept_at: np.ndarray
    """When the network was as it comes out: at the end, or at its smallest angle where practice stops by itself."""


def pretrain(
    network: Network,
    noise: Noise = Noise(),
    *,
    key: int | Key[Array, "*seeds"],
    examples: int = PAPER.noise_examples,
    batch: int = PAPER.batch,
    rule: str | Rule = fa,
    optimiser: Optimiser = adam(),
    record: Record | None = None,
    at: Sequence[int | float] | np.ndarray | None = None,
    stop: Literal["aligned"] | None = None,
    progress: Progress | None = None,
) -> tuple[Network, History]:
    """Train on noise: the paper's Algorithm 1.

    Inputs and labels are drawn anew for every batch, `examples` of them in all. `record` is measured at the times
    `at` (examples of noise seen; by default the start, the end and nine times between).

    With `stop="aligned"` practice ends when the mean angle to the feedback has stopped falling, `examples` is the most
    it may take, and the network comes out as it was when that angle was smallest. Alignment is looked at whenever
    anything is measured, by default a hundred times.

    With an array of keys, `network` is a block of networks with a leading axis of seeds (as `jax.vmap` over
    `Network.random` makes it), all are trained at once, and each comes out as it would alone, to rounding.
    """
    if examples < 0 or batch < 1:
        raise UserError(f"{examples} examples of noise in batches of {batch}: expected 0 or more, in batches from 1")
    if stop not in (None, "aligned"):
        raise UserError(f"practice cannot stop when {stop!r}: expected None or 'aligned'")
    if stop and (named(rule) is bp or not network.feedback):
        why = "the rule bp" if network.feedback else "a network without hidden layers"
        raise UserError(f"practice cannot stop when aligned: with {why} there is no alignment to wait for")
    draw = Partial(
        Noise.batch,
        jax.tree.map(jnp.float32, noise),
        size=batch,
        inputs=network.sizes[0],
        classes=network.sizes[-1],
        examples=jnp.uint32(examples),
    )
    looks = stopping.LOOKS if stop else 10
    times = np.linspace(0, examples, looks + 1) if at is None else np.asarray(at, float)
    steps = -(-examples // batch)
    return _run(network, draw, times, 1 / batch, steps, key, rule, optimiser, record, progress, stop is not None)


def train(
    network: Network,
    examples: Examples,
    *,
    key: int | Key[Array, "*seeds"],
    epochs: int | float = PAPER.epochs,
    batch: int = PAPER.batch,
    rule: str | Rule = fa,
    optimiser: Optimiser = adam(),
    record: Record | None = None,
    at: Sequence[int | float] | np.ndarray | None = None,
    progress: Progress | None = None,
) -> tuple[Network, History]:
    """Train on data, with the same loop as on noise and a fresh optimiser state.

    Every epoch shows every example once, in an order of its own, and ends in its true short batch. `record` is measured
    at the times `at` (epochs; by default the start and the end of each). Keys and blocks are as in `pretrain`.
    """
    if epochs < 0 or batch < 1:
        raise UserError(f"{epochs} epochs in batches of {batch}: expected 0 or more, in batches from 1")
    if examples.raw.shape[1] != network.sizes[0]:
        raise UserError(f"the data has {examples.raw.shape[1]} inputs and the network takes {network.sizes[0]}")
    if not isinstance(examples.labels, jax.core.Tracer) and examples.labels.max() >= network.sizes[-1]:
        raise UserError(f"the data has a label {examples.labels.max()} and the network {network.sizes[-1]} classes")
    draw = Partial(Examples.batch, examples, size=batch)
    times = np.unique([*np.arange(0, epochs), epochs]) if at is None else np.asarray(at, float)
    steps_an_epoch = examples.steps(batch)
    total = round(epochs * steps_an_epoch)
    return _run(network, draw, times, steps_an_epoch, total, key, rule, optimiser, record, progress)


class _State(NamedTuple):
    """All that one step hands to the next."""

    network: Network
    optimiser: Any
    diverged_at: Int32[Array, ""]


def _begin(network: Network, optimiser: Optimiser) -> _State:
    return _State(network, optimiser.init(network.moving), jnp.int32(-1))


def _advance(
    state: _State,
    seed: UInt32[Array, "2"],
    spans: Int[Array, "times 2"],
    draw: Callable[..., Batch],
    rule: Rule,
    optimiser: Optimiser,
    record: Record,
) -> tuple[_State, tuple[Float[Array, " times"], dict[str, Any]]]:
    """Learn the steps of each span (from, to), one span after the other, and measure at the end of each.

    The loss of a span is the mean over its batches; of an empty span, that of the batch before it, and at the very
    start that of the first batch, before it is learned from.
    """

    def take_step(step, carry: tuple[_State, Float[Array, ""]]):
        (network, optimiser_state, diverged_at), total = carry
        number = step.astype(jnp.uint32)
        network, optimiser_state, loss = learn(
            network, optimiser_state, draw(seed, number), rule, optimiser, Partial(normals, seed, number)
        )
        diverged_at = jnp.where((diverged_at < 0) & ~jnp.isfinite(loss), step, diverged_at)
        return _State(network, optimiser_state, diverged_at), total + loss

    def advance_and_measure(state: _State, span: Int[Array, "2"]):
        start, stop = span
        state, total = lax.fori_loop(start, stop, take_step, (state, jnp.float32(0)))
        loss = lax.cond(
            stop > start,
            lambda: total / (stop - start),
            lambda: loss_and_gradients(state.network, draw(seed, jnp.maximum(stop - 1, 0).astype(jnp.uint32)), rule)[0],
        )
        return state, (loss, {name: measure(state.network) for name, measure in record.items()})

    return lax.scan(advance_and_measure, state, spans)


@eqx.filter_jit
def _advance_one(*arguments):
    return _advance(*arguments)


@eqx.filter_jit
def _advance_block(*arguments):
    a_seed_each, shared = eqx.if_array(0), None
    return eqx.filter_vmap(_advance, in_axes=(a_seed_each, 0, *[shared] * 5))(*arguments)


def _run(
    network: Network,
    draw: Callable[..., Batch],
    times: np.ndarray,
    steps_per_time: int | float,
    total_steps: int,
    key: int | Array,
    rule: str | Rule,
    optimiser: Optimiser,
    record: Record | None,
    progress: Progress | None,
    stop_when_aligned: bool = False,
) -> tuple[Network, History]:
    """The loop of both phases. It is one program, called once, or once a time of measurement where somebody listens."""
    rule, record, key = named(rule), dict(record or {}), as_key(key)
    rule.check(network)
    if stop_when_aligned:
        record[_ANGLE] = Partial(stopping.mean_angle, rule=rule)
    steps = np.round(times * steps_per_time, 6)
    end = total_steps / steps_per_time
    if len(steps) == 0 or (np.diff(steps) < 0).any() or steps[0] < 0 or steps[-1] >= total_steps + 1:
        raise UserError(f"times of measurement {times.tolist()}: expected them to rise from 0 to {end:g} at most")
    stops = np.minimum(np.ceil(steps).astype(np.int32), total_steps)
    if stops[-1] < total_steps:
        times, stops = np.append(times, end), np.append(stops, total_steps)
    spans = np.stack([np.concatenate([[0], stops[:-1]]), stops], axis=1).astype(np.int32)

    if key.ndim == 0:
        begin, advance, seed = _begin, _advance_one, seed_words(key)
    else:
        begin = eqx.filter_vmap(_begin, in_axes=(eqx.if_array(0), None))
        advance, seed = _advance_block, jax.vmap(seed_words)(key)
    state = begin(network, optimiser)
    kept, measured, running = state, [], np.ones(key.shape, bool)
    looks, best = np.zeros(key.shape, int), np.zeros(key.shape, int)
    for piece in np.split(spans, len(spans)) if progress or stop_when_aligned else [spans]:
        further = advance(state, seed, jnp.asarray(piece), draw, rule, optimiser, record)
        state, part = further if running.all() else _chosen(running, further, (state, measured[-1]))
        measured.append(part)
        if progress:
            jax.block_until_ready(state)
            progress(float(piece[-1, 1] / max(total_steps, 1)))
        if stop_when_aligned:
            looks += running
            angles = np.concatenate([part[1][_ANGLE] for part in measured], axis=-1)
            best = angles.argmin(axis=-1)
            kept = _chosen(best == len(measured) - 1, state, kept)
            running &= ~stopping.settled(times[: len(measured)], angles)
            if not running.any():
                break
    loss, recorded = jax.tree.map(lambda *parts: jnp.concatenate(parts, axis=key.ndim), *measured)
    recorded.pop(_ANGLE, None)
    times = times[: loss.shape[-1]]
    if stop_when_aligned:
        network, ended_at, kept_at = kept.network, times[looks - 1], times[best]
    else:
        network = state.network
        ended_at = kept_at = np.full(key.shape, times[-1])
    history = History(times, loss, recorded, state.diverged_at, ended_at, kept_at)
    _check(state.network, history)
    return network, history


def _chosen(newer: np.ndarray | np.bool_, new: Any, before: Any) -> Any:
    """Seed by seed what is newer, or what was before."""

    def choose(new: Array, old: Array) -> Array:
        return jnp.where(newer.reshape(newer.shape + (1,) * (new.ndim - newer.ndim)), new, old)

    return jax.tree.map(choose, new, before)


def _check(network: Network, history: History) -> None:
    """Raise if any run diverged. Inside a transformation of the caller's there are no values yet to look at."""
    if isinstance(history.diverged_at, jax.core.Tracer):
        return
    steps = np.asarray(history.diverged_at)
    if (steps >= 0).any():
        first = steps[steps >= 0].min()
        raise DivergedError(f"the loss became infinite or not a number at step {first}: try a smaller learning rate")
    if not all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(network)):
        raise DivergedError("the last step made weights infinite or not a number: try a smaller learning rate")
