"""The protocol of one stream without socket or clock: what holds whatever an instance does, in whatever order."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.relay.registration import Instance, Registration, StreamState
from actors.upstream.mastodon import OPEN_WITHIN, RETURNS, STALLED, Mastodon, Phase
from actors.upstream.mastodon_address import Info
from actors.upstream.mastodon_effects import AskLeave, Effect, End, HangUp, Keep, Open, SendPing, WakeIn, Way
from actors.upstream.mastodon_trust import Trust

URL = "https://social.example"
MODERN = Info("4.5.7")
HERE = Registration("r", URL, "app", "tag", "secret", "https://app.example/", None, 0.0)


def kinds(effects: list[Effect]) -> list[type]:
    return [type(effect) for effect in effects]


def opened(now: float = 0.0) -> Mastodon:
    protocol = Mastodon(HERE, Instance(URL))
    protocol.begin(now)
    protocol.may_connect(MODERN, now)
    protocol.opened(now)
    return protocol


def test_the_way_to_a_stream() -> None:
    protocol = Mastodon(HERE, Instance(URL))
    assert kinds(protocol.begin(0.0)) == [AskLeave, WakeIn]
    open_, wake = protocol.may_connect(MODERN, 1.0)
    assert isinstance(open_, Open)
    assert (open_.way, open_.token_in_query, open_.address.guarded) == (Way.WEBSOCKET, False, True)
    assert "secret" not in repr(open_)
    assert wake == WakeIn(OPEN_WITHIN)
    assert protocol.state is StreamState.CONNECTING
    protocol.opened(2.0)
    assert protocol.state is StreamState.OPEN


def test_the_first_return_is_quick_and_each_further_one_slower() -> None:
    protocol = Mastodon(HERE, Instance(URL))
    protocol.begin(0.0)
    for failures in range(14):
        now = 10_000.0 * failures
        (wake,) = protocol.unreachable("unreachable", now)
        assert isinstance(wake, WakeIn)
        nominal = min(2**failures, RETURNS.most_delay)
        assert 0.5 * nominal <= wake.seconds <= 1.5 * nominal
        assert kinds(protocol.due(now + wake.seconds)) == [AskLeave, WakeIn]


def test_an_address_is_doubted_after_the_second_failure() -> None:
    protocol = Mastodon(HERE, Instance(URL))
    protocol.begin(0.0)
    doubts = []
    for now in (0.0, 1_000.0, 2_000.0):
        protocol.unreachable("unreachable", now)
        ask = protocol.due(now + 900)[0]
        assert isinstance(ask, AskLeave)
        doubts.append(ask.doubtful)
    assert doubts == [False, True, True]


@pytest.mark.parametrize(("lasted", "quick"), [(61.0, True), (59.0, False)])
def test_a_connection_that_lasts_makes_the_next_failure_the_first(lasted: float, quick: bool) -> None:
    protocol = Mastodon(HERE, Instance(URL))
    protocol.begin(0.0)
    for _ in range(8):
        protocol.unreachable("unreachable", 0.0)
        protocol.due(math.inf)
    protocol.may_connect(MODERN, 0.0)
    protocol.opened(0.0)
    _, wake = protocol.closed(1006, lasted)
    assert isinstance(wake, WakeIn)
    assert (wake.seconds <= 1.5) == quick


def test_a_thousand_streams_that_lose_their_instance_do_not_return_together() -> None:
    """By chance alone they spread; whose turn it is, Instances says (tests/actors/relay/test_instances.py)."""
    delays = []
    for _ in range(1_000):
        wake = opened().closed(1006, 100.0)[1]
        assert isinstance(wake, WakeIn)
        delays.append(wake.seconds)
    assert max(delays) - min(delays) > 0.9
    assert max(sum(start <= delay < start + 0.1 for delay in delays) for start in delays) < 200


@pytest.mark.parametrize("code", [1000, 1005])
def test_401_after_a_close_that_means_revoked_is_final(code: int) -> None:
    protocol = opened()
    protocol.closed(code, 10.0)
    protocol.due(100.0)
    protocol.may_connect(MODERN, 100.0)
    assert kinds(protocol.answered(401, None, 0.0, 100.0)) == [HangUp, End]
    assert protocol.state is StreamState.CLOSED
    assert protocol.due(1e9) == []


def test_401_after_another_close_is_confirmed() -> None:
    protocol = opened()
    protocol.closed(1006, 10.0)
    protocol.due(100.0)
    protocol.may_connect(MODERN, 100.0)
    assert kinds(protocol.answered(401, None, 0.0, 100.0)) == [WakeIn]
    protocol.due(200.0)
    open_ = protocol.may_connect(MODERN, 200.0)[0]
    assert isinstance(open_, Open)
    assert open_.token_in_query


@pytest.mark.parametrize("sign", ["notification", "age"])
def test_a_token_that_works_is_not_suspected_any_more(sign: str) -> None:
    protocol = opened()
    protocol.closed(1005, 10.0)
    protocol.due(100.0)
    protocol.may_connect(MODERN, 100.0)
    protocol.opened(100.0)
    if sign == "notification":
        protocol.text('{"event":"notification","payload":"{}"}', 101.0)
        protocol.closed(1006, 102.0)
    else:
        protocol.closed(1006, 161.0)
    protocol.due(1_000.0)
    protocol.may_connect(MODERN, 1_000.0)
    assert kinds(protocol.answered(401, None, 0.0, 1_000.0)) == [WakeIn]


def test_silence() -> None:
    protocol = opened()
    assert kinds(protocol.due(30.0)) == [SendPing, WakeIn]
    protocol.heard(31.0)
    assert kinds(protocol.due(STALLED)) == [SendPing, WakeIn]
    assert kinds(protocol.due(31.0 + STALLED)) == [HangUp, WakeIn]
    assert protocol.reason == "stalled"


def test_a_timer_that_rings_early_is_set_again() -> None:
    protocol = opened()
    assert protocol.due(29.0) == [WakeIn(1.0)]
    assert kinds(protocol.due(30.0 - 1e-9)) == [SendPing, WakeIn]


def test_the_other_way_is_tried_once_and_kept_while_it_works() -> None:
    protocol = Mastodon(HERE, Instance(URL))
    protocol.begin(0.0)
    protocol.may_connect(MODERN, 0.0)
    open_ = protocol.answered(426, None, 0.0, 0.0)[0]
    assert isinstance(open_, Open)
    assert open_.way is Way.EVENT_STREAM
    protocol.opened(0.0)
    protocol.closed(1006, 100.0)
    protocol.due(200.0)
    again = protocol.may_connect(MODERN, 200.0)[0]
    assert isinstance(again, Open)
    assert again.way is Way.EVENT_STREAM
    protocol.answered(404, None, 0.0, 200.0)
    assert protocol.way is Way.WEBSOCKET


@pytest.mark.parametrize(("status", "gone"), [(404, True), (410, True), (403, False), (500, False)])
def test_an_instance_that_has_not_been_there_for_a_day_is_gone(status: int, gone: bool) -> None:
    trust = Trust()
    assert not trust.status(status, 1.0)
    assert not trust.status(status, 86_400.9)
    assert trust.status(status, 86_401.0) is gone
    assert not trust.status(101, 86_402.0)
    assert not trust.status(status, 86_403.0), "a day is counted anew"


Step = Callable[[Mastodon, float], list[Effect]]
BEFORE_LEAVE: list[Step] = [
    lambda p, now: p.may_connect(MODERN, now),
    lambda p, now: p.may_connect(Info(), now),
    lambda p, now: p.may_not_connect("status-429", 30.0, now),
]
BEFORE_ANSWER: list[Step] = [
    lambda p, now: p.opened(now),
    lambda p, now: p.unreachable("unreachable", now),
    lambda p, now: p.answered(302, "wss://elsewhere.example/", 0.0, now),
    lambda p, now: p.answered(302, None, 0.0, now),
    *(
        lambda p, now, status=status: p.answered(status, None, 5.0, now)
        for status in (200, 101, 400, 401, 403, 404, 410, 426, 429, 500, 503)
    ),
]
WHILE_OPEN: list[Step] = [
    lambda p, now: p.heard(now),
    lambda p, now: p.text("garbage", now),
    lambda p, now: p.text('{"event":"notification","payload":"{}"}', now),
    lambda p, now: p.text('{"error":"scope","status":401}', now),
    lambda p, now: p.text('{"error":"odd","status":400}', now),
    lambda p, now: p.event("notification", "{}", now),
    lambda p, now: p.binary(now),
    *(lambda p, now, code=code: p.closed(code, now) for code in (1000, 1001, 1005, 1006, 1012, 4000)),
]
STEPS = {Phase.LEAVE: BEFORE_LEAVE, Phase.ANSWER: BEFORE_ANSWER, Phase.FRAMES: WHILE_OPEN, Phase.RETURN: []}


@given(st.data())
def test_whatever_happens_it_is_always_waiting_for_something_until_it_ends(data: st.DataObject) -> None:
    """No state without a way out: there is always an appointment, and at most one connection."""
    protocol, now = Mastodon(HERE, Instance(URL)), 0.0
    effects, open_, kept, notified = protocol.begin(now), False, 0, 0
    for _ in range(data.draw(st.integers(1, 60))):
        for effect in effects:
            if isinstance(effect, Open):
                assert not open_
            kept += isinstance(effect, Keep)
        open_ = (open_ or protocol.phase is Phase.FRAMES) and HangUp() not in effects
        if protocol.phase is Phase.NOTHING:
            assert isinstance(effects[-1], End)
            assert protocol.wakes_at == math.inf
            return
        assert now <= protocol.wakes_at < math.inf
        steps = STEPS[protocol.phase]
        if steps and data.draw(st.booleans()):
            before, step = protocol.phase, data.draw(st.sampled_from(range(len(steps))))
            effects = steps[step](protocol, now)
            notified += before is Phase.FRAMES and step in {2, 5}
        else:
            now = protocol.wakes_at
            effects = protocol.due(now)
            assert effects
    kept += sum(isinstance(effect, Keep) for effect in effects)
    assert kept == notified
