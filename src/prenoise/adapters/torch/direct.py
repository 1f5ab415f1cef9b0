"""Direct feedback alignment on a model of PyTorch: hidden layers hear the error of the read-out itself."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from prenoise.adapters.carriers import he_scale
from prenoise.adapters.report import Aligned
from prenoise.adapters.torch.running import (
    Output,
    as_evaluated,
    check_materialised,
    device_of,
    moved,
    scores_in,
    scores_of,
)
from prenoise.errors import UserError
from prenoise.rules import Rule, named


def direct_align(
    model: nn.Module,
    outputs: Sequence[str],
    example: Any,
    *,
    rule: str | Rule = "dfa",
    scale: float | int | None = None,
    output: Output | None = None,
    generator: torch.Generator | None = None,
) -> Aligned:
    """Have the error of the read-out reach what the modules called `outputs` give, and no error from the layers above.

    Name the hidden layers' activities: their ReLU, say, or their blocks. Each module gets a buffer `direct_feedback`,
    classes x entries of its output, drawn from N(0, 2 / entries) or with the standard deviation `scale`. `model` is run
    once on `example`, a batch of inputs, to know how many there are. `rule` is a direct one, `output` takes the scores
    from what the model returns, and `generator` draws the feedback. `release` undoes it.
    """
    rule = named(rule)
    if not rule.direct:
        raise UserError(f"the rule {rule.name} is not direct: expected dfa, or call feedback_align")
    check_materialised(model)
    modules = dict(model.named_modules())
    unknown = [name for name in outputs if name not in modules]
    if unknown or not outputs:
        raise UserError(f"there is no module {unknown[0]!r}" if unknown else "no outputs are named: expected some")
    release_direct(model)
    shapes, classes = _shapes(model, {name: modules[name] for name in outputs}, example, output)
    error = _ReadoutError(output)
    for name, shape in shapes.items():
        entries = shape.numel()
        device = "cpu" if generator is None else generator.device
        drawn = torch.randn(classes, entries, generator=generator, device=device)
        feedback = drawn * (he_scale(entries) if scale is None else scale)
        like = next(model.parameters())
        modules[name].register_buffer("direct_feedback", feedback.to(like.device, like.dtype))
        modules[name].register_forward_hook(_Hidden(error, rule))
    model.register_forward_hook(error)
    return Aligned(tuple(shapes), {})


def release_direct(model: nn.Module) -> None:
    """Undo `direct_align`."""
    for module in model.modules():
        for key, hook in list(module._forward_hooks.items()):
            if isinstance(hook, _ReadoutError | _Hidden):
                del module._forward_hooks[key]
        module._buffers.pop("direct_feedback", None)


class _ReadoutError:
    """Keeps the error of the read-out from the moment at which it is known, the first of a backward pass."""

    def __init__(self, output: Output | None):
        self._output = output
        self.value: Tensor | None = None

    def __call__(self, model: nn.Module, arguments: Any, returned: Any) -> None:
        scores = scores_in(returned if self._output is None else self._output(returned))
        if scores.requires_grad:
            scores.register_hook(self._keep)

    def _keep(self, error: Tensor) -> None:
        self.value = error


class _Hidden:
    """Replaces the error of what a module gives by that of the read-out, through the module's feedback."""

    def __init__(self, error: _ReadoutError, rule: Rule):
        self._error, self._rule = error, rule.name

    def __call__(self, module: Any, arguments: Any, returned: Any) -> None:
        if not isinstance(returned, Tensor):
            raise UserError(f"a module with direct feedback gave {type(returned).__name__}: expected one tensor")
        if returned.requires_grad:
            feedback = named(self._rule).carrier(module.direct_feedback, module.direct_feedback)
            returned.register_hook(lambda gradient: self._sent(gradient, feedback))

    def _sent(self, gradient: Tensor, feedback: Tensor) -> Tensor:
        if self._error.value is None:
            raise UserError("the model's scores have no error: expected a loss of what the whole model returns")
        return (self._error.value.to(feedback.dtype) @ feedback).reshape(gradient.shape).to(gradient.dtype)


def _shapes(
    model: nn.Module, modules: dict[str, nn.Module], example: Any, output: Output | None
) -> tuple[dict[str, torch.Size], int]:
    """The shape of what each module gives for one example, and the number of classes."""
    shapes: dict[str, torch.Size] = {}

    def noted(name: str) -> Any:
        return lambda module, arguments, returned: shapes.update({name: returned.shape[1:]})

    hooks = [module.register_forward_hook(noted(name)) for name, module in modules.items()]
    try:
        with as_evaluated(model), torch.no_grad():
            scores = scores_of(model, moved(example, device_of(model)), output)
    finally:
        for hook in hooks:
            hook.remove()
    if scores.ndim != 2:
        raise UserError(f"the scores have shape {tuple(scores.shape)}: expected examples x classes for a direct rule")
    unused = [name for name in modules if name not in shapes]
    if unused:
        raise UserError(f"the module {unused[0]!r} was not called for the example: expected one that is")
    return {name: shapes[name] for name in modules}, scores.shape[1]
