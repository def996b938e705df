"""Telling: everyone who hears of a user's changes, and the trail of them to which a reader may come back."""

from actors.house import House
from actors.identities import identities
from actors.messages.roster import Spread
from actors.messages.webhooks import Noticed
from actors.presence import NOBODY, Presence, Subject, Update
from actors.watchers import Watchers


class Telling:
    """The outward half of a User: its own watchers, those who watch everybody, first parties, webhooks, the history."""

    __slots__ = ("_house", "_watchers")

    def __init__(self, house: House, watchers: Watchers) -> None:
        self._house = house
        self._watchers = watchers

    def waking(self, subject: Subject, presence: Presence) -> None:
        """Nobody else tells webhooks what ended while this user slept, or as an earlier life fell."""
        if self._is_hooked(subject):
            self._house.notifier.tell(Noticed(self._update(subject, NOBODY, presence)))

    def report(self, subject: Subject, before: Presence, after: Presence, *, leaving: bool = False) -> None:
        """Something was said of the user; not all of them need look different for it.

        Of one who is leaving under this name, those to whom that matters hear by `name` alone, which must follow.
        """
        register, bulletin, history = self._house.register, self._house.bulletin, self._house.history
        kept, hooked = history.keeps(subject.id), self._is_hooked(subject)
        if not (self._watchers or kept or hooked or register.watched or bulletin.wants_presence):
            return
        changed = not after.looks_like(before)
        update = Update(subject, before, after, changed, self._house.clock.now())
        if changed and (kept or (history.doubts and self._watchers.numbered)):
            history.record(update, self._house.clock.monotonic())
        if bulletin.wants_presence:
            bulletin.post_presence(update)
        if changed and register.watched and not leaving:
            self._house.roster.tell(Spread(update))
        if changed and hooked:
            self._house.notifier.tell(Noticed(update))
        self._watchers.publish(update, leaving=leaving)

    def pairs(self, subject: Subject, before: Presence, after: Presence) -> None:
        """The user's key-values are others."""
        update = self._update(subject, before, after)
        if self._house.register.watched:
            self._house.roster.tell(Spread(update))
        self._watchers.publish_pairs(update)

    def name(self, subject: Subject, was: Subject, before: Presence, presence: Presence) -> None:
        """Whoever shows users by their links sees another one from now on; `before` is what they saw of `was`."""
        update = self._update(subject, before, presence, was)
        if self._house.register.watched:
            self._house.roster.tell(Spread(update))
        if self._house.register.hooked:
            self._house.notifier.tell(Noticed(self._update(subject, presence, presence, was)))
        self._watchers.publish_name(update)

    def keep_trail(self, user: str, presence: Presence) -> None:
        """Somebody came or went who may come back with a number (actors/history.py)."""
        history, watched = self._house.history, self._watchers.numbered
        if watched or history.keeps(user):
            history.watch(user, presence, self._house.clock.monotonic(), watched=watched)

    def doubt(self, *users: str) -> None:
        """Watchers of these are about to watch again: until then they miss what happens (actors/history.py)."""
        for user in users:
            if self._watchers.numbered or self._house.history.keeps(user):
                self._house.history.doubt(user, self._house.clock.monotonic())

    def _is_hooked(self, subject: Subject) -> bool:
        names = self._house.register.hooked
        return bool(names) and any(name in names for name in identities(subject))

    def _update(self, subject: Subject, before: Presence, after: Presence, was: Subject | None = None) -> Update:
        return Update(subject, before, after, changed=True, at=self._house.clock.now(), was=was)
