"""When noise pretraining has done what it can: a rule that looks at alignment alone, and needs no data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from prenoise.rules import Rule

LOOKS = 100
"""How often alignment is measured within the bound, where the caller names no times."""
PATIENCE = 1.3
"""Pretraining goes on until it is so many times as long as it took to the smallest angle so far."""
LEAST = 125_000
"""It goes on at least for so many examples, times the patience: at first the angle may rise, or not move at all."""


@dataclass(frozen=True)
class Aligned:
    """The end of noise pretraining where the mean angle to the feedback has stopped falling."""

    measure: Callable[[Any], Float[Any, ""]]
    """That angle, from the model."""

    def settled(self, at: np.ndarray, values: np.ndarray) -> np.bool_ | np.ndarray:
        """Whether the angles (`values`, ... x times), measured after `at` examples, have stopped falling."""
        return settled(at, values)


def mean_angle(network: Any, rule: Rule) -> Float[Any, ""]:
    """Mean angle over all hidden neurons of the `network` under the `rule`, in degrees."""
    import jax.numpy as jnp

    from prenoise.measures import alignment

    return jnp.concatenate(alignment(network, rule)).mean()


def settled(at: np.ndarray, angles: np.ndarray) -> np.bool_ | np.ndarray:
    """Whether the `angles` (... x times), measured after `at` examples, have stopped falling."""
    best = at[angles.argmin(axis=-1)]
    return at[-1] >= PATIENCE * np.maximum(best, LEAST)
