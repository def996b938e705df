"""Listings: what was asked about a guild's members by op 8 and has not been answered (spec/discord.md section 6). Pure.

Times in seconds of a clock that never runs backwards.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from actors.upstream.discord_frames import everybody_in, members_of

FULL_EVERY = 30.0
"""Seconds between two questions for everybody in one guild."""
PATIENCE = 30.0
"""Seconds without progress after which a listing is asked for once more, and then no more."""
TRIES = 2
GATHER = 1.0
"""Seconds over which those who join are gathered into one question."""
MOST_IDS = 100


@dataclass(slots=True, eq=False)
class Listing:
    """One question. `users` are those asked for; None for everybody."""

    guild: str
    nonce: str
    users: tuple[str, ...] | None
    ask_at: float
    tries: int = 0
    seen: set[str] = field(default_factory=set)
    """Whom the answer has named."""
    touched: set[str] = field(default_factory=set)
    """Of whom there is newer news than the answer."""
    chunks: set[int] = field(default_factory=set)
    heard_at: float = math.inf
    """When it was asked for or made progress; never while it waits to be asked."""

    @property
    def text(self) -> bytes:
        """The question."""
        if self.users is None:
            return everybody_in(self.guild, self.nonce)
        return members_of(self.guild, self.users, self.nonce)


class Listings:
    """Those of one session."""

    def __init__(self) -> None:
        self._open: dict[str, Listing] = {}
        self._joined: dict[str, dict[str, None]] = {}
        self._joined_at: dict[str, float] = {}
        self._asked_at: dict[str, float] = {}
        self._numbers = itertools.count(1)

    def begin_anew(self) -> None:
        """A new session: nothing that was asked is answered any more."""
        self._open.clear()
        self._joined.clear()
        self._joined_at.clear()

    def want_everybody(self, guild: str, now: float) -> None:
        """Ask for all members, not too soon after the last time."""
        self.forget(guild)
        soonest = self._asked_at.get(guild, -math.inf) + FULL_EVERY
        self._add(guild, None, max(now, soonest))

    def want(self, guild: str, user: str, now: float) -> None:
        """Ask for this member, together with others of these seconds."""
        self._joined.setdefault(guild, {})[user] = None
        self._joined_at.setdefault(guild, now + GATHER)

    def forget(self, guild: str) -> None:
        """Nothing of this guild matters any more."""
        self._open = {nonce: each for nonce, each in self._open.items() if each.guild != guild}
        self._joined.pop(guild, None)
        self._joined_at.pop(guild, None)

    def touch(self, user: str) -> None:
        """There is news of this user, newer than any answer to come."""
        for listing in self._open.values():
            if listing.tries:
                listing.touched.add(user)

    def lists_all(self, guild: str) -> bool:
        """True while everybody in the guild is about to be told."""
        return any(each.guild == guild and each.users is None for each in self._open.values())

    def find(self, guild: str, nonce: str | None) -> Listing | None:
        """The one that a chunk answers; one without a nonce answers the first that was asked."""
        if nonce is not None:
            found = self._open.get(nonce)
            return found if found is not None and found.guild == guild else None
        return next((each for each in self._open.values() if each.guild == guild and each.tries), None)

    def answered(self, listing: Listing, index: int, count: int, now: float) -> bool:
        """A chunk of it has come; True when that was the last, which ends it."""
        listing.heard_at = now
        if 0 <= index < count:
            listing.chunks.add(index)
        if len(listing.chunks) < count:
            return False
        self._open.pop(listing.nonce, None)
        return True

    def put_off(self, nonce: str, seconds: float, now: float) -> None:
        """Discord wants this one asked later."""
        listing = self._open.get(nonce)
        if listing is not None:
            listing.ask_at, listing.heard_at = now + seconds, math.inf
            listing.tries = max(listing.tries - 1, 0)

    def due(self, now: float) -> Iterator[bytes | Listing]:
        """The questions that may be put now; and a Listing for each that is given up."""
        for guild in [guild for guild, at in self._joined_at.items() if at <= now]:
            del self._joined_at[guild]
            users = tuple(self._joined.pop(guild))
            for start in range(0, len(users), MOST_IDS):
                self._add(guild, users[start : start + MOST_IDS], now)
        for listing in list(self._open.values()):
            if listing.heard_at + PATIENCE <= now:
                if listing.tries >= TRIES:
                    del self._open[listing.nonce]
                    yield listing
                    continue
                listing.ask_at, listing.heard_at = max(now, self._soonest(listing)), math.inf
            if listing.heard_at == math.inf and listing.ask_at <= now:
                yield self._ask(listing, now)

    def next_due(self) -> float:
        """When `due` has something to say again; infinity for never."""
        times = [each.ask_at if each.heard_at == math.inf else each.heard_at + PATIENCE for each in self._open.values()]
        return min((*times, *self._joined_at.values()), default=math.inf)

    def _ask(self, listing: Listing, now: float) -> bytes:
        """By a nonce of its own each time: what still comes in answer to the last try is no part of this one's."""
        del self._open[listing.nonce]
        listing.nonce = f"{next(self._numbers)}"
        self._open[listing.nonce] = listing
        listing.tries += 1
        listing.heard_at = now
        listing.seen.clear()
        listing.chunks.clear()
        listing.touched.clear()
        if listing.users is None:
            self._asked_at[listing.guild] = now
        return listing.text

    def _soonest(self, listing: Listing) -> float:
        everybody = listing.users is None
        return self._asked_at.get(listing.guild, -math.inf) + FULL_EVERY if everybody else -math.inf

    def _add(self, guild: str, users: tuple[str, ...] | None, ask_at: float) -> None:
        listing = Listing(guild, f"{next(self._numbers)}", users, ask_at)
        self._open[listing.nonce] = listing
