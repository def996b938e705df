"""Roll: every registration that holds, and what became of its stream and callbacks; it outlives the actors."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pykka

from actors.courier import Destination
from actors.relay.ledger import Past
from actors.relay.maps import Maps
from actors.relay.registration import RELAY, CatchUpState, Registration, StreamState
from actors.runtime import Address


@dataclass(slots=True)
class Figures:
    """What the owner and operators see of one registration. Times since the epoch.

    What was delivered and what failed is counted from its beginning on, all else since this process began.
    """

    state: StreamState
    since: float
    """When the stream came into this state."""
    reason: str = ""
    """Why, in a word or a sentence without secrets."""
    next_try_at: float | None = None
    """When the stream is tried again, if it waits."""
    delivered: int = 0
    failed: int = 0
    """Callbacks that were given up."""
    delayed: int = 0
    """Tries that failed and will be made again."""
    last_failure: str = ""
    """The status or the error of the last try that failed."""
    next_callback_at: float | None = None
    """When a callback that failed is tried again."""
    catch_up: CatchUpState = CatchUpState.UNKNOWN
    """How it stands with what was said while the stream did not stand."""
    catch_up_reason: str = ""
    caught_up: int = 0
    """Notifications that were brought later."""
    incomplete: int = 0
    """How often it is not known what was missed."""


@dataclass(slots=True)
class Roll:
    """Written by the Registrar (`refs`: by Streams; `marks`: by each Stream its own).

    A look-up costs a dictionary access, not a message.
    """

    maps: Maps = field(default_factory=Maps)
    figures: dict[str, Figures] = field(default_factory=dict)
    """By a registration's id."""
    refs: dict[str, pykka.ActorRef[Any]] = field(default_factory=dict)
    """Streams that live, by their registration's id."""
    marks: dict[str, str] = field(default_factory=dict)
    """By a registration's id: the id of the last notification that was told, as it is kept."""
    taken_up: bool = False
    """True when what this process found at its start has been read and judged by the maps."""
    _known: dict[str, Registration] = field(default_factory=dict)
    _places: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _tokens: Counter[bytes] = field(default_factory=Counter)
    """By digest: how many registrations have this token."""

    def __iter__(self) -> Iterator[Registration]:
        return iter(tuple(self._known.values()))

    def __len__(self) -> int:
        return len(self._known)

    def find(self, registration_id: str) -> Registration | None:
        """The registration of this id."""
        return self._known.get(registration_id)

    def at(self, place: tuple[str, str, str]) -> Registration | None:
        """The registration of this (instance, app, tag)."""
        return self._known.get(self._places.get(place, ""))

    def has_token(self, digest: bytes) -> bool:
        """Whether a registration has the token of this digest."""
        return self._tokens[digest] > 0

    def learn(self, registration: Registration, now: float) -> None:
        """Take it in, in place of what stood there."""
        self._count_token(self._known.get(registration.id), -1)
        self._count_token(registration, 1)
        self._known[registration.id] = registration
        self._places[registration.place] = registration.id
        self.figures.setdefault(registration.id, Figures(StreamState.CONNECTING, now))

    def note_mark(self, registration_id: str, mark: str) -> None:
        """The last that was told; of nobody who has ended meanwhile."""
        if registration_id in self._known:
            self.marks[registration_id] = mark

    def remember(self, registration_id: str, past: Past, now: float) -> None:
        """What was before this process, of one that is about to be taken in."""
        before = Figures(StreamState.CONNECTING, now, delivered=past.delivered, failed=past.failed)
        self.figures[registration_id] = before
        if past.mark is not None:
            self.marks[registration_id] = past.mark

    def forget(self, registration_id: str) -> Registration | None:
        """Strike it off; answered with what it was."""
        known = self._known.pop(registration_id, None)
        if known is not None:
            del self._places[known.place]
            del self.figures[known.id]
            self.marks.pop(known.id, None)
            self._count_token(known, -1)
        return known

    def destination(self, queue: str, owner: Address) -> Destination | None:
        """Where callbacks of this queue go now (actors.courier.LookUp)."""
        registration = self._known.get(queue.removeprefix(f"{RELAY}:"))
        if registration is None:
            return None
        app = self.maps.apps.get(registration.app)
        key = None if app is None or app.signing_key is None else app.signing_key.encode()
        return Destination(registration.callback_url, owner, key)

    def _count_token(self, registration: Registration | None, change: int) -> None:
        if registration is not None:
            digest = registration.token_digest
            self._tokens[digest] += change
            if not self._tokens[digest]:
                del self._tokens[digest]
