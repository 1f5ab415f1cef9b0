"""What the layers of a user's model take of the library's rules: the carrier, and the scale of feedback.

A carrier is one function of the layer's forward and feedback weights, which have the same shape, to weights of that
shape again; both frameworks' arrays will do. Forward the layer uses its own weights, and they learn as ever.
"""

from prenoise.errors import UserError
from prenoise.rules import RULES, Rule, named

CARRIERS = {rule.name: rule.carrier for rule in RULES.values() if not rule.direct and rule.afterwards is None}
"""Of the rules that are their carrier and no more: layers know neither the read-out nor when a step is done."""


def carrier_name(rule: str | Rule) -> str:
    """The name of a rule that layers of any kind can follow."""
    name = named(rule).name
    if name not in CARRIERS:
        raise UserError(
            f"layers of your own model cannot follow the rule {name!r}: expected one of {', '.join(CARRIERS)}"
        )
    return name


def feedback_scale(fan_in: int) -> float:
    """Standard deviation of feedback weights: He's, N(0, 2 / fan in), as in `prenoise.Network.random`."""
    return (2 / fan_in) ** 0.5
