"""The landing page's document: who is listed and there now, and how that changes. Pure.

The first event is `{"people": [PERSON, ...]}`; each further one says whom to strike off, whom to put up, or both:
`{"gone": NAME, "person": PERSON}`.

    PERSON = {"name": str, "status": "online" | "idle" | "dnd", "doing": str, "about": str, "image": str | null,
              "paused": bool | null}

Nobody is listed who is offline: so a hidden user, who is not listed either, cannot be told from one who is away.
"""

from collections.abc import Iterable
from typing import Any

import orjson

from actors.accounts import Credential
from actors.effects import Effect, GatherAll, Say
from actors.presence import Activity, Presence, Subject, Update
from actors.session import Assembly, Encoding, Gone
from web.pages.codec import UNSEEN, image

LONGEST = 200
"""Characters of a line; a publisher may have written pages."""


def person(subject: Subject, presence: Presence) -> dict[str, Any] | None:
    """A PERSON; None for whoever no list shows: not there, not listed, or a name without an account."""
    if presence.status in UNSEEN or not (subject.account and subject.listed):
        return None
    first = next(iter(presence.activities), None)
    return {"name": subject.name, "status": presence.status.value, **_doing(first)}


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
        self._people: list[dict[str, Any]] = []

    def add(self, subject: Subject, presence: Presence) -> None:
        """See actors.session.Assembly."""
        shown = person(subject, presence)
        if shown is not None:
            self._people.append(shown)

    def people(self) -> list[dict[str, Any]]:
        """Those added, by name."""
        return sorted(self._people, key=lambda each: each["name"].casefold())

    def done(self) -> bytes:
        """See actors.session.Assembly."""
        return orjson.dumps({"people": self.people()})


class Listing:
    """The Encoding of everybody; see actors.session.Everybody."""

    every_report = False
    coalesces = True
    pause = 0.0

    def snapshot(self, subject: Subject, presence: Presence) -> bytes:
        """Nobody is followed singly here, but whoever would be gets this."""
        return orjson.dumps({"people": [each for each in (person(subject, presence),) if each is not None]})

    def update(self, update: Update) -> bytes | Gone | None:
        """What is to be said of a change."""
        before, after = person(update.was or update.subject, update.before), person(update.subject, update.after)
        if after == before:
            return None
        if after is None:
            return Gone.GONE
        renamed = before is not None and before["name"] != after["name"]
        return orjson.dumps({"gone": before["name"], "person": after} if before and renamed else {"person": after})

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
