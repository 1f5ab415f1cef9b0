"""When practice has done what it can: a rule that looks at alignment alone, and needs no data."""

import jax
import numpy as np

from prenoise.measures import alignment
from prenoise.network import Network
from prenoise.rules import Rule

LOOKS = 100
"""Times that alignment is looked at within the bound, where the caller names no others."""
PATIENCE = 1.3
"""Practice goes on until it is so many times as long as it took to the smallest angle so far."""
LEAST = 125_000
"""It goes on at least for so many examples, times the patience: at first the angle may rise, or not move at all."""


def mean_angle(network: Network, rule: Rule) -> jax.Array:
    """Mean over all hidden neurons, in degrees."""
    return jax.numpy.concatenate(alignment(network, rule)).mean()


def settled(at: np.ndarray, angles: np.ndarray) -> np.bool_ | np.ndarray:
    """Whether the angles (... x times), measured after so many examples, have stopped falling."""
    best = at[angles.argmin(axis=-1)]
    return at[-1] >= PATIENCE * np.maximum(best, LEAST)
