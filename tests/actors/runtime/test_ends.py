"""How a life ends: whatever escapes a handler or a hook ends this actor alone, and everybody concerned is told."""

from typing import Any

import gevent
import pykka
import pytest
from gevent import GreenletExit

from actors.errors import Refused, Unavailable
from actors.messages.supervision import Ended, Fell
from actors.runtime.mortal import LONGEST, told
from tests.actors.runtime.cast import KINDS, SOON, Do, Ear, Note, Player, WaitingPlayer, fail

pytestmark = pytest.mark.live

FELLING = [ValueError("x"), gevent.Timeout(1), SystemExit(3), MemoryError(), AssertionError("y"), RecursionError()]


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


def player(kind: type[Any], **kwargs: Any) -> tuple[Any, Any, Ear]:
    ear = Ear()
    ref = kind.start(parent=ear, path="stage/player", **kwargs)
    return ref, ref._actor_weakref(), ear


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("error", [*FELLING, Unspeakable()], ids=lambda error: type(error).__name__)
def test_an_error_under_tell_ends_this_actor_alone(kind: type[Any], error: BaseException) -> None:
    ref, actor, ear = player(kind)
    other = kind.start()
    ref.tell(fail(error))
    (fell,) = ear.wait()
    assert isinstance(fell, Fell)
    assert (fell.ref, fell.path, fell.kind, fell.error) == (ref, "stage/player", kind.__name__, type(error).__name__)
    assert fell.cause is type(error)
    assert "in act" in fell.traceback
    assert actor.diary == ["started", type(error).__name__]
    assert not ref.is_alive()
    assert other.ask(Note(1), timeout=SOON) == 1
    other.stop()


def test_what_is_told_of_a_fall_is_bounded_and_holds_no_secret() -> None:
    """It stands in the journal for 30 days. Seen to fail: a message of 9 MB made a line of 18."""
    begun, middle = "asked /x?token=s3cr3t", "y " * 5_000_000
    said = told(ValueError(f"{begun} {middle} the end"))
    for text in (said["message"], said["traceback"]):
        assert "asked /x?token=*** y" in text
        assert text.endswith(("y  the end", "y  the end\n"))
        assert len(text) < LONGEST + 100
    assert told(ValueError("short")) == {
        "class": "ValueError",
        "message": "short",
        "traceback": "ValueError: short\n",
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("error", FELLING, ids=lambda error: type(error).__name__)
def test_the_asker_is_answered_without_the_error(kind: type[Any], error: BaseException) -> None:
    ref, _, ear = player(kind)
    with pytest.raises(Unavailable, match="actor-fell"):
        ref.ask(fail(error), timeout=SOON)
    assert isinstance(ear.wait()[0], Fell)


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_is_the_askers_and_the_actor_lives_on(kind: type[Any]) -> None:
    ref, _, ear = player(kind)
    with pytest.raises(Refused, match="no-such"):
        ref.ask(fail(Refused("no-such")), timeout=SOON)
    assert ref.ask(Note(1), timeout=SOON) == 1
    ref.tell(fail(Refused("nobody-asked")))
    assert ear.wait()[0].error == "Refused"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("error", FELLING, ids=lambda error: type(error).__name__)
def test_a_failing_on_start_is_told_to_the_parent(kind: type[Any], error: BaseException) -> None:
    ref, actor, ear = player(kind, on_start=fail(error).act)
    asked = ref.ask(Note(1), block=False)
    assert [type(news) for news in ear.wait()] == [Fell]
    assert actor.diary == [type(error).__name__]
    with pytest.raises(pykka.ActorDeadError):
        asked.get(timeout=SOON)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("error", [*FELLING, GreenletExit()], ids=lambda error: type(error).__name__)
def test_a_raising_on_failure_is_told_with_the_fall(kind: type[Any], error: BaseException) -> None:
    ref, actor, ear = player(kind)
    actor.at_failure = fail(error).act
    ref.tell(fail(KeyError("first")))
    (fell,) = ear.wait()
    assert fell.error == "KeyError"
    (note,) = (line for line in fell.traceback.splitlines() if line.startswith("and on_failure raised"))
    assert type(error).__name__ in note
    assert not ref.is_alive()
    assert ref not in pykka.ActorRegistry.get_all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_raising_on_stop_is_a_fall(kind: type[Any]) -> None:
    ref, actor, ear = player(kind)
    actor.at_stop = fail(gevent.Timeout(1)).act
    assert ref.stop(timeout=SOON)
    assert [news.error for news in ear.wait()] == ["Timeout"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("where", ["on_start", "handler", "on_stop"])
def test_greenlet_exit_is_a_stop_wherever_it_comes(kind: type[Any], where: str) -> None:
    leave = fail(GreenletExit())
    ref, actor, ear = player(kind, on_start=leave.act) if where == "on_start" else player(kind)
    if where == "on_stop":
        actor.at_stop = leave.act
        ref.stop()
    elif where == "handler":
        with pytest.raises(pykka.ActorDeadError):
            ref.ask(leave, timeout=SOON)
    assert [type(news) for news in ear.wait()] == [Ended]
    assert actor.diary[-1] == "stopped"
    assert not ref.is_alive()


@pytest.mark.parametrize("kind", KINDS)
def test_stop_comes_in_its_turn_and_nothing_behind_it_is_done(kind: type[Any]) -> None:
    ref, actor, ear = player(kind)
    ref.tell(Note(1))
    stops = [ref.stop(block=False)]
    ref.tell(Note(2))
    asked = ref.ask(Note(3), block=False)
    stops.append(ref.stop(block=False))
    assert [stop.get(timeout=SOON) for stop in stops] == [True, True]
    with pytest.raises(pykka.ActorDeadError):
        asked.get(timeout=SOON)
    assert actor.diary == ["started", 1, "stopped"]
    assert [type(news) for news in ear.wait()] == [Ended]
    assert ref.stop() is False
    with pytest.raises(pykka.ActorDeadError):
        ref.tell(Note(4))
    with pytest.raises(pykka.ActorDeadError):
        ref.ask(Note(4))


@pytest.mark.parametrize("when", ["idle", "waiting", "not begun"])
def test_a_kill_leaves_no_zombie(when: str) -> None:
    ref, actor, ear = player(WaitingPlayer)
    asked = None
    if when != "not begun":
        ref.ask(Note(1), timeout=SOON)
    if when == "waiting":
        inside = gevent.event.Event()
        asked = ref.ask(Do(lambda _: (inside.set(), gevent.event.Event().wait())), block=False)
        assert inside.wait(SOON)
    behind = ref.ask(Note(2), block=False) if when == "waiting" else None
    actor.kill()
    assert [type(news) for news in ear.wait()] == [Ended]
    for future in filter(None, (asked, behind)):
        with pytest.raises(pykka.ActorDeadError):
            future.get(timeout=SOON)
    assert not ref.is_alive()
    assert ref not in pykka.ActorRegistry.get_all()
    actor.greenlet.join(SOON)
    assert actor.greenlet.dead


def test_a_kill_ends_a_stop_that_takes_too_long() -> None:
    ref, actor, ear = player(WaitingPlayer)
    inside = gevent.event.Event()
    actor.at_stop = lambda _: (inside.set(), gevent.event.Event().wait())
    ref.stop(block=False)
    assert inside.wait(SOON)
    actor.kill()
    assert [type(news) for news in ear.wait()] == [Ended]


def test_an_unknown_message_is_our_mistake() -> None:
    ref, _, ear = player(Player)
    ref.tell("what?")
    assert ear.wait()[0].message == "Player does not handle str"


def test_an_error_that_comes_between_two_messages_is_a_fall() -> None:
    """A gevent.Timeout that a handler has left running rings later. Seen to fail: that was told as an ordinary stop."""
    ref, actor, ear = player(WaitingPlayer)
    ref.tell(Do(lambda _: gevent.Timeout.start_new(0.01)))
    (fell,) = ear.wait()
    assert (type(fell), fell.error) == (Fell, "Timeout")
    assert actor.diary == ["started", "Timeout"]
    assert not ref.is_alive()
