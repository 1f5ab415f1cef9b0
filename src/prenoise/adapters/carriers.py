"""What the layers of a user's model take of the library's rules: carriers, steps of the feedback, and its scale.

Feedback has the shape of the weights it stands for. A rule turns both into the carrier, weights of that shape again,
through which a layer sends its error back; forward the layer uses its own weights. Arrays of any framework will do.
"""

from typing import Any, Literal

from prenoise.errors import UserError
from prenoise.rules import RULES, Rule, named

Scale = Literal["weights", "he"] | int | float
"""The standard deviation of feedback: that of the weights it stands for, He's (2 / fan in) ** 0.5, or a number."""

LAYER_RULES = {rule.name: rule for rule in RULES.values() if not rule.direct}
"""The built-in rules that layers of a user's model can follow: each by what it knows itself, without the read-out."""

COMPLEX = "its weights are complex numbers"
"""Why a layer is not aligned, in any framework."""


def layer_rule(rule: str | Rule) -> Rule:
    """The `rule` of that name, or a user's own, if the layers of a user's model can follow it.

    >>> layer_rule("dfa")
    Traceback (most recent call last):
    prenoise.errors.UserError: the layers of a model cannot follow the direct rule 'dfa': expected bp, fa, ...
    """
    rule = named(rule)
    if rule.direct:
        raise UserError(
            f"the layers of a model cannot follow the direct rule {rule.name!r}: expected {', '.join(LAYER_RULES)}, or "
            "a rule of your own that is not direct; in PyTorch, direct_align is for direct rules"
        )
    return rule


def he_scale(fan_in: int) -> float:
    """Standard deviation of He's initial weights for `fan_in` inputs, as in `prenoise.Network.random`."""
    return (2 / fan_in) ** 0.5


def feedback_scale(scale: Scale, weights: float, fan_in: int) -> float:
    """Standard deviation of a layer's feedback, given its `scale`, the root mean square of its `weights` and `fan_in`.

    Weights that are all zero have no scale to take: their feedback has He's.
    """
    if scale == "he" or (scale == "weights" and not weights):
        return he_scale(fan_in)
    if scale == "weights":
        return weights
    if isinstance(scale, str) or not 0 < scale < float("inf"):
        raise UserError(f"found the scale {scale!r}: expected 'weights', 'he' or a number above 0")
    return float(scale)


def carrier(rule: Rule, weights: Any, feedback: Any, unit: Any = 1.0) -> Any:
    """What `rule` carries errors through; `unit` is the scale of the feedback in units of He's."""
    carried = rule.carrier(weights, feedback)
    return carried * unit if rule.name == "usf" else carried


def after_step(rule: Rule, before: Any, after: Any, feedback: Any, draw: Any, unit: Any = 1.0) -> tuple[Any, Any]:
    """The weights and the feedback that a layer goes on with after a step, from `before` to `after`, of its weights.

    `draw(shape)` gives standard normal numbers; `unit` is the scale of the feedback in units of He's.
    """
    if rule.after_step is None:
        return after, feedback
    after, feedback = rule.after_step(before, after, feedback, draw)
    return after, feedback * unit if rule.name == "brsf" else feedback
