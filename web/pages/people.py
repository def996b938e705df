"""The landing page's document: who is listed, those who are there first, and how that changes. Pure.

The first event is `{"people": [PERSON, ...], "more": int}`: MOST people at the most, and how many more there are.
Each further one says whom to strike off, whom to put up, or both: `{"gone": NAME, "person": PERSON, "new": true}`;
`new` marks whoever was on no list before.

    PERSON = {"name": str, "status": "online" | "idle" | "dnd" | "offline", "doing": str, "about": str,
              "image": str | null, "paused": bool | null, "seen_ms": int | null}

`seen_ms` is when somebody offline was last seen, null where that was never noticed. Who is invisible is no row: exactly
as an account that is not listed, and a name that nobody has (PROMISES 3.13).
"""

from collections.abc import Iterable
from heapq import nsmallest
from typing import Any

import orjson

from actors.accounts import Credential
from actors.effects import Effect, GatherAll, Say
from actors.presence import Activity, Presence, Status, Subject, Update
from actors.session import Assembly, Encoding, Gone
from web.pages.codec import image

MOST = 500
"""People whom the page shows; it says how many more there are."""

LONGEST = 200
"""Characters of a line; a publisher may have written pages."""


def is_listed(subject: Subject, presence: Presence) -> bool:
    """False for whoever no list shows: hidden, not listed, or a name without an account."""
    return subject.account and subject.listed and presence.status is not Status.INVISIBLE


def person(subject: Subject, presence: Presence) -> dict[str, Any] | None:
    """A PERSON; None for whoever is not listed."""
    if not is_listed(subject, presence):
        return None
    away = presence.status is Status.OFFLINE
    first = None if away else next(iter(presence.activities), None)
    seen = presence.kept.last_seen_at if away else None
    shown = {"name": subject.name, "status": presence.status.value, **_doing(first)}
    return {**shown, "seen_ms": None if seen is None else int(seen * 1000)}


def _place(known: tuple[Subject, Presence]) -> tuple[bool, float, str]:
    """Who is there goes first, by name; then who is away, and of these whoever was there last."""
    subject, presence = known
    name = subject.name.casefold()
    if presence.status is not Status.OFFLINE:
        return False, 0.0, name
    return True, -(presence.kept.last_seen_at or 0.0), name


def _doing(activity: Activity | None) -> dict[str, Any]:
    if activity is None:
        return {"doing": "", "about": "", "image": None, "paused": None}
    lines = [line.text for line in (activity.details, *activity.state) if line is not None and line.text]
    shown = image(activity.image) if activity.image else None
    return {
        "doing": activity.name[:LONGEST],
        "about": " · ".join(lines)[:LONGEST],
        "image": shown["source"] if shown and shown["source"].startswith("https:") else None,
        "paused": activity.paused,
    }


class Album:
    """An Assembly of everybody."""

    def __init__(self) -> None:
        self._listed: list[tuple[Subject, Presence]] = []

    def add(self, subject: Subject, presence: Presence) -> None:
        """See actors.session.Assembly."""
        if is_listed(subject, presence):
            self._listed.append((subject, presence))

    def document(self) -> dict[str, Any]:
        """The first event, of those added."""
        shown = nsmallest(MOST, self._listed, key=_place)
        return {"people": [person(*each) for each in shown], "more": len(self._listed) - len(shown)}

    def done(self) -> bytes:
        """See actors.session.Assembly."""
        return orjson.dumps(self.document())


class Listing:
    """The Encoding of everybody; see actors.session.Everybody."""

    every_report = False
    coalesces = True
    pause = 0.0

    def snapshot(self, subject: Subject, presence: Presence) -> bytes | Gone:
        """Nobody is followed singly here: it says of one who left whether they are listed again."""
        alone = Album()
        alone.add(subject, presence)
        return alone.done() if is_listed(subject, presence) else Gone.GONE

    def update(self, update: Update) -> bytes | Gone | None:
        """What is to be said of a change."""
        before, after = person(update.was or update.subject, update.before), person(update.subject, update.after)
        if after == before:
            return None
        if after is None:
            return Gone.GONE
        if before is None:
            return orjson.dumps({"person": after, "new": True})
        renamed = before["name"] != after["name"]
        return orjson.dumps({"gone": before["name"], "person": after} if renamed else {"person": after})

    def everybody(self, _now: float) -> Assembly:
        """The first event."""
        return Album()


class Visiting:
    """An event stream's session: it watches everybody. See actors.session.Session."""

    publishes = False

    def __init__(self, encoding: Listing) -> None:
        self.encoding: Encoding = encoding

    def opened(self, _now: float) -> Iterable[Effect]:
        """Watch."""
        return (GatherAll(self.left),)

    def left(self, update: Update, _now: float) -> Iterable[Effect]:
        """Somebody is not to be seen any more."""
        return (Say(orjson.dumps({"gone": (update.was or update.subject).name})),)

    def received(self, _data: str | bytes, _now: float) -> Iterable[Effect]:
        """An event stream hears nothing."""
        return ()

    def authenticated(self, _credential: Credential | None, _now: float) -> Iterable[Effect]:
        """Nobody signs in here."""
        return ()
