"""One step after the other down the gradient, in single precision whatever the parameters are."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from prenoise.adapters.torch.following import Following
from prenoise.paper import PAPER

Schedule = Callable[[Optimizer, int], Any]
"""From the optimiser and the number of steps to a learning rate scheduler, such as `CosineAnnealingLR`."""


class Descent:
    """An optimiser of the parameters `moving`, its schedule, and the feedback that follows its steps.

    Parameters of half precision have a copy in single precision that the optimiser moves, for what a step adds to them
    would often round to nothing.
    """

    def __init__(
        self,
        moving: list[nn.Parameter],
        optimiser: Callable[[Iterable[nn.Parameter]], Optimizer] | None,
        schedule: Schedule | None,
        steps: int,
        following: Following,
    ):
        copies = {parameter: nn.Parameter(parameter.detach().float()) for parameter in moving if _is_half(parameter)}
        stepped = [copies.get(parameter, parameter) for parameter in moving]
        self.optimiser = torch.optim.Adam(stepped, lr=PAPER.rate) if optimiser is None else optimiser(stepped)
        self.schedule = None if schedule is None else schedule(self.optimiser, steps)
        taken = {id(parameter) for group in self.optimiser.param_groups for parameter in group["params"]}
        self.copies = {parameter: copy for parameter, copy in copies.items() if id(copy) in taken}
        self.following = following
        self._moving = moving

    def step(self, loss_of: Callable[[], Tensor]) -> Tensor:
        """Take a step down the gradient of `loss_of()`, which some optimisers ask for several times; that loss."""

        def closure() -> Tensor:
            self._round()
            for parameter in self._moving:
                parameter.grad = None
            loss = loss_of()
            loss.backward()
            for parameter, copy in self.copies.items():
                copy.grad = None if parameter.grad is None else parameter.grad.float()
                parameter.grad = None
            return loss

        if self.following:
            self.following.before_step(copies=self.copies)
        loss: Any = self.optimiser.step(closure)  # pyrefly: ignore[no-matching-overload]
        self._round()
        if self.following:
            self.following.after_step(copies=self.copies)
        if self.schedule is not None:
            self.schedule.step()
        return loss.detach()

    def _round(self) -> None:
        with torch.no_grad():
            for parameter, copy in self.copies.items():
                parameter.copy_(copy)

    def state_dict(self) -> dict[str, Any]:
        """All that is needed to go on, besides the parameters."""
        return {
            "optimiser": self.optimiser.state_dict(),
            "schedule": None if self.schedule is None else self.schedule.state_dict(),
            "copies": [copy.detach() for copy in self.copies.values()],
            "following": self.following.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self.optimiser.load_state_dict(state["optimiser"])
        if self.schedule is not None:
            self.schedule.load_state_dict(state["schedule"])
        with torch.no_grad():
            for copy, value in zip(self.copies.values(), state["copies"], strict=True):
                copy.copy_(value)
        self.following.load_state_dict(state["following"])


def _is_half(parameter: Tensor) -> bool:
    return parameter.dtype in (torch.float16, torch.bfloat16)
