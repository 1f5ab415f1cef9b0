"""One call that makes a model of PyTorch send its errors back through fixed random weights, and one that undoes it."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils.parametrize import ParametrizationList, is_parametrized, type_before_parametrizations

from prenoise.adapters.carriers import COMPLEX, carrier_name, feedback_scale
from prenoise.adapters.report import Aligned
from prenoise.adapters.torch.layers import Feedback, fan_in, kind_of, with_feedback
from prenoise.adapters.torch.running import check_materialised
from prenoise.adapters.torch.trial import bypassed
from prenoise.errors import UserError
from prenoise.rules import Rule

WHY_NOT: dict[type[nn.Module], str] = {
    nn.Embedding: "an embedding looks its rows up and sends no error back",
    nn.EmbeddingBag: "an embedding looks its rows up and sends no error back",
    nn.MultiheadAttention: "attention applies its projections in one function, not as layers of their own",
    nn.RNNBase: "a recurrent layer computes in one function, not in layers of its own",
    nn.RNNCellBase: "a recurrent cell computes in one function, not in layers of its own",
    nn.Bilinear: "a bilinear layer's error depends on its other input, not on weights alone",
    nn.ConvTranspose1d: "transposed convolutions are not supported",
    nn.ConvTranspose2d: "transposed convolutions are not supported",
    nn.ConvTranspose3d: "transposed convolutions are not supported",
}


def feedback_align(
    model: nn.Module,
    rule: str | Rule = "fa",
    *,
    example: Any = None,
    generator: torch.Generator | None = None,
) -> Aligned:
    """Have every Linear and Conv layer send its error back through fixed random weights. Changes `model` in place.

    Each layer gets a buffer `feedback` in the shape of its weights, drawn from N(0, 2 / fan in); layers that share
    their weights share it. Forward the model computes what it did, and its parameters stay the same objects. A layer
    that has feedback already keeps it and follows the new rule: a built-in one of `adapters.carriers.CARRIERS`, as `fa`
    or `usf`.

    The result says which layers were aligned and, for every other weight matrix, why not. Whether the model's own code
    takes a layer's weights without calling the layer only a run can show: with a batch of inputs as `example` the
    model is run once, and such layers are left as they were and reported. Without a `generator` feedback comes from
    PyTorch's own, and a model must be aligned before it is wrapped for distributed training.
    """
    name = carrier_name(rule)
    check_materialised(model)
    modules = dict(model.named_modules())
    if generator is None and any(isinstance(module, DistributedDataParallel) for module in modules.values()):
        raise UserError(
            "the model is wrapped in DistributedDataParallel, where each process may keep feedback of its own: align "
            "it before you wrap it, or give a generator of the same seed in every process"
        )
    chosen, refused = _choose(modules)
    if example is not None:
        for path in bypassed(model, {path: modules[path] for path in chosen}, example):
            refused[f"{path}.weight".lstrip(".")] = "the model takes it without calling the layer"
            chosen.remove(path)
            _release(modules[path])
    drawn: dict[int, Tensor] = {}
    for path in chosen:
        module: Any = modules[path]
        key = id(module._parameters.get("weight", module))  # a weight that is computed is no other layer's
        if not isinstance(module, Feedback):
            module.register_buffer("feedback", drawn[key] if key in drawn else _draw(module.weight, generator))
            _change_class(module, with_feedback)
        drawn.setdefault(key, module.feedback)
        module.feedback_rule = name
    place = {path: number for number, path in enumerate(modules)}
    in_order = sorted(refused, key=lambda name: place[name.rpartition(".")[0]])
    return Aligned(tuple(chosen), {name: refused[name] for name in in_order}).or_raise()


def release(model: nn.Module) -> nn.Module:
    """Undo `feedback_align`: every layer is again of the class it was, without feedback. Returns the same `model`."""
    for module in model.modules():
        _release(module)
    return model


def feedback_layers(model: nn.Module) -> Iterator[tuple[str, Any]]:
    """The aligned layers and their names; a layer used in several places counts once."""
    return ((path, module) for path, module in model.named_modules() if isinstance(module, Feedback))


def _release(module: Any) -> None:
    if isinstance(module, Feedback):
        del module.feedback, module.feedback_rule
        _change_class(module, lambda aligned: aligned.plain)


def _change_class(module: nn.Module, changed: Callable[[Any], type[Any]]) -> None:
    """To what `changed` makes of the layer's class, under the class that PyTorch puts on top for parametrisations."""
    kind: type[Any] = changed(type_before_parametrizations(module))
    if is_parametrized(module):
        kind = type(f"Parametrized{kind.__name__}", (kind,), dict(vars(type(module))))
    module.__class__ = kind


def _choose(modules: dict[str, nn.Module]) -> tuple[list[str], dict[str, str]]:
    """Paths of the layers to align, and of the weight matrices that cannot be, with the reason."""
    chosen, refused = [], {}
    attention = [module for module in modules.values() if isinstance(module, nn.MultiheadAttention)]
    beneath_attention = {id(module.out_proj) for module in attention}
    for path, module in modules.items():
        if isinstance(module, ParametrizationList):
            continue  # of a weight that belongs to the layer above it
        why = WHY_NOT[nn.MultiheadAttention] if id(module) in beneath_attention else _why_not(module)
        if why is None:
            chosen.append(path)
            continue
        matrices = (name for name, tensor in _own_weights(module) if tensor.ndim > 1)
        refused |= {f"{path}.{name}".lstrip("."): why for name in matrices}
    return chosen, refused


def _why_not(module: nn.Module) -> str | None:
    """Why the matrices of this module cannot be replaced on the way back; None if they can."""
    plain: Any = module.plain if isinstance(module, Feedback) else type_before_parametrizations(module)
    if kind_of(plain) is None:
        known = next((why for kind, why in WHY_NOT.items() if isinstance(module, kind)), None)
        return known or f"{plain.__name__} uses it in code of its own"
    if "forward" in vars(module):
        return "its forward function was replaced"
    if not isinstance(module, Feedback) and hasattr(module, "feedback"):
        return "it has an attribute named feedback already"
    return COMPLEX if any(parameter.is_complex() for parameter in module.parameters()) else None


def _own_weights(module: Any) -> Iterator[tuple[str, Tensor]]:
    """The parameters of this module, and what parametrisations compute."""
    yield from module.named_parameters(recurse=False)
    if is_parametrized(module):
        yield from ((name, getattr(module, name)) for name in module.parametrizations)


def _draw(weight: Tensor, generator: torch.Generator | None) -> Tensor:
    """In single precision on the generator's device, so that the feedback does not depend on the model's."""
    device = "cpu" if generator is None else generator.device
    feedback = torch.randn(weight.shape, generator=generator, device=device, dtype=torch.float32) * feedback_scale(
        fan_in(weight)
    )
    return feedback.to(weight.device, weight.dtype)
