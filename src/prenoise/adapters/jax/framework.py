"""What the method has to know of a framework: how its models come apart, and what their layers are."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from prenoise.adapters import carriers
from prenoise.errors import UserError
from prenoise.rules import RULES, Rule, named
from prenoise.sameness import same

Apply = Callable[[Any, Any, Key[Array, ""]], Any]
"""`apply(model, inputs, key)`: the scores of a batch of inputs; the key is for dropout and the like.

A model that keeps something of the inputs, as running statistics, comes back beside them: `(scores, model)`.
"""


class Layer(NamedTuple):
    """A layer of a model that is aligned, or could be. Weights and feedback are outputs x inputs x kernel.

    Axes in front of those are a stack of layers, or a block of seeds; `unit` has these axes alone.
    """

    weight: Array
    axes: int
    """Axes of the weights of one layer."""
    groups: int = 1
    feedback: Array | None = None
    unit: Array | None = None
    """The scale of the feedback in units of He's."""
    rule: str | Rule = "bp"

    @property
    def stack(self) -> tuple[int, ...]:
        """Axes of layers that stand side by side."""
        return self.weight.shape[: self.weight.ndim - self.axes]

    def for_each(self, function: Callable[..., Any], *others: Any) -> Any:
        """`function(weight, feedback, unit, *others)` of one layer, for each of a stack. All have its axes first."""
        for _ in self.stack:
            function = jax.vmap(function)
        exact = self.weight.astype(jnp.promote_types(self.weight.dtype, jnp.float32))
        return function(exact, self.feedback, self.unit, *others)


class Parts(NamedTuple):
    """A model taken apart. The first three are pytrees of arrays."""

    moving: Any
    """What training moves."""
    feedback: Any
    """What rules may change after a step."""
    fixed: Any
    """All other arrays."""
    form: Any
    """The rest: structure, functions, options."""


@dataclass(frozen=True)
class Framework:
    """How the models of a framework come apart, and what their layers are."""

    split: Callable[[Any, Any], Parts]
    """`split(model, trainable)`; `trainable` says what moves in the framework's own way, or is None."""
    whole: Callable[[Parts], Any]
    layers: Callable[[Any], dict[str, Layer]]
    """Every layer that is aligned or could be, by name. Those without weights are left out."""
    with_layers: Callable[[Any, dict[str, Layer]], Any]
    """The model with these layers changed: their weights, rule and feedback, which may come and go."""
    refused: Callable[[Any], dict[str, str]]
    """Every weight matrix that no aligned layer can hold, and why."""
    mode: Callable[[Any, bool], Any]
    """The model as it trains (True), or as it is used (False)."""
    apply: Apply


@singledispatch
def framework_of(model: Any) -> Framework:
    """The framework of a `model`, which the adapter that knows it has entered here."""
    check_framework(model)
    raise UserError(
        f"found a {type(model).__name__}: import prenoise.adapters.equinox, which takes any pytree of arrays"
    )


def check_framework(model: Any) -> None:
    """Raise if the `model` is one of Flax or PyTorch, which no pytree of arrays stands for."""
    packages = {".".join(kind.__module__.split(".")[:2]) for kind in type(model).__mro__}
    if "flax.linen" in packages:
        raise UserError(
            "found a module of Flax Linen, which holds no weights: expected its parameters, with an `apply` of your own"
        )
    if "torch.nn" in packages:
        raise UserError("found a module of PyTorch: import the functions from prenoise.adapters.torch")
    if "flax.nnx" in packages:
        raise UserError("found a module of Flax NNX: import the functions from prenoise.adapters.flax")


def stored(rule: str | Rule) -> str | Rule:
    """How a layer keeps its rule: a built-in one by name, for a function cannot be pickled."""
    known: Rule = same(carriers.layer_rule(rule))
    return known.name if known is same(RULES.get(known.name)) else known


def carrier(rule: str | Rule, weight: Array, feedback: Array, unit: Array) -> Array:
    """What a layer sends its error back through, in the type of its weights; see `Layer`."""
    exact = weight.astype(feedback.dtype)
    return carriers.carrier(named(rule), exact, feedback, unit).astype(weight.dtype)


def scores_of(apply: Apply, model: Any, inputs: Any, key: Any) -> Float[Array, "batch *places classes"]:
    """What `apply` gives; raises if that is no array, or if the `model` cannot take the `inputs`."""
    return answered(apply, model, inputs, key)[0]


def answered(apply: Apply, model: Any, inputs: Any, key: Any) -> tuple[Float[Array, "batch *places classes"], Any]:
    """What `scores_of` gives, and the model with what it keeps of the inputs."""
    try:
        scores = apply(model, inputs, key)
    except UserError:
        raise
    except Exception as error:
        shapes = ", ".join(str(jnp.shape(leaf)) for leaf in jax.tree.leaves(inputs))
        reason = (str(error).strip() or "no reason given").splitlines()[0]
        raise UserError(
            f"the model failed on inputs of shape {shapes} ({type(error).__name__}: {reason}): expected inputs that it "
            "takes, or an `apply` of your own for a model that takes more than an input, such as a state of batch norm"
        ) from error
    if isinstance(scores, tuple) and len(scores) == 2 and type(scores[1]) is type(model):
        scores, model = scores
    if not isinstance(scores, jax.Array):
        raise UserError(
            f"the model returned {type(scores).__name__}: expected an array of scores, which an `apply` of your own "
            "can take from it"
        )
    return scores, model
