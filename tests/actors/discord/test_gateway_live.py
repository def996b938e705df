"""The listener of Discord's gateway over real sockets: what it hears is said in the house, and what may go wrong."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from actors.discord.gateway import GRACE, SAVE_EVERY
from actors.discord.notebook import RESUMABLE
from actors.discord.reporter import source_of
from actors.errors import Fatal
from actors.messages.discord import Relinked
from actors.messages.user import Report, Withdraw
from actors.presence import Status, Subject
from tests.actors.discord.listening import ANN, BOB, CAT, HERE, Listening
from tests.actors.relay.listening import until
from tests.fakes.discord import TOKEN, Close, Invalid, member, presence
from tests.fakes.exchange import Reply
from tests.hub import WORST, watched_hub

CHESS = {"id": "a", "name": "Chess", "type": 0, "created_at": 1, "details": "Ruy López"}


@pytest.fixture
def bot() -> Iterator[Listening]:
    bot = Listening()
    bot.guild.presences[ANN] = presence(ANN, "idle", CHESS)
    yield bot
    bot.close()


@pytest.fixture
def loaded(bot: Listening) -> Listening:
    bot.start()
    bot.until_loaded()
    return bot


def test_members_are_users_with_a_claim_of_their_own(loaded: Listening) -> None:
    claim = loaded.claim(ANN)
    assert claim is not None
    assert (claim.status, claim.expires_at, claim.source) == (Status.IDLE, None, source_of(ANN))
    assert claim.activities[0].details is not None
    assert claim.activities[0].details.text == "Ruy López"
    assert loaded.status(BOB) is Status.OFFLINE
    asked = loaded.fake.requests[0]
    assert (asked.path, asked.headers["authorization"]) == ("/api/v10/gateway/bot", f"Bot {TOKEN}")
    assert all(request.headers["user-agent"].startswith("DiscordBot (https://") for request in loaded.fake.requests)
    upgrade = loaded.fake.opened[0].request
    assert upgrade.query == {"v": "10", "encoding": "json", "compress": "zlib-stream"}
    assert "authorization" not in upgrade.headers
    assert "sec-websocket-protocol" not in upgrade.headers
    assert loaded.fake.ops(2)[0]["intents"] == 259


def test_what_happens_to_members(loaded: Listening) -> None:
    fake = loaded.fake
    fake.update(HERE, BOB, "dnd", CHESS)
    until(lambda: loaded.status(BOB) is Status.DND)
    fake.update(HERE, BOB, "offline")
    until(lambda: loaded.status(BOB) is Status.OFFLINE)
    fake.join(HERE, member(CAT, "cat"))
    until(lambda: loaded.status(CAT) is Status.OFFLINE)
    loaded.guild.presences[CAT] = presence(CAT, "online")
    loaded.clock.advance(1.1)
    until(lambda: loaded.status(CAT) is Status.ONLINE)
    assert fake.ops(8)[0]["user_ids"] == [CAT]
    fake.leave(HERE, ANN)
    until(lambda: loaded.claim(ANN) is None)
    assert loaded.town.deeds[-1] == (ANN, Withdraw(source_of(ANN)))


def test_what_says_nothing_new_is_told_to_nobody(loaded: Listening) -> None:
    assert loaded.reported
    loaded.fake.update(HERE, ANN, "idle", CHESS)
    loaded.fake.dispatch("TYPING_START", {"user_id": ANN})
    loaded.fake.update(HERE, BOB, "dnd")
    until(lambda: loaded.status(BOB) is Status.DND)
    assert [user for user, _ in loaded.reported] == [BOB]


def test_a_gateway_that_does_not_compress_is_understood(bot: Listening) -> None:
    bot.fake.zipped = False
    bot.start()
    bot.until_loaded()
    assert bot.status(ANN) is Status.IDLE


def test_a_gateway_of_ones_own_is_not_asked_for(bot: Listening) -> None:
    bot.start(gateway_url=f"ws://127.0.0.1:{bot.fake.port}", api_base="http://127.0.0.1:9")
    bot.until_loaded()
    assert [request.path for request in bot.fake.requests] == ["/"]


@pytest.mark.parametrize("how", ["cut", "op 7", "zombie", "op 9 true", "1000", "4000"])
def test_a_lost_connection_is_gone_on_with_and_nothing_is_missed(loaded: Listening, how: str) -> None:
    talk = loaded.fake.connected[0]
    if how == "cut":
        talk.cut()
    elif how == "op 7":
        talk.op(7)
    elif how == "op 9 true":
        talk.op(9, True)
    elif how == "zombie":
        loaded.fake.acks = False
        while loaded.fake.connected == [talk]:
            loaded.clock.advance(10)
    else:
        talk.close(int(how))
    until(lambda: "disconnected" in loaded.events)
    until(lambda: talk not in loaded.fake.connected)
    assert loaded.reported
    loaded.fake.acks = True
    loaded.fake.update(HERE, BOB, "dnd")
    loaded.clock.advance(1.1)
    loaded.until_resumed()
    until(lambda: loaded.status(BOB) is Status.DND)
    assert [user for user, _ in loaded.reported] == [BOB], "of the others there is nothing to tell"
    assert loaded.fake.opened[-1].request.path == "/resume"
    assert len(loaded.fake.ops(2)) == 1, "it costs no session"
    assert talk.closed_with in {None, 4000, 1000}
    if how in {"op 7", "zombie", "op 9 true"}:
        assert talk.closed_with == 4000


def test_a_session_that_is_over_is_followed_by_another_and_nobody_flickers(loaded: Listening) -> None:
    loaded.fake.next("resume", Invalid())
    loaded.fake.connected[0].cut()
    until(lambda: "disconnected" in loaded.events)
    assert loaded.reported
    loaded.guild.presences[BOB] = presence(BOB, "dnd")  # of which no event tells
    while len(loaded.fake.ops(2)) < 2:
        loaded.clock.advance(1)
    loaded.until_loaded(2)
    assert [user for user, _ in loaded.reported] == [BOB]


def test_a_corrupt_stream_is_resumed_on_another(loaded: Listening) -> None:
    loaded.fake.connected[0].raw(b"garbage\x00\x00\xff\xff")
    until(lambda: "broken-stream" in loaded.events)
    loaded.clock.advance(1.1)
    loaded.until_resumed()


@pytest.mark.parametrize(
    ("code", "words"),
    [(4004, "[discord] token"), (4013, "intents"), (4014, "Presence Intent and Server Members Intent")],
)
def test_what_nobody_but_the_operator_can_mend_parks_it_with_a_sentence(bot: Listening, code: int, words: str) -> None:
    bot.fake.next("identify", Close(code))
    bot.start()
    until(lambda: bot.falls)
    (fall,) = bot.falls
    assert issubclass(fall.cause, Fatal)
    assert words in fall.message
    assert TOKEN not in repr((fall, bot.records))


def test_a_bad_token_is_refused_by_the_api_already(bot: Listening) -> None:
    bot.start(token="another")
    until(lambda: bot.falls)
    assert "[discord] token" in bot.falls[0].message
    assert bot.fake.opened == []
    assert "another" not in repr((bot.falls, bot.records))


def test_after_a_fall_claims_end_unless_another_life_takes_them_up(loaded: Listening) -> None:
    loaded.fake.connected[0].close(4014)
    until(lambda: loaded.falls)
    claim = loaded.claim(ANN)
    assert claim is not None
    assert claim.expires_at == loaded.clock.now() + GRACE
    loaded.clock.advance(6)
    loaded.start()
    loaded.until_loaded(2)
    taken_up = loaded.claim(ANN)
    assert taken_up is not None
    assert taken_up.expires_at is None


def test_an_api_that_is_away_is_asked_again(bot: Listening) -> None:
    bot.fake.next("gateway", Reply(503), Reply(429, {"Retry-After": "20"}), Reply(200, {}, b"no json"))
    bot.fake.next("upgrade", Reply(502))
    bot.start()
    while "loaded" not in bot.events:
        bot.clock.advance(1)
    reasons = [each.details["reason"] for each in bot.records if each.event == "disconnected"]
    assert reasons == ["status-503", "status-429", "bad-response", "status-502"]
    assert bot.falls == []


def test_where_no_session_is_left_none_is_begun(bot: Listening) -> None:
    bot.fake.remaining, bot.fake.reset_after_ms = 0, 600_000
    bot.start()
    until(lambda: "budget-spent" in bot.events)
    bot.clock.advance(599)
    assert bot.fake.opened == []
    bot.fake.remaining = 1000
    bot.clock.advance(2)
    bot.until_loaded()


def test_what_nobody_can_know_any_more_is_not_said_and_returns_with_the_gateway(loaded: Listening) -> None:
    loaded.fake.stop()
    until(lambda: "disconnected" in loaded.events)
    assert loaded.status(ANN) is Status.IDLE
    loaded.clock.advance(GRACE - 1)
    assert loaded.status(ANN) is Status.IDLE
    loaded.clock.advance(2)
    until(lambda: loaded.status(ANN) is None)
    claim = loaded.claim(ANN)
    assert claim is not None, "who it is is still known"
    assert claim.activities == ()
    assert loaded.events.count("members-doubted") == 1
    loaded.fake.start()
    while "connected" not in loaded.events[loaded.events.index("members-doubted") :]:
        loaded.clock.advance(5)
    until(lambda: loaded.status(ANN) is Status.IDLE)
    assert loaded.status(BOB) is Status.OFFLINE


def test_what_was_heard_between_two_outages_is_not_believed_for_ever(loaded: Listening) -> None:
    """Seen to fail where the second outage was not counted before all members had come again."""
    loaded.fake.stop()
    until(lambda: "disconnected" in loaded.events)
    loaded.clock.advance(GRACE + 1)
    until(lambda: loaded.status(ANN) is None)
    loaded.guild.silent = True
    loaded.fake.sessions.clear()
    loaded.fake.start()
    while len(loaded.fake.ops(2)) < 2:
        loaded.clock.advance(5)
    loaded.fake.update(HERE, BOB, "dnd")
    until(lambda: loaded.status(BOB) is Status.DND)
    loaded.fake.stop()
    until(lambda: loaded.events.count("disconnected") >= 2)
    loaded.clock.advance(GRACE + 1)
    until(lambda: loaded.status(BOB) is None)


def test_a_member_who_is_linked_is_the_account_and_the_link_may_change(loaded: Listening) -> None:
    register = loaded.house.register
    register.learn(Subject("u-1", "anna", account=True, links=(("discord", ANN),)))
    loaded.refs[0].tell(Relinked((ANN, BOB)))
    until(lambda: loaded.claim(ANN, "u-1") is not None)
    assert loaded.claim(ANN) is None
    loaded.fake.update(HERE, ANN, "dnd")
    until(lambda: (claim := loaded.claim(ANN, "u-1")) is not None and claim.status is Status.DND)
    register.forget("u-1")
    loaded.refs[0].tell(Relinked((ANN,)))
    until(lambda: loaded.status(ANN) is Status.DND)
    assert loaded.claim(ANN, "u-1") is None


def test_a_restart_goes_on_with_the_session_and_misses_nothing(loaded: Listening) -> None:
    restart(loaded)
    loaded.fake.update(HERE, BOB, "dnd")
    assert loaded.reported
    loaded.start()
    loaded.until_resumed()
    until(lambda: loaded.status(BOB) is Status.DND)
    until(lambda: (claim := loaded.claim(ANN)) is not None and claim.expires_at is None)
    told = [(user, deed.claim.status) for user, deed in loaded.reported if isinstance(deed, Report)]
    assert set(told) == {(ANN, Status.IDLE), (BOB, Status.OFFLINE), (BOB, Status.DND)} or set(told) == {
        (ANN, Status.IDLE),
        (BOB, Status.DND),
    }, "nobody flickers"
    assert len(loaded.fake.ops(2)) == 1


def restart(bot: Listening) -> None:
    """As a process that stops, whose claims are believed for a while by the next."""
    bot.refs[-1].stop(block=False)
    until(lambda: not bot.refs[-1].is_alive() and not bot.fake.connected)
    for user in bot.house.board.users():
        for claim in bot.house.board.claims(user):
            bot.house.board.report(user, replace(claim, expires_at=bot.clock.now() + 30))


@pytest.mark.parametrize("why", ["too late", "another token", "another guild", "garbage", "no claims"])
def test_where_it_cannot_be_gone_on_with_a_new_session_is_begun(loaded: Listening, why: str) -> None:
    restart(loaded)
    changed: dict[str, Any] = {}
    if why == "too late":
        loaded.clock.advance(RESUMABLE + 1)
    elif why == "another token":
        changed["token"] = loaded.fake.token = "n3w"
    elif why == "another guild":
        changed["base_guild_id"] = "100000000000000009"
    elif why == "garbage":
        loaded.desk.values["session"] = '{"id": 7}'
    else:
        for user in loaded.house.board.users():
            loaded.house.board.withdraw(user, source_of(user))
    loaded.start(**changed)
    while len(loaded.fake.ops(2)) < 2:
        loaded.clock.advance(1)
    assert loaded.fake.ops(6) == []


def test_after_a_crash_the_session_is_that_of_which_all_was_surely_written(loaded: Listening) -> None:
    for status in ("dnd", "idle", "online"):
        loaded.clock.advance(SAVE_EVERY + 0.1)
        loaded.fake.update(HERE, BOB, status)
        until(lambda wanted=status: loaded.status(BOB) is Status(wanted))
    loaded.clock.advance(SAVE_EVERY + 0.1)
    session = loaded.fake.sessions["session-1"]
    kept = json.loads(loaded.desk.values["session"])
    assert kept["seq"] == len(session.events) - 2, "one before the last that was heard"
    assert loaded.desk.flushes


def test_a_crash_loop_does_not_spend_the_budget(bot: Listening) -> None:
    for _ in range(5):
        bot.fake.next("identify", Invalid())
        ref = bot.start()
        until(lambda: len(bot.fake.connected) == 1 or "disconnected" in bot.events)
        bot.clock.advance(4.9)
        ref.stop(block=False)
        until(lambda gone=ref: not gone.is_alive() and not bot.fake.connected)
    assert len(bot.fake.ops(2)) <= 3
    assert json.loads(bot.desk.values["budget"])["streak"] == len(bot.fake.ops(2))


def test_many_losses_leave_nothing_behind(loaded: Listening) -> None:
    for number in range(40):
        loaded.fake.connected[0].op(7)
        until(lambda: not loaded.fake.connected)
        loaded.clock.advance(121)
        loaded.until_resumed(number + 1)
    assert len(loaded.clock.pending) <= 3, "a heartbeat, the members' and the notebook's"
    assert len(loaded.fake.connected) == 1
    assert len(loaded.fake.ops(2)) == 1


def test_a_guild_of_thousands_keeps_nobody_waiting(bot: Listening) -> None:
    """10,000 who are all there, in one message: the hub's longest turn."""
    for number in range(10_000):
        ident = str(3 * 10**17 + number)
        bot.guild.members[ident] = member(ident, f"member-{number}")
        bot.guild.presences[ident] = presence(ident, "online", CHESS)
    bot.guild.silent = True
    bot.start()
    until(lambda: "connected" in bot.events)
    text = json.dumps({"op": 0, "t": "GUILD_CREATE", "s": 1, "d": bot.guild.document()}).encode()
    frame = bot.fake.connected[0].packed(text)
    thresholds = gc.get_threshold()
    gc.set_threshold(20_000, 25, 50)  # as run.py does
    with watched_hub() as turns:
        bot.fake.connected[0].raw(frame)
        while "loaded" not in bot.events:
            bot.clock.advance(0)
    gc.set_threshold(*thresholds)
    assert turns.worst < WORST
    assert len(bot.house.board.users()) == 10_002  # type: ignore[arg-type]
