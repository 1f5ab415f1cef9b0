"""One page served to this machine alone, to whoever knows its address.

There is nothing else: no file is looked up by a name that a request gives. The address holds a token, so that other
accounts of the machine and other pages in the browser do not get in. Every connection has a time limit, and of too
many the oldest is closed, so that slow readers keep nobody else waiting.
"""

import asyncio
import hmac
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress

from prenoise.errors import UserError
from prenoise.study.report.watch import Watched

LOOPBACK = "127.0.0.1"
HTTP = 80
MOST_CONNECTIONS = 200
SECONDS_TO_ASK, SECONDS_TO_READ = 10.0, 120.0
_LONGEST_REQUEST, _PIECE = 16_384, 65_536
_REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed"}
_HEADERS = {
    "Cache-Control": "no-store",
    "Connection": "close",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Server:
    """Serves what `watched` has on a `port` of the loopback interface; 0 takes a free one."""

    def __init__(self, watched: Watched, port: int) -> None:
        self.watched = watched
        self.token = secrets.token_urlsafe(16)
        self._connections: dict[asyncio.StreamWriter, None] = {}
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((LOOPBACK, port))
            self._socket.listen(MOST_CONNECTIONS)
        except OSError as error:
            self._socket.close()
            raise UserError(
                f"found port {port} closed ({error.strerror}), expected a free one: name another with --port"
            ) from error
        self.port = int(self._socket.getsockname()[1])
        self._ended = asyncio.Event()
        self._runner = asyncio.Runner()

    @property
    def address(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/{self.token}/"

    def serve(self, begun: Callable[[], None] = lambda: None) -> None:
        """Answer until `stop` is called or the program is interrupted; `begun` is called once it answers."""
        with self._runner, self._socket:
            self._runner.run(self._serve(begun))

    def stop(self) -> None:
        """End `serve`, from another thread."""
        with suppress(RuntimeError):  # it has ended
            self._runner.get_loop().call_soon_threadsafe(self._ended.set)

    async def _serve(self, begun: Callable[[], None]) -> None:
        serving = await asyncio.start_server(
            self._answered, sock=self._socket, limit=_LONGEST_REQUEST, backlog=MOST_CONNECTIONS
        )
        begun()
        self.watched.newest()
        await self._ended.wait()
        serving.close()
        for writer in self._connections:
            writer.transport.abort()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= MOST_CONNECTIONS:
            oldest = next(iter(self._connections))
            self._connections.pop(oldest)
            oldest.transport.abort()
        self._connections[writer] = None
        try:
            async with asyncio.timeout(SECONDS_TO_ASK):
                request = await reader.readuntil(b"\r\n\r\n")
            async with asyncio.timeout(SECONDS_TO_READ):
                await self._send(writer, *self._answer(request.decode("latin-1")))
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # a browser that leaves before it has the page, or sends none of a request, is nobody's mistake
        finally:
            self._connections.pop(writer, None)
            writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()

    def _answer(self, request: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body. Only the page, and only under this machine's own names: another name is another
        site's page."""
        line, *fields = request.split("\r\n")
        method, _, rest = line.partition(" ")
        path, _, version = rest.rpartition(" ")
        if not version.startswith("HTTP/"):
            return _refused(400, "This is not a request")
        if method not in ("GET", "HEAD"):
            return _refused(405, "This page is only to be looked at")
        hosts = [value.strip() for name, _, value in (f.partition(":") for f in fields) if name.lower() == "host"]
        names = {LOOPBACK, "localhost"}
        own = {f"{name}:{self.port}" for name in names} | (names if self.port == HTTP else set())
        if len(hosts) != 1 or hosts[0] not in own:
            return _refused(403, "This page is served to this machine only")
        if not hmac.compare_digest(path.encode(), f"/{self.token}/".encode()):
            return _refused(403, "The address of this page holds a token: take the address that prenoise watch prints")
        newest = self.watched.newest()
        headers = {"Content-Type": "text/html; charset=utf-8", "ETag": f'"{newest.tag}"'}
        headers["Content-Length"] = str(len(newest.body))
        return 200, headers, newest.body if method == "GET" else b""

    async def _send(self, writer: asyncio.StreamWriter, status: int, headers: dict[str, str], body: bytes) -> None:
        fields = "".join(f"{name}: {value}\r\n" for name, value in (headers | _HEADERS).items())
        writer.write(f"HTTP/1.1 {status} {_REASONS[status]}\r\n{fields}\r\n".encode())
        for start in range(0, len(body), _PIECE):
            writer.write(body[start : start + _PIECE])
            await writer.drain()
        await writer.drain()


def _refused(status: int, sentence: str) -> tuple[int, dict[str, str], bytes]:
    body = f"{sentence}.\n".encode()
    return status, {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))}, body
