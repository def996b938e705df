"""A server process as tests start it: first start, lines, a stop, a kill, the same port again."""

import socket
import urllib.request

import pytest

from tests.serving import held_port, serving, start  # noqa: F401 - the fixture

pytestmark = pytest.mark.live


def test_a_server_starts_answers_and_stops_with_zero(tmp_path):
    with start(tmp_path / "data", config="[presenti]\nexpires_ms = 60000\n") as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        assert 20_000 <= server.port < 32_000
        assert any("operator token" in line for line in server.lines)
        with urllib.request.urlopen(f"{server.url}/api/presence/nobody") as answer:
            assert answer.status == 200
        assert server.user_add("alice").token
        assert server.stop() == 0
        assert server.ended


def test_a_killed_server_comes_back_on_its_port(tmp_path, serving):  # noqa: F811 - the fixture
    first = serving(tmp_path / "data")
    assert first.kill9() == -9
    second = serving(tmp_path / "data", port=first.port)
    assert second.port == first.port
    assert second.pid != first.pid


def test_a_held_port_is_given_to_nobody_else_and_yet_can_be_listened_on(tmp_path):
    """Two test processes start servers side by side, and a start takes a second or more."""
    with held_port() as port:
        with socket.socket() as rival, pytest.raises(OSError, match="in use"):
            rival.bind(("127.0.0.1", port))
        with socket.create_server(("127.0.0.1", port)) as server:
            socket.create_connection(server.getsockname()).close()
