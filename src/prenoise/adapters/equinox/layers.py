"""Layers of Equinox that send their error back through a carrier instead of through their own weights."""

import types
from functools import cache
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, UInt

from prenoise.adapters.jax.carried import called
from prenoise.adapters.jax.framework import carrier
from prenoise.errors import UserError
from prenoise.rules import Rule, named

KINDS = (eqx.nn.Linear, eqx.nn.Conv, eqx.nn.ConvTranspose)
"""The layers that can be aligned. All are linear in their input, which is all that is asked of them."""


class Feedback(eqx.Module):
    """What is added to a layer: weights `feedback` in the shape of its own, and the name of a rule.

    It is mixed into the layer's own class, so that a model's code finds in it all that it found before. The numbers
    are kept as their bits, as whole numbers: whatever filters a model for inexact arrays, to differentiate it or to
    let its weights decay, passes them by.
    """

    feedback_bits: UInt[Array, "..."]
    unit_bits: UInt[Array, "..."]
    feedback_rule: str | Rule = eqx.field(static=True)

    def __init__(self, layer: eqx.Module, feedback: Array, unit: Any, rule: str | Rule):
        for name, value in _fields(layer).items():
            setattr(self, name, value)
        self.feedback_bits, self.unit_bits = _bits(feedback), _bits(unit)
        self.feedback_rule = rule

    @property
    def feedback(self) -> Float[Array, "..."]:
        """What stands for the layer's weights on the way back, in the shape of these, if the rule takes it as it is."""
        return _numbers(self.feedback_bits)

    @property
    def feedback_unit(self) -> Float[Array, "..."]:
        """The scale in which feedback was drawn, in units of He's."""
        return _numbers(self.unit_bits)

    def with_feedback(self, feedback: Float[Array, "..."]) -> Any:
        """This layer with other feedback, of the shape of its weights."""
        layer: Any = self
        if feedback.shape != layer.weight.shape:
            raise UserError(f"found feedback of shape {feedback.shape}: expected {layer.weight.shape}, as the weights")
        return type(self)(without_feedback(self), feedback, self.feedback_unit, self.feedback_rule)

    def __call__(self, x: Array, *, key: Any = None) -> Array:
        layer: Any = without_feedback(self)
        back = carrier(self.feedback_rule, layer.weight, self.feedback, self.feedback_unit)
        standing_in = eqx.tree_at(lambda layer: layer.weight, layer, back)
        return called(named(self.feedback_rule), _call, layer, standing_in, x)

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
        if name not in Feedback.__dataclass_fields__:
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


def _empty(plain: type[eqx.Module]) -> Feedback:
    return object.__new__(with_feedback(plain))


def _fields(layer: Any) -> dict[str, Any]:
    return {name: getattr(layer, name) for name in layer.__dataclass_fields__ if hasattr(layer, name)}


def _call(layer: Any, x: Array) -> Array:
    return layer(x)


def _bits(numbers: Any) -> UInt[Array, "..."]:
    numbers = jnp.asarray(numbers)
    double = numbers.dtype == jnp.float64
    return lax.bitcast_convert_type(
        numbers.astype(jnp.float64 if double else jnp.float32), jnp.uint64 if double else jnp.uint32
    )


def _numbers(bits: Any) -> Float[Array, "..."]:
    if bits.dtype not in (jnp.uint32, jnp.uint64):
        raise UserError(
            f"found feedback that was converted to {bits.dtype}: expected its bits as they were; to convert a model, "
            "convert the leaves that are inexact arrays alone (eqx.is_inexact_array)"
        )
    return lax.bitcast_convert_type(bits, jnp.float64 if bits.dtype == jnp.uint64 else jnp.float32)
