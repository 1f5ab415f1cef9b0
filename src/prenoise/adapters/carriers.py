"""Carriers: the weights through which a layer of a user's model sends its error back.

A rule is one function of the layer's forward and feedback weights, which have the same shape, to weights of that shape
again; both frameworks' arrays will do. Forward the layer uses its own weights, and they learn as ever.
"""

from collections.abc import Callable
from typing import Any

from prenoise.errors import UserError
from prenoise.rules import Rule

Carrier = Callable[[Any, Any], Any]
"""From (forward weights, feedback weights) to the weights that carry the error."""

CARRIERS: dict[str, Carrier] = {
    "bp": lambda weight, feedback: weight,
    "fa": lambda weight, feedback: feedback,
}


def carrier_name(rule: str | Rule) -> str:
    """The name of a rule that layers of any kind can follow."""
    name = rule.name if isinstance(rule, Rule) else rule
    if name not in CARRIERS:
        raise UserError(f"there is no rule {name!r} for layers of your own model: expected {' or '.join(CARRIERS)}")
    return name


def feedback_scale(fan_in: int) -> float:
    """Standard deviation of feedback weights: He's, N(0, 2 / fan in), as in `prenoise.Network.random`."""
    return (2 / fan_in) ** 0.5
