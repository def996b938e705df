"""Whose address counts: X-Forwarded-For is believed from trusted proxies only, and read from its end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.proxies import Proxies

TRUSTED = ("127.0.0.0/8", "::1/128", "10.0.0.0/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("192.0.2.1", "192.0.2.7", "192.0.2.1"),
        ("127.0.0.1", "192.0.2.9, 192.0.2.7", "192.0.2.7"),
        ("127.0.0.1", "192.0.2.7, 10.1.2.3", "192.0.2.7"),
        ("127.0.0.1", "192.0.2.9,192.0.2.7,10.1.2.3,10.1.2.4", "192.0.2.7"),
        ("127.0.0.1", "10.1.2.3, 10.1.2.4", "10.1.2.3"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:127.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("127.0.0.1", "192.0.2.7, unknown", "127.0.0.1"),
        ("127.0.0.1", "192.0.2.7, ", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("", "192.0.2.7", ""),
    ],
)
def test_the_client_of_a_request(peer: str, forwarded: str | None, client: str) -> None:
    environ = {"REMOTE_ADDR": peer}
    if forwarded is not None:
        environ["HTTP_X_FORWARDED_FOR"] = forwarded
    assert Proxies(TRUSTED).client(environ) == client


@given(st.text())
def test_whatever_a_stranger_says_changes_nothing(said: str) -> None:
    assert Proxies(TRUSTED).client({"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": said}) == "192.0.2.1"


@given(st.text())
def test_what_a_client_says_of_itself_comes_before_what_its_proxy_says(said: str) -> None:
    environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": f"{said}, 192.0.2.7"}
    assert Proxies(TRUSTED).client(environ) == "192.0.2.7"
