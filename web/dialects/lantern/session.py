"""Lantern's conversation (spec/lantern.md section 6; HEAD dfc2847), opcodes 1 to 15.

Where the original is silent it answers here: a single user may be subscribed to, All is taken in any letter case and
can be left again, a socket that found nobody is not kept for ever, and 1.5 intervals may pass between two beats.
"""

from collections.abc import Callable, Iterable
from typing import Any

from actors.accounts import Credential
from actors.effects import Effect, Gather, GatherAll, Remind, Say, Unfollow, UnfollowAll
from actors.errors import Malformed
from actors.presence import Update
from actors.session import Assembly, Encoding
from web.dialects.discord.person import discord_id
from web.dialects.discord.wire import Listing, Silent, Single, Wire
from web.dialects.lantern import subscription
from web.dialects.lantern.subscription import Wanted
from web.dialects.lantern.wires import INIT_ACK, INIT_ACK_LIST
from web.dialects.lantern.words import (
    BARE_CLOSE,
    FROM_CLIENTS,
    GRACE,
    HELLO,
    INIT_WITHIN,
    INTERVAL,
    MESSAGE_BYTES,
    TOO_LONG,
    Op,
    disconnect,
    message,
    read,
    size,
)

Find = Callable[[str], str | None]


class LanternSession:
    """`WS /lantern/socket`. `find` gives the id in the house of whoever is monitored under a name."""

    publishes = False

    def __init__(self, wire: Wire, find: Find) -> None:
        self.encoding: Encoding = wire
        self._wire = wire
        self._find = find
        self._initialised = False
        self._everybody = False
        self._listed: dict[str, str] = {}
        """User's id in the house -> the name the client subscribed by."""
        self._beat_at = 0.0
        self._over = False

    def opened(self, now: float) -> Iterable[Effect]:  # noqa: ARG002 - the time matters from INIT on
        """Section 6.2, 1 and 2."""
        return Say(HELLO), Remind(INIT_WITHIN, self._init_missed)

    def received(self, data: str | bytes, now: float) -> Iterable[Effect]:
        """Section 6.3, in its order."""
        if self._over:
            return ()
        if size(data) > MESSAGE_BYTES:
            self._over = True
            return (TOO_LONG,)
        said = read(data)
        if said is None:
            return ()
        number = said.get("op") if isinstance(said, dict) else None
        if isinstance(number, bool) or not isinstance(number, int | float) or number not in set(Op):
            return self._disconnect("Invalid opcode.")
        op = Op(int(number))
        if op not in FROM_CLIENTS:
            return self._disconnect("You are not allowed to send this opcode to the server.")
        return self._obey(op, said, now)

    def authenticated(self, credential: Credential | None, now: float) -> Iterable[Effect]:  # noqa: ARG002
        """Nobody is asked for a token here."""
        return ()

    def left(self, update: Update, now: float) -> Iterable[Effect]:  # noqa: ARG002
        """Section 6.7, USER_LEFT; to those who watch everybody too. See actors.effects.Left."""
        if self._over:
            return ()
        ident = discord_id(update.was or update.subject, update.before)
        said = (Say(message(Op.USER_LEFT, {"user_id": ident})),)
        if self._everybody:
            return *said, *map(Say, self._wire.instead(update))
        user = next(
            (each for each in (update.subject.id, (update.was or update.subject).id) if each in self._listed), ""
        )
        name = self._listed.pop(user, None)
        if name is None:
            return ()
        if not self._listed:
            return *said, *self._disconnect("There is no user to monitor anymore.")
        return *said, Unfollow(user)

    def _obey(self, op: Op, said: dict[str, Any], now: float) -> Iterable[Effect]:
        if op is not Op.INIT and not self._initialised:
            return self._disconnect("Invalid websocket connection.")
        if op is Op.HEARTBEAT:
            self._beat_at = now
            return (Say(message(Op.HEARTBEAT_ACK)),)
        try:
            wanted = subscription.read(said)
        except Malformed as fault:
            return self._disconnect(str(fault)) if op is Op.INIT else _error(str(fault))
        if op is Op.INIT:
            return self._init(wanted, now)
        effects = self._subscribe(wanted) if op is Op.SUBSCRIBE else self._unsubscribe(wanted)
        return tuple(self._noted(effects, now))

    def _noted(self, effects: Iterable[Effect], now: float) -> Iterable[Effect]:
        """Section 6.2, 3: an accepted subscribe or unsubscribe counts as a beat."""
        for effect in effects:
            if not (isinstance(effect, Say) and b'"op":11,' in effect.payload[:24]):
                self._beat_at = now
            yield effect

    # INIT

    def _init(self, wanted: Wanted, now: float) -> Iterable[Effect]:
        """Section 6.4. Any INIT, valid or not, stops the timer of 5 s; from then on beats are expected."""
        first, self._beat_at = not self._initialised, now
        found, complaint = self._find_all(wanted)
        start = (Remind(INTERVAL * GRACE, self._beat_missed),) if first else ()
        if complaint is not None and wanted.single:
            return *start, *complaint
        self._initialised = True
        if first:
            return *start, *(complaint or ()), *self._take_up(wanted, found, self._answer(wanted, now))
        return *self._add_more(wanted, found), *(complaint or ()), *self._again(wanted, found, now)

    def _add_more(self, wanted: Wanted, found: dict[str, str]) -> Iterable[Effect]:
        """A later INIT "acts as a SUBSCRIBE plus INIT_ACK for its own ids"."""
        if self._everybody:
            return _error("You are already subscribed to all users.")
        if wanted.everybody:
            return (Say(message(Op.SUBSCRIBE_ACK)),)
        known = [name for user, name in found.items() if user in self._listed]
        return _already(known) if known else (Say(message(Op.SUBSCRIBE_ACK)),)

    def _again(self, wanted: Wanted, found: dict[str, str], now: float) -> Iterable[Effect]:
        if self._everybody and wanted.everybody:
            return (GatherAll(self.left, watch=False),)
        return self._take_up(wanted, found, self._answer(wanted, now))

    def _answer(self, wanted: Wanted, now: float) -> Assembly:
        if wanted.single:
            return Single(self._wire, INIT_ACK, now)
        return Listing(self._wire, INIT_ACK_LIST, now)

    def _take_up(self, wanted: Wanted, found: dict[str, str], answer: Assembly) -> Iterable[Effect]:
        if wanted.everybody:
            self._everybody, self._listed = True, {}
            return (GatherAll(self.left),)
        if not self._everybody:
            self._listed.update(found)
        return (Gather(tuple(found), answer, self.left, watch=not self._everybody),)

    # SUBSCRIBE and UNSUBSCRIBE

    def _subscribe(self, wanted: Wanted) -> Iterable[Effect]:
        """Section 6.5."""
        if self._everybody:
            return _error("You are already subscribed to all users.")
        accepted = message(Op.SUBSCRIBE_ACK)
        if wanted.everybody:
            self._everybody, self._listed = True, {}
            return Say(accepted), GatherAll(self.left, snapshot=False)
        found, complaint = self._find_all(wanted)
        if complaint is not None:
            return complaint
        known = [name for user, name in found.items() if user in self._listed]
        return _already(known) if known else self._take_up(wanted, found, Silent(accepted))

    def _unsubscribe(self, wanted: Wanted) -> Iterable[Effect]:
        """Section 6.6; "All" leaves everything, as the READMEs say."""
        if self._everybody and not wanted.everybody:
            return _error("You are subscribed to all users.")
        users = set(self._listed) if wanted.everybody else {self._find(name) or name for name in wanted.names}
        if not wanted.everybody:
            missing = [name for name in wanted.names if (self._find(name) or name) not in self._listed]
            if missing:
                several = "" if wanted.single else "(s)"
                return _error(f"You are not subscribed to user{several} {', '.join(missing)}.")
        self._listed = {user: name for user, name in self._listed.items() if user not in users}
        if not self._listed:
            text = "You require at least one user to be subscribed. Connection closed."
            return UnfollowAll(), *self._disconnect(text)
        return *map(Unfollow, users), Say(message(Op.UNSUBSCRIBE_ACK))

    def _find_all(self, wanted: Wanted) -> tuple[dict[str, str], Iterable[Effect] | None]:
        """Who of them is monitored, by id in the house, and what is said where somebody is not."""
        if wanted.everybody:
            return {}, None
        places = {name: self._find(name) for name in wanted.names}
        unknown = [name for name, user in places.items() if user is None]
        found = {user: name for name, user in places.items() if user is not None}
        if not unknown:
            return found, None
        several = "" if wanted.single else "(s)"
        return found, _error(f"User{several} {', '.join(unknown)} not found.")

    # Time

    def _init_missed(self, now: float) -> Iterable[Effect]:  # noqa: ARG002
        """Section 6.2, 2: closed "without a DISCONNECT frame and without a status code"."""
        self._over = True
        return (BARE_CLOSE,)

    def _beat_missed(self, now: float) -> Iterable[Effect]:
        left = self._beat_at + INTERVAL * GRACE - now
        return (Remind(left, self._beat_missed),) if left > 0 else self._disconnect("Connection timed out.")

    def _disconnect(self, text: str) -> Iterable[Effect]:
        self._over = True
        return disconnect(text), BARE_CLOSE


def _error(text: str) -> Iterable[Effect]:
    """Section 6.1, 11: "a bare string"."""
    return (Say(message(Op.ERROR, text)),)


def _already(names: list[str]) -> Iterable[Effect]:
    return _error(f"You are already subscribed to user(s) {', '.join(names)}.")
