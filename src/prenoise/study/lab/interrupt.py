"""Ctrl-C: once asks to stop, twice leaves now."""

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType


class Interrupt:
    """While entered, the first SIGINT sets `asked` (and calls `tell`), the second raises `KeyboardInterrupt`.

    So a file that is being written when the first one comes is finished. In a thread other than the main one, where
    Python delivers no signals, it does nothing.
    """

    def __init__(self, tell: Callable[[], None] = lambda: None) -> None:
        self.asked = False
        self._tell = tell
        self._previous: object = None

    def __enter__(self) -> "Interrupt":
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._previous or signal.SIG_DFL)  # pyrefly: ignore[bad-argument-type]

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        with suppress(RuntimeError):  # the signal may come in the middle of printing something else
            self._tell()
