"""Layers of PyTorch that send their error back through a carrier instead of through their own weights.

A layer becomes one by changing its class in place, to a subclass that differs in the backward pass alone. It stays the
same object with the same parameters, hooks and name, so that whatever refers to it still does; `isinstance` holds;
copying, pickling and compiling work as for any layer; and changing the class back leaves no trace.
"""

import copyreg
import json
import math
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any, NoReturn

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrize import type_before_parametrizations

from prenoise.adapters import carriers
from prenoise.adapters.torch.carried import convolution, linear
from prenoise.errors import UserError
from prenoise.rules import RULES, Rule, named


class Feedback(nn.Module):
    """What is added to a layer: for each matrix of weights a buffer of feedback in its shape, and a rule.

    The rule is part of the `state_dict`, as extra state, and a checkpoint of another rule is not loaded.
    """

    plain: type[nn.Module]
    """The layer's own class."""
    feedback_rule: str | Rule
    """The name of a built-in rule, or a rule of the user's own."""
    feedback_unit: float
    """The scale in which the feedback was drawn, in units of He's."""

    @staticmethod
    def matrices(layer: Any) -> tuple[str, ...]:
        """The names of the weights that errors go back through."""
        return ("weight",)

    @staticmethod
    def as_rows(layer: Any, weight: Tensor) -> Tensor:
        """A weight as outputs x inputs (x kernel), the inputs those of one group, and from that again the weight."""
        return weight

    def carrier(self, name: str, weight: Tensor) -> Tensor:
        """What the error goes back through instead of `weight`, the value of the matrix called `name`."""
        rule, feedback = named(self.feedback_rule), getattr(self, feedback_name(name))
        with torch.no_grad():
            weights, feedback = self.as_rows(self, weight.detach()), self.as_rows(self, feedback)
            return self.as_rows(self, carriers.carrier(rule, weights, feedback, self.feedback_unit)).to(weight.dtype)

    def carried(self) -> Iterator[tuple[str, Tensor, Tensor]]:
        """The name, the weights and the carrier of each matrix, the latter two as rows of outputs."""
        with torch.no_grad():
            for name in self.matrices(self):
                weight = whole(getattr(self, name).detach())
                yield name, self.as_rows(self, weight), self.as_rows(self, self.carrier(name, weight))

    def get_extra_state(self) -> Tensor:
        about = {"rule": named(self.feedback_rule).name, "unit": self.feedback_unit}
        return torch.tensor(list(json.dumps(about).encode()), dtype=torch.uint8)  # what safetensors can hold

    @staticmethod
    def rule_in(state: Tensor) -> str:
        """The name of the rule in extra state."""
        return named(_about(state)["rule"]).name

    def set_extra_state(self, state: Tensor) -> None:
        self.feedback_unit = _about(state)["unit"]

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *others: Any) -> None:  # pyrefly: ignore[bad-override]
        *_, errors = others
        state, mine = state_dict.get(f"{prefix}_extra_state"), named(self.feedback_rule).name
        if state is not None and _about(state)["rule"] != mine:
            errors.append(
                f"{prefix.rstrip('.') or 'the layer'} follows the rule {_about(state)['rule']} in the checkpoint and "
                f"{mine} in the model: align the model with the rule of the checkpoint"
            )
            return
        super()._load_from_state_dict(state_dict, prefix, *others)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """Copied and pickled by the name of the layer's own class, for this one is made when it is needed."""
        _, _, *state = super().__reduce_ex__(protocol)
        return (_empty, (self.plain,), *state)

    def __prepare_scriptable__(self) -> NoReturn:
        raise UserError(_RELEASE.format("scripted"))

    @property
    def qconfig(self) -> NoReturn:
        raise AttributeError("qconfig")

    @qconfig.setter
    def qconfig(self, value: Any) -> NoReturn:
        raise UserError(_RELEASE.format("quantised"))


_RELEASE = "a model that is aligned cannot be {}: call release(model) first, and its layers are PyTorch's own again"


def checked(*inputs: Tensor) -> None:
    """Raise if the inputs are none that an aligned layer takes, or if a program is made of it without its backward."""
    if torch._C._get_tracing_state() is not None:
        raise UserError(_RELEASE.format("traced"))
    if torch.compiler.is_exporting():
        raise UserError(_RELEASE.format("exported"))
    for tensor in inputs:
        if tensor.is_nested or tensor.layout != torch.strided:
            kind = "nested" if tensor.is_nested else "sparse"
            raise UserError(f"an aligned layer was given a {kind} tensor: expected a dense one")


class _FeedbackLinear(Feedback):
    weight: Tensor
    bias: Tensor | None

    def forward(self, inputs: Tensor) -> Tensor:
        checked(inputs)
        weight = self.weight  # once: a parametrisation may change whenever it is looked at
        return linear(inputs, weight, self.bias, self.carrier("weight", weight))


class _FeedbackTransposedLinear(_FeedbackLinear):
    """Hugging Face's Conv1D: a Linear whose weights are inputs x outputs."""

    @staticmethod
    def as_rows(layer: Any, weight: Tensor) -> Tensor:
        return weight.T

    def forward(self, inputs: Tensor) -> Tensor:
        checked(inputs)
        weight = self.weight
        return linear(inputs, weight.T, self.bias, self.carrier("weight", weight).T)


class _FeedbackConvolution(Feedback):
    stride: tuple[int, ...]
    padding: str | tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int
    padding_mode: str
    _reversed_padding_repeated_twice: list[int]

    def _conv_forward(self, inputs: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        checked(inputs)
        padding, none = self.padding, (0,) * len(self.stride)
        if padding == "valid":
            padding = none
        elif self.padding_mode != "zeros" or padding == "same":
            mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
            inputs = functional.pad(inputs, self._reversed_padding_repeated_twice, mode)
            padding = none
        geometry = (self.stride, padding, self.dilation, False, none, self.groups)
        return convolution(inputs, weight, bias, self.carrier("weight", weight), *geometry)


class _FeedbackTransposedConvolution(Feedback):
    weight: Tensor
    bias: Tensor | None
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    kernel_size: tuple[int, ...]
    groups: int
    _output_padding: Any

    @staticmethod
    def as_rows(layer: Any, weight: Tensor) -> Tensor:
        """From (groups inputs) x outputs to (groups outputs) x inputs, and back."""
        return weight.unflatten(0, (layer.groups, -1)).transpose(1, 2).flatten(0, 1)

    def forward(self, inputs: Tensor, output_size: list[int] | None = None) -> Tensor:
        checked(inputs)
        weight, axes = self.weight, len(self.stride)
        output_padding = self._output_padding(
            inputs, output_size, self.stride, self.padding, self.kernel_size, axes, self.dilation
        )
        geometry = (self.stride, self.padding, self.dilation, True, output_padding, self.groups)
        return convolution(inputs, weight, self.bias, self.carrier("weight", weight), *geometry)


def _kinds() -> dict[type[nn.Module], tuple[type[Feedback], tuple[str, ...]]]:
    """The layers that can be aligned, what makes them so, and the methods in which they compute."""
    from prenoise.adapters.torch.attention import FeedbackAttention

    kinds: dict[Any, Any] = {
        nn.Linear: (_FeedbackLinear, ("forward",)),
        nn.Conv1d: (_FeedbackConvolution, ("forward", "_conv_forward")),
        nn.Conv2d: (_FeedbackConvolution, ("forward", "_conv_forward")),
        nn.Conv3d: (_FeedbackConvolution, ("forward", "_conv_forward")),
        nn.ConvTranspose1d: (_FeedbackTransposedConvolution, ("forward",)),
        nn.ConvTranspose2d: (_FeedbackTransposedConvolution, ("forward",)),
        nn.ConvTranspose3d: (_FeedbackTransposedConvolution, ("forward",)),
        nn.MultiheadAttention: (FeedbackAttention, ("forward",)),
    }
    elsewhere = {
        ("transformers.pytorch_utils", "Conv1D"): _FeedbackTransposedLinear,
        ("torch_geometric.nn.dense.linear", "Linear"): _FeedbackLinear,
    }
    for (module, name), kind in elsewhere.items():
        if module in sys.modules:  # else no model can have such a layer
            kinds[getattr(sys.modules[module], name)] = (kind, ("forward",))
    return kinds


def kind_of(plain: type[nn.Module]) -> type[Feedback] | None:
    """What makes a layer of the class `plain` an aligned one; None if it computes in a way of its own."""
    for layer, (kind, methods) in _kinds().items():
        if issubclass(plain, layer) and all(getattr(plain, name) is getattr(layer, name) for name in methods):
            return kind
    return None


@cache
def with_feedback(plain: type[nn.Module]) -> type[Any]:
    """The class that differs from `plain` in how it sends its error back."""
    kind = kind_of(plain)
    if kind is None:
        raise TypeError(f"{plain.__name__} does not compute as a layer that can be aligned")
    body = {"plain": plain, "__module__": plain.__module__, "__doc__": plain.__doc__}
    return type(f"Feedback{plain.__name__}", (kind, plain), body)


def feedback_name(matrix: str) -> str:
    """The name of the buffer that holds the feedback of the weights called `matrix`: `feedback` for `weight`."""
    return f"{matrix.removesuffix('weight')}feedback"


def stored(rule: Rule) -> str | Rule:
    """How a layer keeps its rule: a built-in one by name, for a function cannot be pickled."""
    return rule.name if RULES.get(rule.name) == rule else rule


def whole(tensor: Any) -> Tensor:
    """A tensor of which every process may hold a part."""
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def plain_class(layer: Any) -> type[nn.Module]:
    """The class of a layer without what feedback and parametrisations add to it."""
    return layer.plain if isinstance(layer, Feedback) else type_before_parametrizations(layer)


def fan_in(rows: Tensor) -> int:
    """Inputs of one output neuron: for a convolution, the channels of a group times the size of the kernel."""
    return math.prod(rows.shape[1:])


def _empty(plain: type[nn.Module]) -> Any:
    return copyreg.__newobj__(with_feedback(plain))  # pyrefly: ignore[missing-attribute]


def _about(state: Tensor) -> dict[str, Any]:
    return json.loads(bytes(state.tolist()))
