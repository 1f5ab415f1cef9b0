"""A run on an example, to see what reading a model cannot show: weights taken without a call, errors that explode."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from prenoise.adapters.torch.layers import Feedback
from prenoise.adapters.torch.running import Output, as_evaluated, device_of, moved, scores_of


def bypassed(model: nn.Module, layers: Mapping[str, Any], example: Any, output: Output | None) -> list[str]:
    """Names of the `layers` whose weights the `model` takes for its scores without calling the layer.

    Whatever happens within the call of a layer is hidden from differentiation: what reaches its weights all the same
    comes from elsewhere. An embedding that shares them is hidden too, for it sends no error back. The model runs once,
    in evaluation mode, and is afterwards as it was.
    """
    made_of = {name: _made_of(layer) for name, layer in layers.items()}
    leaves = list({leaf: None for own in made_of.values() for leaf in own})
    before = [(leaf, leaf.requires_grad) for leaf in leaves]

    def within(own: list[Tensor], called: bool) -> Callable[..., None]:
        def hook(*_: Any) -> None:
            for leaf in own:
                leaf.requires_grad_(not called)

        return hook

    hooks = []
    try:
        for leaf in leaves:
            leaf.requires_grad_(True)
        embeddings = [module for module in model.modules() if isinstance(module, nn.Embedding | nn.EmbeddingBag)]
        calls = [(layer, made_of[name]) for name, layer in layers.items()]
        for called, own in calls + [(each, [leaf for leaf in leaves if leaf is each.weight]) for each in embeddings]:
            hooks.append(called.register_forward_pre_hook(within(own, called=True), prepend=True))
            hooks.append(called.register_forward_hook(within(own, called=False), always_call=True))
        with as_evaluated(model), torch.enable_grad():
            scores = scores_of(model, moved(example, device_of(model)), output)
            if not scores.requires_grad or not leaves:
                return []
            gradients = torch.autograd.grad(scores.sum(), leaves, allow_unused=True)
    finally:
        for hook in hooks:
            hook.remove()
        for leaf, required in before:
            leaf.requires_grad_(required)
    taken = {leaf for leaf, gradient in zip(leaves, gradients, strict=True) if gradient is not None}
    return [name for name, own in made_of.items() if taken.intersection(own)]


def gradient_ratio(model: nn.Module, example: Any, output: Output | None) -> float | None:
    """The length of the gradients of an aligned `model`, by that which backpropagation gives for the same error.

    The error of the scores is drawn at random, always the same. None if there are no gradients to compare.
    """
    layers = [module for module in model.modules() if isinstance(module, Feedback)]
    rules = [layer.feedback_rule for layer in layers]
    aligned = _length(model, example, output)
    try:
        for layer in layers:
            layer.feedback_rule = "bp"
        true = _length(model, example, output)
    finally:
        for layer, rule in zip(layers, rules, strict=True):
            layer.feedback_rule = rule
    return aligned / true if true else None


def _length(model: nn.Module, example: Any, output: Output | None) -> float:
    moving = [parameter for parameter in model.parameters() if parameter.requires_grad]
    with as_evaluated(model), torch.enable_grad():
        scores = scores_of(model, moved(example, device_of(model)), output)
        if not scores.requires_grad or not moving:
            return 0.0
        error = torch.randn(scores.shape, generator=torch.Generator().manual_seed(0)).to(scores)
        gradients = torch.autograd.grad(scores, moving, error, allow_unused=True)
    return sum(float(gradient.double().square().sum()) for gradient in gradients if gradient is not None) ** 0.5


def _made_of(layer: Any) -> list[Tensor]:
    """The parameters that a layer's weights are, or that a parametrisation computes them from."""
    leaves = []
    for name in layer.matrices(layer):
        if is_parametrized(layer, name):
            leaves += layer.parametrizations[name].parameters()
        elif getattr(layer, name).is_leaf:
            leaves.append(getattr(layer, name))
    return leaves
