"""A Stream and a fake instance over real sockets: every fault of the spec (mastodon-relay.md A6, B3, B5, B6)."""

import json
from dataclasses import replace

import pytest

from actors.errors import Malformed, Unavailable
from actors.messages.relay import Describe, Renewed
from actors.messages.supervision import Fell
from actors.relay.registration import Instance, StreamState
from actors.relay.stream import Stream
from tests.actors.relay.listening import Listening, until
from tests.fakes.exchange import Hang, Reply, Say

pytestmark = pytest.mark.live

FIRST = '{"id":"1","type":"mention"}'
SECOND = '{"id":"2","status":{"content":"<p>\\u00fc \\ud83d\\ude00</p>"}}'


def test_a_notification_goes_to_the_courier_as_it_came(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    listening.fake.notify(FIRST)
    listening.fake.notify(SECOND)
    until(lambda: len(listening.outbox.parcels) == 2)
    assert listening.outbox.payloads == [FIRST, SECOND]
    first, second = listening.outbox.parcels
    assert first.queue == "relay:r1"
    assert first.id != second.id
    expected = {"instanceUrl": listening.fake.url, "tag": "tag", "appId": "app", "payload": FIRST}
    assert list(json.loads(first.body).items()) == list(expected.items())


def test_the_stream_is_asked_for_without_the_token_in_the_url(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    (asked,) = listening.fake.asked("websocket")
    assert (asked.path, dict(asked.query)) == ("/api/v1/streaming/", {"stream": "user:notification"})
    assert asked.headers["authorization"] == "Bearer t0ken"
    assert "origin" not in asked.headers
    (info,) = listening.fake.asked("info")
    assert "authorization" not in info.headers


def test_only_notifications_are_forwarded(listening: Listening) -> None:
    listening.listen(endpoint="user")
    listening.until_open()
    (listener,) = listening.fake.listeners
    listener.event("update", '{"id":"5"}')
    listener.event("delete", "5")
    listener.event("filters_changed")
    listener.event("notifications_merged", "1")
    listener.event("never.heard.of", {"a": 1})
    listener.text('{"event":"notification","payload":"{}","more":1}')  # as before 3.3, and as some day perhaps
    until(lambda: listening.outbox.parcels)
    assert listening.outbox.payloads == ["{}"]
    assert listening.state is StreamState.OPEN


def test_a_payload_that_is_a_document_is_passed_on_as_one(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    listening.fake.notify({"id": "7"})
    until(lambda: listening.outbox.parcels)
    assert listening.outbox.payloads == [{"id": "7"}]


def test_the_next_frame_is_read_when_the_last_is_committed(listening: Listening) -> None:
    listening.outbox.holds = True
    listening.listen()
    listening.until_open()
    for number in range(50):
        listening.fake.notify(str(number))
    for number in range(50):
        until(lambda: listening.outbox.asked)
        assert [parcel for parcel, _ in listening.outbox.asked] == [listening.outbox.asked[0][0]]
        assert len(listening.outbox.parcels) == number
        listening.outbox.commit()
    assert listening.outbox.payloads == [str(number) for number in range(50)]


def test_what_cannot_be_kept_is_posted_again_under_the_same_id(listening: Listening) -> None:
    listening.outbox.holds = True
    listening.listen()
    listening.until_open()
    listening.fake.notify(FIRST)
    until(lambda: listening.outbox.asked)
    ids = {listening.outbox.asked[0][0].id}
    listening.outbox.fail(Unavailable("not-stored"))
    listening.clock.advance(0.3)
    until(lambda: listening.outbox.asked)
    ids.add(listening.outbox.asked[0][0].id)
    listening.clock.advance(31)  # nobody answers at all
    until(lambda: len(listening.outbox.asked) == 2)
    ids.add(listening.outbox.asked[1][0].id)
    listening.outbox.commit()  # an answer that is too late counts for nothing
    listening.outbox.commit()
    until(lambda: len(listening.outbox.parcels) == 2)
    assert len(ids) == 1
    assert listening.faults == ["not-kept"]


def test_what_is_no_good_is_let_go(listening: Listening) -> None:
    listening.outbox.holds = True
    listening.listen()
    listening.until_open()
    listening.fake.notify(FIRST)
    until(lambda: listening.outbox.asked)
    listening.outbox.fail(Malformed("too-large"))
    listening.fake.notify(SECOND)
    until(lambda: listening.outbox.asked)
    listening.outbox.commit()
    assert listening.outbox.payloads == [SECOND]


# Frames that are none


def test_garbage_is_survived_and_said_once(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    for text in ("garbage", "[1]", "{}", '{"event":5}', '{"event":"notification"}', "null", ""):
        listener.text(text)
    listener.binary(b'{"event":"notification","payload":"no"}')
    listener.notify(FIRST)
    until(lambda: listening.outbox.parcels)
    assert listening.outbox.payloads == [FIRST]
    assert listening.faults == ["garbage"]


def test_bytes_that_are_no_frame_are_a_lost_connection(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    listening.fake.listeners[0].raw(b"\x8f\x00")
    listening.until_waiting("close-1006")


def test_text_that_is_no_utf8_is_garbage(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    listener.raw(b"\x81\x02\xff\xfe")
    listener.notify(FIRST)
    until(lambda: listening.outbox.parcels)
    assert listening.outbox.payloads == [FIRST]


def test_a_message_without_end_is_a_lost_connection(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    listener.raw(b"\x01\x7f" + (2**40).to_bytes(8, "big") + b"x" * (1024 * 1024 + 10))
    listening.until_waiting("close-1006")


def test_fragments_without_end_are_a_lost_connection_whatever_pings_are_between(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    fragment = b"\x7e\xff\xff" + b"x" * 65_535
    listener.raw(b"\x01" + fragment)
    for _ in range(17):
        listener.raw(b"\x89\x00\x00" + fragment)
    listening.until_waiting("close-1006")


def test_a_message_in_a_million_pieces_is_a_lost_connection(listening: Listening) -> None:
    """Each piece is put to the last at the cost of the whole: what is short in bytes may be long in work."""
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    listener.raw(b"\x01\x01x" + b"\x00\x01x" * 20_000)
    listening.until_waiting("close-1006")


def test_a_frame_that_comes_in_pieces(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    text = json.dumps({"event": "notification", "payload": FIRST}).encode()
    for byte in b"\x01\x05" + text[:5] + b"\x89\x00\x80" + bytes([len(text) - 5]) + text[5:]:
        listener.raw(bytes([byte]))
        listening.clock.advance(0)
    until(lambda: listening.outbox.parcels)
    assert listening.outbox.payloads == [FIRST]
    until(lambda: listener.pongs == 1)


@pytest.mark.parametrize(("status", "reason"), [(400, "stream-error-400"), (500, "stream-error-500")])
def test_an_error_frame_is_a_failure(listening: Listening, status: int, reason: str) -> None:
    listening.listen()
    listening.until_open()
    listening.fake.listeners[0].text(json.dumps({"error": "Unknown stream type", "status": status}))
    listening.until_waiting(reason)
    until(lambda: not listening.fake.listeners)
    listening.return_now()
    listening.until_open()


def test_a_scope_that_is_missing_ends_it_after_a_second_look(listening: Listening) -> None:
    listening.fake.scopes["t0ken"] = frozenset({"write"})
    listening.listen()
    listening.until_waiting("scope")
    assert not listening.refusals
    listening.return_now()
    assert listening.until_over() == "scope"
    assert listening.refusals[0].registration_id == "r1"
    assert listening.state is StreamState.CLOSED
    until(lambda: not listening.fake.listeners)


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


# How a connection ends


def test_an_empty_close_frame_and_then_401_is_the_end(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    listening.fake.revoke("t0ken")
    listening.until_waiting("close-1005")
    assert listening.delay <= 1.5
    listening.return_now()
    assert listening.until_over() == "unauthorized"
    assert len(listening.fake.asked("websocket")) == 2


@pytest.mark.parametrize("code", [None, 1000, 1001, 1006, 1011, 1012, 4000])
def test_any_close_is_answered_by_coming_back(listening: Listening, code: int | None) -> None:
    stream = listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    if code == 1006:
        listener.cut()
    else:
        listener.close(code)  # type: ignore[attr-defined]
    listening.until_waiting(f"close-{code or 1005}")
    assert 0.5 <= listening.delay <= 1.5
    listening.return_now()
    listening.until_open()
    figures = stream.ask(Describe())
    assert (figures.opens, figures.closes, figures.way) == (2, {code or 1005: 1}, "websocket")
    assert not listening.refusals


def test_a_reset_is_a_lost_connection(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    listening.fake.listeners[0].reset()
    listening.until_waiting("close-1006")


def test_what_came_before_the_close_is_kept(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    for number in range(100):
        listener.notify(str(number))
    listener.close(1012)  # type: ignore[attr-defined]
    listening.until_waiting("close-1012")
    assert listening.outbox.payloads == [str(number) for number in range(100)]


def test_an_event_stream_that_ends(listening: Listening) -> None:
    listening.fake.always("websocket", Reply(404))
    listening.listen()
    listening.until_open()
    listening.fake.revoke("t0ken")
    listening.until_waiting("close-1006")
    listening.return_now()
    listening.until_waiting("unauthorized")
    listening.return_now()
    assert listening.until_over() == "unauthorized"


@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
def test_an_event_stream_that_is_refused_is_tried_again_from_the_beginning(listening: Listening, status: int) -> None:
    """400 is what Mastodon says of a channel that it does not know (spec B3)."""
    listening.fake.next("websocket", Reply(404))
    listening.fake.next("events", Reply(status, body=b'{"error":"Unknown channel requested"}'))
    listening.listen()
    listening.until_waiting(f"status-{status}")
    listening.return_now()
    listening.until_open()
    assert listening.fake.listeners[0].way == "websocket"


def test_an_event_stream_for_which_a_scope_is_missing_ends_it_after_a_second_look(listening: Listening) -> None:
    listening.fake.always("websocket", Reply(404))
    listening.fake.scopes["t0ken"] = frozenset({"read:statuses"})
    listening.listen(endpoint="user:notification")
    listening.until_waiting("unauthorized")
    listening.return_now()
    assert listening.until_over() == "unauthorized"


def test_an_event_stream_that_is_not_chunked_as_it_should_be(listening: Listening) -> None:
    listening.fake.always("websocket", Reply(404))
    listening.listen()
    listening.until_open()
    listening.fake.listeners[0].raw(b"zzz\r\n")
    listening.until_waiting("close-1006")


def test_an_event_without_end(listening: Listening) -> None:
    listening.fake.always("websocket", Reply(404))
    listening.listen()
    listening.until_open()
    listening.fake.listeners[0].chunk(b"data: " + b"x" * (1024 * 1024 + 100))  # type: ignore[attr-defined]
    listening.until_waiting("close-1006")


# Silence


def test_silence_is_asked_about_and_then_ends_it(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    listening.clock.advance(31)
    until(lambda: listener.pings == 1)
    listener.frozen = True
    listening.clock.advance(45)
    until(lambda: listener.pings == 2)
    assert listening.state is StreamState.OPEN
    listening.clock.advance(32)
    assert listening.was_waiting("stalled")
    until(lambda: listening.fake.listeners and listening.fake.listeners[-1] is not listener)


def test_whoever_pings_is_not_asked(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    for number in range(10):
        listening.clock.advance(29)
        listener.ping()  # type: ignore[attr-defined]
        until(lambda: listener.pongs == number + 1)  # noqa: B023 - it is called before the next round
    assert listener.pings == 0  # type: ignore[attr-defined]
    assert listening.state is StreamState.OPEN


def test_comments_keep_an_event_stream(listening: Listening) -> None:
    listening.fake.always("websocket", Reply(404))
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    for _ in range(10):
        listening.clock.advance(29)
        listener.ping()  # type: ignore[attr-defined]
        listening.clock.advance(0)
    assert listening.state is StreamState.OPEN
    listening.clock.advance(76)
    assert listening.was_waiting("stalled")


def test_an_outbox_that_is_away_is_not_taken_for_silence(listening: Listening) -> None:
    listening.outbox.holds = True
    listening.listen()
    listening.until_open()
    listening.fake.notify(FIRST)
    until(lambda: listening.outbox.asked)
    for _ in range(10):
        listening.clock.advance(29)
    assert listening.state is StreamState.OPEN
    while listening.outbox.asked:
        listening.outbox.commit()
    assert set(listening.outbox.payloads) == {FIRST}


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


# Renewals, and the end


def test_a_new_callback_counts_at_once_and_costs_no_connection(listening: Listening) -> None:
    stream = listening.listen()
    listening.until_open()
    stream.tell(Renewed(listening.registration))
    listening.fake.notify(FIRST)
    until(lambda: listening.outbox.parcels)
    assert len(listening.fake.opened) == 1


def test_a_new_token_or_endpoint_is_a_new_connection(listening: Listening) -> None:
    stream = listening.listen()
    listening.until_open()
    (before,) = listening.fake.listeners
    stream.tell(Renewed(replace(listening.registration, token="other", endpoint="user")))
    listening.take_turns()
    until(lambda: [(each.token, each.stream) for each in listening.fake.listeners] == [("other", "user")])
    assert before.closed_with == 1005  # type: ignore[attr-defined]


def test_a_new_token_brings_back_what_was_refused(listening: Listening) -> None:
    listening.fake.revoked.add("t0ken")
    stream = listening.listen()
    listening.until_waiting("unauthorized")
    listening.return_now()
    listening.until_over()
    stream.tell(Renewed(replace(listening.registration, token="other")))
    listening.take_turns()
    listening.until_open()


def test_a_stop_ends_it_wherever_it_is(listening: Listening) -> None:
    listening.fake.next("websocket", Hang())
    connecting = listening.listen()
    until(lambda: listening.fake.asked("websocket"))
    connecting.stop(block=False)
    until(lambda: not connecting.is_alive())
    open_ = listening.listen()
    listening.take_turns()
    listening.until_open()
    (listener,) = listening.fake.listeners
    open_.stop(block=False)
    until(lambda: listener.over)
    assert listener.closed_with == 1005  # type: ignore[attr-defined]
    told = len(listening.changes)
    listening.clock.advance(1_000)
    assert len(listening.changes) == told
    assert len(listening.fake.asked("websocket")) == 2


def test_a_mistake_of_ours_fells_the_stream_alone_and_leaves_nothing_open(listening: Listening) -> None:
    class Faulty:
        def __init__(self, url: str, guarded: bool) -> None:
            self.connection = listening.network.dial(url, guarded)
            self.close = self.connection.close

        def sendall(self, _data: bytes) -> None:
            raise ZeroDivisionError

    faulty = Stream.start(
        listening.registration,
        Instance(listening.fake.url),
        listening.house,
        replace(listening.network, dial=Faulty),  # type: ignore[arg-type]
        catch_up=False,
        parent=listening.parent,
        path="faulty",
    )
    until(lambda: not faulty.is_alive())
    (fall,) = listening.parent.got(Fell)
    assert (fall.path, fall.error) == ("faulty", "ZeroDivisionError")
    listening.listen()
    listening.take_turns()
    listening.until_open()


def test_no_secret_is_said(listening: Listening) -> None:
    listening.fake.next("websocket", Reply(401), Reply(302, {"Location": "ftp://x/?access_token=t0ken"}), Say(b"t0ken"))
    listening.listen()
    for reason in ("unauthorized", "bad-redirect", "bad-response"):
        listening.until_waiting(reason)
        listening.return_now()
    listening.until_open()
    listening.fake.listeners[0].text('{"error":"odd","status":500}')
    listening.until_waiting("stream-error-500")
    said = repr((listening.changes, listening.records))
    assert "t0ken" not in said
