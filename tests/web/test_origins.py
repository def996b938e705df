from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import Refused
from web.origins import Cors, Origins
from web.proxies import Proxies
from web.routing import Route
from web.views import Answer, Request

ORIGINS = Origins(["https://app.example.org", "http://Local.example:3000"], Proxies(["127.0.0.0/8"]))


def asked(peer: str = "127.0.0.1", **headers: str) -> Request:
    return Request({"REMOTE_ADDR": peer, **{f"HTTP_{name}": value for name, value in headers.items()}})


@pytest.mark.parametrize(
    ("headers", "may"),
    [
        ({}, True),
        ({"ORIGIN": "http://here.example"}, True),
        ({"ORIGIN": "http://HERE.example:80"}, True),
        ({"ORIGIN": "https://here.example:443"}, True),
        ({"ORIGIN": "https://app.example.org"}, True),
        ({"ORIGIN": "http://local.example:3000"}, True),
        ({"ORIGIN": "http://here.example:8080"}, False),
        ({"ORIGIN": "http://app.example.org"}, False),
        ({"ORIGIN": "https://app.example.org.evil.example"}, False),
        ({"ORIGIN": "null"}, False),
        ({"ORIGIN": ""}, False),
        ({"ORIGIN": "here.example"}, False),
        ({"ORIGIN": "ftp://here.example"}, False),
        ({"SEC_FETCH_SITE": "none"}, True),
        ({"SEC_FETCH_SITE": "same-origin"}, True),
        ({"SEC_FETCH_SITE": "same-site"}, False),
        ({"SEC_FETCH_SITE": "cross-site"}, False),
        ({"SEC_FETCH_SITE": "same-origin", "ORIGIN": "https://evil.example"}, False),
    ],
)
def test_who_may_bring_a_cookie(headers: dict[str, str], may: bool) -> None:
    assert ORIGINS.may_bring_credential(asked(HOST="here.example", **headers)) is may


SCHEMES = st.sampled_from(["http", "https", "HTTPS", "ftp", ""])
HOSTS = st.sampled_from(["here.example", "Here.Example", "local.example", "evil.example", "here.example.evil"])
PORTS = st.sampled_from(["", ":80", ":443", ":3000"])
USUAL = {"http": ":80", "https": ":443"}


@given(SCHEMES, HOSTS, PORTS, HOSTS, PORTS)
def test_an_origin_is_known_where_it_is_listed_or_is_the_hosts(
    scheme: str, name: str, port: str, host: str, host_port: str
) -> None:
    usual = USUAL.get(scheme.lower())
    same_port = (port or usual) == (host_port or usual)
    ours = usual is not None and name.lower() == host.lower() and same_port
    listed = (scheme, name.lower(), port) == ("http", "local.example", ":3000")
    assert ORIGINS.knows(f"{scheme}://{name}{port}", asked(HOST=host + host_port)) is (ours or listed)


@given(st.text(), st.text())
def test_no_text_is_the_origin_of_another_host(origin: str, host: str) -> None:
    assert not ORIGINS.knows(origin, asked(HOST=f"here.{host}"))


def test_only_a_trusted_proxy_says_that_it_is_https() -> None:
    assert ORIGINS.is_https(asked(X_FORWARDED_PROTO="https"))
    assert not ORIGINS.is_https(asked(X_FORWARDED_PROTO="http"))
    assert not ORIGINS.is_https(asked())
    assert not ORIGINS.is_https(asked("192.0.2.1", X_FORWARDED_PROTO="https"))


def fields(origin: str) -> Any:
    route, *_ = Cors(ORIGINS).over([Route("GET", "/x", lambda _request: Answer(b"{}"))])
    return dict(route.view(asked(HOST="here.example", ORIGIN=origin)).headers)


def test_credentials_are_for_known_origins() -> None:
    assert fields("https://evil.example") == {"Access-Control-Allow-Origin": "*"}
    assert fields("https://app.example.org") == {
        "Access-Control-Allow-Origin": "https://app.example.org",
        "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin",
    }


def test_errors_and_preflights_carry_the_fields_too() -> None:
    cors = Cors(ORIGINS)
    refuse = cors.refusing(lambda _error, _request: Answer(status=403))
    assert refuse(Refused("x"), asked(ORIGIN="https://evil.example")).headers == (("Access-Control-Allow-Origin", "*"),)
    plain = Route("GET", "/x", lambda _request: Answer())
    stream = Route("GET", "/ws", lambda _request: Answer(), websocket=True)
    routes = cors.over([plain, stream])
    asked_for = [(route.method, route.rule) for route in routes]
    assert asked_for == [("GET", "/x"), ("GET", "/ws"), ("OPTIONS", "/x"), ("OPTIONS", "/ws")]
    answer = routes[2].view(asked(ORIGIN="https://app.example.org"))
    assert isinstance(answer, Answer)
    assert dict(answer.headers)["Access-Control-Allow-Origin"] == "https://app.example.org"
    assert (answer.status, answer.body) == (200, b"")
