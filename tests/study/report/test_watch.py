"""The watched page: new when the folder is, for whoever knows its address, and nothing else to be had."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack

import made_up
import pytest

from prenoise.errors import UserError
from prenoise.study import folder as results
from prenoise.study.report import server as serving
from prenoise.study.report.server import Server
from prenoise.study.report.watch import Watched


def watched(folder):
    known = results.Known()
    return Watched(lambda: results.state_of(folder), lambda: results.read(folder, known))


@pytest.fixture
def start():
    """A function that starts a server of what is watched; it is stopped in the end."""
    with ExitStack() as stack:

        def start(what):
            server = Server(what, 0)
            thread = threading.Thread(target=server.serve)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.stop)
            ask(server)  # it is there
            return server

        yield start


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
def server(start, folder):
    return start(watched(folder))


def ask(server, path=None, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.putrequest(method, f"/{server.token}/" if path is None else path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def until(server, text):
    """Ask, as a page does, until it holds a text."""
    end = time.monotonic() + 60
    while text not in (answer := ask(server))[2]:
        assert time.monotonic() < end, answer[2]
        time.sleep(0.05)
    return answer


def test_the_page_changes_when_runs_come_in(server, folder):
    status, headers, body = until(server, "Nothing to show yet")
    assert status == 200
    assert "connect-src 'self'" in body.replace("&#39;", "'")
    assert f"<body data-live={headers['ETag']}>" in body
    made_up.reproduce(folder, ["fig5"])
    _, now, body = until(server, "Figure 5a")
    assert now["ETag"] != headers["ETag"]
    assert f"<body data-live={now['ETag']}>" in body
    status, later, nothing = ask(server, method="HEAD")
    assert (status, nothing, later["ETag"]) == (200, "", now["ETag"])


def test_the_first_answer_does_not_wait_for_the_runs_to_be_read(start):
    reading = threading.Event()

    def read():
        reading.wait(60)
        raise UserError("there is nothing")

    server = start(Watched(lambda: "state", read))
    begun = time.monotonic()
    assert "Reading the runs" in ask(server)[2]
    assert time.monotonic() - begun < 30  # and not the minute that reading takes
    reading.set()
    assert "There is nothing." in until(server, "Nothing to show yet")[2]


def test_whatever_goes_wrong_with_a_page_is_said_on_it(start):
    server = start(Watched(lambda: "state", lambda: 1 / 0))
    until(server, "ZeroDivisionError: division by zero")


def test_it_is_bound_to_loopback_only(server):
    assert server._socket.getsockname()[0] == "127.0.0.1"
    with socket.socket() as other:
        other.settimeout(0.5)
        assert other.connect_ex((_address_of_this_machine(), server.port)) != 0


def _address_of_this_machine():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no other address")
        return probe.getsockname()[0]


@pytest.mark.parametrize(
    "path", ["/", "/wrong/", "/{token}", "/{token}/x", "/{token}x/", "//{token}/", "/{token}/?x", "/%2e/{token}/"]
)
def test_without_the_token_nothing_is_given(server, path):
    status, _, body = ask(server, path.replace("{token}", server.token))
    assert status == 403
    assert server.token not in body
    assert "prenoise watch prints" in body


def test_every_server_has_a_token_of_its_own(folder):
    tokens = set()
    for _ in range(20):
        server = Server(watched(folder), 0)
        tokens.add(server.token)
        server._socket.close()
        server._runner.close()
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 22


@pytest.mark.parametrize("path", ["/{token}/secret.txt", "/{token}/../secret.txt", "/{token}/..%2fsecret.txt"])
def test_it_serves_its_page_and_nothing_else(server, path):
    status, _, body = ask(server, path.replace("{token}", server.token))
    assert status == 403
    assert "secret" not in body


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_another_sites_name_is_refused(server, host):
    assert ask(server, Host=host)[0] == 403


def test_the_port_of_http_need_not_be_named(server, monkeypatch):
    assert ask(server, Host="127.0.0.1")[0] == 403
    monkeypatch.setattr(serving, "HTTP", server.port)
    assert ask(server, Host="127.0.0.1")[0] == ask(server, Host="localhost")[0] == 200


def test_a_port_that_is_taken_is_named(server):
    with pytest.raises(UserError, match=f"port {server.port} .*in use.*--port"):
        Server(server.watched, server.port)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_it_only_shows(server, method):
    assert ask(server, method=method)[0] == 405


@pytest.mark.parametrize(
    "text",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"\xff\xfe / HTTP/1.1\r\n\r\n",
        b"A" * 20_000,
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    ],
)
def test_what_is_no_request_gets_a_refusal_or_nothing_and_the_server_stays(server, text, capfd):
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(text)
        answer = connection.recv(100) if b"\r\n\r\n" in text else b""
    assert not answer or answer.startswith(b"HTTP/1.1 4")
    assert ask(server)[0] == 200
    assert capfd.readouterr().err == ""


def test_a_browser_that_leaves_is_passed_over(start, capfd):
    server = start(Watched(lambda: "reading", lambda: 1 / 0))
    server.watched._newest = server.watched._newest._replace(body=bytes(2**26))
    with socket.create_connection(("127.0.0.1", server.port)) as browser:
        browser.sendall(f"GET /{server.token}/ HTTP/1.0\r\nHost: localhost:{server.port}\r\n\r\n".encode())
        assert browser.recv(8) == b"HTTP/1.1"
    server.watched._newest = server.watched._newest._replace(body=b"small")
    assert ask(server)[2] == "small"
    assert capfd.readouterr().err == ""


def test_hundreds_of_silent_and_slow_connections_keep_nobody_waiting(server, folder):
    until(server, "Nothing to show yet")
    begging = f"GET /{server.token}/ HTTP/1.1\r\nHost: localhost:{server.port}\r\n".encode()
    with ExitStack() as stack:
        for number in range(2 * serving.MOST_CONNECTIONS):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=30))
            if number % 3 == 1:
                connection.sendall(begging)  # a request that never ends
            elif number % 3 == 2:
                connection.sendall(begging + b"\r\n")  # an answer that is never read
        begun = time.monotonic()
        assert ask(server)[0] == 200
        assert time.monotonic() - begun < 5
        assert len(server._connections) <= serving.MOST_CONNECTIONS


def test_who_asks_too_slowly_is_let_go(start, folder, monkeypatch):
    monkeypatch.setattr(serving, "SECONDS_TO_ASK", 0.2)
    server = start(watched(folder))
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(b"GET /")
        assert connection.recv(10) == b""


def test_a_damaged_record_is_said_on_the_page(server, folder):
    (folder / "reproduction.json").write_text("{")
    until(server, "is damaged")


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is a signal")
def test_ctrl_c_ends_the_command_in_one_sentence(folder):
    arguments = [sys.executable, "-m", "prenoise", "watch", str(folder), "--port", "0"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        assert "http://127.0.0.1:" in watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        said = watching.communicate(timeout=60)[1]
    assert watching.returncode == 130
    assert len(said.splitlines()) <= 1
