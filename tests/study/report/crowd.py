"""More readers of a watched page than it lets in at once, most of them silent, without end, or slow."""

import http.client
import re
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import psutil

MOST_SECONDS, MOST_MEMORY = 5.0, 5 * 10**8


def gathers(folder: Path, connections: int, asked: int) -> float:
    """`prenoise watch` of a folder, and so many connections that stay; the longest that an honest reader waited.

    A third says nothing, a third sends a request that never ends, a third asks and never reads the answer.
    """
    command = [sys.executable, "-m", "prenoise", "watch", str(folder), "--port", "0"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching,
        ExitStack() as all_of,
    ):
        all_of.callback(watching.kill)
        address = re.search(r"http://127\.0\.0\.1:(\d+)(/\S+)", watching.stdout.readline())
        assert address, "prenoise watch prints no address"
        port, path = int(address[1]), address[2]
        until = time.monotonic() + 120
        while len(page(port, path)) < 10**5:  # the page that says to wait is small
            assert time.monotonic() < until, "the page is not made"
            time.sleep(0.5)
        request = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n".encode()
        waited = []
        for number in range(connections):
            crowding = all_of.enter_context(socket.socket())
            crowding.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            crowding.settimeout(30)
            crowding.connect(("127.0.0.1", port))
            crowding.sendall((b"", request, request + b"\r\n")[number % 3])
            if number % max(1, connections // asked) == 0:
                begun = time.monotonic()
                assert len(page(port, path)) >= 10**5
                waited.append(time.monotonic() - begun)
        assert psutil.Process(watching.pid).memory_info().rss < MOST_MEMORY
        assert watching.poll() is None
        watching.kill()
        assert watching.stderr.read() == ""
    assert max(waited) < MOST_SECONDS, f"a reader waited {max(waited):.1f} s"
    return max(waited)


def page(port: int, path: str) -> bytes:
    """The page, as a browser gets it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 200
        return answer.read()
    finally:
        connection.close()
