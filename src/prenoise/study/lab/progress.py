"""What people see while jobs run: a live line in a terminal, plain lines elsewhere."""

import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import rich.console


class Progress:
    """Is told how a run is going. This one keeps it to itself; others override what they want to show."""

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def update(self, total: int, done: int, failed: int, running: int) -> None:
        """Of `total` jobs to do, so many are stored, failed, running now."""

    def say(self, sentence: str) -> None:
        """Something worth a line of its own."""


class PlainLines(Progress):
    """A line now and then, for a log file."""

    def __init__(self, console: "rich.console.Console", every: float = 10.0) -> None:
        self._console = console
        self._every = every
        self._clock = _Clock()
        self._last = time.monotonic()

    def update(self, total: int, done: int, failed: int, running: int) -> None:
        pace = self._clock.pace(total, done, failed)
        ended = total > 0 and done + failed == total and not running
        if time.monotonic() - self._last >= self._every or ended:
            self._last = time.monotonic()
            self.say(f"{done}/{total} jobs done, {running} running, {failed} failed, {pace}")

    def say(self, sentence: str) -> None:
        self._console.print(sentence, markup=False, highlight=False, soft_wrap=True)


class LiveLine(Progress):
    """A bar with the numbers of jobs done, running and failed, the rate and the time left."""

    def __init__(self, console: "rich.console.Console") -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as RichProgress

        numbers = TextColumn("{task.fields[running]} running, {task.fields[failed]} failed, {task.fields[pace]}")
        self._bar = RichProgress(TextColumn("jobs"), BarColumn(), MofNCompleteColumn(), numbers, console=console)
        self._task = self._bar.add_task("jobs", total=None, running=0, failed=0, pace="")
        self._clock = _Clock()

    def __enter__(self) -> "Progress":
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    def update(self, total: int, done: int, failed: int, running: int) -> None:
        pace = self._clock.pace(total, done, failed)
        self._bar.update(self._task, total=total, completed=done + failed, running=running, failed=failed, pace=pace)

    def say(self, sentence: str) -> None:
        self._bar.console.print(sentence, markup=False, highlight=False)


def view(console: "rich.console.Console | None" = None) -> Progress:
    """The way to show progress that fits where the output goes: standard error unless a console is given."""
    from rich.console import Console

    console = console or Console(stderr=True)
    return LiveLine(console) if console.is_terminal else PlainLines(console)


class _Clock:
    """Rate and time left, counted from the first report on."""

    def __init__(self) -> None:
        self._started: float | None = None

    def pace(self, total: int, done: int, failed: int) -> str:
        now = time.monotonic()
        if self._started is None:
            self._started = now
        elapsed, ended = now - self._started, done + failed
        if not ended or elapsed <= 0:
            return "no rate yet"
        rate = ended / elapsed
        per = f"{rate:.1f} a second" if rate >= 1 else f"{rate * 60:.1f} a minute"
        return f"{per}, {duration((total - ended) / rate)} left"


def duration(seconds: float) -> str:
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
