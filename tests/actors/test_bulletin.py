"""Bulletin: what everybody may hear, worded once for all who get equal bytes, and only while somebody listens."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors.bulletin import Bulletin, Notified, Topic
from actors.presence import NOBODY, Subject, Update

UPDATE = Update(Subject("1", "ann"), NOBODY, NOBODY, changed=False, at=0.0)


def framed(payload: bytes) -> bytes:
    return b"<" + payload + b">"


@dataclass(eq=False)
class Ear:
    """A lane that keeps what it is sent."""

    sent: list[tuple[bytes, Any]] = field(default_factory=list)
    failed: int = 0
    closed: list[tuple[int, str]] = field(default_factory=list)

    @property
    def frame(self) -> Any:
        return framed

    @property
    def listener(self) -> "Ear":
        return self

    def send(self, data: bytes, key: Any = None) -> None:
        self.sent.append((data, key))

    def codec_failed(self) -> None:
        self.failed += 1

    def close(self, code: int, reason: str) -> None:
        self.closed.append((code, reason))


def test_the_presence_comes_before_the_state_and_the_newest_counts_for_each_user() -> None:
    bulletin, ear = Bulletin(), Ear()
    bulletin.listen(Topic.STATE, ear, lambda _update: b"state")  # type: ignore[arg-type]
    bulletin.listen(Topic.PRESENCE, ear, lambda update: update.subject.name.encode())  # type: ignore[arg-type]
    bulletin.post_presence(UPDATE)
    assert ear.sent == [(b"<ann>", (Topic.PRESENCE, "1")), (b"<state>", (Topic.STATE, "1"))]


def test_equal_bytes_are_worded_once() -> None:
    bulletin, ears, worded = Bulletin(), [Ear() for _ in range(3)], []

    def wording(news: object) -> bytes:
        worded.append(news)
        return b"x"

    for ear in ears:
        bulletin.listen(Topic.LINK_ADDED, ear, wording)  # type: ignore[arg-type]
    bulletin.listen(Topic.LINK_ADDED, ears[0], wording)  # type: ignore[arg-type]
    bulletin.post(Topic.LINK_ADDED, "news")
    assert worded == ["news"]
    assert [ear.sent for ear in ears] == [[(b"<x>", None)]] * 3


def test_who_leaves_hears_nothing_and_users_are_told_whether_anybody_listens() -> None:
    bulletin, one, two = Bulletin(), Ear(), Ear()
    assert not bulletin.wants_presence
    for ear in (one, two):
        for topic in Topic:
            bulletin.listen(topic, ear, lambda _news: b"x")  # type: ignore[arg-type]
    bulletin.leave(one)  # type: ignore[arg-type]
    bulletin.unlisten(Topic.PRESENCE, two)  # type: ignore[arg-type]
    bulletin.unlisten(Topic.PRESENCE, one)  # type: ignore[arg-type]
    assert bulletin.wants_presence  # the state is still listened to
    bulletin.post_presence(UPDATE)
    assert (one.sent, len(two.sent)) == ([], 1)
    bulletin.leave(two)  # type: ignore[arg-type]
    assert not bulletin.wants_presence


@pytest.mark.parametrize("topic", list(Topic))
def test_a_wording_that_fails_costs_its_own_lanes_alone(topic: Topic) -> None:
    bulletin, broken, sound = Bulletin(), Ear(), Ear()
    bulletin.listen(topic, broken, lambda news: news.nothing)  # type: ignore[arg-type]
    bulletin.listen(topic, sound, lambda _news: b"x")  # type: ignore[arg-type]
    with capture_logs() as logs:
        bulletin.post(topic, UPDATE)
        bulletin.post(topic, UPDATE)
    assert (broken.failed, broken.sent, len(sound.sent)) == (1, [], 2)
    assert len(logs) == 1


def test_who_listens_to_what_ends_is_closed_and_nobody_else() -> None:
    bulletin, reader, other, both = Bulletin(), Ear(), Ear(), Ear()
    for ear in (reader, both):
        bulletin.listen(Notified(b"1"), ear, bytes)  # type: ignore[arg-type]
    for ear in (other, both):
        bulletin.listen(Notified(b"2"), ear, bytes)  # type: ignore[arg-type]
    bulletin.dismiss(Notified(b"1"), 1008, "over")
    assert [ear.closed for ear in (reader, other, both)] == [[(1008, "over")], [], [(1008, "over")]]
    bulletin.leave(both)  # type: ignore[arg-type]
    bulletin.post(Notified(b"1"), b"to nobody")
    bulletin.post(Notified(b"2"), b"news")
    assert [ear.sent for ear in (reader, other, both)] == [[], [(b"<news>", None)], []]


def test_nothing_is_left_of_who_has_left() -> None:
    bulletin, ear = Bulletin(), Ear()
    bulletin.listen(Topic.STATE, ear, bytes)  # type: ignore[arg-type]
    bulletin.listen(Notified(b"1"), ear, bytes)  # type: ignore[arg-type]
    bulletin.leave(ear)  # type: ignore[arg-type]
    assert not bulletin._listeners
    assert not bulletin._topics
