"""Directory: any name, id or alias -> the User actor; starts it on first need, and hears of its end.

A little longer than other files: names, mail and lives of users are one table's.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

import pykka
from pykka._envelope import Envelope
from pykka.messages import _ActorStop

from actors.errors import Unavailable
from actors.falls import Falls, Limits
from actors.house import House
from actors.messages.directory import Bequest, Deliver, DeliverAll, Find, Learn, Unlearn
from actors.messages.discord import Relinked
from actors.messages.keeper import Record
from actors.messages.roster import Spread
from actors.messages.supervision import Ended, Fell, Flooded
from actors.messages.user import Dissolve, Resubject, Unwatch
from actors.presence import Subject, Update
from actors.runtime import Actor, handles
from actors.upstream.discord_native import DIALECT
from actors.user import User

HELD = 20_000
"""Messages held for one user who rests; beyond it the newest are dropped, and the journal says so once."""


@dataclass(frozen=True, slots=True)
class _Rested:
    """To oneself: see whether this user's back-off is over, if it has any."""

    user: str


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
        """In monotonic seconds."""
        self.held: dict[str, deque[Any]] = {}
        """Mail, in its order, of those who rest and of those who have ended without our having heard of it yet."""
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

    # Mail

    @handles(Find)
    def find(self, message: Find) -> pykka.ActorRef[User]:
        """See messages.Find; Unavailable while the user's back-off lasts."""
        user = self.register.resolve(message.user)
        ref = self._living(user)
        if ref is not None:
            return ref
        left = self.resting_until.get(user, 0.0) - self.house.clock.monotonic()
        if left > 0:
            raise Unavailable("user-resting", retry_after=left)
        return self._start(user)

    @handles(Deliver)
    def deliver(self, message: Deliver) -> None:
        """See messages.Deliver; what comes for a user who rests is held, in its order, until it may start again."""
        user, mail = self.register.resolve(message.user), message.message
        ref = self.register.refs.get(user)
        if user in self.held:
            self._hold(user, mail)
        elif ref is None:
            if type(mail) is not Unwatch:  # nobody watches who isn't there
                self._start(user).tell(mail)
        elif ref.is_alive():
            ref.tell(mail)
        else:  # its bequest and the news of its end are on the way: nothing may overtake them
            self._await_news(user)
            self._hold(user, mail)

    @handles(DeliverAll)
    def deliver_all(self, message: DeliverAll) -> None:
        """See messages.DeliverAll."""
        for parcel in message.parcels:
            self.deliver(parcel)

    @handles(Bequest)
    def inherit(self, message: Bequest) -> None:
        """See messages.Bequest; whoever fell leaves it just before the news of its fall."""
        user = self.register.resolve(message.user)
        if self._living(user) is None:
            self._await_news(user)
            self.held[user].extendleft(reversed(message.messages))
        else:
            self._deliver_in_turn(user, message.messages)

    @handles(_Rested)
    def rested(self, message: _Rested) -> None:
        """What was held goes to the next life."""
        left = self.resting_until.get(message.user, 0.0) - self.house.clock.monotonic()
        if left > 0:
            self.house.clock.after(left, self.remind, message)
            return
        self.resting_until.pop(message.user, None)
        ref = self.register.refs.get(message.user)
        if ref is not None and not ref.is_alive():
            self._remove(ref)
        self._hand_over(message.user)

    def _await_news(self, user: str) -> None:
        if user not in self.held:
            self.held[user] = deque()
            self.remind(_Rested(user))  # behind the news, and even if that was lost in a flood

    def _hold(self, user: str, mail: Any) -> None:
        held = self.held[user]
        if len(held) < HELD:
            held.append(mail)
            if len(held) == HELD:
                self._record("flooded", f"{self.path}/{user}")

    def _hand_over(self, user: str) -> None:
        self._deliver_in_turn(user, self.held.pop(user, ()))

    def _deliver_in_turn(self, user: str, messages: Any) -> None:
        for message in messages:
            self.deliver(Deliver(user, message))

    # Names

    @handles(Learn)
    def learn(self, message: Learn) -> None:
        """Take an account in; a user who had nothing but this name becomes the account's."""
        subject = message.subject
        was = self.register.subject(subject.id)
        is_new = subject.id not in self.register.subjects
        bare = self._awake(subject.name) if self.register.resolve(subject.name) == subject.name else None
        self.register.learn(subject)
        self._tell_discord(was, subject)
        known = self._living(subject.id)
        if known is not None:
            known.tell(Resubject(subject))
        elif bare is None or not is_new:  # else the bare one says who it has become
            self._tell_roster(subject, was)
        if bare is not None:
            self._become(subject.name, bare, subject)

    @handles(Unlearn)
    def unlearn(self, message: Unlearn) -> None:
        """Drop an account; its user goes on under the bare name, without its claims."""
        ref = self._awake(message.id) if message.id in self.register.subjects else None
        known = self.register.forget(message.id)
        self._tell_discord(known)
        self.register.kept.pop(message.id, None)
        self.register.shapings.pop(message.id, None)
        if known is not None and ref is not None:
            heir = self.register.subject(self.register.resolve(known.name))
            self._become(message.id, ref, heir, keep_claims=False)
        elif known is not None:
            self._tell_roster(self.register.subject(self.register.resolve(known.name)), known)

    def _tell_discord(self, *subjects: Subject | None) -> None:
        """Of whoever is or was linked there: what is said of a member is said of the account."""
        links = dict.fromkeys(link for subject in subjects if subject is not None for link in subject.links)
        idents = tuple(ident for provider, ident in links if provider == DIALECT)
        if idents:
            self.house.discord.tell(Relinked(idents))

    def _tell_roster(self, subject: Subject, was: Subject) -> None:
        """A user who sleeps is somebody else now: who watches everybody cannot hear it from the user."""
        if self.register.watched:
            presence, now = self.house.known(subject.id), self.house.clock.now()
            self.house.roster.tell(Spread(Update(subject, presence, presence, changed=True, at=now, was=was)))

    def _become(self, old: str, ref: pykka.ActorRef[User], subject: Subject, *, keep_claims: bool = True) -> None:
        """Have the user of the old id go on as the subject, or dissolve into who is there by that id."""
        del self.register.refs[old]
        if self._living(subject.id) is None:
            self._seat(subject.id, ref)
            ref.tell(Resubject(subject, keep_claims))
        else:
            ref.tell(Dissolve(subject.id, keep_claims))

    def _awake(self, user: str) -> pykka.ActorRef[User] | None:
        """The living user of this id; one of whom there are but claims is started, for they concern it too."""
        ref = self._living(user)
        return self._start(user) if ref is None and self.house.board.claims(user) else ref

    # Lives

    @handles(Ended)
    def ended(self, message: Ended) -> None:
        """A user nobody needed any more has ended."""
        user = self._remove(message.ref)
        if user is not None:
            self.falls.pop(user, None)
            self._hand_over(user)

    @handles(Fell)
    def fell(self, message: Fell) -> None:
        """A user fell: the next message starts it again, at once or after its back-off."""
        now = self.house.clock.monotonic()
        user = self._remove(message.ref) or message.path
        verdict = self.falls.setdefault(user, Falls(self.limits)).fell(now)
        details: dict[str, Any] = {"class": message.error, "message": message.message, "traceback": message.traceback}
        self._record("fell", message.path, **details)
        if verdict.excess:
            self.resting_until[user] = now + verdict.delay
            self._await_news(user)
        else:
            self._hand_over(user)

    @handles(Flooded)
    def flooded(self, message: Flooded) -> None:
        """A user's mailbox is full."""
        self._record("flooded", message.path)

    def _living(self, user: str) -> pykka.ActorRef[User] | None:
        ref = self.register.refs.get(user)
        return ref if ref is not None and ref.is_alive() else None

    def _start(self, user: str) -> pykka.ActorRef[User]:
        subject = self.register.subject(user)
        path = f"{self.path}/{subject.name}"
        ref = User.start(subject, self.house, parent=self.house.directory, path=path)
        self._seat(user, ref)
        self.house.headcount.users_begun += 1
        return ref

    def _seat(self, user: str, ref: pykka.ActorRef[User]) -> None:
        self.register.refs[user] = ref
        self.ids[ref.actor_urn] = user

    def _remove(self, ref: pykka.ActorRef[Any]) -> str | None:
        user = self.ids.pop(ref.actor_urn, None)
        if user is not None:
            self.house.headcount.users_ended += 1
        if user is not None and self.register.refs.get(user) is ref:
            del self.register.refs[user]
        return user

    def _record(self, event: str, path: str, **details: Any) -> None:
        self.house.journal.tell(Record(self.house.clock.now(), path, "User", event, details))
