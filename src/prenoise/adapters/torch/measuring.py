"""Numbers that say what noise did to a model of PyTorch, with the definitions of `prenoise.measures`."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from prenoise.adapters.measured import Calibration, Judge, auroc_of, calibration_of, matrix_rank, neuron_angles
from prenoise.adapters.torch.feedback import feedback_layers
from prenoise.adapters.torch.layers import KINDS
from prenoise.adapters.torch.running import call, device_of, modes_restored, moved


def alignment(model: nn.Module) -> dict[str, Float[Tensor, " neurons"]]:
    """For every aligned layer, the angle in degrees between forward and feedback weights of each neuron below it.

    A neuron's vector holds its weights to all neurons above, a channel's all its kernels: 90 is chance, 0 is
    backpropagation. Feedback is what the layer's rule really carries errors through. Under `fa` the layer that the
    data enters stays near 90, for nothing is sent back by it.
    """
    return {
        name: neuron_angles(weight.detach().float(), layer.carrier(weight).float(), groups=getattr(layer, "groups", 1))
        for name, layer in feedback_layers(model)
        for weight in [layer.weight]
    }


def effective_rank(model: nn.Module) -> dict[str, float]:
    """For every Linear and Conv layer, aligned or not, how many dimensions its weights use: from 1 to its width."""
    return {
        name: matrix_rank(layer.weight.detach().float())
        for name, layer in model.named_modules()
        if isinstance(layer, tuple(KINDS)) and isinstance(layer.weight, Tensor)
    }


def calibration(model: nn.Module, loader: Iterable[Any], *, bins: int = 15) -> Calibration:
    """Whether the model is as sure as it is right, on a loader's batches of (inputs, labels).

    The model runs in evaluation mode, and is afterwards in the mode it was.
    """
    with _judging(model) as judge:
        return calibration_of(judge, loader, bins=bins)


def ood_auroc(model: nn.Module, inside: Iterable[Any], outside: Iterable[Any]) -> float:
    """How well the model's confidence tells data of a kind it knows from data of another: 0.5 is blind, 1 perfect.

    Both are loaders of inputs, or of (inputs, labels), of which the labels are not looked at.
    """
    with _judging(model) as judge:
        return auroc_of(judge, inside, outside)


@contextmanager
def _judging(model: nn.Module) -> Iterator[Judge]:
    """In evaluation mode, on the model's device; in double precision on the CPU, for not every device has it."""
    device = device_of(model)
    with modes_restored(model), torch.no_grad():
        model.eval()
        yield lambda inputs: call(model, moved(inputs, device)).float().softmax(dim=-1)
