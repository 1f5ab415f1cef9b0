"""Feedback that changes with every step: the rules brsf, kp and mirror on a model of PyTorch."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from prenoise.adapters import carriers
from prenoise.adapters.torch.feedback import feedback_layers
from prenoise.adapters.torch.layers import feedback_name, whole
from prenoise.errors import UserError
from prenoise.rules import named


class Following:
    """Changes the feedback of a model's layers after every step, as their rules say, until it is removed."""

    def __init__(self, model: nn.Module, generator: torch.Generator):
        self._generator = generator
        self._layers = {}
        for path, layer in feedback_layers(model):
            if named(layer.feedback_rule).after_step is not None:
                for name in layer.matrices(layer):
                    feedback = getattr(layer, feedback_name(name))
                    self._layers.setdefault(id(feedback), (path, layer, name))  # shared feedback changes once
        self._before: list[Tensor] = []
        self._exact: dict[int, Tensor] = {}
        self._hooks: list[Any] = []

    def __bool__(self) -> bool:
        return bool(self._layers)

    @torch.no_grad()
    def before_step(self, *_: Any, copies: Mapping[Any, Tensor] | None = None) -> None:
        """Remember the weights that a step starts from."""
        self._before = [_weight(layer, name, copies).clone() for _, layer, name in self._layers.values()]

    @torch.no_grad()
    def after_step(self, *_: Any, copies: Mapping[Any, Tensor] | None = None) -> None:
        """Let every rule change its feedback, and its weights if it does, with their `copies` in another precision."""
        for kept, (path, layer, name) in zip(self._before, self._layers.values(), strict=True):
            weight, feedback = _weight(layer, name, copies), getattr(layer, feedback_name(name))
            exact = self._exact.get(id(feedback), feedback.float())
            before, after, exact = (layer.as_rows(layer, whole(each).float()) for each in (kept, weight, exact))
            rule = named(layer.feedback_rule)
            draw = partial(_normals, self._generator, weight.device)
            changed, exact = carriers.after_step(rule, before, after, exact, draw, layer.feedback_unit)
            if changed is not after:
                if is_parametrized(layer, name):
                    raise UserError(
                        f"the rule {rule.name} changes weights, and those of {path} are computed by a parametrisation: "
                        "expected another rule, or no parametrisation"
                    )
                parameter = layer._parameters[name]
                if not parameter.requires_grad:
                    continue  # which is not to change, and neither is what would change with it
                for held in (parameter, (copies or {}).get(parameter)):
                    if held is not None:
                        held.copy_(layer.as_rows(layer, changed))
            exact = layer.as_rows(layer, exact)
            feedback.copy_(exact)
            if feedback.dtype.itemsize < 4:
                self._exact[id(feedback)] = exact  # small steps would round away

    def follow(self, optimiser: Any) -> "Following":
        """From now on with every step of `optimiser`, be it PyTorch's or one that a trainer has wrapped."""
        inner = optimiser
        while hasattr(inner, "optimizer"):
            inner = inner.optimizer
        self._hooks += [
            inner.register_step_pre_hook(self.before_step),
            inner.register_step_post_hook(self.after_step),
        ]
        return self

    def state_dict(self) -> dict[str, Any]:
        """What is needed to go on, besides the feedback."""
        return {"generator": self._generator.get_state(), "exact": [self._exact.get(key) for key in self._layers]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self._generator.set_state(state["generator"])
        self._exact = {key: exact for key, exact in zip(self._layers, state["exact"], strict=True) if exact is not None}

    def remove(self) -> None:
        """The feedback stays as it is from now on."""
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()


def learn_feedback(model: nn.Module, optimiser: Any, *, generator: torch.Generator | None = None) -> Following:
    """Have the feedback of an aligned `model` change after every step of `optimiser`, if the model's rule says so.

    That is what the rules brsf, kp and mirror ask for; for others nothing happens. `warm_up` does it by itself. What a
    rule draws comes from `generator`, or from one that PyTorch's own random numbers seed. `remove()` on the result ends
    it: feedback that a mirror has learned can then stay as it is, under the rule fa.
    """
    if generator is None:
        generator = torch.Generator().manual_seed(int(torch.randint(2**62, ())))
    return Following(model, generator).follow(optimiser)


def _weight(layer: Any, name: str, copies: Mapping[Any, Tensor] | None) -> Tensor:
    weight: Any = getattr(layer, name)
    return (weight if copies is None else copies.get(weight, weight)).detach()


def _normals(generator: torch.Generator, device: torch.device, shape: Sequence[int]) -> Tensor:
    return torch.randn(*shape, generator=generator, device=generator.device).to(device)
