"""A request sent twice with one key is done once."""

from dataclasses import replace
from typing import Any

import gevent
import pytest
from gevent.event import Event

from actors.deeds import KEPT, Deeds, Done
from actors.errors import Malformed, Refused
from tests.clock import FakeClock
from web.dialects.native.replays import Replays
from web.views import Answer, Request


class Work:
    """Notes how often it was done; each answer is another, and what it made is what the second is told."""

    def __init__(self, deeds: Deeds, *, fails: bool = False) -> None:
        self.deeds, self.fails, self.done = deeds, fails, 0

    def do(self, done: Done | None) -> Answer:
        self.done += 1
        if self.fails:
            raise Refused("unknown-claim")
        if done is not None:
            self.deeds.add(replace(done, made=str(self.done)))
        return Answer(b"%d" % self.done)

    def again(self, done: Done) -> Answer:
        return Answer(str(done.made).encode())


class Desk:
    """Replays, and who asks them."""

    def __init__(self, **more: Any) -> None:
        self.clock, self.deeds = FakeClock(lambda: None), Deeds()
        self.replays, self.work = Replays(self.deeds, self.clock), Work(self.deeds, **more)

    def ask(
        self, key: str | None = "k", body: bytes = b"", owner: str = "me", path: str = "/", do: Any = None
    ) -> bytes:
        environ = {"REQUEST_METHOD": "PUT", "PATH_INFO": path}
        if key is not None:
            environ["HTTP_IDEMPOTENCY_KEY"] = key
        return self.replays.once(Request(environ), owner, body, do or self.work.do, self.work.again).body


def test_the_same_request_gets_the_same_answer_for_a_day() -> None:
    desk = Desk()
    assert desk.ask() == b"1"
    desk.clock.advance(KEPT)
    assert desk.ask() == b"1"
    desk.clock.advance(1)
    assert desk.ask() == b"2"
    assert [desk.ask(None), desk.ask(None)] == [b"3", b"4"]


def test_another_request_is_refused_and_another_owner_has_keys_of_its_own() -> None:
    desk = Desk()
    desk.ask(body=b"a")
    for more in ({"body": b"b"}, {"body": b"a", "path": "/other"}):
        with pytest.raises(Refused, match="key-reused"):
            desk.ask(**more)  # type: ignore[arg-type]
    assert desk.ask(body=b"b", owner="you") == b"2"


def test_a_failure_is_not_kept() -> None:
    desk = Desk(fails=True)
    for _ in range(2):
        with pytest.raises(Refused, match="unknown-claim"):
            desk.ask()
    assert (desk.work.done, len(desk.deeds)) == (2, 0)


def test_while_the_first_is_worked_on_the_second_is_told_so() -> None:
    desk, begun, end = Desk(), Event(), Event()

    def slow(done: Done) -> Answer:
        begun.set()
        end.wait()
        return desk.work.do(done)

    first = gevent.spawn(desk.ask, do=slow)
    begun.wait()
    with pytest.raises(Refused, match="key-in-use"):
        desk.ask()
    with pytest.raises(Refused, match="key-reused"):
        desk.ask(body=b"other")
    end.set()
    assert first.get() == b"1" == desk.ask()


def test_a_key_counts_wherever_it_is_said() -> None:
    """Claims and webhooks have Replays each. Seen to fail when each knew what was under way with it alone."""
    desk = Desk()
    elsewhere = Replays(desk.deeds, desk.clock)
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/webhooks", "HTTP_IDEMPOTENCY_KEY": "k"}

    def meanwhile(done: Done) -> Answer:
        with pytest.raises(Refused, match="key-reused"):
            elsewhere.once(Request(environ), "me", b"", desk.work.do, desk.work.again)
        return desk.work.do(done)

    assert desk.ask(do=meanwhile) == b"1"


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_has_a_length(key: str) -> None:
    with pytest.raises(Malformed, match="Idempotency-Key"):
        Desk().ask(key)
