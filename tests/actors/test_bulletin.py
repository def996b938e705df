"""Bulletin: what everybody may hear, worded once for all who get equal bytes, and only while somebody listens."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors.bulletin import Bulletin, Topic
from actors.presence import NOBODY, Subject, Update

UPDATE = Update(Subject("1", "ann"), NOBODY, NOBODY, changed=False, at=0.0)


def framed(payload: bytes) -> bytes:
    return b"<" + payload + b">"


@dataclass(eq=False)
class Ear:
    """A lane that keeps what it is sent."""

    sent: list[tuple[bytes, Any]] = field(default_factory=list)
    failed: int = 0

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
