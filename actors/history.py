"""History: what has lately changed of users who are watched by number, so that a reader who was cut off can catch up.

Every change of such a user has the next number of one count for the whole house. Nothing is kept of users whom nobody
watches in a numbered encoding, and nothing costs more than a look into an empty dictionary while nobody does at all.

Why a view that follows always ends on the truth: whoever says "I have everything up to number N" is only given the
changes since N if this user's history covers N without a gap and its last word is what the User itself says now;
else a snapshot. What might make a gap is not argued away but put in doubt (`doubt`), and while a user is in doubt
nobody is told less than a snapshot. That the number N itself is true of all users at once is the encodings' part: see
actors.session.Numbered.
"""

import secrets
from collections import deque
from dataclasses import dataclass, field

from actors.presence import Presence, Update

KEPT_SECONDS = 300.0
KEPT_OF_ONE = 1_000
"""How far back a reader may have been (PROMISES section 2): so long, and so many changes of one user."""

KEPT_OF_ALL = 50_000
"""Changes kept of all users together; the oldest make room."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: `at` in monotonic seconds."""

    number: int
    at: float
    update: Update


@dataclass(slots=True, eq=False)
class Track:
    """One user's changes: all since number `begins`, at which the presence was `base`."""

    begins: int
    base: Presence
    entries: deque[Entry] = field(default_factory=deque)
    left_at: float | None = None
    """When the last watcher went (monotonic seconds); None while there are any."""

    def since(self, number: int, now: Presence) -> list[Entry] | None:
        """The changes after that number and up to what is so now; None where they do not lead there for certain."""
        if number < self.begins:
            return None
        entries = list(self.entries)
        while entries and not _claims_alike(entries[-1].update.after, now):
            entries.pop()  # it came after the User was asked: whoever asks is told of it as of any change
        if not entries and not _claims_alike(self.base, now):
            return None
        return [entry for entry in entries if entry.number > number]

    def drop_first(self) -> None:
        """Give the oldest change up."""
        first = self.entries.popleft()
        self.begins, self.base = first.number, first.update.after


def _claims_alike(one: Presence, other: Presence) -> bool:
    """Whether no claim tells the two apart; key-values are not told by number."""
    return one.keeping(other.kept).looks_like(other)


class History:
    """The changes of all who are watched by number. Written by each User for itself, in its own turn."""

    __slots__ = ("_leaving", "_order", "_tracks", "doubts", "epoch", "number")

    def __init__(self, epoch: str | None = None) -> None:
        self.epoch = epoch or secrets.token_hex(6)
        """Numbers mean something within one epoch: a new one begins with every start of the process."""
        self.number = 1
        """Of the newest change; 0 is before everything, so that whoever says 0 has nothing."""
        self._tracks: dict[str, Track] = {}
        self._order: deque[tuple[Track, Entry]] = deque()
        """All entries, oldest first; one that its track has given up stays here until its time."""
        self._leaving: deque[tuple[float, str]] = deque()
        self.doubts: dict[str, float] = {}
        """User -> until when (monotonic seconds) nobody can be sure that all who watched still do."""

    def __len__(self) -> int:
        return len(self._tracks)

    def keeps(self, user: str) -> bool:
        """Whether this user's changes are kept."""
        return user in self._tracks

    def watch(self, user: str, presence: Presence, now: float, *, watched: bool) -> None:
        """Whether anybody watches the user by number from now on; `now` in monotonic seconds.

        What happens after the last one has gone is kept for as long as somebody may come back for it.
        """
        self._sweep(now)
        track = self._tracks.get(user)
        if watched:
            if track is None:
                self._begin(user, presence, now)
            else:
                track.left_at = None
        elif track is not None and track.left_at is None:
            track.left_at = now
            self._leaving.append((now, user))

    def record(self, update: Update, now: float) -> int:
        """A change happened; its number. `now` in monotonic seconds."""
        self._sweep(now)
        self.number += 1
        user = update.subject.id
        track = self._tracks.get(user)
        if track is None:
            self._begin(user, update.after, now)
        else:
            entry = Entry(self.number, now, update)
            track.entries.append(entry)
            self._order.append((track, entry))
            if len(track.entries) > KEPT_OF_ONE:
                track.drop_first()
        return self.number

    def since(self, user: str, number: int, presence: Presence, now: float) -> list[Entry] | None:
        """What a reader has missed who had everything up to this number, while the User says this of itself.

        None where that is not known for certain: then a snapshot is needed.
        """
        self._sweep(now)
        track = self._tracks.get(user)
        return None if track is None or number > self.number else track.since(number, presence)

    def doubt(self, user: str, now: float) -> None:
        """Somebody who watched this user may miss a change without knowing: the user fell, or is somebody else.

        Its watchers are about to watch again, each in its own time. After KEPT_SECONDS every connection has either
        done so or ended, so that numbers from then on can be trusted again.
        """
        self._forget(user)
        self.doubts[user] = now + KEPT_SECONDS

    def _begin(self, user: str, presence: Presence, now: float) -> None:
        until = self.doubts.get(user)
        if until is None or until <= now:
            if until is not None:  # what has been said in the meantime is no proof of having heard of this user
                self.number += 1
                del self.doubts[user]
            self._tracks[user] = Track(self.number, presence)

    def _forget(self, user: str) -> None:
        """Give a user's changes up; whoever has the newest number now does not have what may come next."""
        if self._tracks.pop(user, None) is not None:
            self.number += 1

    def _sweep(self, now: float) -> None:
        """Give up what is too old or too much."""
        order, tracks = self._order, self._tracks
        while order and (order[0][1].at < now - KEPT_SECONDS or len(order) > KEPT_OF_ALL):
            track, entry = order.popleft()
            if track.entries and track.entries[0] is entry:
                track.drop_first()
        while self._leaving and self._leaving[0][0] < now - KEPT_SECONDS:
            left_at, user = self._leaving.popleft()
            known = tracks.get(user)
            if known is not None and known.left_at == left_at:
                self._forget(user)
        if len(self.doubts) > KEPT_OF_ALL:
            self.doubts = {user: until for user, until in self.doubts.items() if until > now}
