"""What warming up means, whatever the framework: which batches, which options make sense, and when it has failed."""

import math
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from prenoise.adapters.batches import IGNORED, check_labels
from prenoise.errors import DivergedError, UserError
from prenoise.stopping import LOOKS, settled

Progress = Callable[[float], None]
"""Is told the fraction of a run that is done."""

Record = Mapping[str, Callable[[Any], Any]]
"""What to measure along the way: a name and a function of the model for each."""


class WarmUp(NamedTuple):
    """What a warm-up left behind, besides the model."""

    losses: Float[np.ndarray, " steps"]
    """The loss of every step."""
    at: Float[np.ndarray, " times"]
    """Times of measurement: examples of noise seen."""
    record: dict[str, list[Any]]
    """What was measured at each of them."""
    ended_at: int | float
    """How many examples were seen: fewer than were asked for, where the run stopped by itself or was interrupted."""
    kept_at: int | float
    """After how many examples the model was as it comes out: at the end, or where its angle was smallest."""


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


def described(shape: Sequence[int] | None, classes: int | None) -> tuple[Sequence[int], int]:
    """Both, if they say of what `shape` and how many `classes` the library's noise is to be."""
    if shape is None or isinstance(shape, Integral) or classes is None or classes < 2:
        raise UserError(
            f"found inputs of shape {shape} and {classes} classes: expected a shape such as (3, 32, 32) and 2 classes "
            "or more, or a sampler as `noise`"
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
    if shape[axis] < 2:
        raise UserError(
            "the model returned one score per example, with which there is no class to choose: expected two classes or "
            "more, or a `loss` for models of another kind"
        )
    if labels.size and (labels == IGNORED).all():
        raise UserError(f"found labels that are all {IGNORED}, which do not count: expected some that name a class")
    without = list(shape)
    check_labels(labels, classes=without.pop(axis), shape=tuple(without))


class Watch:
    """What is seen of a run: the losses, whether they are finite, the record, and when it has come to its end.

    To look at a loss makes a GPU wait, so that it is done about a hundred times in all.
    """

    def __init__(
        self,
        steps: int,
        progress: Progress | None = None,
        check_step: Callable[[int], None] | None = None,
    ):
        self.steps, self.progress, self.check_step = steps, progress, check_step
        self.losses: list[float] = []
        self._unseen: list[Any] = []

    @property
    def taken(self) -> int:
        """How many steps were taken."""
        return len(self.losses) + len(self._unseen)

    def saw(self, loss: Any) -> bool:
        """Take note of the loss of a step, in order. Whether losses were looked at now."""
        self._unseen.append(loss)
        step = self.taken
        if step * 100 // self.steps == (step - 1) * 100 // self.steps:
            return False
        self.look()
        return True

    def look(self) -> None:
        """Look at the losses so far, tell the progress, and raise if a loss is not finite.

        `check_step` may know better why the loss of a step is not finite, and raise first.
        """
        told = not self._unseen
        self.losses += map(float, self._unseen)
        self._unseen.clear()
        bad = next((step for step, loss in enumerate(self.losses) if not math.isfinite(loss)), None)
        if bad is not None:
            if self.check_step:
                self.check_step(bad)
            raise DivergedError(
                "the first loss is infinite or not a number: look at the noise and the model's weights"
                if bad == 0
                else f"the loss became infinite or not a number at step {bad}: try a smaller learning rate"
            )
        if self.progress and not told:
            self.progress(len(self.losses) / self.steps)


class Measurements:
    """The record of a run, measured at times, and whether the run is to end there.

    `record` are functions of the model, and `at` the times, in examples of noise; by default the start, the end and
    nine times between. With `mean_angle`, a function of the model too, the run ends when that has stopped falling.
    """

    def __init__(
        self,
        record: Record | None,
        at: Sequence[int | float] | np.ndarray | None,
        examples: int,
        mean_angle: Callable[[Any], float] | None,
    ):
        self.record = _checked_record(record)
        self.mean_angle = mean_angle
        looks = LOOKS if mean_angle else 10
        times = np.linspace(0, examples, looks + 1) if at is None else np.asarray(at, float)
        if times.ndim != 1 or (np.diff(times) < 0).any() or (times.size and not 0 <= times[0] <= times[-1] <= examples):
            raise UserError(f"found at={at!r}: expected examples of noise that rise from 0 to {examples} at most")
        self.due = list(times) if self.record or mean_angle else []
        self.at: list[float] = []
        self.values: dict[str, list[Any]] = {name: [] for name in self.record}
        self.angles: list[float] = []

    def measured(self, model: Any, seen: int) -> bool:
        """Measure if it is time, after so many examples `seen`; whether it was."""
        if not self.due or seen < self.due[0]:
            return False
        while self.due and seen >= self.due[0]:
            self.due.pop(0)
        self.at.append(seen)
        for name, of in self.record.items():
            self.values[name].append(of(model))
        if self.mean_angle:
            self.angles.append(self.mean_angle(model))
        return True

    @property
    def smallest_now(self) -> bool:
        """Whether the angle was never as small as at the last time."""
        return bool(self.angles) and int(np.argmin(self.angles)) == len(self.angles) - 1

    @property
    def at_an_end(self) -> bool:
        """Whether the angle has stopped falling."""
        return bool(self.angles) and bool(settled(np.asarray(self.at), np.asarray(self.angles)))

    def state_dict(self) -> dict[str, Any]:
        """What was measured so far."""
        return {"at": self.at, "values": self.values, "angles": self.angles}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self.at, self.values, self.angles = state["at"], state["values"], state["angles"]
        self.due = [time for time in self.due if not self.at or time > self.at[-1]]

    def result(self, losses: Sequence[float], seen: int) -> WarmUp:
        """All of it, at the end, after `seen` examples with these `losses`."""
        kept = self.at[int(np.argmin(self.angles))] if self.angles else seen
        return WarmUp(np.asarray(losses, np.float32), np.asarray(self.at), self.values, seen, kept)


def _checked_record(record: Record | None) -> dict[str, Callable[[Any], Any]]:
    if record is None:
        return {}
    if not isinstance(record, Mapping) or not all(callable(of) for of in record.values()):
        raise UserError(f"found record={record!r}: expected names with a function of the model each")
    return dict(record)


def check_weights(finite: bool) -> None:
    """Raise if the last step, whose loss nobody computes, went wrong."""
    if not finite:
        raise DivergedError("the last step made weights infinite or not a number: try a smaller learning rate")
