"""What the layers of a user's model take of the library's rules: the carrier, and the scale of feedback.

A carrier is one function of the layer's forward and feedback weights, which have the same shape, to weights of that
shape again; both frameworks' arrays will do. Forward the layer uses its own weights, and they learn as ever.
"""

from prenoise.errors import UserError
from prenoise.rules import RULES, Rule, named

CARRIERS = {rule.name: rule.carrier for rule in RULES.values() if not rule.direct and rule.after_step is None}
"""Of the rules that are their carrier and no more: layers know neither the read-out nor when a step is done."""

COMPLEX = "its weights are complex numbers"
"""Why a layer is not aligned, in either framework."""


def carrier_name(rule: str | Rule) -> str:
    """The name of a built-in rule that layers of any kind can follow: a layer keeps no more of it than that."""
    rule = named(rule)
    own = rule not in RULES.values()
    if own or rule.name not in CARRIERS:
        found = f"a rule of your own, {rule.name!r}" if own else f"the rule {rule.name!r}"
        raise UserError(
            f"layers of your own model cannot follow {found}: expected one of the built-in {', '.join(CARRIERS)}"
        )
    return rule.name


def feedback_scale(fan_in: int) -> float:
    """Standard deviation of feedback weights: He's, N(0, 2 / fan in), as in `prenoise.Network.random`."""
    return (2 / fan_in) ** 0.5
