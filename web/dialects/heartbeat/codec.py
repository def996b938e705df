"""The heartbeat's documents (spec/heartbeat.md; README of 2019-03-08, source at d5828f9 of 2019-06-23). Pure.

X-User-Claim: {"userid": "u-42", "clientid": "c-7"}       who pings
{"status": "1"}                                           the body of a ping
{"time": 1795224701, "status": "1"}                       an event, time in seconds since the epoch
"""

import json as plain
from collections.abc import Iterable
from typing import Any

import orjson

from actors.accounts import Credential
from actors.effects import Effect, Follow, Say
from actors.errors import Malformed
from actors.presence import Claim, Native, Presence, Source, Status, Subject, Update
from actors.session import Encoding
from web import json

DIALECT = "heartbeat"

LEASE = 60.0
"""Seconds for which a ping is believed: the original's client calls a user offline after that (section 8)."""

_MEANT = {"0": Status.ONLINE, "1": Status.IDLE, "2": Status.DND, "3": Status.INVISIBLE}
"""The codes that the README documents. Any other text is a word of the client's own: somebody is there."""

_SAID = {Status.ONLINE: "0", Status.IDLE: "1", Status.DND: "2"}
"""What other dialects' users are to this one's readers; who is hidden or away is silent (section 8)."""

_FIRST_VALUE = plain.JSONDecoder()


def user_in(header: str | None) -> str:
    """Whose ping it is (section 3). Malformed (`malformed-claim`) for a header that is missing or names nobody."""
    document = json.read((header or "").encode("latin-1", "replace"))
    user, _ = _member(document, "userid"), _member(document, "clientid")
    if not user:
        raise Malformed("malformed-claim", "the claim names no user")
    return user


def status_in(body: bytes) -> str:
    """The status of a ping, empty where none is given (section 4): "only the first JSON value is read"."""
    try:
        text = body.decode().lstrip(" \t\r\n")
        _, end = _FIRST_VALUE.raw_decode(text)
    except (ValueError, RecursionError):
        raise Malformed("malformed-json", "not JSON") from None
    document = json.read(text[:end])
    return _member(document, "status") if document is not None else ""


def _member(document: Any, name: str) -> str:
    """The text at a name in any case, of duplicates the last; empty for null and where it is missing."""
    if not isinstance(document, dict):
        raise Malformed("malformed-json", "not an object")
    values = [value for key, value in document.items() if key.lower() == name and value is not None]
    if not all(isinstance(value, str) for value in values):
        raise Malformed("malformed-json", f"{name} must be a string")
    return values[-1] if values else ""


def source_of(user: str) -> Source:
    """A user's pings are one source, whichever client sends them (section 9: the client was dropped)."""
    return Source(DIALECT, user)


def ping(user: str, status: str, now: float) -> Claim:
    """What a ping claims; the raw status goes out to this dialect's readers as it came."""
    return Claim(
        source_of(user),
        since=now,
        status=_MEANT.get(status, Status.ONLINE),
        expires_at=now + LEASE,
        native=Native(DIALECT, {"status": status}),
        receipt={"time": int(now)},
    )


def event(time: int, status: str) -> bytes:
    """One event's data (section 6): a number and a string, whatever the README shows; on one line."""
    return orjson.dumps({"time": time, "status": status})


def newest_ping(presence: Presence) -> Claim | None:
    """The user's ping that is still to be believed, if there is one."""
    pings = [claim for claim in presence.claims if claim.source.kind == DIALECT]
    return max(pings, key=lambda claim: claim.expires_at or 0.0, default=None)


def is_hidden(presence: Presence) -> bool:
    """True for whoever hides by another dialect's word: not even pings are told then (PROMISES 3.13).

    The code 3 is no such word: "it is broadcast like any other".
    """
    return any(claim.status is Status.INVISIBLE and claim.source.kind != DIALECT for claim in presence.claims)


class Pings:
    """The Encoding of every stream: each ping; and of people who do not ping, what they are when it changes."""

    every_report = True
    coalesces = False
    pause = 0.0

    def snapshot(self, subject: Subject, presence: Presence) -> bytes:  # noqa: ARG002 - all readers get equal bytes
        """The cached ping; nothing, and so a comment, where there is none."""
        last = newest_ping(presence)
        return b"" if last is None or is_hidden(presence) else _told(last)

    def update(self, update: Update) -> bytes | None:
        """A ping, or another dialect's news about somebody who does not ping. "offline is never sent"."""
        if is_hidden(update.after):
            return None
        before, after = newest_ping(update.before), newest_ping(update.after)
        if after is not None and is_hidden(update.before):
            return _told(after)
        if after is not None:
            return None if after is before else _told(after)
        status = _SAID.get(update.after.status)
        return None if status is None or before is not None else event(int(update.at), status)


def _told(claim: Claim) -> bytes:
    document = claim.native.document if claim.native is not None else {}
    return event(claim.receipt["time"], document.get("status", ""))


class Watching:
    """One event stream's Session: `cached` is the last ping if it is known from storage only."""

    __slots__ = ("_cached", "_user", "encoding")

    publishes = False

    def __init__(self, user: str, encoding: Pings, cached: bytes | None) -> None:
        self.encoding: Encoding = encoding
        self._user = user
        self._cached = cached

    def opened(self, now: float) -> Iterable[Effect]:  # noqa: ARG002 - nothing here depends on the time
        """See actors.session.Session. The cached ping goes before whatever is live: never the other way round."""
        if self._cached is not None:
            yield Say(self._cached)
        yield Follow(self._user)

    def received(self, data: str | bytes, now: float) -> Iterable[Effect]:  # noqa: ARG002
        """A reader of an event stream says nothing."""
        return ()

    def authenticated(self, credential: Credential | None, now: float) -> Iterable[Effect]:  # noqa: ARG002
        """Nobody is asked for a token here."""
        return ()
