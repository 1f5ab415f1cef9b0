"""Signs of life on stderr: a bar on a terminal, a line now and then elsewhere, nothing for what takes no time."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 2.0
"""Seconds without a sign that nobody minds."""


@contextmanager
def progress(task: str) -> Iterator[Callable[[float], None]]:
    """A function to tell how far the task is, from 0 to 1."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            bar_task = bar.add_task(task, total=1.0)
            yield lambda fraction: bar.update(bar_task, completed=fraction)
        return

    said = time.monotonic()

    def tell(fraction: float) -> None:
        nonlocal said
        if time.monotonic() - said >= PATIENCE:
            said = time.monotonic()
            print(f"{task}: {fraction:.0%}", file=sys.stderr, flush=True)

    yield tell
