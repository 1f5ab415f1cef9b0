"""Rules: how the error of a layer finds its way back to the layer below.

A rule is a value. It says through which matrix an error is carried down and, for the rules whose feedback changes, what
becomes of weights and feedback after a step. Both are made of operators alone, so that they hold for the arrays of any
library, and for a layer of the library's networks as for one of a user's model. The gradients of weights and biases
follow and are the same for all rules (`prenoise.learning`).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from prenoise import plugins
from prenoise.errors import UserError

Draw = Callable[[Sequence[int]], Any]
"""`draw(shape)`: standard normal numbers, others in every step and layer."""


@dataclass(frozen=True)
class Rule:
    """How errors travel back. `carrier` is the one idea of a rule; most need nothing else."""

    name: str
    carrier: Callable[[Any, Any], Any]
    """`carrier(weights, feedback)`: the matrix that carries the error of a layer to the layer below. All three have one
    shape, outputs x inputs, or that of a convolution. The carrier of a `direct` rule depends on the feedback alone: the
    weights it is given are those of one layer."""
    meaning: str
    reference: str
    direct: bool = False
    """Every hidden layer receives the error of the read-out itself. Its feedback then has the shape classes x neurons,
    as `Network.random(..., direct=True)` draws it, and stands for the product of all weights above."""
    after_step: Callable[[Any, Any, Any, Draw], tuple[Any, Any]] | None = None
    """`after_step(before, after, feedback, draw)`: the weights and the feedback that a layer goes on with, given its
    weights before and after a step and its feedback."""

    def check(self, network: Any) -> None:
        """Raise if the network's feedback is of another shape than the rule's."""
        sizes = network.sizes
        above = [sizes[-1]] * (len(sizes) - 2) if self.direct else sizes[2:]
        expected = list(zip(above, sizes[1:-1], strict=True))
        found = [feedback.shape[-2:] for feedback in network.feedback]
        if found != expected:
            raise UserError(
                f"the rule {self.name} needs feedback of shape {expected} and the network has {found}: make it with "
                f"Network.random(sizes, key=key, direct={self.direct})"
            )


def _sign(weights: Any) -> Any:
    return 1.0 * (weights > 0) - 1.0 * (weights < 0)


def _drawn_anew(before: Any, after: Any, feedback: Any, draw: Draw) -> tuple[Any, Any]:
    """Other feedback weights, of the same distribution."""
    return after, (2 / math.prod(feedback.shape[1:])) ** 0.5 * draw(feedback.shape)


def kolen_pollack(decay: float = 1e-4) -> Rule:
    """The feedback takes every step that the weights take, and both shrink by `decay`: what they differ in is lost."""

    def after_step(before: Any, after: Any, feedback: Any, draw: Draw) -> tuple[Any, Any]:
        return after * (1 - decay), (feedback + (after - before)) * (1 - decay)

    return Rule(
        "kp",
        lambda weights, feedback: feedback,
        "Kolen-Pollack: the feedback takes the steps of the weights, and both decay",
        "Kolen and Pollack, Backpropagation without weight transport, 1994; "
        "Akrout et al., Deep learning without weight transport, 2019",
        after_step=after_step,
    )


def weight_mirror(rate: float = 1e-3, batch: int = 64) -> Rule:
    """After every step each layer answers `batch` vectors of noise, and the feedback learns which answer each brings.

    Of white noise y and the answer W y the mean of (W y) y' is W: the feedback moves there at `rate`, and forgets at
    the same rate what it was.
    """

    def after_step(before: Any, after: Any, feedback: Any, draw: Draw) -> tuple[Any, Any]:
        weights = after.reshape(after.shape[0], -1)
        noise = draw((batch, weights.shape[1]))
        answers = noise @ weights.T
        return after, feedback + rate * ((answers.T @ noise / batch).reshape(feedback.shape) - feedback)

    return Rule(
        "mirror",
        lambda weights, feedback: feedback,
        "weight mirror: the feedback learns from the layers' answers to noise of their own",
        "Akrout et al., Deep learning without weight transport, 2019",
        after_step=after_step,
    )


bp = Rule(
    "bp",
    lambda weights, feedback: weights,
    "backpropagation: through the forward weights themselves",
    "Rumelhart, Hinton and Williams, Learning representations by back-propagating errors, 1986",
)

fa = Rule(
    "fa",
    lambda weights, feedback: feedback,
    "feedback alignment: through fixed random weights",
    "Lillicrap et al., Random synaptic feedback weights support error backpropagation for deep learning, 2016",
)

dfa = Rule(
    "dfa",
    lambda weights, feedback: feedback,
    "direct feedback alignment: from the read-out to every hidden layer, through fixed random weights",
    "Nokland, Direct feedback alignment provides learning in deep neural networks, 2016",
    direct=True,
)

_SIGN_SYMMETRY = (
    "Liao, Leibo and Poggio, How important is weight symmetry in backpropagation?, 2016; "
    "Moskovitz, Litwin-Kumar and Abbott, Feedback alignment in deep convolutional networks, 2018"
)

usf = Rule(
    "usf",
    lambda weights, feedback: (2 / math.prod(weights.shape[1:])) ** 0.5 * _sign(weights),
    "sign symmetry: the signs of the forward weights, all of one size",
    _SIGN_SYMMETRY,
)

brsf = Rule(
    "brsf",
    lambda weights, feedback: _sign(weights) * abs(feedback),
    "sign symmetry: the signs of the forward weights, sizes random and others in every batch",
    _SIGN_SYMMETRY,
    after_step=_drawn_anew,
)

frsf = Rule(
    "frsf",
    lambda weights, feedback: _sign(weights) * abs(feedback),
    "sign symmetry: the signs of the forward weights, sizes random and fixed",
    _SIGN_SYMMETRY,
)

RULES = {rule.name: rule for rule in (bp, fa, dfa, usf, brsf, frsf, kolen_pollack(), weight_mirror())}


def named(rule: str | Rule) -> Rule:
    """The rule of that name, of the library or of an installed package; a rule is returned as it is."""
    if isinstance(rule, Rule):
        return rule
    if rule in RULES:
        return RULES[rule]
    added = plugins.named("rules")
    found = added.get(rule)
    if not isinstance(found, Rule):
        raise UserError(f"there is no rule {rule!r}: expected one of {', '.join([*RULES, *added])}")
    return found
