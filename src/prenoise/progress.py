"""Signs of life while something runs: a bar in a terminal, a line now and then elsewhere. Nobody there is no error."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import rich.console


class Progress:
    """Is told how far a task is. This one keeps it to itself; others override what they want to show."""

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def update(self, done: float | int, total: float | int, **counts: int) -> None:
        """So much of the `total` is done (fractions have the total 1); `counts` are shown beside it, by name."""

    def say(self, sentence: str) -> None:
        """Something worth a line of its own."""


class Lines(Progress):
    """A line now and then, for a log file; none for what takes no time."""

    EVERY = 2.0, 10.0
    """Seconds before the first line, and between two others."""

    def __init__(self, task: str, console: "rich.console.Console") -> None:
        self._task, self._console = task, console
        self._pace = Pace()
        self._next = time.monotonic() + self.EVERY[0]

    def update(self, done: float | int, total: float | int, **counts: int) -> None:
        left = self._pace.left(done, total)
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self.EVERY[1]
            self.say(", ".join(filter(None, [f"{self._task}: {_amount(done, total)}", _counted(counts), left])))

    def say(self, sentence: str) -> None:
        with suppress(OSError, ValueError):  # the other end is closed: what is computed matters more
            self._console.print(sentence, markup=False, highlight=False, soft_wrap=True)


class Bar(Progress):
    """A bar with how much is done, the counts, and the time left."""

    def __init__(self, task: str, console: "rich.console.Console") -> None:
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as RichProgress

        text = [TextColumn(f"{{task.fields[{name}]}}", markup=False) for name in ("amount", "counts", "left")]
        name = TextColumn("{task.description}", markup=False)
        self._bar = RichProgress(name, BarColumn(), *text, console=console, transient=True)
        self._task = self._bar.add_task(task, total=None, amount="", counts="", left="")
        self._pace = Pace()

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with suppress(OSError, ValueError):
            self._bar.stop()

    def update(self, done: float | int, total: float | int, **counts: int) -> None:
        amount, left = _amount(done, total), self._pace.left(done, total)
        with suppress(OSError, ValueError):
            self._bar.update(self._task, total=total, completed=done, amount=amount, counts=_counted(counts), left=left)

    def say(self, sentence: str) -> None:
        with suppress(OSError, ValueError):
            self._bar.console.print(sentence, markup=False, highlight=False)


def view(task: str, console: "rich.console.Console | None" = None) -> Progress:
    """The way to show a task's progress that fits where the output goes: standard error unless a console is given."""
    if console is None:
        if sys.stderr is None or sys.stderr.closed:
            return Progress()
        from rich.console import Console

        console = Console(stderr=True)
    return Bar(task, console) if console.is_terminal else Lines(task, console)


@contextmanager
def progress(task: str) -> Iterator[Callable[[float], None]]:
    """A function to tell how far the task is, from 0 to 1."""
    with view(task) as shown:
        yield lambda fraction: shown.update(fraction, 1.0)


class Pace:
    """The time left, by the pace since the first piece was finished: what came before it, as compiling, comes once."""

    def __init__(self) -> None:
        self._first: tuple[float, float | int] | None = None

    def left(self, done: float | int, total: float | int) -> str:
        """As text; empty as long as it cannot be told."""
        now = time.monotonic()
        if self._first is None and done > 0:
            self._first = now, done
        if self._first is None or done <= self._first[1] or done >= total:
            return ""
        since, begun = self._first
        return f"{duration((now - since) / (done - begun) * (total - done))} left"


def duration(seconds: float | int) -> str:
    """A length of time as people write it.

    >>> duration(42.4), duration(75.0), duration(3 * 3600.0 + 62)
    ('42s', '1m 15s', '3h 01m')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    return f"{whole // 3600}h {whole % 3600 // 60:02d}m"


def _amount(done: float | int, total: float | int) -> str:
    return f"{done:.0%}" if total == 1.0 and isinstance(total, float) else f"{done:.0f} of {total:.0f}"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items())
