"""Members: who is in the guilds that are listened to, and what Discord last said of each. Pure: events in, changes out.

Source: spec/discord.md sections 3.3, 4 to 8. "Types are not validated" by Discord: a bad field loses that field, a bad
event itself, and neither the connection. A change comes out for what differs from what was known, so that a new session
tells nobody anything twice. A big event is a generator: whoever takes its changes may pause between two.

Longer than most files: each event that concerns a member is here, and the state is theirs together.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from actors.presence import Claim, Source
from actors.upstream.discord_frames import whole
from actors.upstream.discord_listings import Listing, Listings
from actors.upstream.discord_native import mapping, member_claim, text
from actors.upstream.discord_people import (
    AT_ONCE,
    OFFLINE,
    Ask,
    Change,
    Changes,
    Document,
    Gone,
    Member,
    Shown,
    Told,
    gather,
    id_of,
    items_of,
    presence_in,
    with_id,
)

SETTLED = 5.0
"""Seconds without another guild after which those that READY named and that have not come are not waited for."""
MOST_STRANGERS = 10_000
"""Presences of those whose names are not known yet."""


class Members:
    """All of them. `base` is the guild whose members are wanted; None for those of every guild that the bot is in."""

    def __init__(self, base: str | None) -> None:
        self.base = base
        self.users: dict[str, Member] = {}
        self.guilds: dict[str, frozenset[str]] = {}
        """Those that are known, each with the set of itself alone, which its members share."""
        self.complete = False
        """True while every member of every guild is known."""
        self._listings = Listings()
        self._awaited: set[str] = set()
        self._named: set[str] | None = None
        """The guilds of this session while it is loading."""
        self._settles_at = math.inf
        self._strangers: dict[str, Document] = {}
        self._table: dict[str, Callable[[Any, float], Iterable[Change | None]]] = {
            "READY": self._ready,
            "GUILD_CREATE": self._guild,
            "GUILD_DELETE": self._guild_gone,
            "GUILD_MEMBER_ADD": self._joined,
            "GUILD_MEMBER_UPDATE": self._altered,
            "GUILD_MEMBER_REMOVE": self._left,
            "GUILD_MEMBERS_CHUNK": self._chunk,
            "PRESENCE_UPDATE": self._presence,
            "PRESENCES_REPLACE": self._presences,
            "USER_UPDATE": self._own_profile,
            "RATE_LIMITED": self._too_soon,
        }

    def take_up(self, claims: Iterable[Claim]) -> None:
        """Know again what an earlier life knew of the base guild's members, of its claims (discord_native.py)."""
        if self.base is None:
            return
        guild = self.guilds[self.base] = frozenset((self.base,))
        for claim in claims:
            told = mapping(claim.native.document) if claim.native is not None else {}
            user = mapping(told.get("user"))
            ident = text(user.get("id"))
            if ident is not None:
                activities = [each.native.document for each in claim.activities if each.native is not None]
                said = {"activities": activities, "client_status": told.get("client_status")}
                if claim.status is not None:
                    said["status"] = claim.status.value
                self.users[ident] = Member(user, presence_in(said), text(told.get("joined_at")), guild)
        self.complete = True

    def claim(self, user: str, source: Source, now: float, *, doubtful: bool = False) -> Claim:
        """What is said of this member; `doubtful` where nobody can know: then only who it is."""
        member = self.users[user]
        if not doubtful:
            return member_claim(source, now, member.user, member.presence, member.joined_at)
        return replace(member_claim(source, now, member.user, None, member.joined_at), status=None)

    def event(self, name: str, data: Any, now: float) -> Changes:
        """What this event changes."""
        take = self._table.get(name)
        if take is not None:
            yield from take(data, now)

    def due(self, now: float) -> Changes:
        """What is to be asked now, and who is not waited for any more."""
        for each in self._listings.due(now):
            if isinstance(each, Listing):
                yield Told("listing-given-up", {"guild": each.guild, "of": "all" if each.users is None else "some"})
            else:
                yield Ask(each)
        if self._settles_at <= now:
            yield from self._loaded()

    def next_due(self) -> float:
        """When `due` has something to say; infinity for never."""
        return min(self._listings.next_due(), self._settles_at)

    # Sessions and guilds

    def _ready(self, data: Any, now: float) -> Changes:
        """A new session: nothing is told or taken back before its guilds have come."""
        idents = (text(mapping(each).get("id")) for each in items_of(mapping(data).get("guilds")))
        self._named = {ident for ident in idents if ident is not None and self._is_wanted(ident)}
        self._awaited = set(self._named)
        self._listings.begin_anew()
        self._strangers.clear()
        self.complete = False
        self._settles_at = now + SETTLED
        if not self._awaited:
            yield from self._loaded()

    def _guild(self, data: Any, now: float) -> Changes:
        guild = self._wanted(mapping(data).get("id"))
        if guild is None:
            return
        if data.get("unavailable") is not True:
            yield from self._take_guild(guild, data, now)
        yield from self._has_come(guild, now)

    def _take_guild(self, guild: str, data: Document, now: float) -> Changes:
        members, count = items_of(data.get("members")), data.get("member_count")
        presences: dict[str, Document] = {}
        yield from gather(data.get("presences"), presences)
        is_all = data.get("large") is not True and (len(members) >= count if type(count) is int else bool(members))
        self.guilds.setdefault(guild, frozenset((guild,)))
        if self._named is not None:
            self._named.add(guild)
        seen = set()
        for number, part in enumerate(members):
            each = whole(part)
            ident = id_of(each)
            if ident is not None:
                seen.add(ident)
                presence = presences.get(ident, OFFLINE if is_all else None)
                yield from self._put(guild, ident, each, presence)
            if number % AT_ONCE == AT_ONCE - 1:
                yield None
        if is_all:
            self._listings.forget(guild)
            yield from self._drop_others(guild, seen)
            yield from self._listed(guild, len(seen))
        else:
            self.complete = False
            self._listings.want_everybody(guild, now)
            yield from self.due(now)

    def _guild_gone(self, data: Any, now: float) -> Changes:
        """By an outage, in which everything stays as it is; or for good."""
        guild = self._wanted(mapping(data).get("id"))
        if guild is None:
            return
        if data.get("unavailable") is not True:
            yield from self._drop_guild(guild)
        yield from self._has_come(guild, now)

    def _has_come(self, guild: str, now: float) -> Changes:
        self._awaited.discard(guild)
        if self._named is not None:
            self._settles_at = now + SETTLED
            if not self._awaited:
                yield from self._loaded()

    def _loaded(self) -> Changes:
        """All guilds have come that come: who is in none of them is a member no more."""
        named, self._named, self._settles_at = self._named or set(), None, math.inf
        for guild in [known for known in self.guilds if known not in named]:
            yield from self._drop_guild(guild)
        if self.base is not None and self.base not in named:
            yield Told("not-in-guild", {"guild": self.base})
        yield Told("loaded", {"guilds": len(self.guilds), "members": len(self.users)})

    def _drop_guild(self, guild: str) -> Changes:
        self._listings.forget(guild)
        yield from self._drop_others(guild, frozenset())
        self.guilds.pop(guild, None)

    def _drop_others(self, guild: str, seen: Iterable[str]) -> Changes:
        kept = set(seen)
        for user in [user for user, member in self.users.items() if guild in member.guilds and user not in kept]:
            yield from self._part(guild, user)

    def _listed(self, guild: str, members: int) -> Changes:
        self.complete = not any(self._listings.lists_all(each) for each in self.guilds)
        yield Told("members-listed", {"guild": guild, "members": members})

    # Members

    def _joined(self, data: Any, now: float) -> Changes:
        guild, ident = self._wanted(mapping(data).get("guild_id")), id_of(data)
        if guild is None or ident is None:
            return
        is_new = ident not in self.users
        yield from self._put(guild, ident, data, None)
        if is_new and not self._listings.lists_all(guild):
            self._listings.want(guild, ident, now)

    def _altered(self, data: Any, now: float) -> Changes:
        """A member's own profile comes so too: Discord says USER_UPDATE of the bot alone."""
        yield from self._joined(data, now)

    def _left(self, data: Any, _now: float) -> Changes:
        guild, ident = self._wanted(mapping(data).get("guild_id")), id_of(data)
        if guild is not None and ident is not None:
            yield from self._part(guild, ident)

    def _put(self, guild: str, ident: str, data: Document, presence: Document | None) -> Changes:
        """A member of the guild, with this presence; None leaves it as it is known."""
        user = with_id(mapping(data.get("user")), ident)
        joined_at, only = text(data.get("joined_at")), self.guilds.setdefault(guild, frozenset((guild,)))
        known = self.users.get(ident)
        if known is None:
            stranger = self._strangers.pop(ident, OFFLINE)
            self.users[ident] = Member(user, stranger if presence is None else presence, joined_at, only)
            yield Shown(ident)
            return
        before = known.user, known.presence, known.joined_at
        known.user = user
        known.presence = known.presence if presence is None else presence
        if joined_at is not None and (self.base is not None or known.joined_at is None):
            known.joined_at = joined_at
        if guild not in known.guilds:
            known.guilds |= only
        if (known.user, known.presence, known.joined_at) != before:
            yield Shown(ident)

    def _part(self, guild: str, ident: str) -> Changes:
        known = self.users.get(ident)
        if known is None or guild not in known.guilds:
            return
        known.guilds -= {guild}
        if not known.guilds:
            del self.users[ident]
            yield Gone(ident)

    def _chunk(self, data: Any, now: float) -> Changes:
        guild = self._wanted(mapping(data).get("guild_id"))
        if guild is None:
            return
        listing = self._listings.find(guild, text(data.get("nonce")))
        presences: dict[str, Document] = {}
        yield from gather(data.get("presences"), presences)
        for number, part in enumerate(items_of(data.get("members"))):
            each = whole(part)
            ident = id_of(each)
            if ident is not None:
                is_news = listing is not None and ident not in listing.touched  # by updates since it was asked for
                if listing is not None:
                    listing.seen.add(ident)
                presence = presences.get(ident, OFFLINE) if is_news else None
                yield from self._put(guild, ident, each, presence)
            if number % AT_ONCE == AT_ONCE - 1:
                yield None
        index, count = data.get("chunk_index"), data.get("chunk_count")
        if listing is None or type(index) is not int or type(count) is not int:
            return
        if self._listings.answered(listing, index, count, now) and listing.users is None:
            yield from self._drop_others(guild, listing.seen)
            yield from self._listed(guild, len(listing.seen))

    def _too_soon(self, data: Any, now: float) -> Iterable[Change | None]:
        """RATE_LIMITED: "re-queue that request after retry_after"."""
        nonce, wait = text(mapping(mapping(data).get("meta")).get("nonce")), mapping(data).get("retry_after")
        if nonce is not None and isinstance(wait, int | float) and 0 <= wait < 3600:
            self._listings.put_off(nonce, float(wait), now)
        return ()

    # Presences

    def _presence(self, data: Any, now: float) -> Changes:
        said = mapping(data)
        ident = id_of(said)
        if ident is None:
            return
        self._listings.touch(ident)
        known = self.users.get(ident)
        if known is None:
            self._meet(said, ident, now)
            return
        presence = presence_in(said, known.presence)
        told = mapping(said["user"])
        user = {**known.user, **told, "id": ident} if len(told) > 1 else known.user
        if presence != known.presence or user != known.user:  # each guild that is shared has a copy of its own
            known.user, known.presence = user, presence
            yield Shown(ident)

    def _meet(self, said: Document, ident: str, now: float) -> None:
        """Somebody who must be a member, but whose name has not been told."""
        guild = self._wanted(said.get("guild_id"))
        if guild is None or guild not in self.guilds or len(self._strangers) >= MOST_STRANGERS:
            return
        self._strangers[ident] = presence_in(said)
        if not self._listings.lists_all(guild):
            self._listings.want(guild, ident, now)

    def _presences(self, data: Any, now: float) -> Changes:
        for each in items_of(data):
            yield from self._presence(each, now)

    def _own_profile(self, data: Any, _now: float) -> Changes:
        ident = text(mapping(data).get("id"))
        known = self.users.get(ident or "")
        if ident is not None and known is not None:
            user = {**known.user, **data, "id": ident}
            if user != known.user:
                known.user = user
                yield Shown(ident)

    def _wanted(self, guild: Any) -> str | None:
        ident = text(guild)
        return ident if ident is not None and self._is_wanted(ident) else None

    def _is_wanted(self, guild: str) -> bool:
        return self.base is None or guild == self.base
