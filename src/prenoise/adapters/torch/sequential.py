"""Weights from the library's networks to PyTorch and back, in memory or as files of safetensors."""

from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import torch
from torch import Tensor, nn

from prenoise.adapters.torch.feedback import feedback_align
from prenoise.adapters.torch.layers import Feedback
from prenoise.errors import UserError
from prenoise.network import Network
from prenoise.rules import fa
from prenoise.weights_file import load_network, save_network


def to_sequential(network: Network) -> nn.Sequential:
    """The same map as a Sequential of Linear and ReLU, ending in class scores, aligned with the same feedback.

    The first layer sends no error back and has no feedback in a `Network`, so that it is a plain Linear.
    """
    fa.check(network)
    layers: list[Any] = []
    for weight, bias in zip(network.weights, network.biases, strict=True):
        layer = nn.Linear(weight.shape[1], weight.shape[0])
        with torch.no_grad():
            layer.weight.copy_(_tensor(weight))
            layer.bias.copy_(_tensor(bias))
        layers += [layer, nn.ReLU()]
    for layer, feedback in zip(layers[2::2], network.feedback, strict=False):
        feedback_align(layer, "fa")
        layer.feedback = _tensor(feedback)
    return nn.Sequential(*layers[:-1])


def to_network(model: nn.Sequential) -> Network:
    """The same map as a `Network`: `model` is Linear, ReLU, ... Linear, after a Flatten if it has one.

    Every Linear but the first must be aligned. A missing bias becomes zeros.
    """
    layers: list[Any] = list(model)[1:] if len(model) and isinstance(model[0], nn.Flatten) else list(model)
    linear = layers[::2]
    expected = [nn.Linear if place % 2 == 0 else nn.ReLU for place in range(len(layers))]
    if len(layers) % 2 == 0 or not all(map(isinstance, layers, expected)):
        found = ", ".join(type(layer).__name__ for layer in model)
        raise UserError(f"the model is {found or 'empty'}: expected Linear and ReLU in turn, Linear at both ends")
    bare = [str(2 * number) for number, layer in enumerate(linear) if number and not isinstance(layer, Feedback)]
    if bare:
        raise UserError(f"layer {' and '.join(bare)} of the model has no feedback: call feedback_align first")
    return Network(
        weights=tuple(_array(layer.weight) for layer in linear),
        biases=tuple(_array(torch.zeros(layer.out_features) if layer.bias is None else layer.bias) for layer in linear),
        feedback=tuple(_array(layer.feedback) for layer in linear[1:]),
    )


def load_sequential(path: str | Path) -> nn.Sequential:
    """A network's file, as `prenoise.save_network`, `save_sequential` or the command line wrote it, as a Sequential."""
    return to_sequential(load_network(path)[0])


def save_sequential(model: nn.Sequential, path: str | Path, **made_by: Any) -> None:
    """Write a Sequential to a file that `prenoise.load_network` and the command line read; `made_by` goes with it."""
    save_network(to_network(model), path, **made_by)


def _tensor(array: Any) -> Tensor:
    return torch.from_numpy(np.array(array))


def _array(tensor: Tensor) -> Any:
    return jnp.array(tensor.detach().float().cpu().numpy())
