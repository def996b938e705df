"""Chronicle: what becomes of one stream, told to whoever keeps the registrations, and written in the journal."""

import math

from actors.house import House
from actors.messages.keeper import Record
from actors.messages.relay import Sighted, StreamChanged, StreamFigures, StreamRefused
from actors.redaction import redacted
from actors.relay.registration import Registration, StreamState
from actors.relay.sightings import consent_to
from actors.upstream.mastodon import Mastodon
from actors.upstream.mastodon_effects import Note, Seen

EDITED_WITHIN = 120.0
"""Seconds between an edit and the news of it, clocks that differ included; what comes later tells of something else."""

SEEN_EVERY = 1.0
"""Seconds between two times that it is told: an instance in a frenzy keeps nobody else waiting."""


class Chronicle:
    """Belongs to one Stream; `path` is the stream's, set when it has one."""

    __slots__ = (
        "_house",
        "_protocol",
        "_registration_id",
        "_seen_at",
        "_told",
        "_written",
        "events",
        "last_event_at",
        "path",
    )

    def __init__(self, house: House, registration: Registration, protocol: Mastodon) -> None:
        self._house = house
        self._registration_id = registration.id
        self._protocol = protocol
        self._told: tuple[StreamState, str] | None = None
        self._seen_at = -math.inf
        self._written = ""
        """The last reason for waiting that the journal has: an instance that is away is written down once."""
        self.path = ""
        self.events = 0
        self.last_event_at: float | None = None

    def note_event(self) -> float:
        """A notification came; its time in seconds since the epoch."""
        self.events += 1
        self.last_event_at = self._house.clock.now()
        return self.last_event_at

    def figures(self) -> StreamFigures:
        """As they are now."""
        protocol = self._protocol
        return StreamFigures(protocol.way.value, protocol.opens, dict(protocol.closes), self.events, self.last_event_at)

    def tell_change(self) -> None:
        """Nothing where state and reason are as they were."""
        state, reason = self._protocol.state, self._protocol.reason
        if (state, reason) == self._told:
            return
        self._told = state, reason
        now = self._house.clock.now()
        wait = self._protocol.wakes_at - self._house.clock.monotonic() if state is StreamState.WAITING else None
        next_try_at = None if wait is None else now + wait
        changed = StreamChanged(self._registration_id, state, reason, now, next_try_at)
        self._house.relay.tell(changed)
        if state is StreamState.OPEN:
            self._written = ""
            self.record("connected", way=reason, stream=self._protocol.stream, host=redacted(self._protocol.host))
        elif wait is not None and reason != self._written:
            self._written = reason
            self.record("disconnected", reason=reason, again_in=round(wait, 1))

    def tell_end(self, token: str, reason: str) -> None:
        """It is over for good; the token is the one that was refused."""
        self.record("refused", reason=reason)
        self._house.relay.tell(StreamRefused(self._registration_id, token, reason))

    def take(self, effect: Note | Seen) -> None:
        """What the protocol only wants told."""
        match effect:
            case Note(event, details):
                self.record(event, **details)
            case Seen():
                self._tell_seen(effect)

    def _tell_seen(self, seen: Seen) -> None:
        """Somebody of the home timeline was at work; of others than the account's owner nobody is told."""
        registration, now = self._protocol.registration, self._house.clock.now()
        at = now if seen.edited_at is None else seen.edited_at
        if abs(now - self._seen_at) < SEEN_EVERY or abs(now - at) > EDITED_WITHIN:
            return
        if consent_to(self._house, registration, seen.author) is not None:
            self._seen_at = now
            self._house.relay.tell(Sighted(registration.id, seen.author))

    def record(self, event: str, **details: object) -> None:
        """A line for the journal, without secrets."""
        self._house.journal.tell(Record(self._house.clock.now(), self.path, "Stream", event, details))

    def record_reason(self, event: str, reason: str) -> None:
        """The same, for who knows no more than that."""
        self.record(event, reason=reason)
