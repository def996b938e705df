"""A Stream that is refused, sent elsewhere or not told where to connect, over real sockets (mastodon-relay.md B3)."""

import pytest

from actors.relay.registration import Instance
from tests.actors.relay.listening import FIRST, SECOND, Listening, until
from tests.fakes.exchange import Hang, Reply, Say

pytestmark = pytest.mark.live


# Refusals of the handshake


def test_401_is_final_after_one_confirmation(listening: Listening) -> None:
    listening.fake.revoked.add("t0ken")
    listening.listen()
    listening.until_waiting("unauthorized")
    assert 0.5 <= listening.delay <= 1.5
    listening.return_now()
    assert listening.until_over() == "unauthorized"
    assert len(listening.fake.asked("websocket")) == 2


def test_a_server_that_reads_the_query_only_is_understood(listening: Listening) -> None:
    listening.fake.reads_token = lambda request: request.query.get("access_token")
    listening.listen(token="t0k en+")
    listening.until_waiting("unauthorized")
    listening.return_now()
    listening.until_open()
    assert listening.fake.listeners[0].token == "t0k en+"


def test_a_server_that_reads_the_subprotocol_only_is_understood(listening: Listening) -> None:
    listening.fake.reads_token = lambda request: request.headers.get("sec-websocket-protocol")
    listening.listen()
    listening.until_open()
    assert len(listening.fake.asked("websocket")) == 1


@pytest.mark.parametrize("status", [403, 429, 500, 502, 503, 504])
def test_a_refusal_is_tried_again(listening: Listening, status: int) -> None:
    listening.fake.next("websocket", Reply(status, body=b"<html>"))
    listening.listen()
    listening.until_waiting(f"status-{status}")
    listening.return_now()
    listening.until_open()
    assert not listening.refusals


@pytest.mark.parametrize(
    ("headers", "least"),
    [
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": "Tue, 14 Nov 2023 22:18:20 GMT"}, 300),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2023-11-14T22:15:20.123456Z"}, 120),
        ({"Retry-After": "999999999"}, 3600),
        ({"Retry-After": "nonsense", "X-RateLimit-Reset": "soon"}, 0.5),
    ],
)
def test_a_limit_is_honoured(listening: Listening, headers: dict[str, str], least: float) -> None:
    listening.fake.next("websocket", Reply(429, headers, b'{"error":"Too many requests"}'))
    listening.listen()
    listening.until_waiting("status-429")
    assert least <= listening.delay <= least + 2


@pytest.mark.parametrize("status", [404, 405, 426, 501, 200])
def test_the_event_stream_is_taken_where_there_are_no_websockets(listening: Listening, status: int) -> None:
    listening.fake.always("websocket", Reply(status))
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    assert listener.way == "event stream"
    (asked,) = listening.fake.asked("events")
    assert (asked.path, dict(asked.query)) == ("/api/v1/streaming/user/notification", {})
    listener.ping()
    listener.notify(FIRST)
    listener.ping()
    listener.event("update", "{}")
    listener.notify(SECOND)
    until(lambda: len(listening.outbox.parcels) == 2)
    assert listening.outbox.payloads == [FIRST, SECOND]


def test_404_for_a_day_is_the_end(listening: Listening) -> None:
    for route in ("websocket", "events"):
        listening.fake.always(route, Reply(404))
    listening.listen()
    listening.until_waiting("status-404")
    while not listening.refusals:
        assert listening.clock.elapsed < 90_000
        before = len(listening.changes)
        listening.return_now()
        until(lambda: len(listening.changes) > before + 1)  # noqa: B023 - it is called before the next round
    assert listening.clock.elapsed >= 86_400
    assert listening.refusals[0].reason == "gone"


def test_an_instance_that_hangs_is_given_up(listening: Listening) -> None:
    listening.fake.next("websocket", Hang())
    listening.listen()
    until(lambda: listening.fake.asked("websocket"))
    listening.clock.advance(15)
    listening.until_waiting("too-slow")
    listening.return_now()
    listening.until_open()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: no\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40_000,
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3,
    ],
)
def test_an_answer_that_is_none(listening: Listening, said: bytes) -> None:
    listening.fake.next("websocket", Say(said))
    listening.listen()
    listening.until_waiting()
    assert listening.reason in {"bad-response", "unreachable"}
    listening.return_now()
    listening.until_open()


def test_nobody_listens(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    listening.fake.stop()
    listening.until_waiting("close-1006")
    listening.return_now()
    listening.until_waiting("unreachable")
    listening.return_now()
    listening.until_waiting("unreachable")
    listening.fake.start()
    listening.return_now()
    listening.until_open()


def test_coming_and_going_is_written_down_once(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    listening.fake.stop()
    listening.until_waiting("close-1006")
    for _ in range(5):
        listening.return_now()
        listening.until_waiting("unreachable")
    listening.fake.start()
    listening.return_now()
    listening.until_open()
    events = [(record.event, record.details.get("reason")) for record in listening.records]
    assert events == [
        ("connected", None),
        ("disconnected", "close-1006"),
        ("disconnected", "unreachable"),
        ("connected", None),
    ]
    details = {"way": "websocket", "stream": "user:notification", "host": listening.fake.url.removeprefix("http://")}
    assert listening.records[0].details == details
    assert listening.records[0].path == "stream"


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_with_the_token(listening: Listening, status: int) -> None:
    listening.fake.next("websocket", Reply(status, {"Location": "/elsewhere/streaming"}))
    listening.listen()
    listening.until_open()
    _, second = listening.fake.asked("websocket")
    assert (second.path, dict(second.query)) == ("/elsewhere/streaming", {"stream": "user:notification"})
    assert second.headers["authorization"] == "Bearer t0ken"


def test_redirects_without_end(listening: Listening) -> None:
    listening.fake.always("websocket", Reply(302, {"Location": "/api/v1/streaming/?stream=user"}))
    listening.listen()
    listening.until_waiting("too-many-redirects")
    assert len(listening.fake.asked("websocket")) == 4


@pytest.mark.parametrize("location", ["http://example.org/", "ftp://127.0.0.1/", "http://[", "gopher:"])
def test_a_redirect_that_leads_nowhere_good(listening: Listening, location: str) -> None:
    listening.fake.next("websocket", Reply(302, {"Location": location}))
    listening.listen()
    listening.until_waiting("bad-redirect")


def test_a_redirect_to_a_private_address_is_refused(listening: Listening) -> None:
    listening.fake.next("websocket", Reply(302, {"Location": "wss://127.0.0.2/api/v1/streaming"}))
    listening.listen()
    listening.until_waiting("private-address")


def test_a_streaming_address_that_is_private_is_refused(listening: Listening) -> None:
    listening.fake.streaming = "wss://169.254.169.254"
    listening.listen()
    listening.until_waiting("private-address")


def test_an_instance_that_is_private_is_refused_unless_the_operator_says_where_it_is() -> None:
    strict = Listening(allowed=())
    try:
        strict.listen()
        strict.until_waiting("not-https")
        assert not strict.fake.requests
        url = strict.fake.url
        strict.listen(Instance(url, replace_url=url, replace_url_web=url), id="r2")
        strict.until_open()
    finally:
        strict.close()


# The look-up


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_a_look_up_that_fails_is_tried_again(listening: Listening, status: int) -> None:
    listening.fake.next("info", Reply(status))
    listening.listen()
    listening.until_waiting(f"status-{status}")
    listening.return_now()
    listening.until_open()


def test_a_look_up_follows_redirects(listening: Listening) -> None:
    listening.fake.next("info", *[Reply(301, {"Location": "/api/v1/instance"})] * 3)
    listening.listen()
    listening.until_open()


@pytest.mark.parametrize(
    ("location", "reason"),
    [("https://127.0.0.2/api/v1/instance", "private-address"), ("/api/v1/instance", "too-many-redirects")],
)
def test_a_look_up_does_not_follow_everywhere(listening: Listening, location: str, reason: str) -> None:
    listening.fake.always("info", Reply(302, {"Location": location}))
    listening.listen()
    listening.until_waiting(reason)


@pytest.mark.parametrize(
    ("version", "stream"), [("1.4.1", "user"), (None, "user"), ("1.4.2", "user:notification"), ("v1.4.1", "user")]
)
def test_the_stream_is_chosen_by_version(listening: Listening, version: str | None, stream: str) -> None:
    listening.fake.version = version
    listening.listen()
    listening.until_open()
    assert listening.fake.listeners[0].stream == stream
