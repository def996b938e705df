"""Limits on a live server: connections of one address, requests of a second, messages of a minute and of a second."""

import contextlib
import json
import time

import pytest
import websocket

from tests.live.clients import OPENED, PLENTY, Rest, close_code, descriptors, publisher, raw, rest_of, until, viewer
from tests.serving import start

pytestmark = pytest.mark.live

HANDSHAKE = (
    "GET /presence/alice HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{}"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def status_of(connection):
    return int(connection.recv(4096).split(b" ")[1])


def test_sockets_count_after_their_handshake_and_give_their_place_back(tmp_path, serving):
    server = serving(tmp_path / "data", config="[limits]\nconnections_per_address = 3\n")
    watching = [viewer(server, "alice") for _ in range(3)]
    refused = rest_of(raw(server))
    assert refused.startswith(b"HTTP/1.1 429 ")
    assert b"\r\nRetry-After: " in refused
    watching[0].send_close(1000)
    assert close_code(watching[0]) == 1000
    watching[0].shutdown()
    until(lambda: status_of_or_none(server) == 101)


def status_of_or_none(server):
    with contextlib.suppress(ConnectionResetError):
        return status_of(raw(server, HANDSHAKE.format("").encode()))
    return None


def test_behind_a_proxy_each_client_has_its_own_cap(tmp_path, serving):
    server = serving(tmp_path / "data", config="[limits]\nconnections_per_address = 2\n")

    def come(client):
        connection = raw(server, HANDSHAKE.format(f"X-Forwarded-For: {client}\r\n").encode())
        answer = connection.recv(4096)
        if not answer.startswith(b"HTTP/1.1 101 "):
            connection.close()
        return answer

    clients = ("192.0.2.1", "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2")
    assert all(come(client).startswith(b"HTTP/1.1 101 ") for client in clients)
    for client in ("192.0.2.1", "2001:db8::3"):
        refused = come(client)
        assert refused.startswith(b"HTTP/1.1 429 ")
        assert b"\r\nRetry-After: 5\r\n" in refused
        assert refused.endswith(b'{"error":"Too many requests.","code":429}')


def test_whoever_is_here_is_served_when_the_system_gives_no_descriptors_more(tmp_path):
    """Seen to fail: the last descriptor went to a connection, pages were 500 and newcomers stood before the door."""
    with start(tmp_path / "data", config=PLENTY, descriptors=128) as server:
        rest = Rest(server.port)
        assert rest.ask("GET", "/healthz")[0] == 200
        told = [rest_or_head(raw(server, HANDSHAKE.format("").encode())) for _ in range(130)]
        assert {line.split(b" ")[1] for line in told} == {b"101", b"503"}
        assert descriptors(server) < 100
        for path in ("/u/alice", "/api/presence/alice", "/docs/", "/nobody/is/here"):
            assert rest.ask("GET", path)[0] == (404 if "nobody" in path else 200)
        server.wait_for("too few descriptors.* admitted=64")
        OPENED.close()
        until(lambda: status_of_or_none(server) == 101)
        assert not [line for line in server.lines if "Traceback" in line]


def rest_or_head(connection):
    """The first line of what is answered; whoever is upgraded stays."""
    with contextlib.suppress(ConnectionResetError):
        return connection.recv(4096).partition(b"\r\n")[0]
    return b"HTTP/1.1 503 reset"


def test_requests_and_handshakes_of_a_second(tmp_path, serving):
    server = serving(tmp_path / "data", config="[limits]\nrequests_per_second = 5\nconnections_per_address = 0\n")
    rest, began = Rest(server.port), time.monotonic()
    told = {rest.ask("GET", "/api/presence/alice") for _ in range(40)}
    assert told == {
        (200, b'{"presence":[],"presences":[],"state":{}}'),
        (429, b'{"error":"Too many requests.","code":429}'),
    }
    until(lambda: status_of_or_none(server) == 101)
    until(lambda: status_of_or_none(server) == 429)
    until(lambda: rest.ask("GET", "/healthz")[0] == 200)
    told = len([line for line in server.lines if "too-many-requests" in line])
    assert 1 <= told <= time.monotonic() - began + 2, "a line a second, however many they were"


def test_messages_of_a_minute_and_of_a_second(tmp_path, serving):
    server = serving(tmp_path / "data")
    alice = server.user_add("alice")
    watching, remote = viewer(server, "alice"), publisher(server, alice.token)
    for connection, allowed in ((watching, 60), (remote, 19)):
        for _ in range(allowed):
            connection.send(json.dumps({"type": 0}))
        assert all(json.loads(connection.recv())["type"] == 1 for _ in range(allowed))
    for connection, more in ((watching, 5), (remote, 40)):
        with contextlib.suppress(websocket.WebSocketConnectionClosedException, BrokenPipeError, ConnectionResetError):
            for _ in range(more):
                connection.send(json.dumps({"type": 0}))
        assert close_code(connection) == 1008
    server.wait_for("level=warning event=closed .*code=1008 .*too many messages")
