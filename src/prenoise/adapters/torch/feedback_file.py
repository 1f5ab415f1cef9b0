"""The feedback of a model in a file of its own, beside one of the weights that leaves it out: Hugging Face's, say."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from prenoise import atomic
from prenoise.adapters.report import Aligned
from prenoise.adapters.torch.feedback import feedback_align, feedback_layers, release, release_layer
from prenoise.adapters.torch.layers import feedback_name, whole
from prenoise.errors import UserError


def save_feedback(model: nn.Module, path: str | Path) -> None:
    """Write the feedback of every aligned layer of `model`, and its rule, to a file of safetensors at `path`."""
    from safetensors.torch import save

    tensors = {}
    for name, layer in feedback_layers(model):
        tensors[f"{name}._extra_state".lstrip(".")] = layer.get_extra_state()
        for matrix in layer.matrices(layer):
            feedback = whole(getattr(layer, feedback_name(matrix)))
            tensors[f"{name}.{feedback_name(matrix)}".lstrip(".")] = feedback.detach().cpu().clone().contiguous()
    if not tensors:
        raise UserError("the model has no feedback to save: call feedback_align first")
    atomic.write(path, save(tensors))


def load_feedback(model: nn.Module, path: str | Path) -> Aligned:
    """Align `model` as that was whose feedback `save_feedback` wrote to `path`: its layers, rules and feedback."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(path)
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path} is no file of feedback: {error}") from error
    release(model)
    report = feedback_align(model)
    kept = {name.removesuffix("_extra_state").rstrip(".") for name in tensors if name.endswith("_extra_state")}
    try:
        for name, layer in list(feedback_layers(model)):
            if name in kept:
                _take(layer, {key.removeprefix(f"{name}."): value for key, value in tensors.items()})
            else:
                release_layer(layer)
    except (KeyError, RuntimeError) as error:
        release(model)
        raise UserError(f"{path} holds feedback of another model: {error}") from error
    missing = sorted(kept.difference(report.layers))
    if missing:
        release(model)
        raise UserError(f"{path} holds feedback of another model: this one has no layer {missing[0]!r}")
    others = {f"{name}.weight": "it had no feedback when it was saved" for name in report.layers if name not in kept}
    return Aligned(tuple(name for name in report.layers if name in kept), report.not_aligned | others)


def _take(layer: Any, tensors: dict[str, torch.Tensor]) -> None:
    layer.feedback_rule = layer.rule_in(tensors["_extra_state"])
    layer.set_extra_state(tensors["_extra_state"])
    for matrix in layer.matrices(layer):
        getattr(layer, feedback_name(matrix)).copy_(tensors[feedback_name(matrix)])
