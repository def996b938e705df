"""Newsroom: what the gateway has told and has not all been said in the house yet; said in slices, in its order."""

from collections import deque
from collections.abc import Callable
from typing import Any

from actors.discord.reporter import Reporter, source_of
from actors.house import House
from actors.upstream.discord_members import Members
from actors.upstream.discord_people import Ask, Change, Changes, Gone, Shown, Told


class Newsroom:
    """Belongs to the listener. `ask` says something to the gateway, `record` writes in the journal."""

    __slots__ = ("_ask", "_house", "_record", "_work", "members", "reporter", "restates", "unheard")

    def __init__(
        self, house: House, base: str | None, ask: Callable[[bytes], None], record: Callable[..., None]
    ) -> None:
        self._house = house
        self._ask = ask
        self._record = record
        self._work: deque[Changes] = deque()
        self.members = Members(base)
        self.reporter = Reporter(house)
        self.unheard = False
        """True while nobody can know what the members do now."""
        self.restates = False
        """True where everybody must be told of again, changed or not, once all is known again."""

    @property
    def busy(self) -> bool:
        """True while something has still to be said."""
        return bool(self._work)

    @property
    def whole(self) -> bool:
        """True where all that was heard is said, and all of the one guild that is listened to is known."""
        return self.members.complete and self.members.base is not None and not self.restates and not self._work

    def take_up(self) -> bool:
        """Know again what an earlier life has said, where any of it is still believed; it will be for a while only."""
        claims = self.reporter.found()
        self.members.take_up(claims)
        self.restates = bool(claims)
        return self.restates

    def hear(self, name: str, data: Any) -> None:
        """An event has come."""
        self._work.append(self.members.event(name, data, self._house.clock.monotonic()))
        if name == "RESUMED":
            self._restate()

    def look_after(self) -> None:
        """Something is to be asked, or is not waited for any more."""
        self._work.append(self.members.due(self._house.clock.monotonic()))

    def doubt(self) -> None:
        """Say that nobody knows; who the members are is still true."""
        self.unheard = self.restates = True
        self._work.append(self._everybody())

    def say(self, most: int) -> None:
        """Say so much of it, or less where others are to have their turn."""
        while self._work and most > 0:
            change = next(self._work[0], self)
            if isinstance(change, Newsroom):
                self._work.popleft()
            elif change is None:
                return
            else:
                most -= 1
                self._say_one(change)

    def _say_one(self, change: Change) -> None:
        match change:
            case Shown(ident) if ident in self.members.users:
                now = self._house.clock.now()
                self.reporter.show(ident, self.members.claim(ident, source_of(ident), now, doubtful=self.unheard))
            case Gone(ident):
                self.reporter.take_back(ident)
            case Ask(text):
                self._ask(text)
            case Told(event, details):
                self._record(event, **details)
                if self.members.complete or (event, details.get("of")) == ("listing-given-up", "all"):
                    self._restate()

    def _restate(self) -> None:
        self.unheard = False
        if self.restates:
            self.restates = False
            self._work.append(self._everybody())

    def _everybody(self) -> Changes:
        """Everybody once more: how far they are believed has changed, though not what was said."""
        for ident in list(self.members.users):
            yield Shown(ident)
