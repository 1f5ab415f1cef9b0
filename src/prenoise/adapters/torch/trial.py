"""A trial run, to see what reading a model cannot show: which layers' weights it takes without calling the layer."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from prenoise.adapters.torch.running import call, device_of, modes_restored, moved, random_state_restored


def bypassed(model: nn.Module, layers: Mapping[str, nn.Module], example: Any) -> list[str]:
    """Names of the layers whose weights shape the output although neither they nor a layer that shares them is called.

    One pass forward and back in evaluation mode, after which the model is as it was.
    """
    made_of = {name: _made_of(layer) for name, layer in layers.items()}
    leaves = list({leaf: None for own in made_of.values() for leaf in own})
    if not leaves:
        return []
    called: set[Tensor] = set()
    hooks = [
        layer.register_forward_pre_hook(lambda *_, own=made_of[name]: called.update(own))
        for name, layer in layers.items()
    ]
    frozen = [leaf for leaf in leaves if not leaf.requires_grad]
    try:
        with modes_restored(model), random_state_restored(model), torch.enable_grad():
            model.eval()
            for leaf in frozen:
                leaf.requires_grad_(True)
            scores = call(model, moved(example, device_of(model)))
            gradients = torch.autograd.grad(scores.sum(), leaves, allow_unused=True) if scores.requires_grad else ()
    finally:
        for hook in hooks:
            hook.remove()
        for leaf in frozen:
            leaf.requires_grad_(False)
    taken = {leaf for leaf, gradient in zip(leaves, gradients, strict=False) if gradient is not None} - called
    return [name for name, own in made_of.items() if taken.intersection(own)]


def _made_of(layer: Any) -> list[Tensor]:
    """The parameters that a layer's weights are, or that a parametrisation computes them from."""
    if is_parametrized(layer, "weight"):
        return list(layer.parametrizations.weight.parameters())
    return [layer.weight] if layer.weight.is_leaf else []
