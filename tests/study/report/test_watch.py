"""The watched page: new when the folder is, and nothing else to be had from its server."""

import http.client
import socket
import threading
import time

import made_up
import pytest

from prenoise.errors import UserError
from prenoise.study.report.watch import Server


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "secret.txt").write_text("secret")
    with Server(folder, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(server, path="/", method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def test_the_page_changes_when_runs_come_in(server):
    status, headers, body = ask(server)
    assert status == 200
    assert "Nothing to show yet" in body
    assert "connect-src 'self'" in body.replace("&#39;", "'")
    assert f"<body data-live={headers['ETag']}>" in body
    made_up.reproduce(server.watched.folder, ["fig5"])
    status, later, nothing = ask(server, method="HEAD")
    assert (status, nothing) == (200, "")
    assert later["ETag"] != headers["ETag"]
    status, now, body = ask(server)
    assert "Figure 5a" in body
    assert f"<body data-live={now['ETag']}>" in body
    assert now["ETag"] == later["ETag"] == ask(server, method="HEAD")[1]["ETag"]


def test_it_is_bound_to_loopback_only(server):
    assert server.server_address[0] == "127.0.0.1"
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
    "path",
    [
        "/secret.txt",
        "/../secret.txt",
        "/..%2fsecret.txt",
        "//secret.txt",
        "/?x",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/report.html",
    ],
)
def test_it_serves_its_page_and_nothing_else(server, path):
    status, _, body = ask(server, path)
    assert status == 404
    assert "secret" not in body


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_another_sites_name_is_refused(server, host):
    assert ask(server, Host=host)[0] == 403


def test_the_port_of_http_need_not_be_named(server, monkeypatch):
    assert ask(server, Host="127.0.0.1")[0] == 403
    monkeypatch.setattr("prenoise.study.report.watch.HTTP", server.port)
    assert ask(server, Host="127.0.0.1")[0] == ask(server, Host="localhost")[0] == 200


def test_a_port_that_is_taken_is_named(server):
    with pytest.raises(UserError, match=f"port {server.port} .*in use.*--port"):
        Server(server.watched.folder, server.port)


def test_a_browser_that_leaves_is_passed_over(server, monkeypatch, capfd):
    monkeypatch.setattr(server.watched, "page", lambda: ("tag", bytes(2**26)))
    with socket.create_connection(("127.0.0.1", server.port)) as browser:
        browser.sendall(f"GET / HTTP/1.0\r\nHost: localhost:{server.port}\r\n\r\n".encode())
        assert browser.recv(8) == b"HTTP/1.0"
    end = time.monotonic() + 30
    while any("process_request" in thread.name for thread in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.01)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_it_only_shows(server, method):
    assert ask(server, method=method)[0] == 501


def test_a_damaged_record_is_said_on_the_page(server):
    (server.watched.folder / "reproduction.json").write_text("{")
    status, _, body = ask(server)
    assert status == 200
    assert "is damaged" in body
