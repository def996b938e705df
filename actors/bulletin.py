"""Bulletin: what happens in the whole house, told to the lanes of those who may hear it.

No actor stands between: a User posts straight to the lanes, and only while somebody listens (laws 5 and 6).
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import structlog

from actors.accounts import Pipe
from actors.presence import Update

if TYPE_CHECKING:
    from actors.lane import Lane

log = structlog.get_logger()

Wording = Callable[[Any], bytes]
"""Turns an Update or a LinkNews into one message of a dialect; one object for all lanes that get equal bytes."""


class Topic(Enum):
    """What may be listened to, each with what is posted."""

    PRESENCE = "presence"
    """An Update, for each report of any user."""
    STATE = "state"
    """The same Update once more, after the presence: what is shown beside a list."""
    LINK_ADDED = "link-added"
    """A LinkNews; so the next two."""
    LINK_CHANGED = "link-changed"
    LINK_REMOVED = "link-removed"


@dataclass(frozen=True, slots=True)
class Notified:
    """What the relay hears by one access token may be listened to, too: the body of each callback is posted."""

    digest: bytes
    """Of the token (Registration.token_digest)."""


About = Topic | Notified


@dataclass(frozen=True, slots=True)
class LinkNews:
    """What has become of a link of the account of this name."""

    pipe: Pipe
    name: str


class Bulletin:
    """Who listens to what. Written by each Subscriber for its own lane."""

    __slots__ = ("_listeners", "_topics")

    def __init__(self) -> None:
        self._listeners: dict[About, dict[Lane, Wording]] = {}
        self._topics: dict[Lane, set[About]] = {}
        """What each lane listens to."""

    @property
    def wants_presence(self) -> bool:
        """True while somebody listens to all users."""
        return Topic.PRESENCE in self._listeners or Topic.STATE in self._listeners

    def listen(self, topic: About, lane: "Lane", wording: Wording) -> None:
        """Tell this lane what is posted from now on; twice is once."""
        self._listeners.setdefault(topic, {})[lane] = wording
        self._topics.setdefault(lane, set()).add(topic)

    def unlisten(self, topic: About, lane: "Lane") -> None:
        """Tell it nothing of this any more; harmless where it did not listen."""
        lanes = self._listeners.get(topic, {})
        lanes.pop(lane, None)
        if not lanes:
            self._listeners.pop(topic, None)
        topics = self._topics.get(lane, set())
        topics.discard(topic)
        if not topics:
            self._topics.pop(lane, None)

    def leave(self, lane: "Lane") -> None:
        """Tell it nothing at all any more."""
        for topic in list(self._topics.get(lane, ())):
            self.unlisten(topic, lane)

    def dismiss(self, topic: About, code: int, reason: str) -> None:
        """Nobody may listen to this any more: whoever does is closed."""
        for lane in list(self._listeners.get(topic, ())):
            self.unlisten(topic, lane)
            lane.listener.close(code, reason)

    def post_presence(self, update: Update) -> None:
        """A user was reported on."""
        user = update.subject.id
        self.post(Topic.PRESENCE, update, (Topic.PRESENCE, user))
        self.post(Topic.STATE, update, (Topic.STATE, user))

    def post(self, topic: About, news: Any, key: Hashable = None) -> None:
        """Send it to all who listen, worded once; for a slow reader the newest of a `key` takes the older one's place.

        Never raises: a wording that fails costs its own lanes their connections and nobody else anything.
        """
        frames: dict[tuple[Wording, Callable[[bytes], bytes]], bytes] = {}
        for lane, wording in list(self._listeners.get(topic, {}).items()):
            spoken = wording, lane.frame
            try:
                frame = frames.get(spoken) or frames.setdefault(spoken, lane.frame(wording(news)))
            except Exception:  # law 5, as in User: a codec fells its own dialect's subscribers only
                log.exception("news could not be worded", topic=topic.value if isinstance(topic, Topic) else "notified")
                self.unlisten(topic, lane)
                lane.listener.codec_failed()
            else:
                lane.send(frame, key)
