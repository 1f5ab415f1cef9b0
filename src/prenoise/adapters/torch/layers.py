"""Layers of PyTorch that send their error back through a carrier instead of through their own weights.

A layer becomes one by changing its class in place, to a subclass that differs in the backward pass alone. It stays the
same object with the same parameters, hooks and name, so that whatever refers to it still does; `isinstance` holds;
copying, pickling and compiling work as for any layer; and changing the class back leaves no trace.
"""

import copyreg
import math
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn import functional

from prenoise.adapters.carriers import CARRIERS


class CarriedLinear(Function):
    """x W^T + b, whose error goes back as error C, with C the carrier."""

    generate_vmap_rule = True

    @staticmethod
    def forward(inputs: Tensor, weight: Tensor, bias: Tensor | None, carrier: Tensor) -> Tensor:
        return functional.linear(inputs, weight, bias)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: Tensor) -> None:
        below, _, _, carrier = inputs
        needs_below, needs_weight, *_ = ctx.needs_input_grad
        ctx.save_for_backward(below if needs_weight else None, carrier if needs_below else None)

    @staticmethod
    def backward(ctx: Any, *errors: Tensor) -> tuple[Tensor | None, ...]:
        below, carrier = ctx.saved_tensors
        (error,) = errors
        needs_below, needs_weight, needs_bias, _ = ctx.needs_input_grad
        rows = error.reshape(-1, error.shape[-1])
        return (
            error @ carrier if needs_below else None,
            rows.T @ below.reshape(-1, below.shape[-1]) if needs_weight else None,
            rows.sum(0) if needs_bias else None,
            None,
        )


class CarriedConvolution(Function):
    """A convolution whose error goes back as it would if the carrier were its weights."""

    generate_vmap_rule = True

    @staticmethod
    def forward(
        inputs: Tensor, weight: Tensor, bias: Tensor | None, carrier: Tensor, stride, padding, dilation, groups: int
    ) -> Tensor:
        none = [0] * len(stride)
        return torch.convolution(inputs, weight, bias, stride, padding, dilation, False, none, groups)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: Tensor) -> None:
        below, _, bias, carrier, *ctx.geometry = inputs
        ctx.bias_shape = None if bias is None else list(bias.shape)
        ctx.save_for_backward(below, carrier)

    @staticmethod
    def backward(ctx: Any, *errors: Tensor) -> tuple[Tensor | None, ...]:
        below, carrier = ctx.saved_tensors
        stride, padding, dilation, groups = ctx.geometry
        # The gradient of the weights depends on the error and the inputs alone, so one call has both right.
        gradients = torch.ops.aten.convolution_backward(
            errors[0],
            below,
            carrier,
            ctx.bias_shape,
            stride,
            padding,
            dilation,
            False,
            [0] * len(stride),
            groups,
            list(ctx.needs_input_grad[:3]),
        )
        wanted = (gradient if need else None for gradient, need in zip(gradients, ctx.needs_input_grad, strict=False))
        return (*wanted, None, None, None, None, None)


class Feedback(nn.Module):
    """What is added to a layer: a buffer `feedback` in the shape of its weights, and the name of a rule."""

    plain: type[nn.Module]
    """The layer's own class."""
    feedback: Tensor
    feedback_rule: str

    def carrier(self, weight: Tensor) -> Tensor:
        with torch.no_grad():
            return CARRIERS[self.feedback_rule](weight.detach(), self.feedback).to(weight.dtype)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """Copied and pickled by the name of the layer's own class, for this one is made when it is needed."""
        _, _, *state = super().__reduce_ex__(protocol)
        return (_empty, (self.plain,), *state)


class _FeedbackLinear(Feedback):
    weight: Tensor
    bias: Tensor | None

    def forward(self, inputs: Tensor) -> Tensor:
        return CarriedLinear.apply(*_cast(inputs, self.weight, self.bias, self.carrier(self.weight)))  # pyright: ignore[reportReturnType]


class _FeedbackConvolution(Feedback):
    stride: tuple[int, ...]
    padding: str | tuple[int, ...]
    dilation: tuple[int, ...]
    kernel_size: tuple[int, ...]
    groups: int
    padding_mode: str
    _reversed_padding_repeated_twice: list[int]

    def _conv_forward(self, inputs: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        padding = self.padding
        if padding == "valid":
            padding = (0,) * len(self.stride)
        elif self.padding_mode != "zeros" or padding == "same":
            mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
            inputs = functional.pad(inputs, self._reversed_padding_repeated_twice, mode)
            padding = (0,) * len(self.stride)
        single = inputs.ndim == len(self.stride) + 1
        inputs, weight, bias, carrier = _cast(inputs, weight, bias, self.carrier(weight))
        outputs: Any = CarriedConvolution.apply(
            inputs[None] if single else inputs, weight, bias, carrier, self.stride, padding, self.dilation, self.groups
        )
        return outputs[0] if single else outputs


def _cast(inputs: Tensor, *others: Tensor | None) -> tuple[Any, ...]:
    """Under autocast, everything in its type, as the functions that it knows would have it."""
    device, tensors = inputs.device.type, (inputs, *others)
    if not torch.amp.is_autocast_available(device) or not torch.is_autocast_enabled(device):
        return tensors
    dtype = torch.get_autocast_dtype(device)
    kept = (None, torch.float64)
    return tuple(tensor if getattr(tensor, "dtype", None) in kept else tensor.to(dtype) for tensor in tensors)  # pyright: ignore[reportOptionalMemberAccess]


KINDS: dict[type[nn.Module], type[Feedback]] = {
    nn.Linear: _FeedbackLinear,
    nn.Conv1d: _FeedbackConvolution,
    nn.Conv2d: _FeedbackConvolution,
    nn.Conv3d: _FeedbackConvolution,
}
"""The layers that can be aligned, and what makes them so."""


def kind_of(plain: type[nn.Module]) -> type[nn.Module] | None:
    """Which of the layers above this class computes as; none if it is no such layer, or has ways of its own."""
    for kind in KINDS:
        own = ("forward", "_conv_forward") if kind is not nn.Linear else ("forward",)
        if issubclass(plain, kind) and all(getattr(plain, name) is getattr(kind, name) for name in own):
            return kind
    return None


@cache
def with_feedback(plain: type[nn.Module]) -> type[Any]:
    """The class that differs from `plain` in how it sends its error back."""
    kind = kind_of(plain)
    if kind is None:
        raise TypeError(f"{plain.__name__} does not compute as a layer that can be aligned")
    name = f"Feedback{plain.__name__}"
    return type(name, (KINDS[kind], plain), {"plain": plain, "__module__": __name__, "__doc__": plain.__doc__})


def _empty(plain: type[nn.Module]) -> Any:
    return copyreg.__newobj__(with_feedback(plain))  # pyright: ignore[reportAttributeAccessIssue]


def fan_in(weight: Tensor) -> int:
    """Inputs of one output neuron: for a convolution, the channels of a group times the size of the kernel."""
    return math.prod(weight.shape[1:])
