"""Numbers that say what noise did to a model of Equinox, with the definitions of `prenoise.measures`."""

from collections.abc import Iterable, Iterator
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float, PyTree

from prenoise.adapters.equinox.feedback import layers
from prenoise.adapters.equinox.layers import CARRIERS, Feedback, weight_rank
from prenoise.adapters.equinox.warming import Apply, batched, scores_of
from prenoise.adapters.measured import Calibration, Judge, auroc_of, calibration_of, matrix_rank, neuron_angles


def alignment(model: PyTree) -> dict[str, Float[np.ndarray, " neurons"]]:
    """For every aligned layer, the angle in degrees between forward and feedback weights of each neuron below it.

    A neuron's vector holds its weights to all neurons above, a channel's all its kernels: 90 is chance, 0 is
    backpropagation. Feedback is what the layer's rule really carries errors through. Under `fa` the layer that the
    data enters stays near 90, for nothing is sent back by it.
    """
    return {
        name: neuron_angles(weight, CARRIERS[layer.feedback_rule](weight, feedback), groups=getattr(layer, "groups", 1))
        for path, layer in layers(model).items()
        if isinstance(layer, Feedback)
        for (name, weight), (_, feedback) in zip(
            _stack(path, layer, "weight"), _stack(path, layer, "feedback"), strict=True
        )
    }


def effective_rank(model: PyTree) -> dict[str, float]:
    """For every Linear and Conv layer, aligned or not, how many dimensions its weights use: from 1 to its width."""
    return {
        name: matrix_rank(weight)
        for path, layer in layers(model).items()
        for name, weight in _stack(path, layer, "weight")
    }


def calibration(model: PyTree, loader: Iterable[Any], *, apply: Apply | None = None, bins: int = 15) -> Calibration:
    """Whether the model is as sure as it is right, on a loader's batches of (inputs, labels), with `inference` on."""
    return calibration_of(_judge(model, apply), loader, bins=bins)


def ood_auroc(model: PyTree, inside: Iterable[Any], outside: Iterable[Any], *, apply: Apply | None = None) -> float:
    """How well the model's confidence tells data of a kind it knows from data of another: 0.5 is blind, 1 perfect.

    Both are loaders of inputs, or of (inputs, labels), of which the labels are not looked at.
    """
    return auroc_of(_judge(model, apply), inside, outside)


def _stack(path: str, layer: Any, field: str) -> Iterator[tuple[str, np.ndarray]]:
    """The weights of the layer, or of each in a stack of layers made under `filter_vmap`."""
    array = np.asarray(getattr(layer, field).astype(np.float32))
    shape = array.shape[-weight_rank(layer) :]
    if array.shape == shape:
        yield path, array
    else:
        yield from ((f"{path}[{number}]", weights) for number, weights in enumerate(array.reshape(-1, *shape)))


def _judge(model: PyTree, apply: Apply | None) -> Judge:
    """With `inference` on."""
    judged, key = eqx.nn.inference_mode(model), jax.random.key(0)
    return lambda inputs, labels: np.asarray(_chances(judged, jax.tree.map(np.asarray, inputs), key, apply or batched))


@eqx.filter_jit
def _chances(model, inputs, key, apply):
    return jax.nn.softmax(scores_of(apply, model, inputs, key).astype(np.float32))
