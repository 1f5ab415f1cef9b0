"""Errors the user can fix."""

from typing import Any


class UserError(ValueError):
    """One sentence: what was found, what was expected, what to do. The command line prints it and exits with 2."""


class DivergedError(ArithmeticError):
    """The loss of a run, or its weights, became infinite or not a number; in a block, those of every seed."""

    network: Any
    history: Any


class Interrupted(KeyboardInterrupt):
    """Ctrl-C ended a run. `network` and `history` say how far it came, and `history.state` goes on from there."""

    network: Any
    history: Any
