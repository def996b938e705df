"""A Stream and a fake instance over real sockets: what it passes on, renewals, the end (mastodon-relay.md A6, B5)."""

import json
from dataclasses import replace

import pytest

from actors.errors import Malformed, Unavailable
from actors.messages.relay import Renewed
from actors.messages.supervision import Fell
from actors.relay.registration import Instance, StreamState
from actors.relay.stream import Stream
from tests.actors.relay.listening import FIRST, SECOND, Listening, until
from tests.fakes.exchange import Hang, Reply, Say

pytestmark = pytest.mark.live


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
