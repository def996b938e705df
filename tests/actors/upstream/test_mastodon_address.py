"""Which stream, and where: the version rule as its table stands in the spec (A5), and what is made of addresses."""

import pytest

from actors.relay.registration import Instance, Registration
from actors.upstream.mastodon_address import (
    Address,
    Info,
    chosen_stream,
    event_stream_address,
    http_url,
    info_address,
    knows_notifications,
    read_info,
    websocket_address,
)

URL = "https://social.example"
HERE = Instance(URL)


def registration(endpoint: str | None = None) -> Registration:
    return Registration("r", URL, "app", "tag", "secret", "https://app.example/", endpoint, 0.0)


@pytest.mark.parametrize("version", [None, "", " ", "1.4.1", "1.4", "1.4rc1", "0.9", "v1.4.1", "V1.4", "1"])
def test_old_versions(version: str | None) -> None:
    assert not knows_notifications(version)


@pytest.mark.parametrize(
    "version",
    ["1.4.2", "1.4.2rc1", "1.10.0", "4.5.7", "2.7.2 (compatible; Pleroma 2.4.0)", "v1.4.2", "v4.3.0", "2", "nightly"],
)
def test_versions_with_a_stream_of_notifications(version: str) -> None:
    assert knows_notifications(version)


@pytest.mark.parametrize(
    ("wished", "mapped", "version", "stream"),
    [
        ("user", "user:notification", "4.5.7", "user"),
        (None, "user", "4.5.7", "user"),
        ("user:notification", "user", "1.0", "user:notification"),
        (None, None, "4.5.7", "user:notification"),
        (None, None, "1.0", "user"),
    ],
)
def test_wish_then_map_then_version(wished: str | None, mapped: str | None, version: str, stream: str) -> None:
    assert chosen_stream(registration(wished), Instance(URL, endpoint=mapped), Info(version)) == stream


@pytest.mark.parametrize(
    ("instance", "info", "url", "guarded"),
    [
        (HERE, Info(), "https://social.example/api/v1/streaming/?stream=user:notification", True),
        (
            HERE,
            Info(streaming="https://stream.example"),
            "https://stream.example/api/v1/streaming/?stream=user:notification",
            True,
        ),
        (
            Instance(URL, replace_url="http://10.0.0.5:4000/"),
            Info(streaming="https://stream.example"),
            "http://10.0.0.5:4000/api/v1/streaming/?stream=user:notification",
            False,
        ),
        (Instance("wss://a.example/"), Info(), "https://a.example/api/v1/streaming/?stream=user:notification", True),
    ],
)
def test_where_the_stream_is(instance: Instance, info: Info, url: str, guarded: bool) -> None:
    assert websocket_address(instance, info, "user:notification") == Address(url, guarded)


def test_where_the_event_stream_is() -> None:
    assert event_stream_address(HERE, Info(), "user").url == f"{URL}/api/v1/streaming/user"
    assert event_stream_address(HERE, Info(), "user:notification").target == "/api/v1/streaming/user/notification"


def test_where_an_instance_tells_of_itself() -> None:
    assert info_address(HERE) == Address(f"{URL}/api/v1/instance")
    replaced = Instance(URL, replace_url="http://10.0.0.5:4000", replace_url_web="http://10.0.0.5:3000/")
    assert info_address(replaced) == Address("http://10.0.0.5:3000/api/v1/instance", guarded=False)


@pytest.mark.parametrize(
    ("body", "info"),
    [
        (b'{"version":"4.5.7","urls":{"streaming_api":"wss://s.example"}}', Info("4.5.7", "https://s.example")),
        (b'{"version":5,"urls":{"streaming_api":"ftp://s.example"}}', Info()),
        (b'{"urls":["wss://s.example"]}', Info()),
        (b"{}", Info()),
        (b"[]", None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_what_an_instance_says(body: bytes, info: Info | None) -> None:
    assert read_info(body) == info


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("wss://a", "https://a"),
        ("WS://a/b", "http://a/b"),
        ("http://a", "http://a"),
        ("a", None),
        ("https://", None),
        ("ftp://a", None),
    ],
)
def test_schemes(url: str, known: str | None) -> None:
    assert http_url(url) == known


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("wss://s.example/api/v1/streaming", "https://s.example/api/v1/streaming?stream=user"),
        ("https://s.example/x?stream=other&a=1", "https://s.example/x?stream=other&a=1"),
        ("/there?access_token=secret", "https://social.example/there?stream=user"),
        (
            "https://s.example/api/v1/streaming/user/notification#x",
            "https://s.example/api/v1/streaming/user/notification",
        ),
        ("http://s.example/", None),
        ("ws://social.example/", "http://social.example/?stream=user"),
        ("javascript:x", None),
        ("https://[::", None),
    ],
)
def test_redirects_lead_to_tls_or_to_the_same_host(location: str, url: str | None) -> None:
    onward = Address("https://social.example/api/v1/streaming/?stream=user", guarded=False).onward(location, "user")
    assert onward == (None if url is None else Address(url, guarded=True))


def test_what_stands_in_the_request() -> None:
    address = Address("https://bücher.example:8443/ä?b=ü c")
    assert address.host == "xn--bcher-kva.example:8443"
    assert address.target == "/%C3%A4?b=%C3%BC%20c"
    assert Address("https://a.example").target == "/"
