"""The method: a network trained on noise (the paper's Algorithm 1), and then on data.

>>> import prenoise
>>> digits, _ = prenoise.load("digits")
>>> network = prenoise.Network.random([64, 100, 10], key=0)
>>> network, _ = prenoise.pretrain(network, examples=64_000, key=1)
>>> network, history = prenoise.train(network, digits, epochs=2, key=2)
>>> bool(history.loss[-1] < history.loss[0])
True
"""

from collections.abc import Sequence
from typing import Any, Literal

import equinox as eqx
import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from prenoise import loop
from prenoise.batches import Batches
from prenoise.errors import UserError
from prenoise.examples import Batch, Examples
from prenoise.history import History, checked_record, history_of, raise_if_failed, timetable
from prenoise.keys import KeyLike, as_key, check_key_or_state
from prenoise.learning import learn
from prenoise.loop import Progress, State
from prenoise.losses import Loss, loss_named
from prenoise.network import Network
from prenoise.noise import Noise
from prenoise.optimisers import Optimiser, adam, check_optimiser
from prenoise.paper import PAPER
from prenoise.program import PerSeed, Record
from prenoise.rules import Rule, bp, fa, named
from prenoise.stopping import LOOKS, Aligned, mean_angle


@jax.transfer_guard("allow")  # a user who forbids transfers means those of the user's own code
def pretrain(
    network: Network,
    noise: Noise = Noise(),
    *,
    key: KeyLike | None = None,
    state: State | None = None,
    examples: int = PAPER.noise_examples,
    batch: int = PAPER.batch,
    rule: str | Rule = fa,
    optimiser: Optimiser = adam(),
    loss: str | Loss = "cross-entropy",
    record: Record | None = None,
    at: Sequence[int | float] | np.ndarray | None = None,
    stop: Literal["aligned"] | None = None,
    progress: Progress | None = None,
) -> tuple[Network, History]:
    """Pretrain a network on noise: the paper's Algorithm 1.

    Inputs and labels are drawn anew for every batch, independently of each other.

    - `network`: one network, or a block of networks with a leading axis of seeds (as `jax.vmap` over `Network.random`
      makes it). All networks of a block are trained at once, and each comes out as it would alone, to rounding.
    - `noise`: the distribution of the inputs; a subclass of `Noise` with a `batch` of its own is any other noise.
    - `key`: what all random numbers follow from; for a block an array of keys, one per network.
    - `state`: instead of a key, `history.state` of an earlier call, to go on from there. Parts of whole batches, one
      after the other, equal the whole.
    - `examples`: how many examples of noise this call shows, `batch` of them in a step.
    - `rule`: how errors travel back, by name or as a `Rule`. With "mirror" the feedback learns on the noise too, and
      stays fixed when the network is trained by feedback alignment afterwards: try this first where speed counts.
    - `optimiser`: any of optax that needs the gradients alone. `loss`: "cross-entropy", "mean-squared-error" or a
      function of scores and targets that gives a number per example.
    - `record`: functions of one network, measured at the times `at` (examples of noise seen in all; by default the
      start, the end and nine times between).
    - `stop`: with "aligned" the run ends when the mean angle to the feedback has stopped falling, `examples` is the
      most it may take, and the network comes out as it was when that angle was smallest. Alignment is looked at
      whenever anything is measured, by default a hundred times.
    - `progress`: is told the fraction that is done, several times a second.

    Returns the network and the history of the run. Raises `DivergedError` where no network's loss stayed finite, and
    `Interrupted` on Ctrl-C; both hold what was reached.
    """
    _check_network(network)
    rule = named(rule)
    if not isinstance(noise, Noise):
        raise UserError(
            f"found {_kind(noise)} as noise: expected a prenoise.Noise; the number of examples is examples="
        )
    if examples < 0 or batch < 1:
        raise UserError(f"{examples} examples of noise in batches of {batch}: expected 0 or more, in batches from 1")
    if stop not in (None, "aligned"):
        raise UserError(f"noise pretraining cannot stop when {stop!r}: expected None or 'aligned'")
    if stop and (rule is bp or not network.feedback):
        why = "the rule bp" if network.feedback else "a network without hidden layers"
        raise UserError(f"noise pretraining cannot stop when aligned: with {why} there is no alignment to wait for")
    before = 0 if state is None else int(state.step) * batch
    if before + examples >= 2**32:
        raise UserError(f"found {before + examples:,} examples of noise: expected fewer than 2**32 = {2**32:,}")
    draw = Partial(
        type(noise).batch,
        jax.tree.map(jnp.float32, noise),
        size=batch,
        inputs=network.sizes[0],
        classes=network.sizes[-1],
        examples=jnp.uint32(before + examples),
    )
    learner = _Learner(network, rule, optimiser, loss_named(loss))
    state = learner.state(key, state)
    last = int(state.step) + -(-examples // batch)
    default = np.linspace(before, before + examples, (LOOKS if stop else 10) + 1)
    table = timetable(at, default, steps_per_time=1 / batch, first=int(state.step), last=last)
    ending = Aligned(Partial(mean_angle, rule=rule)) if stop else None
    run = loop.run(
        learner.step_on(draw),
        learner.start,
        state,
        table.stops,
        at=table.times,
        record=checked_record(record),
        ending=ending,
        progress=progress,
    )
    return learner.outcome(run, history_of(run, table, 1 / batch))


@jax.transfer_guard("allow")
def train(
    network: Network,
    examples: Examples | PerSeed | Batches,
    *,
    key: KeyLike | None = None,
    state: State | None = None,
    epochs: int | float = PAPER.epochs,
    batch: int = PAPER.batch,
    rule: str | Rule = fa,
    optimiser: Optimiser = adam(),
    loss: str | Loss = "cross-entropy",
    record: Record | None = None,
    at: Sequence[int | float] | np.ndarray | None = None,
    progress: Progress | None = None,
) -> tuple[Network, History]:
    """Train a network on data, with the same loop as on noise and a fresh optimiser state.

    - `examples`: the training set, of which every epoch shows every example once, in an order of its own, and ends in
      its true, short batch; or `prenoise.Batches` of the user's own, for streams, soft labels and example weights. For
      a block, `PerSeed` of examples with a leading axis of seeds gives every network a training set of its own.
    - `epochs`: how many epochs this call trains, in batches of `batch` examples.
    - `record` is measured at the times `at`, in epochs; by default the start and the end of each.
    - `state`: instead of a key, `history.state` of an earlier call: 5 epochs and then 5 more are 10.

    `network`, `key`, `rule`, `optimiser`, `loss`, `progress` and what is returned and raised are as in `pretrain`.
    """
    _check_network(network)
    rule = named(rule)
    if epochs < 0 or batch < 1:
        raise UserError(f"{epochs} epochs in batches of {batch}: expected 0 or more, in batches from 1")
    one_set = jax.tree.map(lambda leaf: leaf[0], examples.value) if isinstance(examples, PerSeed) else examples
    _check_examples(one_set, network)
    learner = _Learner(network, rule, optimiser, loss_named(loss))
    state = learner.state(key, state)
    per_epoch, first = one_set.steps(batch), int(state.step)
    begun = first / per_epoch
    default = np.unique([begun, *np.arange(np.ceil(begun), begun + epochs), begun + epochs])
    table = timetable(at, default, steps_per_time=per_epoch, first=first, last=first + round(epochs * per_epoch))
    from_data = isinstance(one_set, Examples)
    run = loop.run(
        learner.step_on(Partial(Examples.batch, examples, size=batch)) if from_data else None,
        learner.start,
        state,
        table.stops,
        at=table.times,
        record=checked_record(record),
        progress=progress,
        pieces=None if from_data else one_set.pieces(learner.step),
    )
    return learner.outcome(run, history_of(run, table, per_epoch))


class _Learner:
    """What the loop is told of a network: how it takes a step, and how it begins and comes out."""

    def __init__(self, network: Network, rule: Rule, optimiser: Optimiser, loss: Loss):
        rule.check(network)
        given = network.weights[0].dtype
        self.half = given if jnp.finfo(given).bits < 32 else None
        """The type of a network of half precision, whose small steps are taken in single precision."""
        self.start = network if self.half is None else _as_type(network, jnp.float32)
        self.optimiser = optimiser
        check_optimiser(optimiser, self.start.moving)
        self.step = Partial(_learn, rule, optimiser, loss, self.half)

    def step_on(self, draw: Any) -> Any:
        """A step on the batch that `draw(seed, number)` gives."""
        return Partial(_draw_and_learn, draw, self.step)

    def state(self, key: Any, state: State | None) -> State:
        """Where the run begins: at the beginning, with a key, or where another one ended."""
        check_key_or_state(key, state)
        if state is None:
            key = as_key(key)
            _check_block(self.start, key.shape)
            return loop.begin(self.start, lambda network: self.optimiser.init(network.moving), key)
        _check_block(self.start, state.seed.shape[:-1])
        return state

    def outcome(self, run: loop.Run, history: History) -> tuple[Network, History]:
        """The network in the type it came in, and the history; raises where the run failed."""
        network = run.model if self.half is None else _as_type(run.model, self.half)
        raise_if_failed(run, network, history)
        return network, history


def _learn(rule, optimiser, loss, half, network, optimiser_state, seed, number, batch):
    return learn(network, optimiser_state, batch, rule, optimiser, seed, number, loss, half)


def _draw_and_learn(draw, step, network, optimiser_state, seed, number):
    return step(network, optimiser_state, seed, number, draw(seed, number))


def _as_type(network: Network, dtype: Any) -> Network:
    return jax.tree.map(lambda leaf: leaf.astype(dtype), network)


def _check_network(network: Any) -> None:
    if isinstance(network, Network):
        if any(getattr(type(network), own) is not getattr(Network, own) for own in ("activities", "total", "__call__")):
            raise UserError(
                f"{type(network).__name__} computes its outputs in a way of its own, which the rules do not know: give "
                "Network.random an activation, or use prenoise.adapters.equinox"
            )
        return
    if eqx.is_array_like(network) or isinstance(network, (Examples, Noise, Batches)):
        raise UserError(f"found {_kind(network)} as the first argument: expected a network, then what it learns from")
    raise UserError(
        f"found {_kind(network)} as the network: expected a prenoise.Network; for a model of your own there is warm_up "
        "in prenoise.adapters.equinox, prenoise.adapters.flax and prenoise.adapters.torch"
    )


def _check_block(network: Network, seeds: tuple[int, ...]) -> None:
    """Raise unless there is a key for each network, and a network for each key."""
    found = "one network" if network.seeds is None else f"a block of {network.seeds} networks"
    keys = "one key" if not seeds else f"keys of shape {seeds}"
    if len(seeds) > 1 or (network.seeds or 0) != (seeds[0] if seeds else 0) or network.weights[0].ndim > 3:
        raise UserError(
            f"found {found} and {keys}: expected a key for each network; a block is made by "
            "jax.vmap(lambda key: Network.random(sizes, key=key))(keys)"
        )


def _check_examples(examples: Any, network: Network) -> None:
    if isinstance(examples, Batches):
        batch: Batch = examples.peek()
        inputs, labels = batch.inputs.shape[1], batch.labels
        classes = labels.shape[1] if labels.ndim == 2 else int(np.max(labels)) + 1
    elif isinstance(examples, Examples):
        inputs, labels = examples.raw.shape[1], examples.labels
        classes = 0 if isinstance(labels, jax.core.Tracer) else int(np.max(np.asarray(labels))) + 1
    else:
        raise UserError(
            f"found {_kind(examples)} as the training set: expected prenoise.Examples, as Examples.of(inputs, labels), "
            "or prenoise.Batches"
        )
    if inputs != network.sizes[0]:
        raise UserError(f"the data has {inputs} inputs and the network takes {network.sizes[0]}")
    if classes > network.sizes[-1]:
        raise UserError(f"the data has {classes} classes and the network {network.sizes[-1]}")


def _kind(value: Any) -> str:
    """What something is, for people: with an article."""
    name = type(value).__name__
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"
