"""Lanyard's conversation (spec/lanyard.md section 6; HEAD 76b88a4).

Heartbeats are only traffic; the house's own ping decides who is gone. Of a user who is there no more the original
says nothing, and its watchers show the last state for ever: here they get a last update, offline. Who only hides is
watched on, because these clients do not ask a second time.
"""

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from actors.accounts import Credential
from actors.effects import Effect, Gather, GatherAll, Hang, Say, Unfollow, UnfollowAll
from actors.errors import Malformed, Overrun
from actors.presence import Update
from actors.session import Encoding
from web import json
from web.dialects.discord.person import discord_id, person
from web.dialects.discord.wire import Listing, Single, Wire
from web.dialects.lanyard import codec
from web.dialects.lanyard.wires import INIT_STATE, INIT_STATE_MAP, UPDATE

HELLO = b'{"op":1,"d":{"heartbeat_interval":30000}}'
INITIALIZE, HEARTBEAT, UNSUBSCRIBE = 2, 3, 4
MOST_IDS = 200
"""Of one message (PROMISES 3.2)."""

UNKNOWN_OPCODE = Hang(4004, "unknown_opcode")
REQUIRES_DATA_OBJECT = Hang(4005, "requires_data_object")
INVALID_PAYLOAD = Hang(4006, "invalid_payload")

Find = Callable[[str], str | None]


class LanyardSession:
    """`WS /lanyard/socket`. `find` gives the id in the house of whoever is monitored under a name."""

    publishes = False

    def __init__(self, wire: Wire, find: Find, hello: bytes = HELLO) -> None:
        self.encoding: Encoding = wire
        self._wire = wire
        self._find = find
        self._hello = hello
        self._everybody = False
        self._hidden: tuple[tuple[str, str], ...] = ()
        """The Discord id and the id in the house of those who are watched though nobody can find them now."""
        self._over = False

    def opened(self, now: float) -> Iterable[Effect]:  # noqa: ARG002 - nothing here depends on the time
        """Section 6.2: "HELLO is the first frame, sent at once"."""
        return (Say(self._wire.pack(self._hello)),)

    def received(self, data: str | bytes, now: float) -> Iterable[Effect]:
        """See actors.session.Session."""
        if self._over:
            return ()
        try:
            message = json.read(data)
        except Malformed:
            return self._end(INVALID_PAYLOAD)
        if not isinstance(message, dict):
            return self._end(INVALID_PAYLOAD)
        number = message.get("op")
        if isinstance(number, bool) or number not in (INITIALIZE, HEARTBEAT, UNSUBSCRIBE):
            return self._end(UNKNOWN_OPCODE)
        if number == INITIALIZE:
            return self.initialize(message.get("d"), now)
        return self._unsubscribe(message.get("d")) if number == UNSUBSCRIBE else ()

    def authenticated(self, credential: Credential | None, now: float) -> Iterable[Effect]:  # noqa: ARG002
        """Nobody is asked for a token here."""
        return ()

    def initialize(self, data: Any, now: float) -> Iterable[Effect]:
        """Section 6.3: "the first matching key wins, others are ignored"; it adds to what is subscribed."""
        if not isinstance(data, dict) or not data:
            return self._end(REQUIRES_DATA_OBJECT)
        if "subscribe_to_ids" in data:
            return self._gather_several(data["subscribe_to_ids"], now)
        if "subscribe_to_id" in data:
            user = self._found(data["subscribe_to_id"])
            return (self._gather((user,) if user else (), Single(self._wire, INIT_STATE, now)),)
        if data.get("subscribe_to_all") is True:
            self._everybody = True
            return (GatherAll(self.left),)
        return self._end(INVALID_PAYLOAD)

    def left(self, update: Update, now: float) -> Iterable[Effect]:  # noqa: ARG002
        """Whoever was watched is there no more; see actors.effects.Left."""
        was = update.was or update.subject
        shown = person(was, update.before)
        if shown is None:
            return () if self._everybody else (Unfollow(was.id),)
        last = Say(self._last_words(codec.parting(shown)))
        if self._everybody:
            return last, *map(Say, self._wire.instead(update))
        if discord_id(update.subject, update.after) != shown.id:
            return last, Unfollow(was.id)
        self._hidden = (*self._hidden_but(shown.id), (shown.id, was.id))
        return (last,)

    def _gather_several(self, names: Any, now: float) -> Iterable[Effect]:
        if not isinstance(names, list):
            return self._end(INVALID_PAYLOAD)
        if len(names) > MOST_IDS:
            raise Overrun("too-many-ids")
        users = tuple(user for user in map(self._found, names) if user is not None)
        return (self._gather(users, Listing(self._wire, INIT_STATE_MAP, now)),)

    def _gather(self, users: tuple[str, ...], assembly: Listing | Single) -> Effect:
        return Gather(users, assembly, self.left, watch=not self._everybody)

    def _found(self, name: Any) -> str | None:
        """Section 6.3: "non-string ids never match"."""
        return self._find(name) if isinstance(name, str) else None

    def _unsubscribe(self, data: Any) -> Iterable[Effect]:
        """Section 6.4: what is unknown or malformed is ignored, "never an error, never a reply"."""
        if not isinstance(data, dict):
            return ()
        if "unsubscribe_from_ids" in data:
            names = data["unsubscribe_from_ids"]
            return self._drop(names[:MOST_IDS] if isinstance(names, list) else [])
        if "unsubscribe_from_id" in data:
            return self._drop([data["unsubscribe_from_id"]])
        if data.get("unsubscribe_from_all") is True:
            self._everybody = False
            return (UnfollowAll(),)
        return ()

    def _drop(self, names: list[Any]) -> Iterable[Effect]:
        hidden = dict(self._hidden)
        users = [self._found(name) or (hidden.get(name) if isinstance(name, str) else None) for name in names]
        return tuple(Unfollow(user) for user in users if user is not None)

    def _hidden_but(self, ident: str) -> tuple[tuple[str, str], ...]:
        return tuple(each for each in self._hidden if each[0] != ident)

    def _last_words(self, document: dict[str, Any]) -> bytes:
        return self._wire.pack(UPDATE.head + orjson.dumps(document) + UPDATE.tail)

    def _end(self, effect: Hang) -> Iterable[Effect]:
        self._over = True
        return (effect,)
