"""Layers of Equinox that send their error back through a carrier instead of through their own weights."""

import math
import types
from functools import cache
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from prenoise.adapters.carriers import LAYER_RULES

CARRIERS = {name: rule.carrier for name, rule in LAYER_RULES.items() if rule.after_step is None}
"""Of the rules that are their carrier and no more."""

KINDS = (eqx.nn.Linear, eqx.nn.Conv, eqx.nn.ConvTranspose)
"""The layers that can be aligned. All are linear in their input, which is all that is asked of them."""


@eqx.filter_custom_vjp
def carried(layer_and_input: tuple[Any, Array], carrier: Array) -> Array:
    """layer(x), whose error goes back as it would if the carrier were the layer's weights."""
    layer, x = layer_and_input
    return layer(x)


@carried.def_fwd
def _(perturbed, layer_and_input, carrier):
    layer, x = layer_and_input
    return layer(x), None


@carried.def_bwd
def _(residuals, error, perturbed, layer_and_input, carrier):
    layer, x = layer_and_input
    layer_learns, something_below_learns = perturbed
    moving, fixed = eqx.partition(layer, eqx.is_inexact_array)
    below = x if eqx.is_inexact_array(x) else None
    to_layer, to_below = jax.tree.map(jnp.zeros_like, (moving, below))
    if error is None:  # nothing depends on the outputs
        return to_layer, to_below
    if any(jax.tree.leaves(layer_learns)):
        (to_layer,) = jax.vjp(lambda moving: eqx.combine(moving, fixed)(x), moving)[1](error)
    if something_below_learns:
        (to_below,) = jax.vjp(eqx.tree_at(lambda layer: layer.weight, layer, carrier), x)[1](error)
    return to_layer, to_below


class Feedback(eqx.Module):
    """What is added to a layer: weights `feedback` in the shape of its own, and the name of a rule.

    It is mixed into the layer's own class, so that a model's code finds in it all that it found before.
    """

    feedback: Array
    feedback_rule: str = eqx.field(static=True)

    def __init__(self, layer: eqx.Module, feedback: Array, rule: str):
        for name, value in _fields(layer).items():
            setattr(self, name, value)
        self.feedback = feedback
        self.feedback_rule = rule

    def __call__(self, x: Array, *, key: Any = None) -> Array:
        layer: Any = without_feedback(self)
        carrier = CARRIERS[self.feedback_rule](layer.weight, self.feedback).astype(layer.weight.dtype)
        return carried((layer, x), lax.stop_gradient(carrier))

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """Copied and pickled by the name of the layer's own class, for this one is made when it is needed."""
        _, _, *state = super().__reduce_ex__(protocol)
        return (_empty, (plain_class(type(self)),), *state)


@cache
def with_feedback(plain: type[eqx.Module]) -> type[Feedback]:
    """The class that differs from `plain` in how it sends its error back."""
    name = f"Feedback{plain.__name__}"
    return types.new_class(name, (Feedback, plain), exec_body=lambda body: body.update(__module__=__name__))


def plain_class(mixed: type[Feedback]) -> type[Any]:
    """The layer's own class."""
    return mixed.__bases__[1]


def without_feedback(layer: Feedback) -> eqx.Module:
    """The layer that it was."""
    original = object.__new__(plain_class(type(layer)))
    for name, value in _fields(layer).items():
        if name not in ("feedback", "feedback_rule"):
            object.__setattr__(original, name, value)
    return original


def is_layer(node: Any) -> bool:
    """Whether this is aligned, or computes as one of the kinds does."""
    computing = next((base for base in type(node).__mro__ if "__call__" in vars(base)), None)
    return computing in (*KINDS, Feedback)


def has_weights(layer: Any) -> bool:
    """Whether a layer holds real weights of its own; in `eqx.nn.Shared` they may be another's."""
    return eqx.is_inexact_array(layer.weight) and not jnp.iscomplexobj(layer.weight)


def weight_rank(layer: Any) -> int:
    """Axes of the layer's weights; any before these are a stack of layers made under `filter_vmap`."""
    return 2 if isinstance(layer, eqx.nn.Linear) else 2 + layer.num_spatial_dims


def fan_in(layer: Any) -> int:
    """Inputs of one output neuron: for a convolution, the channels of a group times the size of the kernel."""
    return math.prod(layer.weight.shape[1 - weight_rank(layer) :])


def _empty(plain: type[eqx.Module]) -> Feedback:
    return object.__new__(with_feedback(plain))


def _fields(layer: Any) -> dict[str, Any]:
    return {name: getattr(layer, name) for name in layer.__dataclass_fields__ if hasattr(layer, name)}
