"""A trial run, to see what reading a model cannot show: which layers' weights it takes without calling the layer."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from prenoise.adapters.torch.running import call, device_of, modes_restored, moved, random_state_restored


def bypassed(model: nn.Module, layers: Mapping[str, nn.Module], example: Any) -> list[str]:
    """Names of the layers whose weights shape the output although neither they nor a layer that shares them is called.

    One pass forward and back in evaluation mode, after which the model is as it was.
    """
    weights: dict[str, Any] = {name: layer.weight for name, layer in layers.items()}
    called: set[int] = set()
    hooks = [
        layer.register_forward_pre_hook(lambda _, __, weight=weights[name]: called.add(id(weight)))
        for name, layer in layers.items()
        if weights[name].is_leaf
    ]
    leaves = {name: weight for name, weight in weights.items() if weight.is_leaf}
    frozen = [weight for weight in leaves.values() if not weight.requires_grad]
    try:
        with modes_restored(model), random_state_restored(model), torch.enable_grad():
            model.eval()
            for weight in frozen:
                weight.requires_grad_(True)
            scores = call(model, moved(example, device_of(model)))
            gradients = torch.autograd.grad(scores.sum(), list(leaves.values()), allow_unused=True)
    finally:
        for hook in hooks:
            hook.remove()
        for weight in frozen:
            weight.requires_grad_(False)
    return [
        name
        for (name, weight), gradient in zip(leaves.items(), gradients, strict=True)
        if gradient is not None and id(weight) not in called
    ]
