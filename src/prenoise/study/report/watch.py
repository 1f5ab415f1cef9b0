"""The report served on this machine alone, made anew when the folder has changed.

There is one page and nothing else: no file is ever looked up by a name that a request gives.
"""

import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

from prenoise.errors import UserError
from prenoise.study.report.contents import Known, read, state_of
from prenoise.study.report.page import message_page, page
from prenoise.study.reproduction import RECORD

LOOPBACK = "127.0.0.1"
HTTP = 80


class Watched:
    """The page of a folder, as new as the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._known: Known = {}
        self._made: tuple[str, bytes] = ("", b"")

    def tag(self) -> str:
        """Changes whenever a result comes, goes or changes, or others are asked for."""
        with suppress(OSError):
            asked = (self.folder / RECORD).stat().st_mtime_ns
            return f"{state_of(self.folder)}-{asked:x}"
        return state_of(self.folder)

    def page(self) -> tuple[str, bytes]:
        """The tag and the page that belongs to it."""
        with self._lock:
            tag = self.tag()
            if self._made[0] != tag:
                try:
                    html = page(read(self.folder, self._known), live=tag)
                except UserError as error:
                    html = message_page(f"{error}.", live=tag)
                self._made = tag, html.encode()
            return self._made


class Server(ThreadingHTTPServer):
    """Serves one page on the loopback interface."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int) -> None:
        self.watched = Watched(folder)
        try:
            super().__init__((LOOPBACK, port), _Handler)
        except OSError as error:
            raise UserError(
                f"found port {port} closed ({error.strerror}), expected a free one: name another with --port"
            ) from error

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def address(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that leaves before it has the page is nobody's mistake."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server_version, sys_version = "prenoise", ""
    timeout = 30

    @property
    def _of(self) -> Server:
        return cast(Server, self.server)

    def do_GET(self) -> None:
        if self._welcome():
            tag, body = self._of.watched.page()
            self._answer(tag, body)

    def do_HEAD(self) -> None:
        if self._welcome():
            self._answer(self._of.watched.tag(), b"")

    def _welcome(self) -> bool:
        """Only the page itself, and only under this machine's own names: another name is another site's page."""
        names = (LOOPBACK, "localhost")
        hosts = {f"{name}:{self._of.port}" for name in names}
        if self._of.port == HTTP:  # which browsers leave out
            hosts.update(names)
        if self.headers.get("Host", "") not in hosts:
            self.send_error(403, "This page is served to this machine only")
            return False
        if self.path != "/":
            self.send_error(404, "There is one page here, at /")
            return False
        return True

    def _answer(self, tag: str, body: bytes) -> None:
        self.send_response(200)
        for name, value in {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(body)),
            "ETag": f'"{tag}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a page that looks every few seconds would fill the terminal."""
