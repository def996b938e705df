"""DysonNetwork's socket: pings, and a packet when active activities change (spec/dyson.md section 9). Pure."""

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from actors.accounts import Credential
from actors.effects import Authenticate, Effect, Follow, GatherAll, Hang, Say
from actors.errors import Malformed
from actors.presence import Presence, Status, Subject, Update
from actors.session import Encoding
from web import json
from web.dialects.dyson.documents import Wire, account_id, active
from web.dialects.dyson.spelling import instant

UPDATED = "account.presence.activities.updated"
_PONG = Say(b'{"type":"pong"}')


class Packets:
    """The Encoding of every socket in one wire: the whole new list, when what shows in it has changed."""

    every_report = False
    coalesces = True
    pause = 0.0

    def __init__(self, wire: Wire, now: Callable[[], float]) -> None:
        """`now` is a clock's: a snapshot comes without the time."""
        self.wire = wire
        self._now = now

    def snapshot(self, subject: Subject, presence: Presence) -> bytes:
        """The list as it is for a reader who comes now."""
        return self._packet(subject, presence, self._now())

    def update(self, update: Update) -> bytes | None:
        """The new list; "not pushed: lease-only renewals". A list that runs empty by itself is news as well."""
        if _visible(update.before) == _visible(update.after):
            return None
        return self._packet(update.subject, update.after, update.at)

    def _packet(self, subject: Subject, presence: Presence, now: float) -> bytes:
        shown = [] if presence.status is Status.INVISIBLE else active(subject, presence, now)
        account = account_id(subject)
        data: dict[str, Any] = {
            "account_id": account,
            "activities": [self.wire.activity(posted, packed=True) for posted in shown],
            "timestamp": instant(now),
        }
        if not self.wire.deployed:
            data["accountId"] = account
        return orjson.dumps({"type": UPDATED, "data": data})


def _visible(presence: Presence) -> list[Any]:
    if presence.status is Status.INVISIBLE:
        return []
    return [(claim.source, claim.activities) for claim in presence.claims if claim.activities]


def _nobody_leaves(_update: Update, _now: float) -> Iterable[Effect]:
    """Never asked: whoever has nothing any more has an empty list here, which is a packet like others."""
    return ()


class SocketSession:
    """`WS /ws` of somebody whose token was found good at the handshake; it is looked up once more, to die with it."""

    publishes = False

    def __init__(self, token: str, encoding: Packets, *, everybody: bool) -> None:
        """With `everybody` it hears of whoever is listed, else of its own account only."""
        self.encoding: Encoding = encoding
        self._token = token
        self._everybody = everybody

    def opened(self, now: float) -> Iterable[Effect]:  # noqa: ARG002 - nothing here depends on the time
        """See actors.session.Session."""
        token, self._token = self._token, ""
        return (Authenticate(token),)

    def authenticated(self, credential: Credential | None, now: float) -> Iterable[Effect]:
        """See actors.session.Session."""
        if credential is None or credential.account is None or credential.expired(now):
            return (Hang(1008, "invalid token"),)
        if self._everybody:
            return (GatherAll(_nobody_leaves, snapshot=False),)
        return (Follow(credential.account),)

    def received(self, data: str | bytes, now: float) -> Iterable[Effect]:  # noqa: ARG002
        """A ping gets its pong; other packets, status.idle among them, pass unanswered."""
        try:
            packet = json.read(data)
        except Malformed:
            return (Hang(1007, "not JSON"),)
        kind = packet.get("type") if isinstance(packet, dict) else None
        return (_PONG,) if kind == "ping" else ()
