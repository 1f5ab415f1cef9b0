"""What warming up means, whatever the framework: which batches, which options make sense, and when it has failed."""

from collections.abc import Callable, Iterable, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from jaxtyping import Float

from prenoise.adapters.batches import check_labels
from prenoise.errors import UserError
from prenoise.history import DivergedError
from prenoise.loop import Progress


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
    if not all(isinstance(count, Integral) and count > 0 for count in (examples, batch)):
        raise UserError(f"{examples} examples of noise in batches of {batch}: expected whole numbers, 1 or more")
    if not 0 <= uniform_labels <= 1:
        raise UserError(f"a weight of {uniform_labels} on uniform labels: expected 0 to 1")


def check_default_optimiser(*, half: bool) -> None:
    """Raise if the default would have to keep its numbers in float16."""
    if half:
        raise UserError(
            "the model's parameters are float16, where the small numbers of the default optimiser, Adam, round to "
            "zero: expected float32 or bfloat16, or an `optimiser` of your own"
        )


def described(shape: Sequence[int] | None, classes: int | None) -> tuple[Sequence[int], int]:
    """Both, if they say of what shape and how many classes the library's noise is to be."""
    if shape is None or isinstance(shape, Integral) or classes is None or classes < 1:
        raise UserError(
            f"found inputs of shape {shape} and {classes} classes: expected a shape such as (3, 32, 32) and 1 class or "
            "more, or a sampler as `noise`"
        )
    return shape, classes


def check_scores(shape: tuple[int, ...], axis: int, classes: int | None, labels: np.ndarray) -> None:
    """Raise if the model gives something else than a score of each class, along `axis`, for every label."""
    if len(shape) < 2:
        raise UserError(f"the model returned scores of shape {shape}: expected examples x classes")
    if classes is not None and shape[axis] != classes:
        raise UserError(
            f"the model returned {shape[axis]} scores an example: expected one for each of {classes} classes"
        )
    without = list(shape)
    check_labels(labels, classes=without.pop(axis), shape=tuple(without))


def watched(
    losses: Iterable[Any], steps: int, progress: Progress | None, check_step: Callable[[int], None] | None = None
) -> Float[np.ndarray, " steps"]:
    """The losses of all steps, which are taken as they are asked for; raises if one is not finite.

    Looking at a loss makes a GPU wait, so it is done a hundred times in all, and `progress` is told. `check_step` may
    know better why the loss of a step is not finite, and raise first.
    """
    seen: list[float] = []
    unseen: list[Any] = []
    for step, loss in enumerate(losses, start=1):
        unseen.append(loss)
        if step * 100 // steps > (step - 1) * 100 // steps:
            seen += map(float, unseen)
            unseen.clear()
            _check_finite(seen, check_step)
            if progress:
                progress(step / steps)
    return np.asarray(seen, np.float32)


def _check_finite(losses: list[float], check_step: Callable[[int], None] | None) -> None:
    bad = np.flatnonzero(~np.isfinite(losses))
    if len(bad) and check_step:
        check_step(int(bad[0]))
    if len(bad) and bad[0] == 0:
        raise DivergedError("the first loss is infinite or not a number: look at the noise and the model's weights")
    if len(bad):
        raise DivergedError(f"the loss became infinite or not a number at step {bad[0]}: try a smaller learning rate")


def check_weights(finite: bool) -> None:
    """Raise if the last step, whose loss nobody computes, went wrong."""
    if not finite:
        raise DivergedError("the last step made weights infinite or not a number: try a smaller learning rate")
