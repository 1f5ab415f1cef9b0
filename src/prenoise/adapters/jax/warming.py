"""Noise pretraining of a user's model: the paper's Algorithm 1 by the library's own loop."""

from collections.abc import Sequence
from typing import Any, Literal, TypeVar

import equinox as eqx
import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial
from jaxtyping import Array, Float

from prenoise import loop
from prenoise.adapters.batches import as_array
from prenoise.adapters.jax.framework import Apply, Framework, Parts, framework_of, scores_of
from prenoise.adapters.jax.learning import as_types, learn
from prenoise.adapters.jax.measuring import mean_angle
from prenoise.adapters.jax.noise import Sampler, drawing, key_of
from prenoise.adapters.warmup import check_options, check_scores
from prenoise.errors import DivergedError, UserError
from prenoise.history import History, checked_record, history_of, raise_if_failed, timetable
from prenoise.keys import KeyLike, as_key, check_key_or_state
from prenoise.loop import Progress, State
from prenoise.losses import Loss, loss_named, shares
from prenoise.network import Network
from prenoise.noise import Noise
from prenoise.optimisers import Optimiser, adam, check_optimiser
from prenoise.paper import PAPER
from prenoise.program import Record
from prenoise.stopping import LOOKS, Aligned

Model = TypeVar("Model")


def warm_up(
    model: Model,
    input_shape: Sequence[int] | None = None,
    classes: int | None = None,
    *,
    noise: Noise | Sampler = Noise(),
    key: KeyLike | None = None,
    state: State | None = None,
    examples: int = PAPER.noise_examples,
    batch: int = PAPER.batch,
    optimiser: Optimiser = adam(),
    loss: str | Loss = "cross-entropy",
    uniform_labels: float | int = 0.0,
    record: Record | None = None,
    at: Sequence[int | float] | np.ndarray | None = None,
    stop: Literal["aligned"] | None = None,
    progress: Progress | None = None,
    apply: Apply | None = None,
    trainable: Any = None,
) -> tuple[Model, History]:
    """The `model` pretrained on noise before it sees data, and the history of the run.

    Errors go back as the model sends them: through feedback if it is aligned, else by backpropagation.

    - `model`: one model, or a block of them: every array with a leading axis of seeds, as `eqx.filter_vmap` or
      `nnx.vmap` over what makes the model gives it.
    - `input_shape` (without the batch) and `classes`: inputs are drawn from `noise` and labels uniformly, fresh for
      every batch. `noise` may be a function of your own, `(key, size) -> (inputs, labels)`; then neither is needed.
    - `key`: what all random numbers follow from; for a block an array of keys, one per model. Or, to go on from an
      earlier call, its `history.state` as `state`: parts of whole batches, one after the other, equal the whole.
    - `examples`: how many are drawn in this call, `batch` of them in a step.
    - `optimiser`: any of optax that needs the gradients alone. Its numbers, and the weights it moves, are kept in
      single precision where the model has half of it.
    - `loss`: "cross-entropy", "mean-squared-error" or a function of scores and labels that gives a number per example.
      `uniform_labels`: the share of every label that is spread over all classes evenly.
    - `record`: functions of one model, measured at the times `at` (examples of noise seen in all; by default the start,
      the end and nine times between). `stop`: with "aligned" the run ends when the mean angle to the feedback has
      stopped falling, and the model comes out as it was when that was smallest.
    - `progress`: is told the fraction that is done, several times a second.
    - `apply(model, inputs, key)`: gives the scores of a batch; by default an Equinox model is called under `jax.vmap`,
      with a key for each example if it takes one, and one of Flax on the whole batch. Write your own for a model that
      takes more than an input, such as a state, and hand that in.
    - `trainable`: what moves: a filter as of `eqx.partition`, or of `nnx.split`. By default all weights, but no
      feedback.

    The model learns in its training mode; in the result all that did not move, its mode and the statistics of batch
    norm included, is as it was. Raises `DivergedError` where no model's loss stayed finite, and `Interrupted` on
    Ctrl-C; both hold what was reached. Works under transformations such as `eqx.filter_jit` and `eqx.filter_vmap`.
    """
    if isinstance(model, Network):
        raise UserError("found a prenoise.Network: expected a model of your own; networks have prenoise.pretrain")
    check_options(examples, batch, uniform_labels)
    if uniform_labels and not isinstance(loss, str):
        raise UserError("uniform labels belong to a loss of the library: expected either its name or no uniform_labels")
    check_key_or_state(key, state)
    before = 0 if state is None else int(state.step) * batch
    if before + examples >= 2**32:
        raise UserError(f"found {before + examples:,} examples of noise: expected fewer than 2**32 = {2**32:,}")
    framework = framework_of(model)
    parts = framework.split(model, trainable)
    if not jax.tree.leaves(parts.moving):
        raise UserError("nothing in the model is trainable: there is nothing to warm up")
    types = jax.tree.map(lambda leaf: np.dtype(leaf.dtype), parts.moving)
    moving = jax.tree.map(lambda leaf: leaf.astype(jnp.promote_types(leaf.dtype, jnp.float32)), parts.moving)
    start = (moving, parts.feedback, parts.fixed)
    check_optimiser(optimiser, moving)
    if state is None:
        typed = as_key(key)  # pyrefly: ignore[bad-argument-type] (there is a key or a state)
        _check_block(start, typed.shape)
        state = loop.begin(start, lambda start: optimiser.init(start[0]), typed)
    _check_block(start, state.seed.shape[:-1])

    apply = apply or framework.apply
    draw = drawing(noise, input_shape, classes, int(batch), before + examples)
    learning = parts._replace(form=framework.split(framework.mode(model, True), trainable).form)
    shape = _shape_of_scores(framework, learning, apply, draw, state.seed)
    check_labels = Partial(_check_labels, shape, classes, draw) if isinstance(loss, str) else lambda seed, number: None
    check_labels(_first(state.seed, state.seed.ndim - 1), 0)
    loss_of = Partial(_of_classes, loss_named(loss), uniform_labels) if isinstance(loss, str) else loss
    step = Partial(learn, framework, learning.form, trainable, types, apply, loss_of, optimiser, draw)

    def of_model(function: Any) -> Any:
        return Partial(_of_model, framework, parts.form, types, function)

    last = int(state.step) + -(-examples // batch)
    default = np.linspace(before, before + examples, (LOOKS if stop else 10) + 1)
    table = timetable(at, default, steps_per_time=1 / batch, first=int(state.step), last=last)
    run = loop.run(
        step,
        start,
        state,
        table.stops,
        at=table.times,
        record={name: of_model(function) for name, function in checked_record(record).items()},
        ending=Aligned(of_model(mean_angle)) if _stops(stop, framework.layers(model)) else None,
        progress=progress,
    )
    moving, feedback, _ = run.model
    result = framework.whole(Parts(as_types(moving, types), feedback, parts.fixed, parts.form))
    history = history_of(run, table, 1 / batch)
    try:
        raise_if_failed(run, result, history)
    except DivergedError:  # a sampler may have given labels that there are not
        at_step = np.asarray(history.diverged_at)
        check_labels(state.seed[np.unravel_index(at_step.argmin(), at_step.shape)], at_step.min())
        raise
    return result, history


def _of_model(framework: Framework, form: Any, types: Any, function: Any, arrays: Any) -> Any:
    """A function of the user's model, of the arrays that the loop knows."""
    moving, feedback, fixed = arrays
    return function(framework.whole(Parts(as_types(moving, types), feedback, fixed, form)))


def _of_classes(loss: Loss, uniform: float | int, scores: Float[Array, "rows classes"], labels: Any) -> Any:
    """A loss of the library, with a share of every label spread over all classes; not a number where there is no class.

    JAX itself would take a label that is too large for none, in silence.
    """
    targets = shares(labels, scores.shape[-1], scores.dtype)
    each = loss(scores, (1 - uniform) * targets + uniform / scores.shape[-1])
    return jnp.where((labels < 0) | (labels >= scores.shape[-1]), jnp.nan, each) if labels.ndim == 1 else each


def _stops(stop: Any, layers: dict[str, Any]) -> bool:
    if stop not in (None, "aligned"):
        raise UserError(f"noise pretraining cannot stop when {stop!r}: expected None or 'aligned'")
    if stop and not any(layer.feedback is not None and layer.rule != "bp" for layer in layers.values()):
        raise UserError(
            "noise pretraining cannot stop when aligned: the model has no feedback; call feedback_align first"
        )
    return bool(stop)


def _check_block(arrays: Any, seeds: tuple[int, ...]) -> None:
    """Raise unless every array has an axis for the seeds, if there are several."""
    if len(seeds) > 1 or any(jnp.shape(leaf)[: len(seeds)] != seeds for leaf in jax.tree.leaves(arrays)):
        other = next((jnp.shape(leaf) for leaf in jax.tree.leaves(arrays) if jnp.shape(leaf)[:1] != seeds), ())
        raise UserError(
            f"found keys of shape {seeds} and a model with an array of shape {other}: expected a block, every array of "
            "which has an axis of seeds in front, as eqx.filter_vmap or nnx.vmap over what makes the model gives it"
        )


def _shape_of_scores(framework: Framework, parts: Parts, apply: Apply, draw: Any, seed: Any) -> tuple[int, ...]:
    """The shape of the scores of one model on the first batch."""
    moving, feedback, fixed, form = _first(parts, seed.ndim - 1)
    arrays = (moving, feedback, fixed)
    seed, number = _first(seed, seed.ndim - 1), jnp.uint32(0)
    inputs = jax.eval_shape(draw, seed, number).inputs

    def scores(arrays: Any, inputs: Any, seed: Any) -> Any:
        return scores_of(apply, framework.whole(Parts(*arrays, form=form)), inputs, key_of(seed, number, 1))

    return jax.eval_shape(scores, arrays, inputs, seed).shape


def _check_labels(shape: tuple[int, ...], classes: int | None, draw: Any, seed: Any, number: Any) -> None:
    """Raise if the batch of a step does not fit the scores of a classifier."""
    labels = draw(seed, jnp.uint32(number)).labels
    if isinstance(labels, jax.core.Tracer) or (labels.shape == shape and labels.dtype.kind == "f"):
        return
    check_scores(shape, -1, classes, as_array(labels))


def _first(tree: Any, axes: int) -> Any:
    """That of the first seed, if there is an axis of seeds."""
    return jax.tree.map(lambda leaf: leaf[0] if axes and eqx.is_array(leaf) else leaf, tree)
