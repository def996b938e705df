"""Methods: HEAD does no deed, Allow says the same everywhere, OPTIONS is answered on each path, case counts."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.serving import Added, Served, start

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Added]]:
    with start(tmp_path_factory.mktemp("methods") / "data", config="[limits]\nrequests_per_second = 0\n") as server:
        yield server, server.user_add("ann", "--password", "opensesame")


def ask(server: Served, method: str, path: str, **headers: str) -> tuple[int, bytes, http.client.HTTPMessage]:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)) as connection:
        connection.request(method, path, None, {name.replace("_", "-"): text for name, text in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers


def allowed(fields: http.client.HTTPMessage) -> set[str]:
    return set(filter(None, (fields["Allow"] or "").split(", ")))


@pytest.mark.parametrize("path", ["/session", "/api/session", "/api/user/logout", "/api/user/me/key"])
def test_head_does_no_deed(served: tuple[Served, Added], path: str) -> None:
    """presenti words a wrong method as an unknown path (presenti.md section 1)."""
    server, ann = served
    assert ask(server, "HEAD", path, Authorization=ann.token)[0] == 404
    fields = ask(server, "OPTIONS", path)[2]
    assert "GET" in allowed(fields)
    assert "HEAD" not in allowed(fields)


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/subscribe/ann", {"GET", "OPTIONS"}),
        ("/subscribe/ann/client/1", {"GET", "OPTIONS"}),
        ("/ping", {"POST", "OPTIONS"}),
        ("/ws", {"GET", "OPTIONS"}),
        ("/v2/events", {"GET", "OPTIONS"}),
        ("/v2/socket", {"GET", "OPTIONS"}),
        ("/v2/users/ann", {"GET", "HEAD", "OPTIONS"}),
        ("/u/ann/events", {"GET", "OPTIONS"}),
        ("/logout", {"GET", "OPTIONS"}),
        ("/login", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("/u/ann", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_allow_says_what_is_answered(served: tuple[Served, Added], path: str, methods: set[str]) -> None:
    server, _ = served
    for method in ("PATCH", "HEAD", "OPTIONS"):
        status, _, fields = ask(server, method, path)
        assert (status == 405) is (method not in methods), (method, status)
        if method != "HEAD" or status == 405:
            assert allowed(fields) == methods, method


@pytest.mark.parametrize("path", ["/remote", "/presence/ann", "/ws", "/socket", "/lantern/socket", "/lanyard/socket"])
def test_options_is_answered_where_a_websocket_is(served: tuple[Served, Added], path: str) -> None:
    status, body, fields = ask(served[0], "OPTIONS", path)
    assert (status in {200, 204}, body, allowed(fields)) == (True, b"", {"GET", "OPTIONS"})


def test_options_of_nothing_is_nothing(served: tuple[Served, Added]) -> None:
    assert ask(served[0], "OPTIONS", "/nothing/here")[0] == 404


def test_options_of_everything_is_a_ping(served: tuple[Served, Added]) -> None:
    """RFC 9110 section 9.3.7; http.client cannot ask it, so it is asked by hand, twice on one connection."""
    with closing(socket.create_connection(("127.0.0.1", served[0].port), timeout=20)) as connection:
        for last in (False, True):
            close = "Connection: close\r\n" if last else ""
            connection.sendall(f"OPTIONS * HTTP/1.1\r\nHost: here\r\n{close}\r\n".encode())
            answer = http.client.HTTPResponse(connection, method="OPTIONS")
            answer.begin()
            assert (answer.status, answer.read()) == (204, b"")
            assert allowed(answer.headers) == {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
        assert connection.recv(1) == b""
        for method, status in (("GET", b"400"), ("options", b"400")):
            with closing(socket.create_connection(("127.0.0.1", served[0].port), timeout=20)) as other:
                other.sendall(f"{method} * HTTP/1.1\r\nHost: here\r\n\r\n".encode())
                assert other.recv(64).split()[1] == status


@pytest.mark.parametrize("path", ["/v2/users/ann", "/healthz", "/ping", "/subscribe/ann"])
def test_a_method_is_spelt_in_its_own_case(served: tuple[Served, Added], path: str) -> None:
    for method in ("get", "Post", "head"):
        assert ask(served[0], method, path)[0] == 405
    assert ask(served[0], "get", "/session")[0] == 404
    assert ask(served[0], "get", "/nothing/here")[0] == 404


@pytest.mark.parametrize("path", ["//session", "///api/session", "//healthz", "//u/ann", "//ops/dead-letters"])
def test_a_path_begins_with_one_slash(served: tuple[Served, Added], path: str) -> None:
    """Seen to fail: Werkzeug drops all but one, so that a proxy's rule for `/ops` did not hold for `//ops`."""
    server, ann = served
    assert ask(server, "GET", path, Authorization=ann.token)[0] == 404
