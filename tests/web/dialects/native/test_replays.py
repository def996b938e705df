"""A request sent twice with one key is done once."""

import gevent
import pytest
from gevent.event import Event

from actors.errors import Malformed, Refused
from web.dialects.native import replays as module
from web.dialects.native.replays import KEPT_SECONDS, Replays
from web.views import Answer


class Work:
    """Notes how often it was done; each answer is another."""

    def __init__(self, *, size: int = 0, fails: bool = False) -> None:
        self.done = 0
        self.size = size
        self.fails = fails

    def __call__(self) -> Answer:
        self.done += 1
        if self.fails:
            raise Refused("unknown-claim")
        return Answer(b"%d" % self.done + b"x" * self.size)


def test_the_same_request_gets_the_same_answer_for_a_day() -> None:
    replays, work = Replays(), Work()
    first = replays.once("me", "k", b"request", 0.0, work)
    assert replays.once("me", "k", b"request", KEPT_SECONDS, work) is first
    assert replays.once("me", "k", b"request", KEPT_SECONDS + 1, work) is not first
    assert replays.once("me", None, b"request", 0.0, work).body == b"3"


def test_another_request_is_refused_and_another_owner_has_keys_of_its_own() -> None:
    replays, work = Replays(), Work()
    replays.once("me", "k", b"request", 0.0, work)
    with pytest.raises(Refused, match="key-reused"):
        replays.once("me", "k", b"other", 0.0, work)
    replays.once("you", "k", b"other", 0.0, work)
    assert work.done == 2


def test_a_failure_is_not_kept() -> None:
    replays, work = Replays(), Work(fails=True)
    for _ in range(2):
        with pytest.raises(Refused, match="unknown-claim"):
            replays.once("me", "k", b"request", 0.0, work)
    assert (work.done, len(replays)) == (2, 0)


def test_while_the_first_is_worked_on_the_second_is_told_so() -> None:
    replays, begun, end = Replays(), Event(), Event()

    def slow() -> Answer:
        begun.set()
        end.wait()
        return Answer(b"slow")

    first = gevent.spawn(replays.once, "me", "k", b"request", 0.0, slow)
    begun.wait()
    with pytest.raises(Refused, match="key-in-use"):
        replays.once("me", "k", b"request", 0.0, Work())
    end.set()
    assert first.get().body == b"slow"
    assert replays.once("me", "k", b"request", 0.0, Work()).body == b"slow"


@pytest.mark.parametrize(("most", "size"), [(10, 0), (1_000, 100)])
def test_the_oldest_make_room(monkeypatch: pytest.MonkeyPatch, most: int, size: int) -> None:
    monkeypatch.setattr(module, "MOST", most)
    monkeypatch.setattr(module, "MOST_BYTES", 1_000)
    replays, work = Replays(), Work(size=size)
    for number in range(50):
        replays.once("me", str(number), b"request", 0.0, work)
    assert len(replays) <= 11
    replays.once("me", "49", b"request", 0.0, work)
    assert work.done == 50


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_has_a_length(key: str) -> None:
    with pytest.raises(Malformed, match="Idempotency-Key"):
        Replays().once("me", key, b"", 0.0, Work())
