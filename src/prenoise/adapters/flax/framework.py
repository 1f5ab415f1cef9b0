"""Models of Flax NNX: how they come apart, and what their layers are."""

import math
import types
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jax.tree_util import Partial
from jaxtyping import Array

from prenoise.adapters.carriers import COMPLEX
from prenoise.adapters.jax.carried import called
from prenoise.adapters.jax.framework import Framework, Layer, Parts, carrier, framework_of
from prenoise.rules import Rule, named

KINDS = (nnx.Linear, nnx.LinearGeneral, nnx.Conv, nnx.ConvTranspose)
"""The layers that can be aligned. All are linear in their input, which is all that is asked of them."""

WHY_NOT = {nnx.Embed: "an embedding looks its rows up and sends no error back"}


class Feedback(nnx.Variable):
    """What a layer sends its error back through. It is no `nnx.Param`: optimisers neither move it nor let it decay."""


class FeedbackLayer(nnx.Module):  # one, or a layer could not change its class to it
    """What is mixed into a layer's own class."""

    feedback: Feedback
    feedback_unit: Feedback
    feedback_rule: str | Rule

    def __call__(self, inputs: Array, **options: Any) -> Array:
        form, weights, rest = nnx.split(_without_feedback(nnx.clone(self)), nnx.Param, ...)
        layer: Any = _as_layer(self)
        weights = nnx.to_pure_dict(weights)
        back = carrier(self.feedback_rule, layer.weight, layer.feedback, layer.unit)
        function = Partial(_called, form, nnx.to_pure_dict(rest), options)
        return called(named(self.feedback_rule), function, weights, weights | {"kernel": _kernel(self, back)}, inputs)


def _called(form: Any, rest: Any, options: Any, weights: Any, inputs: Any) -> Any:
    return nnx.merge(form, weights, rest)(inputs, **options)


def split(model: Any, trainable: Any) -> Parts:
    """The parts of a model, of which `trainable`, a filter of `nnx.split`, moves: by default every `nnx.Param`."""
    form, *parts = nnx.split(model, Feedback, nnx.Param if trainable is None else trainable, ...)
    feedback, moving, fixed = map(nnx.to_pure_dict, parts)
    return Parts(moving, feedback, fixed, form)


def whole(parts: Parts) -> Any:
    """The model that these are the parts of."""
    return nnx.merge(parts.form, parts.moving, parts.feedback, parts.fixed)


def layers(model: Any) -> dict[str, Layer]:
    """Every layer that is aligned or could be, by its path."""
    found = {_name(path): module for path, module in nnx.iter_modules(model) if _is_layer(module)}
    return {name: _as_layer(module) for name, module in sorted(found.items())}


def with_layers(model: Any, changed: dict[str, Layer]) -> Any:
    """A copy of the model with these layers changed."""
    model = nnx.clone(model)
    for path, module in list(nnx.iter_modules(model)):
        layer = changed.get(_name(path))
        if layer is not None:
            _change(module, layer)
    return model


def _change(module: Any, layer: Layer) -> None:
    """Make a layer of the model what `layer` says."""
    module.kernel[...] = _kernel(module, layer.weight)
    if layer.feedback is None:
        _without_feedback(module)
        return
    if not isinstance(module, FeedbackLayer):
        object.__setattr__(module, "__class__", with_feedback(type(module)))
    module.feedback = Feedback(_kernel(module, layer.feedback))
    module.feedback_unit = Feedback(jnp.asarray(layer.unit))
    module.feedback_rule = layer.rule


def refused(model: Any) -> dict[str, str]:
    """Every weight matrix that belongs to no layer that can be aligned, and why."""
    found = {}
    for path, module in nnx.iter_modules(model):
        for name, value in vars(module).items():
            matrix = isinstance(value, nnx.Param) and value.ndim > 1 and name != "bias"
            if matrix and not (name == "kernel" and _is_layer(module)):
                why = next((why for kind, why in WHY_NOT.items() if isinstance(module, kind)), None)
                complex_numbers = isinstance(module, KINDS) and jnp.iscomplexobj(value)
                own = f"{type(module).__name__} uses it in code of its own"
                found[f"{_name(path)}.{name}".lstrip(".")] = COMPLEX if complex_numbers else why or own
    return found


def mode(model: Any, training: bool) -> Any:
    """A copy of the model as it trains, or as it is used."""
    model = nnx.clone(model)
    model.train() if training else model.eval()
    return model


def on_the_batch(model: Any, inputs: Any, key: Any) -> Any:
    """The model on a batch, with random numbers of its own that follow from the key."""
    streams = nnx.state(model, nnx.RngKey)
    nnx.update(model, jax.tree.map(lambda stream: jax.random.fold_in(stream, jax.random.bits(key)), streams))
    scores = model(inputs)
    nnx.pop(model, nnx.Intermediate)  # what it sowed would make it another kind of model
    return scores


NNX = Framework(split, whole, layers, with_layers, refused, mode, on_the_batch)
framework_of.register(nnx.Module, lambda model: NNX)


@cache
def with_feedback(plain: type) -> type:
    """The class that differs from `plain` in how it sends its error back."""
    name = f"Feedback{plain.__name__}"
    return types.new_class(name, (FeedbackLayer, plain), exec_body=lambda body: body.update(__module__=__name__))


def _without_feedback(module: Any) -> Any:
    """The layer that it was, in place."""
    if isinstance(module, FeedbackLayer):
        del module.feedback, module.feedback_unit, module.feedback_rule
        object.__setattr__(module, "__class__", type(module).__bases__[1])
    return module


def _is_layer(module: Any) -> bool:
    """Whether this is aligned, or computes as one of the kinds does, with a matrix of real weights."""
    computing = next((kind for kind in type(module).__mro__ if "__call__" in vars(kind)), None)
    if computing not in (*KINDS, FeedbackLayer) or jnp.iscomplexobj(module.kernel[...]):
        return False
    return not (isinstance(module, nnx.LinearGeneral) and module.batch_axis)


def _as_layer(module: Any) -> Layer:
    rows, axes = _rows(module, module.kernel[...]), len(getattr(module, "kernel_size", ())) + 2
    groups = getattr(module, "feature_group_count", 1)
    if isinstance(module, FeedbackLayer):
        feedback = _rows(module, module.feedback[...])
        return Layer(rows, axes, groups, feedback, module.feedback_unit[...], module.feedback_rule)
    return Layer(rows, axes, groups)


def _rows(module: Any, kernel: Array) -> Array:
    """A kernel as outputs x inputs x its own axes, behind those of a stack of layers."""
    if isinstance(module, nnx.LinearGeneral):
        inputs, outputs = math.prod(module.in_features), math.prod(module.out_features)
        stack = kernel.shape[: kernel.ndim - len(module.in_features) - len(module.out_features)]
        return kernel.reshape(*stack, inputs, outputs).swapaxes(-1, -2)
    outputs, inputs = (-2, -1) if getattr(module, "transpose_kernel", False) else (-1, -2)
    first = kernel.ndim - len(getattr(module, "kernel_size", ())) - 2
    return jnp.moveaxis(kernel, (outputs, inputs), (first, first + 1))


def _kernel(module: Any, rows: Array) -> Array:
    """The kernel that these are the rows of."""
    if isinstance(module, nnx.LinearGeneral):
        return rows.swapaxes(-1, -2).reshape(*rows.shape[:-2], *module.in_features, *module.out_features)
    outputs, inputs = (-2, -1) if getattr(module, "transpose_kernel", False) else (-1, -2)
    first = rows.ndim - len(getattr(module, "kernel_size", ())) - 2
    return jnp.moveaxis(rows, (first, first + 1), (outputs, inputs))


def _name(path: tuple[Any, ...]) -> str:
    return ".".join(map(str, path))
