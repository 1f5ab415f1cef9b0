"""A network: forward weights and biases, and beside them the feedback weights that carry errors back."""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int, Key

from prenoise.errors import UserError


def as_key(key: int | Array) -> Array:
    """An int is short for `jax.random.key(int)`; a key, or an array of keys, is taken as it is."""
    return jax.random.key(key) if isinstance(key, int) else key


class Network(eqx.Module):
    """Layers of ReLU neurons under a softmax read-out, as a pytree.

    `weights[l]` is the matrix W of layer l (outputs x inputs), `biases[l]` its bias. `feedback[l]` is the matrix B
    that carries the error of layer l + 1 back to the neurons of layer l, in the shape of `weights[l + 1]`: column j
    of both belongs to neuron j below. There is none into the inputs. Direct feedback carries the error of the read-out
    instead, and has a row for each class.

    >>> Network.random([64, 100, 10], key=0).sizes
    (64, 100, 10)
    """

    weights: tuple[Float[Array, "_ _"], ...]
    biases: tuple[Float[Array, " _"], ...]
    feedback: tuple[Float[Array, "_ _"], ...]

    @classmethod
    def random(cls, sizes: Sequence[int], *, key: int | Key[Array, ""], direct: bool = False) -> "Network":
        """He-normal W and B, N(0, 2 / inputs), drawn apart; biases zero. `direct` feedback is for the rule `dfa`."""
        if len(sizes) < 2 or min(sizes) < 1:
            raise UserError(f"sizes are {list(sizes)}: expected at least an input and an output size, each 1 or more")
        shapes = list(zip(sizes[1:], sizes[:-1], strict=True))
        forward_key, feedback_key = jax.random.split(as_key(key))
        return cls(
            weights=_he_normal(forward_key, shapes),
            biases=tuple(jnp.zeros(outputs) for outputs, _ in shapes),
            feedback=_he_normal(feedback_key, feedback_shapes(sizes, direct=direct)),
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Inputs, hidden layers, classes."""
        return (self.weights[0].shape[-1], *(bias.shape[-1] for bias in self.biases))

    @property
    def moving(self) -> "Network":
        """The part that training moves: weights and biases, without the feedback."""
        return Network(self.weights, self.biases, feedback=())

    def moved(self, updates: "Network") -> "Network":
        """This network with `updates` added to its moving part."""
        moving: Any = optax.apply_updates(self.moving, updates)  # pyright: ignore[reportArgumentType] (knows no Module)
        return Network(moving.weights, moving.biases, self.feedback)

    def activities(self, inputs: Float[Array, "batch inputs"]) -> list[Float[Array, "batch _"]]:
        """The inputs, every hidden layer's activity, and last the read-out before its softmax."""
        activities = [inputs]
        for weights, bias in zip(self.weights, self.biases, strict=True):
            activities.append(jax.nn.relu(activities[-1] @ weights.T + bias[None]))
        activities[-1] = activities[-2] @ self.weights[-1].T + self.biases[-1][None]
        return activities

    def __call__(self, inputs: Float[Array, "batch inputs"]) -> Float[Array, "batch classes"]:
        """Logarithms of the class probabilities."""
        return jax.nn.log_softmax(self.activities(inputs)[-1])


def feedback_shapes(sizes: Sequence[int], *, direct: bool = False) -> list[tuple[int, int]]:
    """The shape of every feedback matrix: from the layer above, or `direct` from the read-out."""
    above = [sizes[-1]] * (len(sizes) - 2) if direct else sizes[2:]
    return list(zip(above, sizes[1:-1], strict=True))


def cross_entropy(
    log_probabilities: Float[Array, "batch classes"],
    labels: Int[Array, " batch"],
    weights: Float[Array, " batch"],
) -> Float[Array, ""]:
    """Sum over the batch of weight x (- log probability of the label); weights that sum to 1 make it the mean."""
    return -jnp.sum(jnp.take_along_axis(log_probabilities, labels[:, None], axis=1)[:, 0] * weights)


def _he_normal(key: Key[Array, ""], shapes: list[tuple[int, int]]) -> tuple[Float[Array, "_ _"], ...]:
    keys = jax.random.split(key, len(shapes)) if shapes else []
    return tuple(jax.random.normal(key, shape) * (2 / shape[1]) ** 0.5 for key, shape in zip(keys, shapes, strict=True))
