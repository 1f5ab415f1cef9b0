"""One call that makes a model send its errors back through fixed random weights, and one that undoes it."""

import math
import warnings
from typing import Any, TypeVar

import jax
import jax.core
import jax.numpy as jnp
from jaxtyping import Array, Key

from prenoise.adapters.carriers import Scale, feedback_scale, he_scale
from prenoise.adapters.jax.example import bypassed, gradient_ratio
from prenoise.adapters.jax.framework import Apply, Layer, framework_of, stored
from prenoise.adapters.report import FAR_FROM_BACKPROPAGATION, Aligned
from prenoise.keys import KeyLike, as_key
from prenoise.rules import Rule

Model = TypeVar("Model")


def feedback_align(
    model: Model,
    rule: str | Rule = "fa",
    *,
    key: KeyLike,
    scale: Scale = "weights",
    example: Any = None,
    apply: Apply | None = None,
) -> tuple[Model, Aligned]:
    """The `model` with every layer that has a matrix of weights sending its error back through feedback, and a report.

    Each layer gets `feedback` in the shape of its weights, drawn from a normal distribution by the `key`, and stays an
    instance of its class with all it had. Forward the model computes what it did. A layer that has feedback already
    keeps it and follows the new rule.

    `rule` is the name of a rule or a rule of your own, which must not be direct. Where it changes the feedback after
    every step (brsf, kp, mirror), `warm_up` does so.

    `scale` is the standard deviation of the feedback: that of the "weights" it stands for, "he" for (2 / fan in) ** 0.5
    as in the paper, or a number.

    `example` is a batch of inputs, on which the model is run as in use, by `apply` (see `warm_up`). It shows which
    layers' weights the model takes without calling the layer: they are left as they were and reported. It also compares
    the length of the gradients with backpropagation's, and warns where they are a hundred times apart.

    The report says which layers were aligned and, for every other weight matrix, why not.
    """
    framework, rule = framework_of(model), stored(rule)
    feedback_scale(scale, 1.0, 1)  # raises if it is none
    layers = framework.layers(model)
    keys = jax.random.split(as_key(key), len(layers) + 1)
    chosen = {
        name: (layer if layer.feedback is not None else _drawn(layer, scale, key))._replace(rule=rule)
        for (name, layer), key in zip(layers.items(), keys[1:], strict=True)
    }
    refused, ratio = framework.refused(model), None
    aligned = framework.with_layers(model, chosen)
    if example is not None and chosen:
        taken = bypassed(aligned, example, apply)
        refused |= {f"{name}.weight": "the model takes it without calling the layer" for name in taken}
        aligned = framework.with_layers(aligned, {name: chosen.pop(name)._replace(feedback=None) for name in taken})
        ratio = gradient_ratio(aligned, example, apply)
    report = Aligned(tuple(chosen), refused, ratio).or_raise()
    if ratio is not None and not 1 / FAR_FROM_BACKPROPAGATION <= ratio <= FAR_FROM_BACKPROPAGATION:
        warnings.warn(
            f"the gradients of the aligned model are {ratio:.2g} times as long as those of backpropagation: training "
            "may not work; give feedback the scale of the weights with scale='weights'",
            stacklevel=2,
        )
    return aligned, report


def release(model: Model) -> Model:
    """Undo `feedback_align`: the `model` with every layer of the class it was, without feedback."""
    framework = framework_of(model)
    return framework.with_layers(
        model,
        {
            name: layer._replace(feedback=None)
            for name, layer in framework.layers(model).items()
            if layer.feedback is not None
        },
    )


def _drawn(layer: Layer, scale: Scale, key: Key[Array, ""]) -> Layer:
    weight = layer.weight.astype(jnp.float64 if layer.weight.dtype == jnp.float64 else jnp.float32)
    of_one = tuple(range(len(layer.stack), weight.ndim))
    he = he_scale(math.prod(weight.shape[len(layer.stack) + 1 :]))
    size: Any = jnp.sqrt(jnp.mean(weight**2, axis=of_one))
    if scale == "weights":
        deviation = jnp.where(size > 0, size, he)
    else:
        deviation = jnp.full_like(size, feedback_scale(scale, 1.0, 1) if scale != "he" else he)
    feedback = jax.random.normal(key, weight.shape, weight.dtype) * jnp.expand_dims(deviation, of_one)
    return layer._replace(feedback=feedback, unit=deviation / he)
