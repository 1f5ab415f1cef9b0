"""One call that makes a model of PyTorch send its errors back through fixed random weights, and one that undoes it."""

import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils.parametrize import ParametrizationList, is_parametrized, type_before_parametrizations

from prenoise.adapters.carriers import COMPLEX, Scale, feedback_scale, he_scale, layer_rule
from prenoise.adapters.report import FAR_FROM_BACKPROPAGATION, Aligned
from prenoise.adapters.torch.direct import release_direct
from prenoise.adapters.torch.example import bypassed, gradient_ratio
from prenoise.adapters.torch.layers import Feedback, fan_in, feedback_name, kind_of, plain_class, stored, with_feedback
from prenoise.adapters.torch.running import Output, check_materialised
from prenoise.errors import UserError
from prenoise.rules import Rule

WHY_NOT: dict[type[nn.Module], str] = {
    nn.Embedding: "an embedding looks its rows up and sends no error back",
    nn.EmbeddingBag: "an embedding looks its rows up and sends no error back",
    nn.RNNBase: "a recurrent layer computes in one function, not in layers of its own",
    nn.RNNCellBase: "a recurrent cell computes in one function, not in layers of its own",
    nn.Bilinear: "a bilinear layer's error depends on its other input, not on weights alone",
}


def feedback_align(
    model: nn.Module,
    rule: str | Rule = "fa",
    *,
    scale: Scale = "weights",
    example: Any = None,
    output: Output | None = None,
    generator: torch.Generator | None = None,
) -> Aligned:
    """Have every layer of `model` with a matrix of weights send its error back through feedback. Changes it in place.

    Layers are Linear, Conv, ConvTranspose and MultiheadAttention, and what computes as they do. Each gets a buffer
    `feedback` in the shape of its weights, drawn from a normal distribution; layers that share their weights share it.
    Forward the model computes what it did, and its parameters stay the same objects. A layer that has feedback already
    keeps it and follows the new rule.

    `rule` is the name of a rule or a rule of your own, which must not be direct. Where it changes the feedback after
    every step (brsf, kp, mirror), `warm_up` does so, and `learn_feedback` for a loop of your own.

    `scale` is the standard deviation of the feedback: that of the "weights" it stands for, "he" for (2 / fan in) ** 0.5
    as in the paper, or a number.

    `example` is a batch of inputs, on which the model is run in evaluation mode. It shows which layers' weights the
    model takes without calling the layer: they are left as they were and reported. It also compares the length of the
    gradients with backpropagation's, and warns where they are a hundred times apart. `output` takes the scores from
    what the model returns.

    `generator` draws the feedback; by default PyTorch's own does. A model must be aligned before it is wrapped for
    distributed training.

    The result says which layers were aligned and, for every other weight matrix, why not. If anything fails, the model
    is as it was.
    """
    rule = layer_rule(rule)
    feedback_scale(scale, 1.0, 1)  # raises if it is none
    check_materialised(model)
    modules = dict(model.named_modules())
    if generator is None and any(isinstance(module, DistributedDataParallel) for module in modules.values()):
        raise UserError(
            "the model is wrapped in DistributedDataParallel, where each process may keep feedback of its own: align "
            "it before you wrap it, or give a generator of the same seed in every process"
        )
    chosen, refused = _choose(modules)
    with _as_it_was_on_failure(model):
        drawn: dict[tuple[int, str], tuple[Tensor, float]] = {}
        for path in chosen:
            _align(modules[path], rule, scale, generator, drawn)
        ratio = None
        if example is not None and chosen:
            for path in bypassed(model, {path: modules[path] for path in chosen}, example, output):
                layer: Any = modules[path]
                for name in layer.matrices(layer):
                    refused[f"{path}.{name}".lstrip(".")] = "the model takes it without calling the layer"
                chosen.remove(path)
                release_layer(modules[path])
            ratio = gradient_ratio(model, example, output)
    note = ""
    if rule.after_step is not None:
        note = f"{rule.name} changes feedback with every step: in a loop of your own, learn_feedback(model, optimiser)"
    place = {path: number for number, path in enumerate(modules)}
    in_order = sorted(refused, key=lambda name: place[name.rpartition(".")[0]])
    report = Aligned(tuple(chosen), {name: refused[name] for name in in_order}, ratio, note).or_raise()
    if ratio is not None and not 1 / FAR_FROM_BACKPROPAGATION <= ratio <= FAR_FROM_BACKPROPAGATION:
        warnings.warn(
            f"the gradients of the aligned model are {ratio:.2g} times as long as those of backpropagation: training "
            "may not work; give feedback the scale of the weights with scale='weights'",
            stacklevel=2,
        )
    return report


def release(model: nn.Module) -> nn.Module:
    """Undo `feedback_align` and `direct_align`: every layer of `model` is again as it was. Returns the same `model`."""
    for module in model.modules():
        release_layer(module)
    release_direct(model)
    return model


def feedback_layers(model: nn.Module) -> Iterator[tuple[str, Any]]:
    """The aligned layers and their names; a layer used in several places counts once."""
    return ((path, module) for path, module in model.named_modules() if isinstance(module, Feedback))


def _align(
    layer: Any,
    rule: Rule,
    scale: Scale,
    generator: torch.Generator | None,
    drawn: dict[tuple[int, str], tuple[Tensor, float]],
) -> None:
    """Give a layer feedback, if it has none, and the rule. `drawn` holds the feedback of the weights met so far."""
    names = (layer if isinstance(layer, Feedback) else with_feedback(plain_class(layer))).matrices(layer)
    keys = [(id(layer._parameters.get(name, layer)), name) for name in names]  # a computed weight is the layer's alone
    if not isinstance(layer, Feedback):
        kind = with_feedback(plain_class(layer))
        for key, name in zip(keys, names, strict=True):
            if key not in drawn:
                drawn[key] = _draw(_value(layer, name), kind, layer, scale, generator)
            feedback, layer.feedback_unit = drawn[key]
            layer.register_buffer(feedback_name(name), feedback)
        _change_class(layer, with_feedback)
    for key, name in zip(keys, names, strict=True):
        drawn.setdefault(key, (getattr(layer, feedback_name(name)), layer.feedback_unit))
    layer.feedback_rule = stored(rule)


def release_layer(layer: Any) -> None:
    """Undo `feedback_align` for one layer, and not for those within it."""
    if isinstance(layer, Feedback):
        for name in layer.matrices(layer):
            delattr(layer, feedback_name(name))
        del layer.feedback_rule, layer.feedback_unit
        _change_class(layer, lambda aligned: aligned.plain)


def _change_class(module: nn.Module, changed: Callable[[Any], type[Any]]) -> None:
    """To what `changed` makes of the layer's class, under the class that PyTorch puts on top for parametrisations."""
    before, kind = type(module), changed(type_before_parametrizations(module))
    if is_parametrized(module):
        kind = type(f"Parametrized{kind.__name__}", (kind,), dict(vars(before)))
    module.__class__ = kind
    for name, value in vars(module).items():  # such as accelerate keeps under its hooks
        if isinstance(value, types.MethodType) and value.__func__ is getattr(before, value.__name__, None):
            vars(module)[name] = types.MethodType(getattr(kind, value.__name__), module)


@contextmanager
def _as_it_was_on_failure(model: nn.Module) -> Iterator[None]:
    """If anything goes wrong, the layers that had no feedback have none, and the others follow the rule they did."""
    before = {module: module.feedback_rule for _, module in feedback_layers(model)}
    try:
        yield
    except BaseException:
        for _, layer in list(feedback_layers(model)):
            if layer in before:
                layer.feedback_rule = before[layer]
            else:
                release_layer(layer)
        raise


def _choose(modules: dict[str, nn.Module]) -> tuple[list[str], dict[str, str]]:
    """Paths of the layers to align, and of the weight matrices that cannot be, with the reason."""
    chosen, refused = [], {}
    for path, module in modules.items():
        if isinstance(module, ParametrizationList):
            continue  # of a weight that belongs to the layer above it
        attention = modules.get(path.rpartition(".")[0]) if path.endswith("out_proj") else None
        holder = attention if isinstance(attention, nn.MultiheadAttention) else module  # which uses it in its own code
        why = _why_not(holder) or _why_not(module)
        if why is None:
            chosen.append(path)
            continue
        matrices = (name for name, tensor in _own_weights(module) if tensor.ndim > 1)
        refused |= {f"{path}.{name}".lstrip("."): why for name in matrices}
    return chosen, refused


def _why_not(module: Any) -> str | None:
    """Why the matrices of this module cannot be replaced on the way back; None if they can."""
    return None if isinstance(module, Feedback) else _unlike_a_layer(module) or _unusual_weights(module)


def _unlike_a_layer(module: Any) -> str | None:
    """What is wrong with the module's class."""
    plain = plain_class(module)
    kind = kind_of(plain)
    if kind is None:
        known = next((why for kind, why in WHY_NOT.items() if isinstance(module, kind)), None)
        return known or f"{plain.__name__} uses it in code of its own"
    if "forward" in vars(module) and not isinstance(vars(module).get("_old_forward"), types.MethodType):
        return "its forward function was replaced"
    try:
        with_feedback(plain)
    except Exception as error:
        return f"its class {plain.__name__} cannot be subclassed ({error})"
    return None


def _unusual_weights(module: Any) -> str | None:
    """What is wrong with the weights."""
    for name in with_feedback(plain_class(module)).matrices(module):
        if hasattr(module, feedback_name(name)):
            return f"it has an attribute named {feedback_name(name)} already"
        weight = module._parameters.get(name)
        if weight is not None and type(weight) not in (nn.Parameter, Tensor):
            return f"its weights are a {type(weight).__name__}: align the model before it is sharded or quantised"
        weight = _value(module, name)
        if weight.is_complex():
            return COMPLEX
        if weight.layout != torch.strided or not weight.is_floating_point():
            return f"its weights are of type {weight.dtype} and layout {weight.layout}"
        if not weight.numel():
            return "it has no weights: one of its sizes is 0"
    return None


def _value(layer: Any, name: str) -> Tensor:
    """The weights of that name; a parametrisation computes them as in evaluation, and its own buffers stay."""
    if not is_parametrized(layer, name):
        return getattr(layer, name)
    parametrisation = layer.parametrizations[name]
    modes = [(module, module.training) for module in parametrisation.modules()]
    parametrisation.eval()
    try:
        with torch.no_grad():
            return getattr(layer, name)
    finally:
        for module, training in modes:
            module.training = training


def _own_weights(module: Any) -> Iterator[tuple[str, Tensor]]:
    """The parameters of this module, and what parametrisations compute."""
    yield from module.named_parameters(recurse=False)
    if is_parametrized(module):
        yield from ((name, _value(module, name)) for name in module.parametrizations)


def _draw(
    weight: Tensor, kind: type[Feedback], layer: Any, scale: Scale, generator: torch.Generator | None
) -> tuple[Tensor, float]:
    """Feedback for a weight, and its scale in units of He's.

    It is drawn in single precision on the generator's device, so that it does not depend on those of the model.
    """
    inputs = fan_in(kind.as_rows(layer, weight))
    deviation = feedback_scale(scale, float(weight.detach().double().square().mean().sqrt()), inputs)
    device = "cpu" if generator is None else generator.device
    feedback = torch.randn(weight.shape, generator=generator, device=device, dtype=torch.float32) * deviation
    return feedback.to(weight.device, weight.dtype), deviation / he_scale(inputs)
