"""/v2's streams: numbered events of users, framed for event streams and for sockets, and how a reader catches up.

    id: 9f2c6a01b7de:41                                          an event of an event stream; on a socket the same
    data: {"type":"change","id":"9f2c6a01b7de:41","presence":{...}}                           text without the frame

An id is an epoch and a number of actors/history.py. Its promise: who has this event has everything up to it of all
users asked for. While that is not so, because other snapshots are still to come, the number is 0. Pure.
"""

from collections.abc import Callable, Iterable

import msgspec

from actors.history import Entry, History
from actors.presence import Presence, Subject, Update
from web.dialects.native import schemas
from web.dialects.native.documents import asked_out, presence_out
from web.dialects.native.schemas import Change, Resumed, Snapshot
from web.frames import text_frame

NOTHING = 0
"""The number of who does not have everything yet."""

Find = Callable[[str], str]
"""The id in the house of whoever is called this."""

Event = Snapshot | Change | Resumed
_encode = msgspec.json.Encoder().encode


def event_of(event: Event) -> bytes:
    """A server-sent event; JSON has no line break, so that it is one line of data."""
    return b"id: %b\ndata: %b\n\n" % (event.id.encode(), _encode(event))


def message_of(event: Event) -> bytes:
    """A WebSocket message."""
    return text_frame(_encode(event))


class Stream:
    """An actors.session.Numbered: what all readers of one kind of connection are told, in finished frames."""

    every_report = False
    coalesces = False
    pause = 0.0

    def __init__(self, history: History, monotonic: Callable[[], float], frame: Callable[[Event], bytes]) -> None:
        self.history = history
        self.monotonic = monotonic
        self.frame = frame
        self._under_way: dict[str, int] = {}
        """User -> the number of the change that not all of its watchers have been sent yet."""

    def snapshot(self, subject: Subject, presence: Presence) -> bytes:
        """Somebody who is watched has a new life, or answers late; the first snapshot is a Recovery's."""
        return self.frame(Snapshot(self.id_of(self.complete()), presence_out(subject, presence)))

    def update(self, update: Update) -> bytes | None:
        """The user as they are now; None where nobody can see a difference."""
        event = change_of(update)
        if event is None:
            return None
        user = update.subject.id
        self._under_way.pop(user, None)  # whoever has this has the newest of this user
        payload = self.frame(Change(self.id_of(self.complete()), event))
        self._under_way[user] = self.history.number
        return payload

    def reached(self, user: str) -> None:
        """See actors.session.Numbered."""
        self._under_way.pop(user, None)

    def complete(self) -> int:
        """The newest number up to which every reader has been sent everything."""
        return min(self._under_way.values(), default=self.history.number + 1) - 1

    def id_of(self, number: int) -> str:
        """An event's id."""
        return f"{self.history.epoch}:{number}"

    def number_in(self, last_event_id: str) -> int:
        """Up to which number a reader has everything who says this; NOTHING for what was said in another epoch."""
        epoch, _, number = last_event_id.partition(":")
        if epoch != self.history.epoch or not (number.isascii() and number.isdigit()):
            return NOTHING
        return int(number[:18])


class Recovery:
    """An actors.session.Assembly: all that was missed since the number `last`, or a snapshot of each user.

    Users are asked at the beginning and answer by and by, and what happens meanwhile is told after this. So no id goes
    beyond what was complete at the beginning.
    """

    def __init__(self, stream: Stream, find: Find, names: Iterable[str], last: int | None) -> None:
        """`last` is None for a reader who has nothing and does not say otherwise."""
        self._stream = stream
        self._find = find
        self._asked: dict[str, list[str]] = {}
        for name in names:
            self._asked.setdefault(find(name), []).append(name)
        self._last = last
        self._from = stream.complete()
        self._answers: dict[str, tuple[Subject, Presence]] = {}

    def add(self, subject: Subject, presence: Presence) -> None:
        """See actors.session.Assembly."""
        self._answers[subject.id] = subject, presence

    def done(self) -> bytes:
        """See actors.session.Assembly. Who has not answered is told of later, and has to be trusted anew."""
        now = self._stream.monotonic()
        late = [user for user in self._asked if user not in self._answers]
        for user in late:
            for each in {user, *map(self._find, self._asked[user])}:  # who has become somebody else answers as such
                self._stream.history.doubt(each, now)
        missed = None if late or not self._last else self._missed(self._last, now)
        events = self._snapshots(complete=not late) if missed is None else self._changes(missed)
        return b"".join(map(self._stream.frame, events))

    def _missed(self, last: int, now: float) -> list[Entry] | None:
        """What everybody together has missed, in order; None where that is not known of each."""
        missed: list[Entry] = []
        for user, (_, presence) in self._answers.items():
            entries = self._stream.history.since(user, last, presence, now)
            if entries is None:
                return None
            missed += entries
        return sorted(missed, key=lambda entry: entry.number)

    def _changes(self, missed: list[Entry]) -> list[Event]:
        told = [(min(entry.number, self._from), change_of(entry.update)) for entry in missed]
        changes = [Change(self._stream.id_of(number), presence) for number, presence in told if presence is not None]
        return [*changes, Resumed(self._stream.id_of(self._from))]

    def _snapshots(self, *, complete: bool) -> list[Event]:
        shown = [
            asked_out(name, *self._answers[user])
            for user, names in self._asked.items()
            if user in self._answers
            for name in names
        ]
        seen = list({presence.user: presence for presence in shown}.values())
        numbers = [NOTHING] * (len(seen) - 1) + [self._from if complete else NOTHING]
        return [Snapshot(self._stream.id_of(number), each) for number, each in zip(numbers, seen, strict=False)]


def change_of(update: Update) -> schemas.Presence | None:
    """The user after the change; None where nobody can see one, as while somebody hides."""
    after = presence_out(update.subject, update.after)
    return None if presence_out(update.was or update.subject, update.before) == after else after
