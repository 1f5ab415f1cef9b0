"""What training asks of an optimiser, and the paper's."""

from functools import cache
from typing import Any, Protocol, runtime_checkable

import jax
import optax

from prenoise.errors import UserError
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
    """Adam with its usual constants.

    The `rate` is constant, or falls to 0 along a cosine over `decay_over` steps.
    """
    return optax.adam(rate if decay_over is None else optax.cosine_decay_schedule(rate, decay_over))


def check_optimiser(optimiser: Any, moving: Any) -> None:
    """Raise unless this is an optimiser that updates the weights `moving` from their gradients alone."""
    if isinstance(optimiser, type) or not isinstance(optimiser, Optimiser):
        raise UserError(f"found optimiser={optimiser!r}: expected one of optax, as optax.adam(1e-4)")
    if optimiser is adam():
        return
    try:
        jax.eval_shape(lambda weights: optimiser.update(weights, optimiser.init(weights), weights), moving)
    except (TypeError, ValueError, AttributeError) as error:
        raise UserError(
            f"this optimiser cannot update weights from their gradients alone ({str(error).splitlines()[0]}): expected "
            "one that needs neither the loss nor weights of its own, as optax.adam(1e-4)"
        ) from None
