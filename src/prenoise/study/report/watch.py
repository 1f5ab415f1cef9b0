"""A page that is as new as the folder it shows: made beside the server, which always has one to give at once."""

import threading
from collections.abc import Callable
from typing import NamedTuple

from prenoise.errors import UserError
from prenoise.study.report.contents import Contents
from prenoise.study.report.page import message_page, page


class Page(NamedTuple):
    """A page and the tag of the state it shows."""

    tag: str
    body: bytes


class Watched:
    """The newest page that is made. Whoever takes it has the folder looked at again, and does not wait for that.

    `state` gives a text that changes with the folder, `read` its contents.
    """

    def __init__(self, state: Callable[[], str], read: Callable[[], Contents]) -> None:
        self._state, self._read = state, read
        self._making = threading.Lock()
        self._newest = Page("reading", message_page("Reading the runs", _WAIT, live="reading").encode())

    def newest(self) -> Page:
        """The page as far as it is made."""
        if self._making.acquire(blocking=False):
            threading.Thread(target=self._make, name="page", daemon=True).start()
        return self._newest

    def _make(self) -> None:
        try:
            tag = self._state()
            if tag != self._newest.tag:
                self._newest = Page(tag, self._html(tag).encode())
        finally:
            self._making.release()

    def _html(self, tag: str) -> str:
        try:
            return page(self._read(), live=tag)
        except UserError as error:
            return message_page("Nothing to show yet", f"{str(error)[:1].upper()}{str(error)[1:]}.", live=tag)
        except Exception as problem:  # whatever is in the folder: the server stays, and the page says so
            return message_page("The page could not be made", f"{type(problem).__name__}: {problem}.", live=tag)


_WAIT = "With many runs this takes a minute."
