"""A bar for people who wait, where nobody asked for progress and nobody said that there should be none."""

import sys
import time
from contextlib import ExitStack
from typing import Any


class Bar:
    """Draws a bar on a terminal as soon as a run has taken longer than two seconds; elsewhere nothing.

    It is told the fraction that is done, and closed at the end.
    """

    PATIENCE = 2.0

    def __init__(self, title: str):
        self._title, self._began, self._bar = title, time.monotonic(), ExitStack()
        self._update: Any = None

    def __call__(self, fraction: float) -> None:
        if self._update is None and sys.stderr.isatty() and time.monotonic() - self._began > self.PATIENCE:
            from rich.console import Console
            from rich.progress import Progress

            progress = self._bar.enter_context(Progress(console=Console(stderr=True), transient=True))
            task = progress.add_task(self._title, total=1.0)
            self._update = lambda done: progress.update(task, completed=done)
        if self._update is not None:
            self._update(fraction)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()
