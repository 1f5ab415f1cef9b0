"""Linear maps whose error goes back through a carrier instead of through their own weights."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn import functional


class CarriedLinear(Function):
    """x W^T + b, whose error goes back as error C, with C the carrier."""

    generate_vmap_rule = True

    @staticmethod
    def forward(inputs: Tensor, weight: Tensor, bias: Tensor | None, carrier: Tensor) -> Tensor:
        outputs = functional.linear(inputs, weight, bias)
        # Else it is a view of a matrix if there are more axes, and nobody could change it in place.
        return outputs if inputs.ndim == 2 else torch.ops.aten._unsafe_view(outputs, outputs.shape)

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
    """A convolution, plain or transposed, whose error goes back as it would if the carrier were its weights."""

    generate_vmap_rule = True

    @staticmethod
    def forward(inputs: Tensor, weight: Tensor, bias: Tensor | None, carrier: Tensor, *geometry: Any) -> Tensor:
        return torch.convolution(inputs, weight, bias, *geometry)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: Tensor) -> None:
        below, _, bias, carrier, *ctx.geometry = inputs
        ctx.bias_shape = None if bias is None else list(bias.shape)
        ctx.save_for_backward(below, carrier)

    @staticmethod
    def backward(ctx: Any, *errors: Tensor) -> tuple[Tensor | None, ...]:
        below, carrier = ctx.saved_tensors
        # The gradient of the weights depends on the error and the inputs alone, so one call has both right.
        gradients = torch.ops.aten.convolution_backward(
            errors[0], below, carrier, ctx.bias_shape, *ctx.geometry, list(ctx.needs_input_grad[:3])
        )
        wanted = (gradient if need else None for gradient, need in zip(gradients, ctx.needs_input_grad, strict=False))
        return (*wanted, None, *(None for _ in ctx.geometry))


def linear(inputs: Tensor, weight: Tensor, bias: Tensor | None, carrier: Tensor) -> Tensor:
    """`CarriedLinear` of tensors as autocast would have them."""
    return CarriedLinear.apply(*cast(inputs, weight, bias, carrier))


def convolution(inputs: Tensor, weight: Tensor, bias: Tensor | None, carrier: Tensor, *geometry: Any) -> Tensor:
    """`CarriedConvolution` of tensors as autocast would have them, of a batch or of a single example.

    The geometry is stride, padding, dilation, transposed, output padding and groups.
    """
    single = inputs.ndim == len(geometry[0]) + 1
    inputs, weight, bias, carrier = cast(inputs, weight, bias, carrier)
    outputs: Any = CarriedConvolution.apply(inputs[None] if single else inputs, weight, bias, carrier, *geometry)
    return outputs[0] if single else outputs


def cast(inputs: Tensor, *others: Tensor | None) -> tuple[Any, ...]:
    """Under autocast, everything in its type, as the functions that it knows would have it."""
    device, tensors = inputs.device.type, (inputs, *others)
    if not torch.amp.is_autocast_available(device) or not torch.is_autocast_enabled(device):
        return tensors
    dtype = torch.get_autocast_dtype(device)
    kept = (None, torch.float64)
    return tuple(tensor if getattr(tensor, "dtype", None) in kept else tensor.to(dtype) for tensor in tensors)  # pyrefly: ignore[missing-attribute]
