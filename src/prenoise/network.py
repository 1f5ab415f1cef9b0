"""A network: forward weights and biases, and beside them the feedback weights that carry errors back."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from prenoise.errors import UserError
from prenoise.initial import Initial, he, initial_named
from prenoise.keys import KeyLike, as_key

Activation = Callable[[Any], Any]
"""What a hidden neuron makes of its total input, entry by entry; differentiable."""

ACTIVATIONS: dict[str, Activation] = {
    "relu": jax.nn.relu,
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "gelu": jax.nn.gelu,
    "softplus": jax.nn.softplus,
    "silu": jax.nn.silu,
}
"""Activations that have a name, and that a weights file can hold."""


class Network(eqx.Module):
    """Layers of neurons under a softmax read-out, as a pytree.

    `weights[l]` is the matrix W of layer l (outputs x inputs), `biases[l]` its bias, or None. `feedback[l]` is the
    matrix B that carries the error of layer l + 1 back to the neurons of layer l, in the shape of `weights[l + 1]`:
    column j of both belongs to neuron j below. There is none into the inputs. Direct feedback carries the error of the
    read-out instead, and has a row for each class. A *block* of networks has a leading axis of seeds on every array.

    >>> Network.random([64, 100, 10], key=0).sizes
    (64, 100, 10)
    """

    weights: tuple[Float[Array, "..."], ...]
    biases: tuple[Float[Array, "..."] | None, ...]
    feedback: tuple[Float[Array, "..."], ...]
    activation: Activation = eqx.field(static=True, default=jax.nn.relu)

    @classmethod
    def random(
        cls,
        sizes: Sequence[int],
        *,
        key: KeyLike,
        direct: bool = False,
        initial: str | Initial = he,
        initial_feedback: str | Initial = he,
        zero_readout: bool = False,
        activation: str | Activation = jax.nn.relu,
        biases: bool = True,
    ) -> "Network":
        """A network with random weights.

        `sizes` are the inputs, the hidden layers and the classes. W is drawn by `initial` and B, apart from it, by
        `initial_feedback`: "he", "pytorch", "orthogonal" or a function of a key and a shape. `direct` feedback is for
        the rule `dfa`. With `zero_readout` the weights of the last layer are 0: the network has no opinion yet.
        `activation` is "relu", "tanh", "sigmoid", "gelu", "softplus", "silu" or a function. Biases start at 0; without
        `biases` there are none.
        """
        if len(sizes) < 2 or min(sizes) < 1:
            raise UserError(f"sizes are {list(sizes)}: expected at least an input and an output size, each 1 or more")
        if not callable(activation) and activation not in ACTIVATIONS:
            raise UserError(f"found the activation {activation!r}: expected {', '.join(ACTIVATIONS)} or a function")
        shapes = list(zip(sizes[1:], sizes[:-1], strict=True))
        forward_key, feedback_key = jax.random.split(as_key(key))
        weights = _drawn(initial_named(initial), forward_key, shapes)
        if zero_readout:
            weights = (*weights[:-1], jnp.zeros_like(weights[-1]))
        return cls(
            weights=weights,
            biases=tuple(jnp.zeros(outputs, weights[0].dtype) if biases else None for outputs, _ in shapes),
            feedback=_drawn(initial_named(initial_feedback), feedback_key, feedback_shapes(sizes, direct=direct)),
            activation=activation if callable(activation) else ACTIVATIONS[activation],
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Inputs, hidden layers, classes."""
        return (self.weights[0].shape[-1], *(weights.shape[-2] for weights in self.weights))

    @property
    def seeds(self) -> int | None:
        """How many networks this is a block of; None of a single one."""
        return self.weights[0].shape[0] if self.weights[0].ndim == 3 else None

    @property
    def moving(self) -> "Network":
        """The part that training moves: weights and biases, without the feedback."""
        return self.parts(self.weights, self.biases, ())

    def parts(self, weights: Any, biases: Any, feedback: Any) -> "Network":
        """A network of the same activation with these weights, biases and feedback."""
        return dataclasses.replace(self, weights=weights, biases=biases, feedback=feedback)

    def moved(self, updates: "Network") -> "Network":
        """This network with `updates` added to its moving part."""
        moving: Any = optax.apply_updates(self.moving, updates)  # pyrefly: ignore[bad-argument-type] (knows no Module)
        return self.parts(moving.weights, moving.biases, self.feedback)

    def total(self, layer: int, activity: Float[Array, "batch below"]) -> Float[Array, "batch neurons"]:
        """The total input of every neuron of a layer, W x + b, given the activity of the layer below."""
        weighted, bias = activity @ self.weights[layer].T, self.biases[layer]
        return weighted if bias is None else weighted + bias[None]

    def activities(self, inputs: Float[Array, "batch inputs"]) -> list[Float[Array, "batch _"]]:
        """The inputs, the activity of every hidden layer, and last the scores of the read-out before its softmax."""
        activities = [inputs]
        for layer in range(len(self.weights) - 1):
            activities.append(self.activation(self.total(layer, activities[-1])))
        return [*activities, self.total(-1, activities[-1])]

    def __call__(self, inputs: Float[Array, "batch inputs"]) -> Float[Array, "batch classes"]:
        """Logarithms of the class probabilities for a batch of `inputs`."""
        return jax.nn.log_softmax(self.activities(inputs)[-1])


def feedback_shapes(sizes: Sequence[int], *, direct: bool = False) -> list[tuple[int, int]]:
    """The shape of every feedback matrix: from the layer above, or `direct` from the read-out."""
    above = [sizes[-1]] * (len(sizes) - 2) if direct else sizes[2:]
    return list(zip(above, sizes[1:-1], strict=True))


def _drawn(initial: Initial, key: Any, shapes: list[tuple[int, int]]) -> tuple[Any, ...]:
    keys = jax.random.split(key, len(shapes)) if shapes else []
    return tuple(initial(key, shape) for key, shape in zip(keys, shapes, strict=True))
