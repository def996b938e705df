"""What a stream says of itself to owners and operators, and how it answers each thing an instance may do."""

from dataclasses import replace
from typing import Any

import pytest

from actors.relay.registration import Instance, Registration, StreamState
from actors.upstream.mastodon import (
    LEAVE_WITHIN,
    MOST_REDIRECTS,
    OPEN_WITHIN,
    QUIET,
    STALLED,
    Mastodon,
    Phase,
)
from actors.upstream.mastodon_address import Info
from actors.upstream.mastodon_effects import (
    AskLeave,
    Effect,
    End,
    HangUp,
    Keep,
    Note,
    Open,
    Seen,
    SendPing,
    WakeIn,
    Way,
)

URL = "https://social.example"
MODERN = Info("4.5.7")
HERE = Registration("r", URL, "app", "tag", "secret", "https://app.example/", None, 0.0)


def asking(registration: Registration = HERE) -> Mastodon:
    """Its turn has come, and it has asked the instance at second 0."""
    protocol = Mastodon(registration, Instance(URL))
    protocol.begin(0.0)
    protocol.may_connect(MODERN, 0.0)
    return protocol


def opened(registration: Registration = HERE) -> Mastodon:
    protocol = asking(registration)
    protocol.opened(0.0)
    return protocol


def returns(effects: list[Effect], at_least: float = 0.0) -> bool:
    """Whether all this says is to come again in a while: the first time in 0.5 to 1.5 s, after what was asked for."""
    (wake,) = effects
    return isinstance(wake, WakeIn) and at_least + 0.5 <= wake.seconds <= at_least + 1.5


def test_before_anything_was_begun_there_is_nothing_to_say() -> None:
    protocol = Mastodon(HERE, Instance(URL))
    assert (protocol.state, protocol.reason, protocol.host, protocol.opens) == (StreamState.CLOSED, "", "", 0)
    assert protocol.due(0.0) == protocol.due(1e9) == []


def test_each_step_to_a_stream_is_waited_for_so_long() -> None:
    protocol = Mastodon(HERE, Instance(URL))
    assert protocol.begin(5.0) == [AskLeave(doubtful=False), WakeIn(LEAVE_WITHIN)]
    assert (protocol.state, protocol.phase) == (StreamState.CONNECTING, Phase.LEAVE)
    (open_, wake) = protocol.may_connect(MODERN, 6.0)
    assert isinstance(open_, Open)
    assert (open_.token, open_.way, wake) == ("secret", Way.WEBSOCKET, WakeIn(OPEN_WITHIN))
    assert (protocol.state, protocol.host, protocol.stream) == (
        StreamState.CONNECTING,
        "social.example",
        "user:notification",
    )
    assert protocol.opened(7.0) == [WakeIn(QUIET)]
    assert (protocol.state, protocol.reason, protocol.opens) == (StreamState.OPEN, "websocket", 1)


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (lambda p: p.unreachable("unreachable", 1.0), "unreachable"),
        (lambda p: p.answered(500, None, 0.0, 1.0), "status-500"),
        (lambda p: p.answered(401, None, 0.0, 1.0), "unauthorized"),
        (lambda p: p.answered(410, None, 0.0, 1.0), "status-410"),
        (lambda p: p.answered(302, None, 0.0, 1.0), "status-302"),
        (lambda p: p.answered(302, "ftp://elsewhere.example/", 0.0, 1.0), "bad-redirect"),
    ],
)
def test_who_is_not_let_in_comes_again_and_says_why(happens: Any, reason: str) -> None:
    protocol = asking()
    assert returns(happens(protocol))
    assert (protocol.state, protocol.reason, protocol.opens) == (StreamState.WAITING, reason, 0)


def test_what_is_asked_to_wait_for_is_waited_for_and_some_more() -> None:
    protocol = asking()
    assert returns(protocol.answered(503, None, 30.0, 1.0), 30.0)
    protocol = Mastodon(HERE, Instance(URL))
    protocol.begin(0.0)
    assert returns(protocol.may_not_connect("status-429", 90.0, 1.0), 90.0)
    assert protocol.reason == "status-429"


def test_whose_turn_never_comes_and_who_is_never_answered() -> None:
    protocol = Mastodon(HERE, Instance(URL))
    protocol.begin(0.0)
    assert protocol.due(LEAVE_WITHIN - 1) == [WakeIn(1.0)]
    assert returns(protocol.due(LEAVE_WITHIN))
    assert (protocol.state, protocol.reason) == (StreamState.WAITING, "no-leave")
    protocol = asking()
    hang_up, *again = protocol.due(OPEN_WITHIN)
    assert hang_up == HangUp()
    assert returns(again)
    assert (protocol.state, protocol.reason) == (StreamState.WAITING, "too-slow")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_few_redirects_are_followed(status: int) -> None:
    protocol = asking()
    for number in range(MOST_REDIRECTS):
        open_, wake = protocol.answered(status, f"https://{number}.example/api", 0.0, 2.0)
        assert isinstance(open_, Open)
        assert open_.address.url == f"https://{number}.example/api?stream=user:notification"
        assert (wake, protocol.host) == (WakeIn(OPEN_WITHIN), f"{number}.example")
    assert returns(protocol.answered(status, "https://once.too.often.example/", 0.0, 2.0))
    assert protocol.reason == "too-many-redirects"
    protocol.due(10.0)
    protocol.may_connect(MODERN, 10.0)
    assert isinstance(protocol.answered(status, "https://0.example/", 0.0, 10.0)[0], Open), "counted anew"


@pytest.mark.parametrize("status", [200, 400, 404, 405, 426, 501])
def test_where_websockets_are_not_to_be_had_the_other_way_is_tried(status: int) -> None:
    protocol = asking()
    for _ in range(MOST_REDIRECTS):
        protocol.answered(302, "https://moved.example/", 0.0, 0.0)
    open_, wake = protocol.answered(status, None, 0.0, 1.0)
    assert isinstance(open_, Open)
    assert (open_.way, open_.address.url) == (Way.EVENT_STREAM, f"{URL}/api/v1/streaming/user/notification")
    assert wake == WakeIn(OPEN_WITHIN)
    assert isinstance(protocol.answered(302, "https://moved.example/", 0.0, 1.0)[0], Open), "redirects count anew"
    protocol.opened(2.0)
    assert protocol.reason == "event stream"
    protocol.closed(1006, 3.0)
    protocol.due(10.0)
    protocol.may_connect(MODERN, 10.0)
    (wake,) = protocol.answered(status, None, 0.0, 10.0)
    assert isinstance(wake, WakeIn)
    assert 1.0 <= wake.seconds <= 3.0, "the second failure waits longer"
    assert (protocol.way, protocol.reason) == (Way.WEBSOCKET, f"status-{status}")


def test_an_instance_that_is_gone_ends_the_stream() -> None:
    protocol = asking()
    for day in (0.0, 86_400.0):
        effects = protocol.answered(410, None, 0.0, day)
    assert effects == [HangUp(), End("gone")]
    assert (protocol.state, protocol.reason) == (StreamState.CLOSED, "gone")


def test_one_that_has_opened_meanwhile_is_not() -> None:
    protocol = asking()
    protocol.answered(404, None, 0.0, 0.0)  # no WebSockets: the other way
    protocol.answered(404, None, 0.0, 0.0)
    protocol.due(10.0)
    protocol.may_connect(MODERN, 10.0)
    protocol.opened(10.0)
    protocol.closed(1006, 50_000.0)
    protocol.due(60_000.0)
    protocol.may_connect(MODERN, 90_000.0)
    assert isinstance(protocol.answered(410, None, 0.0, 90_000.0)[0], WakeIn), "the first since"
    assert (protocol.state, protocol.reason) == (StreamState.WAITING, "status-410")


def test_one_that_stalls_has_lasted_all_the_same() -> None:
    protocol = asking()
    for now in (0.0, 1_000.0, 2_000.0):
        protocol.unreachable("unreachable", now)
        protocol.due(now + 900)
        protocol.may_connect(MODERN, now + 900)
    protocol.opened(3_000.0)
    protocol.due(3_000.0 + QUIET)
    hang_up, *again = protocol.due(3_000.0 + STALLED)
    assert hang_up == HangUp()
    assert returns(again)
    for now in (4_000.0, 5_000.0, 6_000.0):
        protocol.due(now)
        protocol.may_connect(MODERN, now)
        protocol.opened(now)
        _, wake = protocol.closed(1006, now + 1)
    assert isinstance(wake, WakeIn)
    assert wake.seconds >= 4.0, "which those of a second have not"


def test_a_close_is_counted_by_its_code() -> None:
    protocol = opened()
    hang_up, *again = protocol.closed(1001, 1.0)
    assert hang_up == HangUp()
    assert returns(again)
    assert (protocol.reason, protocol.closes) == ("close-1001", {1001: 1})
    protocol.due(10.0)
    protocol.may_connect(MODERN, 10.0)
    protocol.opened(10.0)
    protocol.due(10.0 + QUIET)
    protocol.due(10.0 + STALLED)
    assert (protocol.reason, protocol.closes, protocol.opens) == ("stalled", {1001: 1, 1006: 1}, 2)


def test_a_token_that_is_refused_over_the_stream_is_asked_about_once_more() -> None:
    protocol = opened()
    note, hang_up, *again = protocol.text('{"error":"%s","status":401}' % ("x" * 200), 1.0)
    assert (note, hang_up) == (Note("stream-error", {"status": 401, "error": "x" * 100}), HangUp())
    assert returns(again)
    assert (protocol.state, protocol.reason) == (StreamState.WAITING, "scope")
    protocol.due(10.0)
    open_ = protocol.may_connect(MODERN, 10.0)[0]
    assert isinstance(open_, Open)
    assert open_.token_in_query
    protocol.opened(10.0)
    assert protocol.text('{"error":"no","status":401}', 11.0)[1:] == [HangUp(), HangUp(), End("scope")]


def test_another_error_over_the_stream_is_returned_from() -> None:
    protocol = opened()
    note, hang_up, *again = protocol.text('{"error":"busy","status":503}', 1.0)
    assert (note, hang_up) == (Note("stream-error", {"status": 503, "error": "busy"}), HangUp())
    assert returns(again)
    assert protocol.reason == "stream-error-503"


def test_garbage_is_noted_once_a_connection() -> None:
    protocol = opened()
    assert protocol.text("{", 1.0) == [Note("garbage")]
    assert protocol.binary(2.0) == protocol.event("notification", None, 3.0) == []  # type: ignore[arg-type]
    protocol.closed(1006, 4.0)
    protocol.due(10.0)
    protocol.may_connect(MODERN, 10.0)
    protocol.opened(10.0)
    assert protocol.binary(11.0) == [Note("garbage")]


def test_what_is_heard_and_for_whom() -> None:
    protocol = opened()
    update = '{"event":"update","payload":"{\\"account\\":{\\"acct\\":\\"ann\\"}}"}'
    assert protocol.text('{"event":"notification","payload":"{}"}', 1.0) == [Keep("{}")]
    assert protocol.event("notification", "{}", 1.0) == [Keep("{}")]
    assert protocol.text(update, 1.0) == protocol.text('{"event":"delete","payload":"1"}', 1.0) == []
    assert opened(replace(HERE, presence="credential")).text(update, 1.0) == [Seen("ann")]


@pytest.mark.parametrize(
    "heard",
    [
        lambda p: p.heard(20.0),
        lambda p: p.text("{", 20.0),
        lambda p: p.event("delete", "1", 20.0),
        lambda p: p.binary(20.0),
    ],
)
def test_whatever_comes_breaks_the_silence(heard: Any) -> None:
    protocol = opened()
    heard(protocol)
    assert protocol.due(QUIET) == [WakeIn(20.0)]
    assert protocol.due(20.0 + QUIET) == [SendPing(), WakeIn(STALLED - QUIET)]
    protocol.wakes_at = 60.0  # whatever wakes it meanwhile, nobody is asked twice
    assert protocol.due(60.0) == [WakeIn(20.0 + STALLED - 60.0)]
    assert protocol.due(20.0 + STALLED)[0] == HangUp()


def test_a_registration_that_is_made_again_opens_its_stream_anew_where_that_makes_a_difference() -> None:
    protocol = opened()
    later = replace(HERE, expires_at=9.0, callback_url="https://app.example/other")
    assert protocol.renewed(later, 1.0) == []
    assert (protocol.registration, protocol.state) == (later, StreamState.OPEN)
    for changed in (replace(later, endpoint="user"), replace(later, endpoint="user", token="new")):
        assert protocol.renewed(changed, 2.0) == [HangUp(), AskLeave(doubtful=False), WakeIn(LEAVE_WITHIN)]
    open_ = protocol.may_connect(MODERN, 3.0)[0]
    assert isinstance(open_, Open)
    assert (open_.token, protocol.stream) == ("new", "user")


def test_a_new_token_is_trusted_and_its_failures_are_the_first() -> None:
    protocol = asking()
    for now in (1.0, 1_001.0, 2_001.0):
        protocol.answered(401 if now == 1.0 else 500, None, 0.0, now)
        protocol.due(now + 900)
        protocol.may_connect(MODERN, now + 900)
    protocol.renewed(replace(HERE, token="new"), 3_000.0)
    open_ = protocol.may_connect(MODERN, 3_001.0)[0]
    assert isinstance(open_, Open)
    assert not open_.token_in_query
    assert returns(protocol.answered(401, None, 0.0, 3_002.0)), "not final, and soon again"
