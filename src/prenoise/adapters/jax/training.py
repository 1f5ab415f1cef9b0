"""A user's model of a JAX framework, trained as the user would, from a start of a kind that is to be compared."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Key

from prenoise.adapters.batches import as_array, inputs_and_labels
from prenoise.adapters.jax.feedback import feedback_align
from prenoise.adapters.jax.framework import Apply, Layer, Parts, answered, framework_of, scores_of
from prenoise.adapters.jax.learning import as_types, learn
from prenoise.adapters.jax.measuring import calibration, ood_auroc
from prenoise.adapters.jax.noise import key_of
from prenoise.adapters.jax.warming import warm_up
from prenoise.adapters.measured import Calibration
from prenoise.adapters.starts import NOISE, ZERO
from prenoise.adapters.warmup import Progress
from prenoise.errors import UserError
from prenoise.examples import Batch, even_weights
from prenoise.losses import Loss, loss_named
from prenoise.measures import area_under_curve
from prenoise.optimisers import Optimiser, adam, check_optimiser
from prenoise.random_bits import seed_words
from prenoise.rules import Rule

Loader = Iterable[Any] | Callable[[Key[Array, ""]], Iterable[Any]]
"""The batches of every epoch, or what makes those of one epoch, in an order that a key decides."""


@dataclass(frozen=True)
class Course:
    """A model, the data, and how it is trained on them: all that is the same for every start."""

    make_model: Callable[..., Any]
    train_loader: Loader
    test_loader: Iterable[Any]
    foreign_loader: Iterable[Any] | None = None
    epochs: int = 1
    optimiser: Optimiser = adam(1e-3)
    loss: str | Loss = "cross-entropy"
    apply: Apply | None = None
    trainable: Any = None
    rule: Any = None
    readout: str | None = None
    noise: Mapping[str, Any] = field(default_factory=dict)
    looks: int = 10

    def run(self, seed: int, start: str, progress: Progress | None = None) -> dict[str, float]:
        """Train from that `start`, and say how it went. `seed` decides initial weights, feedback, noise and order.

        The numbers are those of a course in PyTorch.
        """
        own, feedback, noise, order = jax.random.split(jax.random.key(seed), 4)
        model = made(self.make_model, own)
        if self.rule is not None:
            model, _ = feedback_align(model, self.rule, key=feedback)
        if start == ZERO:
            example = inputs_and_labels(next(iter(self.test_loader)), "loader")[0]
            model = zero_readout(model, example, apply=self.apply, name=self.readout)[0]
        elif start == NOISE:
            options: dict[str, Any] = {"key": noise, "apply": self.apply, "trainable": self.trainable, **self.noise}
            model, _ = warm_up(model, **options)
        at, judged, model = self._trained(model, order, progress)
        curve = np.array([each.accuracy for each in judged])
        numbers = {
            "accuracy": judged[-1].accuracy,
            "speed": float(area_under_curve(curve, np.array(at))),
            "calibration_error": judged[-1].expected_calibration_error,
            "log_loss": judged[-1].log_loss,
        }
        if self.foreign_loader is not None:
            numbers["foreign"] = float(ood_auroc(model, self.test_loader, self.foreign_loader, apply=self.apply))
        return numbers

    def _trained(
        self, model: Any, order: Key[Array, ""], progress: Progress | None
    ) -> tuple[list[int], list[Calibration], Any]:
        """The steps at which one looks, what is seen at each, and the model at the end."""
        framework = framework_of(model)
        moving, feedback, fixed, form = framework.split(framework.mode(model, True), self.trainable)
        types = jax.tree.map(lambda leaf: np.dtype(leaf.dtype), moving)
        moving = jax.tree.map(lambda leaf: leaf.astype(jnp.promote_types(leaf.dtype, jnp.float32)), moving)
        check_optimiser(self.optimiser, moving)
        how = (framework, form, self.trainable, types, self.apply or framework.apply, loss_named(self.loss))
        arrays, state, seed = (moving, feedback, fixed), self.optimiser.init(moving), seed_words(order)
        total = self.epochs * sum(1 for _ in self._epoch(order, 0))
        due = sorted({round(total * look / self.looks) for look in range(self.looks + 1)})
        judged, step = [self._judged(model)], 0
        for epoch in range(self.epochs):
            for batch in map(_as_batch, self._epoch(order, epoch)):
                arrays, state = _stepped(*how, self.optimiser, batch, arrays, state, seed, jnp.uint32(step))
                step += 1
                if step in due:
                    moving, feedback, fixed = arrays
                    model = framework.whole(Parts(as_types(moving, types), feedback, fixed, form))
                    judged.append(self._judged(model))
                    if progress:
                        progress(step / total)
        if not step or step != total:
            raise UserError(
                f"the loader gave {step} batches in {self.epochs} epochs: expected as many in each, and some; a "
                "generator ends for good, so give a list, or a function of a key that makes the batches of an epoch"
            )
        return due, judged, model

    def _epoch(self, order: Key[Array, ""], number: int) -> Iterable[Any]:
        loader = self.train_loader
        return loader(jax.random.fold_in(order, number)) if callable(loader) else loader

    def _judged(self, model: Any) -> Calibration:
        return calibration(model, self.test_loader, apply=self.apply)


def made(make_model: Callable[..., Any], key: Key[Array, ""]) -> Any:
    """The model that `make_model` makes from a `key`: the argument of that name, or else the first."""
    return make_model(key=key) if "key" in signature(make_model).parameters else make_model(key)


def zero_readout(model: Any, example: Any, *, apply: Apply | None = None, name: str | None = None) -> tuple[Any, str]:
    """The `model` with a read-out of zeros, so that it has no opinion of any class, and the name of that layer.

    It is the layer called `name`, or the last that is called for the inputs `example`, by `apply` (see `warm_up`).
    Raises if the scores are not all the same afterwards.
    """
    framework, inputs = framework_of(model), jax.tree.map(jnp.asarray, example)
    layers = framework.layers(model)
    if name is not None and name not in layers:
        raise UserError(f"there is no layer {name!r} with weights: expected one of {', '.join(layers)}")
    name = name or _last_called(model, inputs, apply)
    if name:
        lost = framework.with_layers(model, {name: layers[name]._replace(weight=layers[name].weight * jnp.nan)})
        leaves = jax.tree_util.tree_leaves_with_path(framework.split(lost, None).moving)
        places = {path[:-1] for path, leaf in leaves if jnp.isnan(leaf).any()}  # where its biases are, too
        parts = framework.split(model, None)
        moving = jax.tree_util.tree_map_with_path(
            lambda path, leaf: jnp.zeros_like(leaf) if path[:-1] in places else leaf, parts.moving
        )
        model = framework.whole(parts._replace(moving=moving))
    scores = _scores(model, inputs, apply)(framework.split(model, None).moving)
    if not name or float(scores.max() - scores.min()) > 0:
        raise UserError(
            f"with {name or 'no layer'} at zero the model still has opinions: name its read-out with `readout`"
        )
    return model, name


def _last_called(model: Any, inputs: Any, apply: Apply | None) -> str:
    """The name of the layer that a model calls last; empty if it calls none."""
    called: list[str] = []

    def noted(name: str, layer: Layer) -> Layer:
        rule = Rule(name, lambda weights, feedback: [weights, called.append(name)][0], "", "")
        return layer._replace(rule=rule, feedback=layer.weight, unit=jnp.ones(layer.stack))

    framework = framework_of(model)
    noting = framework.with_layers(model, {name: noted(name, layer) for name, layer in framework.layers(model).items()})
    jax.eval_shape(_scores(noting, inputs, apply), framework.split(noting, None).moving)
    return called[-1] if called else ""


def _scores(model: Any, inputs: Any, apply: Apply | None) -> Callable[[Any], Any]:
    """The scores of a model in use, of its moving parts."""
    framework = framework_of(model)
    parts = framework.split(framework.mode(model, False), None)
    return lambda moving: scores_of(
        apply or framework.apply, framework.whole(parts._replace(moving=moving)), inputs, jax.random.key(0)
    )


@eqx.filter_jit
def _stepped(framework, form, trainable, types, apply, loss, optimiser, batch, arrays, state, seed, number):
    """A step of `learn`, and what the model itself keeps of the batch, such as running statistics."""
    moving, feedback, fixed = arrays
    seen = framework.whole(Parts(as_types(moving, types), feedback, fixed, form))
    (moving, feedback, _), state, _ = learn(
        framework, form, trainable, types, apply, loss, optimiser, lambda *_: batch, arrays, state, seed, number
    )
    seen = answered(apply, seen, batch.inputs, key_of(seed, number, 1))[1]
    return (moving, feedback, framework.split(seen, trainable).fixed), state


def _as_batch(found: Any) -> Batch:
    inputs, labels = inputs_and_labels(found, "loader")
    labels = jnp.asarray(as_array(labels))
    return Batch(jax.tree.map(jnp.asarray, inputs), labels, even_weights(jnp.ones(len(labels), bool)))
