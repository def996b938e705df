"""Following: whom one connection watches, one by one, several in one message, or everybody."""

from collections.abc import Callable
from typing import Any

import pykka

from actors.effects import Gather, GatherAll
from actors.gathering import Gathering, Overdue, Unread
from actors.house import House
from actors.lane import Lane
from actors.messages.connection import Seated
from actors.messages.directory import Deliver
from actors.messages.roster import UnwatchAll, WatchAll
from actors.messages.user import Unwatch, Watch
from actors.presence import Update
from actors.session import Gone

GATHER_WITHIN = 2.0
"""Seconds that a message about several users waits for one that is being restarted; it is told of later."""

READ_WITHIN = 30.0
"""Seconds in which a client must have read the message about everybody (PROMISES section 2)."""


Remind = Callable[[Any], None]
"""Puts a timer's message into the Subscriber's own inbox. Given with each call: most need it once."""


class Following:
    """The watching half of a Subscriber, who hands the messages of its timers and Seated to it."""

    __slots__ = ("_gatherings", "_house", "_lane", "_me", "everybody", "follows")

    def __init__(self, house: House, lane: Lane, me: "pykka.ActorRef[Any]") -> None:
        self._house = house
        self._lane = lane
        self._me = me
        self._gatherings: tuple[Gathering, ...] = ()
        self.follows: dict[str, str] = {}
        """The name a user was asked for by -> the id it had then."""
        self.everybody = False

    def __bool__(self) -> bool:
        return bool(self.follows) or self.everybody

    def watches(self, user: str) -> bool:
        """Whether any name asked for means this user now: ids change as accounts come and go."""
        resolve = self._house.register.resolve
        return resolve(user) in map(resolve, self.follows.values())

    def has_returned(self, update: Update) -> bool:
        """Whether who left by this update is there again: the news of that goes straight out, and may have already."""
        now = self._house.known(update.subject.id)
        if update.was is not None or now is update.after:
            return False
        return self._lane.encoding.snapshot(update.subject, now) is not Gone.GONE

    def follow(self, name: str) -> None:
        """Watch one user; its snapshot comes alone."""
        user = self._house.register.resolve(name)
        if user not in self.follows.values():
            self._house.directory.tell(Deliver(user, Watch(self._lane)))
        self.follows.setdefault(name, user)

    def unfollow(self, name: str) -> None:
        """Watch one user no more."""
        user = self.follows.pop(name, None)
        if user is not None and not self.watches(user):
            self._house.directory.tell(Deliver(user, Unwatch(self._lane)))

    def again(self, user: str) -> None:
        """A user that is watched has a new life."""
        if self.watches(user):
            self._house.directory.tell(Deliver(user, Watch(self._lane)))

    def gather(self, wanted: Gather, remind: Remind) -> None:
        """Watch several; nothing else is sent before the one message about them."""
        users = tuple(dict.fromkeys(map(self._house.register.resolve, wanted.users)))
        gathering = Gathering(users, wanted.assembly, self._lane.hold())
        if wanted.watch:
            self.follows.update(zip(wanted.users, map(self._house.register.resolve, wanted.users), strict=True))
        for user in users:
            self._house.directory.tell(Deliver(user, Watch(self._lane, self._me, wanted.watch)))
        self._gatherings = (*self._gatherings, gathering)
        if users:
            gathering.timer = self._house.clock.after(GATHER_WITHIN, remind, Overdue(gathering))
        else:
            self.complete(gathering)

    def seated(self, answer: Seated) -> None:
        """A user answers: the last one completes the message. Who answers too late is told of alone."""
        for gathering in self._gatherings:
            if gathering.wants(answer.user):
                if gathering.take(answer):
                    self.complete(gathering)
                return
        if self.watches(answer.user):
            # Not what it said then: it may have told this lane of something newer since (law 2).
            self._house.directory.tell(Deliver(answer.user, Watch(self._lane)))

    def complete(self, gathering: Gathering) -> None:
        """Send what there is; harmless when that was done."""
        if gathering in self._gatherings:
            self._gatherings = tuple(each for each in self._gatherings if each is not gathering)
            self._lane.fill(gathering.gap, self._lane.frame(gathering.message()))

    def gather_all(self, wanted: GatherAll, remind: Remind) -> None:
        """Watch everybody, in place of anybody."""
        gap = self._lane.hold() if wanted.snapshot else None
        self._house.roster.tell(WatchAll(self._lane, gap, wanted.watch))
        if gap is not None:
            self._house.clock.after(READ_WITHIN, remind, Unread(gap))
        if wanted.watch:
            self.everybody = True
            for parcel in self.leave_each():
                self._house.directory.tell(parcel)

    def leave_all(self) -> tuple[Deliver, ...]:
        """Watch nobody any more; what is to be delivered for that."""
        for gathering in self._gatherings:
            gathering.end()
        self._gatherings = ()
        if self.everybody:
            self.everybody = False
            self._house.roster.tell(UnwatchAll(self._lane))
        return self.leave_each()

    def leave_each(self) -> tuple[Deliver, ...]:
        """Watch no single user any more; what is to be delivered for that."""
        users = dict.fromkeys(self.follows.values())
        self.follows = {}
        return tuple(Deliver(user, Unwatch(self._lane)) for user in users)
