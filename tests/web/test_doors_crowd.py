"""Many connections that have something to say at once: the hub looks at everybody else in between."""

import time
from collections.abc import Callable, Iterator
from itertools import groupby

import gevent
import pytest

from tests.web.wired import Wired, live_house, no_error_in_the_hub
from web import doors, reading

pytestmark = pytest.mark.live

CROWD = 60
EACH = reading.SLICE / 4


@pytest.fixture
def wired() -> Iterator[Wired]:
    with live_house() as house, no_error_in_the_hub():
        wired = Wired(house, lambda: None)
        yield wired
        wired.close()
        wired.until(lambda: wired.admission.open == 0)


@pytest.mark.parametrize("how", ["a word", "a goodbye", "the end"])
def test_a_crowd_is_read_in_rounds(wired: Wired, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Seen to fail: all of them were read before a timer rang, 0.3 s of work for nine thousand goodbyes."""
    clients, noted = [wired.websocket() for _ in range(CROWD)], []
    wired.until(lambda: wired.admission.open == CROWD)
    read = doors._Standing._read

    def slow_read(self: doors._Standing) -> None:
        noted.append("read")
        _burn(EACH)
        read(self)

    monkeypatch.setattr(doors._Standing, "_read", slow_read)
    for client in clients:
        if how == "a word":
            client.say("hello")
        elif how == "a goodbye":
            client.send(b"\x88\x80\0\0\0\0")
        else:
            client.close()
    ticking = gevent.get_hub().loop.timer(0.0001, 0.0001)
    ticking.start(noted.append, "tick")
    wired.until(lambda: noted.count("read") >= CROWD)
    ticking.stop()
    ticking.close()
    together = [len(list(run)) for what, run in groupby(noted) if what == "read"]
    assert max(together) <= 2 * reading.SLICE / EACH + 2, "a round's, and what is late of the one before"
    if how == "a word":
        wired.until(lambda: all(client.understand().texts == ["hello"] for client in clients))


def test_who_ends_before_its_round_is_not_read(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd: list[doors._Standing] = []
    read = doors._Standing._read

    def first_takes_long(self: doors._Standing) -> None:
        if not crowd:
            _burn(reading.SLICE)
        crowd.append(self)
        read(self)

    clients = [wired.websocket() for _ in range(4)]
    wired.until(lambda: wired.admission.open == 4)
    monkeypatch.setattr(doors._Standing, "_read", first_takes_long)
    monkeypatch.setattr(doors._Standing, "_read_late", _end_and(doors._Standing._read_late))
    for client in clients:
        client.say("hello")
    wired.until(lambda: wired.admission.open == 1)
    assert len(crowd) == 1, "the others ended before their turn"
    wired.until(lambda: sum(client.understand().texts == ["hello"] for client in clients) == 1)


def test_late_ones_are_read_in_order_and_then_all_is_as_before(wired: Wired) -> None:
    rounds, calls = reading.Rounds(), list[str]()
    assert rounds.has_time(lambda: calls.append("now"))
    _burn(reading.SLICE)
    assert not rounds.has_time(lambda: calls.append("first"))
    assert not rounds.has_time(lambda: calls.append("second"))
    wired.until(lambda: calls == ["first", "second"])
    assert rounds.has_time(lambda: calls.append("now"))


def _burn(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def _end_and(read_late: Callable[[doors._Standing], None]) -> Callable[[doors._Standing], None]:
    def ended(self: doors._Standing) -> None:
        self.abort()
        read_late(self)

    return ended
