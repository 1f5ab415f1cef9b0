"""What warming up means, whatever the framework: which batches, which options make sense, and when it has failed."""

import numpy as np
from jaxtyping import Float

from prenoise.errors import UserError
from prenoise.training import DivergedError


def sizes(examples: int, batch: int) -> list[int]:
    """Size of every batch; the last is short if it must be, but one example alone joins the batch before it.

    Batch norm cannot normalise a batch of one.

    >>> sizes(150, 64)
    [64, 64, 22]
    >>> sizes(129, 64)
    [64, 65]
    """
    whole, rest = divmod(examples, batch)
    if rest == 1 and whole:
        return [batch] * (whole - 1) + [batch + 1]
    return [batch] * whole + [rest] * (rest > 0)


def check_options(examples: int, batch: int, uniform_labels: float | int) -> None:
    """Raise if there is nothing to draw, or the weight of uniform labels is no share."""
    if examples < 1 or batch < 1:
        raise UserError(f"{examples} examples of noise in batches of {batch}: expected 1 or more of each")
    if not 0 <= uniform_labels <= 1:
        raise UserError(f"a weight of {uniform_labels} on uniform labels: expected 0 to 1")


def check_scores(shape: tuple[int, ...], axis: int, classes: int | None) -> None:
    """Raise if the model gives something else than a score of each class, along `axis`, for every example."""
    if len(shape) < 2:
        raise UserError(f"the model returned scores of shape {shape}: expected examples x classes")
    if classes is not None and shape[axis] != classes:
        raise UserError(
            f"the model returned {shape[axis]} scores an example: expected one for each of {classes} classes"
        )


def moment_to_look(step: int, steps: int) -> bool:
    """Whether to look at the losses after this step. Looking makes a GPU wait, so it is done a hundred times in all."""
    return (step + 1) * 100 // steps > step * 100 // steps


def check_losses(losses: Float[np.ndarray, " some"], first: int) -> None:
    """Raise if one is not finite; `first` is the step of the first of them."""
    bad = np.flatnonzero(~np.isfinite(losses))
    if len(bad):
        step = first + int(bad[0])
        raise DivergedError(f"the loss became infinite or not a number at step {step}: try a smaller learning rate")


def check_weights(finite: bool) -> None:
    """Raise if the last step, whose loss nobody computes, went wrong."""
    if not finite:
        raise DivergedError("the last step made weights infinite or not a number: try a smaller learning rate")
