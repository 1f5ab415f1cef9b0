"""What a run left behind, when it measured, and how it ended, for networks of the library and of the user alike."""

from typing import Any, NamedTuple

import jax
import jax.core
import numpy as np
from jaxtyping import Array, Float, Int32

from prenoise.errors import DivergedError, Interrupted, UserError
from prenoise.loop import Run, State
from prenoise.program import Record


class History(NamedTuple):
    """What a run left behind. The first axis is the time of measurement; in a block, the axis of seeds comes before."""

    at: np.ndarray
    """Times of measurement: epochs of training, or examples of noise."""
    loss: Float[Array | np.ndarray, "*seeds times"]
    """Mean loss of the batches since the time before; at the first time, of the first batch before it is learned from.
    Where there was no batch since, that of the batch before."""
    record: dict[str, Any]
    """What the caller asked for, measured at each time."""
    diverged_at: Int32[Array, "*seeds"]
    """The first step whose loss was not finite, or -1."""
    ended_at: np.ndarray
    """When the run ended: at the last time, or before where it stopped by itself."""
    kept_at: np.ndarray
    """When the network was as it comes out: at the end, or at its smallest angle where the run stopped by itself."""
    state: State
    """What it takes to go on: the optimiser's state, the seed of the random numbers and the number of steps."""

    @property
    def diverged(self) -> Any:
        """Whether the loss or the weights became infinite or not a number, for each seed of a block."""
        return np.asarray(self.diverged_at) >= 0

    def then(self, later: "History") -> "History":
        """This history and that of the run that went on from its `state`, as one."""
        axis = np.ndim(self.diverged_at)
        new = slice(1, None) if len(later.at) > 1 and later.at[0] == self.at[-1] else slice(None)

        def join(before: Any, after: Any) -> np.ndarray:
            return np.concatenate([before, np.asarray(after)[(slice(None),) * axis + (new,)]], axis=axis)

        loss, record = jax.tree.map(join, (self.loss, self.record), (later.loss, later.record))
        return later._replace(at=np.concatenate([self.at, later.at[new]]), loss=loss, record=record)


class Timetable(NamedTuple):
    """When to measure: times for people, and the number of steps taken by then."""

    times: np.ndarray
    stops: list[int]


def timetable(at: Any, default: np.ndarray, *, steps_per_time: int | float, first: int, last: int) -> Timetable:
    """The times `at`, or by `default`, between the steps `first` and `last`; the last step is always one."""
    times = default if at is None else np.asarray(at, float)
    if times.ndim != 1:
        raise UserError(f"found at={at!r}: expected a list of times, as in at=[0, 1, 2]")
    steps = np.round(times * steps_per_time, 6)
    start, end = first / steps_per_time, last / steps_per_time
    if len(steps) == 0 or (np.diff(steps) < 0).any() or steps[0] < first or steps[-1] >= last + 1:
        raise UserError(
            f"times of measurement {times.tolist()}: expected them to rise from {start:g} to {end:g} at most"
        )
    stops = np.minimum(np.ceil(steps).astype(int), last).tolist()
    if stops[-1] < last:
        times, stops = np.append(times, end), [*stops, last]
    return Timetable(times, stops)


def checked_record(record: Record | None) -> dict[str, Any]:
    """What to measure, if it is a mapping of names to functions."""
    if record is None:
        return {}
    if not hasattr(record, "items") or not all(isinstance(name, str) and callable(of) for name, of in record.items()):
        raise UserError(
            f"found record={record!r}: expected names with a function of the network each, as in "
            'record={"angle": prenoise.measures.alignment}'
        )
    return dict(record)


def history_of(run: Run, table: Timetable, steps_per_time: int | float) -> History:
    """The history of a run that measured by this timetable."""
    times = table.times[: len(run.stops)].copy()
    if run.stops and run.stops[-1] != table.stops[len(run.stops) - 1]:  # the batches came to their end
        times[-1] = run.stops[-1] / steps_per_time
    ended, kept = (times[index] if len(times) else np.full(np.shape(index), np.nan) for index in (run.ended, run.kept))
    return History(times, run.loss, run.record, run.state.diverged_at, ended, kept, run.state)


def raise_if_failed(run: Run, network: Any, history: History) -> None:
    """Raise where the run was interrupted, or where no seed's numbers stayed finite."""
    problem: Any = None
    if run.interrupted:
        problem = Interrupted(f"interrupted after {int(run.state.step)} steps")
    elif not isinstance(history.diverged_at, jax.core.Tracer) and history.diverged.all():
        step = int(np.min(np.asarray(history.diverged_at)))
        advice = "try a smaller learning rate" if step else "look at the inputs and the weights"
        problem = DivergedError(f"the loss or the weights became infinite or not a number at step {step}: {advice}")
    if problem is not None:
        problem.network, problem.history = network, history
        raise problem
