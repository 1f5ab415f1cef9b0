"""What training asks of an optimiser, and the paper's."""

from functools import cache
from typing import Any, Protocol, runtime_checkable

import optax

from prenoise.paper import PAPER


@runtime_checkable
class Optimiser(Protocol):
    """Any optax optimiser: `init` makes its state, `update` turns gradients into updates."""

    @property
    def init(self) -> Any: ...

    @property
    def update(self) -> Any: ...


@cache
def adam(rate: float = PAPER.rate, decay_over: int | None = None) -> Optimiser:
    """Adam with its usual constants; the same object for the same rate, so that runs share one compiled program.

    The rate is constant, or falls to 0 along a cosine over `decay_over` steps.
    """
    return optax.adam(rate if decay_over is None else optax.cosine_decay_schedule(rate, decay_over))
