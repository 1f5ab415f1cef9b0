"""Numbers that say what noise did to a model of PyTorch, with the definitions of `prenoise.measures`."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from prenoise.adapters.batches import class_axis
from prenoise.adapters.measured import Calibration, Judge, auroc_of, calibration_of, matrix_rank, neuron_angles
from prenoise.adapters.torch.feedback import feedback_layers
from prenoise.adapters.torch.layers import kind_of, plain_class, whole
from prenoise.adapters.torch.running import Output, as_evaluated, device_of, moved, scores_of


def alignment(model: nn.Module) -> dict[str, Float[Tensor, " neurons"]]:
    """For every aligned layer of `model`, the angle in degrees between forward and feedback weights, per neuron below.

    A neuron's vector holds its weights to all neurons above, a channel's all its kernels: 90 is chance, 0 is
    backpropagation. Feedback is what the layer's rule really carries errors through. Under `fa` the layer that the
    data enters stays near 90, for nothing is sent back by it. The projections of attention are one layer, `in_proj`.
    """
    return {
        _named(path, name): neuron_angles(weight.float(), carrier.float(), groups=getattr(layer, "groups", 1))
        for path, layer in feedback_layers(model)
        for name, weight, carrier in layer.carried()
    }


def numbers(model: nn.Module) -> dict[str, float]:
    """What one logs of an aligned `model`, flat: for TensorBoard, wandb, MLflow and Lightning's `log_dict`.

    Of every layer the mean angle to its feedback, `alignment/NAME`, and the length of its weights by that of their
    carrier, `weight_ratio/NAME`; and `alignment/mean`, over all layers.
    """
    angles = {name: float(each.mean()) for name, each in alignment(model).items()}
    ratios = {
        _named(path, name): float(weight.float().norm() / carrier.float().norm())
        for path, layer in feedback_layers(model)
        for name, weight, carrier in layer.carried()
    }
    flat = {f"alignment/{name}": value for name, value in angles.items()}
    flat |= {f"weight_ratio/{name}": value for name, value in ratios.items()}
    return flat | ({"alignment/mean": sum(angles.values()) / len(angles)} if angles else {})


def effective_rank(model: nn.Module) -> dict[str, float]:
    """For every layer of `model` that is aligned or could be, how many dimensions its weights use: 1 to its width."""
    ranks = {}
    for path, layer in model.named_modules():
        kind: Any = kind_of(plain_class(layer))
        for name in kind.matrices(layer) if kind else ():
            weight = getattr(layer, name)
            if isinstance(weight, Tensor):
                ranks[_named(path, name)] = matrix_rank(kind.as_rows(layer, whole(weight.detach())).float())
    return ranks


def calibration(
    model: nn.Module, loader: Iterable[Any], *, output: Output | None = None, axis: int | None = None, bins: int = 15
) -> Calibration:
    """Whether `model` is as sure as it is right, on the batches of a `loader`, in `bins` of confidence.

    A batch is (inputs, labels), a sequence that ends in the labels, or a dict with labels; every place of a sequence or
    an image counts, unless its label is -100. `output` takes the scores from what the model returns, and `axis` is that
    of the classes where the shape of the labels does not say it. The model runs in evaluation mode.
    """
    with _judging(model, output, axis) as judge:
        return calibration_of(judge, loader, bins=bins)


def ood_auroc(
    model: nn.Module,
    inside: Iterable[Any],
    outside: Iterable[Any],
    *,
    output: Output | None = None,
    axis: int | None = None,
) -> float:
    """How well the confidence of `model` tells data of a kind it knows from data of another: 0.5 is blind, 1 perfect.

    `inside` and `outside` are loaders of inputs, or of batches as in `calibration`, of which the labels are not looked
    at; `output` and `axis` are as there.
    """
    with _judging(model, output, axis) as judge:
        return auroc_of(judge, inside, outside)


@contextmanager
def _judging(model: nn.Module, output: Output | None, axis: int | None) -> Iterator[Judge]:
    """In evaluation mode, on the model's device."""
    device = device_of(model)

    def judge(inputs: Any, labels: Any) -> Tensor:
        scores = scores_of(model, moved(inputs, device), output)
        classes = class_axis(tuple(scores.shape), None if labels is None else tuple(labels.shape), axis)
        chance = scores.movedim(classes, -1)
        return (chance if chance.dtype == torch.float64 else chance.float()).softmax(dim=-1)

    with as_evaluated(model), torch.no_grad():
        yield judge


def _named(path: str, matrix: str) -> str:
    """The name of a layer, with that of its weights if they are not called `weight`."""
    return f"{path}.{matrix.removesuffix('weight').rstrip('_')}".strip(".")
