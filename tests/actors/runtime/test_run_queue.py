"""The run queue: nobody waits for ever, neither an actor for others nor a socket for all of them."""

import socket
import time

import gevent
import pytest
from gevent.event import Event

from actors.runtime.run_queue import SLICE, TURN
from tests.actors.runtime.cast import SOON, Do, Ear, Note, Player

pytestmark = pytest.mark.live


def test_a_full_mailbox_waits_for_its_next_turn_when_others_have_mail() -> None:
    refs = [Player.start(), Player.start()]
    order: list[int] = []
    for number, ref in enumerate(refs):
        for _ in range(3 * TURN):
            ref.tell(Do(lambda _, number=number: order.append(number)))
    assert refs[0].stop(timeout=SOON)
    assert refs[1].stop(timeout=SOON)
    assert len(order) == 6 * TURN
    turns = [1 + sum(1 for _ in run) for run in _runs(order)]
    assert max(turns) <= TURN
    assert order[:2] != [0, 1], "a turn is more than one message"


def _runs(order: list[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for before, number in zip([None, *order], order, strict=False):
        if number != before:
            runs.append([])
        else:
            runs[-1].append(number)
    return runs


def test_a_slice_is_bounded_and_sockets_are_served_under_a_flood() -> None:
    """Two actors that tell each other for ever, and a hundred with a message that takes a millisecond each."""
    refs, flooding = [Player.start() for _ in range(100)], True
    handled = 0

    def busy(actor: Player) -> None:
        nonlocal handled
        handled += 1
        until = time.perf_counter() + 0.0005
        while time.perf_counter() < until:
            pass
        if flooding:
            actor.remind(Do(busy))

    ours, theirs = socket.socketpair()
    echo = gevent.spawn(lambda: [theirs.sendall(data) for data in iter(lambda: theirs.recv(64), b"")])
    for ref in refs:
        ref.tell(Do(busy))
    waits = []
    for number in range(20):
        seen, began = handled, time.perf_counter()
        ours.sendall(b"%d" % number)
        assert ours.recv(64) == b"%d" % number
        waits.append((time.perf_counter() - began, handled - seen))
    flooding = False
    ours.close()
    echo.join(SOON)
    theirs.close()
    for ref in refs:
        ref.stop(block=False)
    gevent.idle()
    # An echo takes a few passes of the hub, each after one slice at most; were a slice all that is ready, or the hub's
    # 50 callbacks, 100 messages or more would be handled within each.
    assert sorted(count for _, count in waits)[len(waits) // 2] <= 6 * SLICE / 0.0005
    assert handled > 100, "the actors were not starved either"


def test_timers_ring_under_a_flood() -> None:
    ref, rang = Player.start(), Event()

    def again(actor: Player) -> None:
        if not rang.is_set():
            actor.remind(Do(again))

    ref.tell(Do(again))
    timer = gevent.get_hub().loop.timer(0.01)
    timer.start(rang.set)
    assert rang.wait(SOON)
    timer.close()
    assert ref.stop(timeout=SOON)


def test_the_queue_goes_on_after_an_error_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even what should be impossible, an error outside of a handler, stops nobody else."""
    ear, broken, other = Ear(), Player.start(), Player.start()
    monkeypatch.setattr(broken._actor_weakref(), "handle", lambda _: 1 / 0)
    broken.tell(Note(1))
    broken.tell(Note(2))
    assert other.ask(Note(3), timeout=SOON) == 3
    gevent.idle()
    assert "ZeroDivisionError" in capsys.readouterr().err
    monkeypatch.undo()
    assert other.ask(Note(4), timeout=SOON) == 4
    assert broken.stop(timeout=SOON)
    assert other.stop(timeout=SOON)
    assert ear.mail == []
