"""The protocol of Discord's gateway: what it does about whatever the gateway does (spec/discord.md sections 1 to 3)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from actors.upstream.discord import HEALTHY, Discord, Effects, Phase
from actors.upstream.discord_budget import Budget
from actors.upstream.discord_effects import (
    AskGateway,
    BudgetChanged,
    Connect,
    GiveUp,
    HangUp,
    Happened,
    Note,
    Send,
    WakeIn,
)
from actors.upstream.discord_places import Session

TOKEN = "s3cr3t"
GATEWAY = "wss://gateway.discord.gg"
THERE = "wss://us-east.discord.gg"
QUERY = "/?v=10&encoding=json&compress=zlib-stream"
LIMIT = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
TOLD = {"url": GATEWAY, "shards": 1, "session_start_limit": LIMIT}
READY = {"v": 10, "user": {"id": "9"}, "guilds": [], "session_id": "abc", "resume_gateway_url": THERE}


class Talking:
    """A machine, its clock, and what it has wanted so far."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("budget", Budget())
        options.setdefault("draw", lambda: 0.5)
        self.machine = Discord(TOKEN, **options)
        self.now = 1000.0
        self.effects: Effects = []

    def take(self, effects: Effects) -> Effects:
        self.effects += effects
        return effects

    def do(self, call: Callable[..., Effects], *args: Any) -> Effects:
        return self.take(call(*args, self.now))

    def say(self, op: int, data: Any = None, name: str | None = None, seq: int | None = None) -> Effects:
        return self.do(self.machine.text, orjson.dumps({"op": op, "d": data, "s": seq, "t": name}))

    def wait(self, seconds: float) -> Effects:
        """Time passes, and whatever is appointed on the way comes."""
        end, done = self.now + seconds, []
        while self.machine.wakes_at <= end and self.machine.phase is not Phase.NOTHING:
            self.now = max(self.now, self.machine.wakes_at)
            done += self.do(self.machine.due)
        self.now = end
        return done

    def connect(self) -> None:
        self.do(self.machine.begin)
        self.do(self.machine.told, TOLD)
        self.do(self.machine.opened)

    def ready(self) -> None:
        self.connect()
        self.say(10, {"heartbeat_interval": 41_250})
        self.say(0, READY, "READY", 0)
        self.effects.clear()

    def comes_back(self) -> Effects:
        """Through the wait that it is in, and the connection after it, up to HELLO's answer."""
        assert self.machine.phase is Phase.RETURN
        done: Effects = []
        while self.machine.phase is Phase.RETURN:
            done += self.wait(self.machine.wakes_at - self.now)
        if self.machine.phase is Phase.GATEWAY:
            done += self.do(self.machine.told, TOLD)
        self.do(self.machine.opened)
        return [*done, *self.say(10, {"heartbeat_interval": 41_250})]


def sent(effects: Effects) -> list[tuple[int, Any]]:
    said = [orjson.loads(each.text) for each in effects if isinstance(each, Send)]
    return [(each["op"], each["d"]) for each in said]


def ops(effects: Effects) -> list[int]:
    return [op for op, _ in sent(effects)]


def connected_to(effects: Effects) -> list[str]:
    return [each.url for each in effects if isinstance(each, Connect)]


def test_from_the_first_question_to_ready() -> None:
    talk = Talking()
    assert talk.do(talk.machine.begin) == [AskGateway(), WakeIn(30)]
    assert talk.do(talk.machine.told, TOLD) == [Connect(f"https://gateway.discord.gg{QUERY}"), WakeIn(30)]
    assert talk.do(talk.machine.opened) == [WakeIn(20)]
    effects = talk.say(10, {"heartbeat_interval": 40_000})
    assert effects[0] == BudgetChanged(), "written down before it is said"
    assert [op for op, _ in sent(effects)] == [2]
    assert effects[-1] == WakeIn(20), "the first heartbeat comes after a part of the interval, by chance"
    assert talk.say(0, READY, "READY", 0)[-1] == Happened("READY", READY)
    assert talk.machine.phase is Phase.READY
    assert talk.machine.session == Session("abc", THERE, 0)


def test_heartbeats_say_the_last_number_and_zero_is_one() -> None:
    talk = Talking()
    talk.connect()
    talk.say(10, {"heartbeat_interval": 10_000})
    assert sent(talk.wait(5)) == [(1, None)]
    talk.say(11)
    talk.say(0, READY, "READY", 0)
    assert sent(talk.wait(10)) == [(1, 0)]
    talk.say(11)
    talk.say(0, {}, "NEWS", 7)
    talk.say(0, {}, "MORE")
    assert sent(talk.say(1)) == [(1, 7)], "asked for one, it comes at once"
    assert sent(talk.wait(10)) == [(1, 7)]
    assert talk.machine.pulse.latency == 0


@pytest.mark.parametrize("interval", [None, "x", -1, 0, True, 10**12, {"a": 1}])
def test_an_interval_that_is_none_is_the_usual_one(interval: Any) -> None:
    talk = Talking()
    talk.connect()
    assert talk.say(10, {"heartbeat_interval": interval})[-1] == WakeIn(41.25 / 2)


def test_no_answer_to_a_heartbeat_is_a_zombie_and_its_session_goes_on_elsewhere() -> None:
    talk = Talking()
    talk.ready()
    talk.wait(41.25 / 2)
    talk.say(1)
    effects = talk.wait(41.25)
    assert HangUp(4000) in effects
    assert talk.machine.reason == "zombie"
    again = talk.comes_back()
    assert connected_to(again) == [f"https://us-east.discord.gg{QUERY}"]
    assert sent(again) == [(6, {"token": TOKEN, "session_id": "abc", "seq": 0})]
    assert talk.say(0, {}, "RESUMED", 3)[-1] == Happened("RESUMED", {})
    assert talk.machine.resumes == 1
    assert talk.machine.identifies == 1


def test_silence_is_the_end_though_no_error_says_so() -> None:
    talk = Talking()
    talk.connect()
    talk.say(10, {"heartbeat_interval": 41_250})
    talk.wait(60)
    assert talk.machine.reason in {"zombie", "silent", "too-slow"}
    assert talk.machine.phase is not Phase.IDENTIFYING


def test_silence_that_is_our_own_is_none() -> None:
    talk = Talking()
    talk.ready()
    for _ in range(10):
        talk.wait(20)
        talk.machine.pulse.forgive(talk.now)
    assert talk.machine.phase is Phase.READY


@pytest.mark.parametrize("when", ["before hello", "before ready", "ready"])
def test_asked_to_reconnect_at_any_time(when: str) -> None:
    talk = Talking()
    if when == "ready":
        talk.ready()
    else:
        talk.connect()
        if when == "before ready":
            talk.say(10, {"heartbeat_interval": 41_250})
    effects = talk.say(7)
    assert HangUp(4000) in effects
    assert talk.machine.wakes_at - talk.now <= 1.0, "at once, but not all in the same instant"
    talk.wait(10)
    assert talk.machine.phase is (Phase.CONNECT if when == "ready" else Phase.GATEWAY)


def test_a_session_that_is_over_is_followed_by_another_a_while_later() -> None:
    talk = Talking()
    talk.ready()
    talk.say(7)
    talk.comes_back()
    effects = talk.say(9, False)
    assert HangUp(4000) in effects
    assert talk.machine.session is None
    assert talk.machine.wakes_at - talk.now >= 1.0
    again = talk.comes_back()
    assert connected_to(again) == [f"https://gateway.discord.gg{QUERY}"]
    assert ops(again) == [2]


def test_a_session_that_is_not_over_is_resumed_on_a_new_connection() -> None:
    talk = Talking()
    talk.ready()
    talk.say(9, True)
    assert ops(talk.comes_back()) == [6]


def test_refused_sessions_are_ever_farther_apart() -> None:
    talk, waits = Talking(), []
    talk.connect()
    talk.say(10, {"heartbeat_interval": 41_250})
    for _ in range(6):
        began = talk.now
        talk.say(9, False)
        while not [each for each in talk.wait(1) if isinstance(each, AskGateway)]:
            pass
        waits.append(talk.now - began)
        talk.do(talk.machine.told, TOLD)
        talk.do(talk.machine.opened)
        talk.say(10, {"heartbeat_interval": 41_250})
    assert all(after >= before for before, after in itertools.pairwise(waits))
    assert waits[0] >= 5
    assert waits[-1] >= 100


@pytest.mark.parametrize(
    ("code", "op"),
    [
        (1000, 6),
        (1001, 6),
        (1005, 6),
        (1006, 6),
        (1011, 6),
        (1012, 6),
        (4000, 6),
        (4001, 6),
        (4002, 6),
        (4003, 2),
        (4005, 2),
        (4007, 2),
        (4008, 6),
        (4009, 2),
        (4999, 6),
    ],
)
def test_close_codes_that_may_pass(code: int, op: int) -> None:
    talk = Talking()
    talk.ready()
    talk.wait(6)
    talk.do(talk.machine.closed, code)
    waited = talk.machine.wakes_at - talk.now
    assert (waited >= 60) is (code == 4008)
    assert ops(talk.comes_back()) == [op]
    assert talk.machine.closes == {code: 1}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (4004, "[discord] token"),
        (4010, "base_guild_id"),
        (4011, "shards"),
        (4012, "version 10"),
        (4013, "intents"),
        (4014, "Server Members Intent"),
    ],
)
def test_close_codes_after_which_nothing_helps(code: int, words: str) -> None:
    talk = Talking()
    talk.ready()
    hang_up, given_up = talk.do(talk.machine.closed, code)
    assert hang_up == HangUp(4000)
    assert isinstance(given_up, GiveUp)
    assert words in given_up.sentence
    assert str(code) in given_up.sentence
    assert TOKEN not in repr(talk.effects)
    assert talk.machine.wakes_at == math.inf
    assert talk.do(talk.machine.due) == []


def test_the_api_that_does_not_know_the_token_is_the_same() -> None:
    talk = Talking()
    talk.do(talk.machine.begin)
    (given_up,) = talk.do(talk.machine.refused, 401, 0.0)
    assert isinstance(given_up, GiveUp)


def test_the_api_that_is_away_is_asked_again_as_it_wishes() -> None:
    talk = Talking()
    talk.do(talk.machine.begin)
    (wake,) = talk.do(talk.machine.refused, 429, 30.0)
    assert isinstance(wake, WakeIn)
    assert wake.seconds > 30
    assert AskGateway() in talk.wait(32)
    talk.do(talk.machine.unreachable, "unknown-host")
    assert talk.machine.reason == "unknown-host"


@pytest.mark.parametrize("document", [None, [], {}, {"url": 7}, {"url": "http://x"}, {"url": "ws://plain.example"}])
def test_an_answer_that_leads_nowhere(document: Any) -> None:
    """Or where the token would be said in the clear."""
    talk = Talking()
    talk.do(talk.machine.begin)
    talk.do(talk.machine.told, document)
    assert talk.machine.reason == "bad-response"


def test_a_gateway_of_ones_own_may_be_in_the_clear_and_is_not_asked_for() -> None:
    talk = Talking(gateway="ws://127.0.0.1:9", plain=True)
    assert connected_to(talk.do(talk.machine.begin)) == [f"http://127.0.0.1:9{QUERY}"]


def test_a_session_that_wants_to_go_on_in_the_clear_does_not() -> None:
    talk = Talking()
    talk.connect()
    talk.say(10, {"heartbeat_interval": 41_250})
    talk.say(0, {**READY, "resume_gateway_url": "ws://evil.example"}, "READY", 1)
    talk.say(7)
    again = talk.comes_back()
    assert connected_to(again) == [f"https://gateway.discord.gg{QUERY}"]
    assert ops(again) == [6]


def test_where_going_on_fails_the_other_address_is_tried_and_then_a_new_session() -> None:
    talk = Talking()
    talk.ready()
    talk.do(talk.machine.closed, 1006)
    tried = []
    while talk.machine.session is not None:
        tried += connected_to(talk.wait(talk.machine.wakes_at - talk.now))
        talk.do(talk.machine.unreachable, "unreachable")
    assert [url.split("/")[2] for url in tried] == ["us-east.discord.gg"] * 2 + ["gateway.discord.gg"] * 2
    assert ops(talk.comes_back()) == [2]


def test_the_budget_is_waited_for() -> None:
    talk = Talking()
    talk.do(talk.machine.begin)
    spent = {"total": 1000, "remaining": 0, "reset_after": 3_600_000}
    note, wake = talk.do(talk.machine.told, {**TOLD, "session_start_limit": spent})
    assert isinstance(note, Note)
    assert note.event == "budget-spent"
    assert wake == WakeIn(3600)
    assert AskGateway() in talk.wait(3600)


def test_the_shard_is_that_of_the_guild() -> None:
    guild = 175928847299117063
    talk = Talking(guild=str(guild))
    talk.do(talk.machine.begin)
    talk.do(talk.machine.told, {**TOLD, "shards": 16})
    talk.do(talk.machine.opened)
    ((_, data),) = sent(talk.say(10, {"heartbeat_interval": 41_250}))
    assert data["shard"] == [(guild >> 22) % 16, 16]


def test_requests_keep_the_limit_and_heartbeats_do_not_wait_for_it() -> None:
    talk = Talking()
    talk.ready()
    said = [effects for number in range(150) for effects in talk.do(talk.machine.request, b'{"op":8,"d":%d}' % number)]
    assert len(sent(said)) == 110
    beats, requests = 0, []
    for _ in range(60):
        for op, data in sent(talk.wait(1)):
            beats += op == 1
            requests += [data] if op == 8 else []
        talk.say(11)
    assert beats >= 1
    assert requests == list(range(110, 150))


def test_requests_of_a_session_that_is_over_are_not_said_in_the_next() -> None:
    talk = Talking()
    talk.ready()
    talk.say(7)
    assert talk.do(talk.machine.request, b'{"op":8,"d":1}') == []
    talk.comes_back()
    assert sent(talk.say(0, {}, "RESUMED", 1)) == [(8, 1)]
    talk.do(talk.machine.closed, 4009)
    talk.do(talk.machine.request, b'{"op":8,"d":2}')
    talk.comes_back()
    assert sent(talk.say(0, READY, "READY", 1)) == []


def test_a_broken_stream_is_resumed_on_another() -> None:
    talk = Talking()
    talk.ready()
    effects = talk.do(talk.machine.binary, b"garbage\x00\x00\xff\xff")
    assert effects[:2] == [Note("broken-stream"), HangUp(4000)]
    assert ops(talk.comes_back()) == [6]


def test_a_session_of_an_earlier_process_is_gone_on_with() -> None:
    talk = Talking(session=Session("old", THERE, 41))
    assert connected_to(talk.do(talk.machine.begin)) == [f"https://us-east.discord.gg{QUERY}"]
    talk.do(talk.machine.opened)
    ((op, data),) = sent(talk.say(10, {"heartbeat_interval": 41_250}))
    assert (op, data["session_id"], data["seq"]) == (6, "old", 41)


def test_losses_are_ever_farther_apart_until_a_session_has_held() -> None:
    talk, waits = Talking(draw=lambda: 0.999), []
    talk.ready()
    for _ in range(9):
        talk.say(7)
        waits.append(talk.machine.wakes_at - talk.now)
        talk.comes_back()
        talk.say(0, {}, "RESUMED", 1)
    assert waits[:4] == pytest.approx([1, 2, 4, 8], rel=0.01)
    assert waits[-1] == pytest.approx(120, rel=0.01)
    for _ in range(int(HEALTHY)):
        talk.wait(1)
        talk.say(11)
    talk.say(7)
    assert talk.machine.wakes_at - talk.now <= 1
    assert talk.machine.identifies == 1


def test_that_a_session_has_held_is_noted_once() -> None:
    talk = Talking()
    talk.ready()
    for _ in range(200):
        talk.wait(1)
        talk.say(11)
    assert talk.effects.count(BudgetChanged()) == 1
    assert talk.machine.budget.streak == 0


def test_garbage_loses_itself_alone_and_is_told_once() -> None:
    talk = Talking()
    talk.ready()
    assert [talk.do(talk.machine.text, text) for text in (b"{", b"[]")] == [[Note("garbage")], []]
    assert talk.say(99) == talk.say(11, {"x": 1}) == talk.say(0, 1) == []
    assert talk.machine.phase is Phase.READY


json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


class AnyGateway(RuleBasedStateMachine):
    """Whatever comes, in whatever order: nothing is raised, and nothing is overdone."""

    def __init__(self) -> None:
        super().__init__()
        self.talk = Talking()
        self.identified: list[float] = []
        self.said: list[float] = []
        self.see(self.talk.do(self.talk.machine.begin))

    def see(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, Connect):
                self.said = []
            elif isinstance(effect, Send):
                op = orjson.loads(effect.text)["op"]
                self.said += [self.talk.now]
                if op == 2:
                    self.identified.append(self.talk.now)

    @rule(seconds=st.sampled_from([0.0, 0.3, 5.0, 30.0, 60.0, 400.0]))
    def pass_time(self, seconds: float) -> None:
        end = self.talk.now + seconds
        machine = self.talk.machine
        while machine.wakes_at <= end and machine.phase is not Phase.NOTHING:
            self.talk.now = max(self.talk.now, machine.wakes_at)
            self.see(self.talk.do(machine.due))
        self.talk.now = end

    @rule(limit=st.sampled_from([LIMIT, {}, {**LIMIT, "remaining": 0, "reset_after": 1000}]))
    def tell(self, limit: Any) -> None:
        self.see(self.talk.do(self.talk.machine.told, {**TOLD, "session_start_limit": limit}))

    @precondition(lambda self: self.talk.machine.phase in {Phase.GATEWAY, Phase.CONNECT})
    @rule()
    def lose(self) -> None:
        self.see(self.talk.do(self.talk.machine.unreachable, "unreachable"))

    @precondition(lambda self: self.talk.machine.phase is Phase.CONNECT)
    @rule()
    def open(self) -> None:
        self.see(self.talk.do(self.talk.machine.opened))

    @precondition(lambda self: self.is_open)
    @rule(op=st.sampled_from([0, 1, 7, 9, 10, 11, 99]), data=json, name=st.none() | st.text(max_size=3))
    def hear(self, op: int, data: Any, name: str | None) -> None:
        self.see(self.talk.say(op, data, name, 1))

    @precondition(lambda self: self.is_open)
    @rule()
    def greet(self) -> None:
        self.see(self.talk.say(10, {"heartbeat_interval": 41_250}))

    @precondition(lambda self: self.is_open)
    @rule(name=st.sampled_from(["READY", "RESUMED"]), data=st.just(READY) | json)
    def stand(self, name: str, data: Any) -> None:
        self.see(self.talk.say(0, data, name, 2))

    @precondition(lambda self: self.is_open)
    @rule(code=st.sampled_from([1000, 1006, 4000, 4003, 4007, 4008, 4009]))
    def close(self, code: int) -> None:
        self.see(self.talk.do(self.talk.machine.closed, code))

    @rule(times=st.integers(1, 130))
    def ask(self, times: int) -> None:
        for number in range(times):
            self.see(self.talk.do(self.talk.machine.request, b'{"op":8,"d":%d}' % number))

    @property
    def is_open(self) -> bool:
        return self.talk.machine.phase in {Phase.HELLO, Phase.IDENTIFYING, Phase.RESUMING, Phase.READY}

    @invariant()
    def sessions_are_apart(self) -> None:
        gaps = [after - before for before, after in zip(self.identified, self.identified[1:], strict=False)]
        assert all(gap >= 5 for gap in gaps), gaps

    @invariant()
    def a_window_has_room_for_heartbeats(self) -> None:
        recent = [at for at in self.said if at > self.talk.now - 60]
        asked_for = 20  # by op 1, which nobody sends so often
        assert len(recent) <= 120 + asked_for

    @invariant()
    def something_is_always_appointed(self) -> None:
        machine = self.talk.machine
        assert machine.phase is Phase.NOTHING or machine.wakes_at < math.inf


TestAnyGateway = AnyGateway.TestCase


@given(st.binary(max_size=40))
def test_no_bytes_raise(data: bytes) -> None:
    talk = Talking()
    talk.ready()
    talk.do(talk.machine.binary, data + b"\x00\x00\xff\xff")
    talk.do(talk.machine.text, data)
