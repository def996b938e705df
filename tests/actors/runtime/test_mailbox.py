"""A mailbox is bounded: what it refuses, what it says, and what always fits."""

import weakref
from typing import Any

import gevent
import pytest
from gevent.event import Event

from actors.clock import WallClock
from actors.errors import Overrun
from actors.messages.supervision import Ended, Fell, Flooded
from tests.actors.runtime.cast import KINDS, SOON, Do, Ear, Note, Player, WaitingPlayer
from tests.stage import Stage

pytestmark = pytest.mark.live

LIMIT = 3


def stopped_up(kind: type[Any], monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any, Ear, Event]:
    """A player whose mailbox is full, behind a message that waits for the event (of a Player: that waits its turn)."""
    monkeypatch.setattr(kind, "mailbox_limit", LIMIT)
    ear, go_on = Ear(), Event()
    ref = kind.start(parent=ear, path="stage/player")
    assert ref.ask(Note(0), timeout=SOON) == 0
    if kind is WaitingPlayer:
        inside = Event()
        ref.tell(Do(lambda _: (inside.set(), go_on.wait())))
        assert inside.wait(SOON)
    for number in range(1, LIMIT + 1):
        ref.tell(Note(number))
    return ref, ref._actor_weakref(), ear, go_on


@pytest.mark.parametrize("kind", KINDS)
def test_when_full_asks_get_overrun_tells_are_counted_and_the_parent_hears_once(
    kind: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ref, actor, ear, go_on = stopped_up(kind, monkeypatch)
    inbox = actor.actor_inbox
    assert (len(inbox), inbox.refused, ear.mail) == (LIMIT, 0, [])
    asked = ref.ask(Note(7), block=False)
    with pytest.raises(Overrun, match="mailbox-full") as refused:
        asked.get(timeout=SOON)
    assert refused.value.retry_after == 1.0
    for number in (8, 9):
        ref.tell(Note(number))
    assert inbox.refused == 3
    assert ear.mail == [Flooded(ref, "stage/player", kind.__name__)]
    go_on.set()
    assert ref.stop(timeout=SOON)
    assert actor.diary == ["started", 0, 1, 2, 3, "stopped"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_stop_always_fits(kind: type[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    ref, actor, ear, go_on = stopped_up(kind, monkeypatch)
    stop = ref.stop(block=False)
    go_on.set()
    assert stop.get(timeout=SOON) is True
    assert actor.diary == ["started", 0, 1, 2, 3, "stopped"]
    assert [type(news) for news in ear.wait()] == [Ended]


@pytest.mark.parametrize("kind", KINDS)
def test_a_reminder_always_fits_or_a_timer_would_never_ring_again(
    kind: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ref, actor, _, go_on = stopped_up(kind, monkeypatch)
    actor.remind(Note(100))
    stop = ref.stop(block=False)
    go_on.set()
    assert stop.get(timeout=SOON)
    assert 100 in actor.diary


@pytest.mark.parametrize("news", [Fell, Ended])
def test_the_news_of_a_childs_end_always_fits(news: type[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    ref, actor, _, _ = stopped_up(Player, monkeypatch)
    details = ("Error", "", "", Exception) if news is Fell else ()
    ref.tell(news(ref, "stage/player/child", "Child", *details))
    assert len(actor.actor_inbox) == LIMIT + 1
    ref.stop(timeout=SOON)


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_flood_is_told_again(kind: type[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    ref, _, ear, go_on = stopped_up(kind, monkeypatch)
    ref.tell(Note(4))
    go_on.set()
    ear.wait(1)
    done = Event()
    WallClock().after(0, done.set)
    assert done.wait(SOON)
    gevent.idle()
    for number in range(LIMIT + 2):
        ref.tell(Note(number))
    assert len(ear.wait(2)) == 2
    ref.stop(timeout=SOON)


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_keeps_a_reminder_keeps_no_actor_that_has_ended(kind: type[Any]) -> None:
    """A timer may ring a day later. Seen to fail when it was the actor's own method."""
    with Stage() as stage:
        ref = stage.start(kind)
        remind, left = stage.actor(ref).remind, weakref.ref(stage.actor(ref))
        ref.stop(block=False)
        stage.settle()
        assert left() is None
        remind(Note(1))
        assert not stage.step()
