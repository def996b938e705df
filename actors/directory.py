"""Directory: any name, id or alias -> the User actor; starts it on first need, and hears of its end."""

from typing import Any

import pykka
from pykka._envelope import Envelope
from pykka.messages import _ActorStop

from actors.errors import Unavailable
from actors.falls import Falls, Limits
from actors.house import House
from actors.messages import (
    Deliver,
    Ended,
    Fell,
    Find,
    Flooded,
    Lapsed,
    Learn,
    Record,
    Resubject,
    Spread,
    Unlearn,
    Unwatch,
)
from actors.presence import Subject, Update
from actors.runtime import Actor, handles
from actors.user import User


class Directory(Actor):
    """The parent of every User. One falls alone; after too many falls it is left alone for its back-off."""

    mailbox_limit = 100_000

    def __init__(self, house: House, limits: Limits) -> None:
        super().__init__()
        self.house = house
        self.register = house.register
        self.limits = limits
        self.falls: dict[str, Falls] = {}
        self.resting_until: dict[str, float] = {}
        self.ids: dict[str, str] = {}
        """A living user's URN -> the id it is registered under."""

    def on_start(self) -> None:
        """Users outlive this actor: their parent is its address. Whoever ended meanwhile is struck off."""
        for user, ref in list(self.register.refs.items()):
            if ref.is_alive():
                self.ids[ref.actor_urn] = user
            else:
                del self.register.refs[user]

    def on_stop(self) -> None:
        """A directory that is stopped takes its users with it."""
        for ref in self.register.refs.values():
            ref.actor_inbox.put(Envelope(_ActorStop()))

    @handles(Find)
    def find(self, message: Find) -> pykka.ActorRef[User]:
        """See messages.Find; Unavailable while the user's back-off lasts."""
        return self._ref(self.register.resolve(message.user))

    @handles(Deliver)
    def deliver(self, message: Deliver) -> None:
        """See messages.Deliver; while the user's back-off lasts the message is held for its end."""
        user = self.register.resolve(message.user)
        if type(message.message) is Unwatch and user not in self.register.refs:
            return
        try:
            ref = self._ref(user)
        except Unavailable as away:
            self.house.clock.after(max(away.retry_after or 0.0, 0.05), self.remind, message)
        else:
            ref.tell(message.message)

    @handles(Lapsed)
    def lapsed(self, message: Lapsed) -> None:
        """A lease of one of the users is over."""
        self.deliver(Deliver(message.user, message))

    @handles(Learn)
    def learn(self, message: Learn) -> None:
        """Take an account in; a user who had nothing but this name becomes the account's."""
        subject = message.subject
        was = self.register.subject(subject.id)
        self.register.learn(subject)
        awake = False
        for user in (subject.id, subject.name):
            ref = self.register.refs.pop(user, None)
            if ref is not None and ref.is_alive():
                self._seat(subject.id, ref)
                ref.tell(Resubject(subject))
                awake = True
        if not awake:
            self._tell_roster(subject, was)

    @handles(Unlearn)
    def unlearn(self, message: Unlearn) -> None:
        """Drop an account; its user goes on under the bare name, without its claims."""
        known = self.register.forget(message.id)
        ref = self.register.refs.pop(message.id, None)
        if known is not None and ref is not None and ref.is_alive():
            self._seat(known.name, ref)
            ref.tell(Resubject(Subject(known.name, known.name), keep_claims=False))
        elif known is not None:
            self._tell_roster(Subject(known.name, known.name), known)

    @handles(Ended)
    def ended(self, message: Ended) -> None:
        """A user nobody needed any more has ended."""
        self._remove(message.ref)

    @handles(Fell)
    def fell(self, message: Fell) -> None:
        """A user fell: the next message starts it again, at once or after its back-off."""
        now = self.house.clock.now()
        user = self._remove(message.ref) or message.path
        falls = self.falls.setdefault(user, Falls(self.limits))
        verdict = falls.fell(now)
        if verdict.excess:
            self.resting_until[user] = now + verdict.delay
        details: dict[str, Any] = {"class": message.error, "message": message.message, "traceback": message.traceback}
        self.house.journal.tell(Record(now, message.path, "User", "fell", details))

    @handles(Flooded)
    def flooded(self, message: Flooded) -> None:
        """A user's mailbox is full."""
        self.house.journal.tell(Record(self.house.clock.now(), message.path, "User", "flooded"))

    def _tell_roster(self, subject: Subject, was: Subject) -> None:
        """A user who sleeps is somebody else now: who watches everybody cannot hear it from the user."""
        if self.register.watched:
            presence = self.house.known(subject.id)
            now = self.house.clock.now()
            self.house.roster.tell(Spread(Update(subject, presence, presence, changed=True, at=now, was=was)))

    def _ref(self, user: str) -> pykka.ActorRef[User]:
        ref = self.register.refs.get(user)
        if ref is not None and ref.is_alive():
            return ref
        left = self.resting_until.get(user, 0.0) - self.house.clock.now()
        if left > 0:
            raise Unavailable("user-resting", retry_after=left)
        self.resting_until.pop(user, None)
        return self._start(user)

    def _start(self, user: str) -> pykka.ActorRef[User]:
        subject = self.register.subject(user)
        path = f"{self.path}/{subject.name}"
        ref = User.start(subject, self.house, parent=self.house.directory, path=path)
        self._seat(user, ref)
        return ref

    def _seat(self, user: str, ref: pykka.ActorRef[User]) -> None:
        self.register.refs[user] = ref
        self.ids[ref.actor_urn] = user

    def _remove(self, ref: pykka.ActorRef[Any]) -> str | None:
        user = self.ids.pop(ref.actor_urn, None)
        if user is not None and self.register.refs.get(user) is ref:
            del self.register.refs[user]
        return user
