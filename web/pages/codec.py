"""The profile page's document: any Presence as the JSON that the page draws, through the canonical Activity. Pure.

    {"name": str | null, "status": "online" | "idle" | "dnd" | "offline", "activities": [{
        "title": str, "details": {"text": str, "url": str | null} | null, "state": [{"text": ..., "url": ...}],
        "image": {"source": str, "text": str, "url": str | null} | null,
        "started_ms": int | null, "ends_ms": int | null, "paused": bool | null, "sampled_ms": int | null}],
     "gradient": {"color": "#rrggbb", "transition": int} | null}

`sampled_ms` is when the publisher looked: there a paused bar stands. In a frame the document has presenti's own list as
well, under `presence`, since the original's page posts that to its parent (presenti.md section 9).

Whoever is invisible, offline or unknown gets the very same document (PROMISES 3.13); its `name` is null, since even
a name would tell that an id belongs to somebody.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from actors.accounts import Credential
from actors.effects import Effect, Follow
from actors.gradient import ADAPTER
from actors.presence import Activity, Link, Picture, Presence, Status, Subject, Update
from actors.session import Encoding
from actors.state import state_of
from web.dialects.presenti.documents import DIALECT
from web.dialects.presenti.order import documents_out

_LAST_MS = 253_402_300_799_999
"""The end of the year 9999: the last instant that both Python and a browser can write as a date."""

UNSEEN = frozenset({Status.INVISIBLE, Status.OFFLINE})

_COLOUR = re.compile("#[0-9a-f]{6}")


class Drawing:
    """An Encoding of the profile page, for a window or for a frame; see actors.session.Encoding."""

    every_report = False
    coalesces = True
    pause = 0.0

    def __init__(self, *, framed: bool = False) -> None:
        self._framed = framed

    def snapshot(self, subject: Subject, presence: Presence) -> bytes:
        """The first event: the whole document."""
        return orjson.dumps(self._document(subject, presence))

    def update(self, update: Update) -> bytes | None:
        """Every further event is the whole document again; None where the page would not change."""
        before, after = self._document(update.subject, update.before), self._document(update.subject, update.after)
        return None if after == before else orjson.dumps(after)

    def _document(self, subject: Subject, presence: Presence) -> dict[str, Any]:
        drawn = document(subject, presence)
        return {**drawn, "presence": documents_out(presence)} if self._framed else drawn


class Watching:
    """An event stream's session: it follows one name and has nothing to hear. See actors.session.Session."""

    publishes = False

    def __init__(self, name: str, encoding: Drawing) -> None:
        self.name = name
        self.encoding: Encoding = encoding

    def opened(self, _now: float) -> Iterable[Effect]:
        """Watch."""
        return (Follow(self.name),)

    def received(self, _data: str | bytes, _now: float) -> Iterable[Effect]:
        """An event stream hears nothing."""
        return ()

    def authenticated(self, _credential: Credential | None, _now: float) -> Iterable[Effect]:
        """Nobody signs in here."""
        return ()


def document(subject: Subject, presence: Presence) -> dict[str, Any]:
    """The document of this module's docstring."""
    if presence.status in UNSEEN:
        return {"name": None, "status": Status.OFFLINE.value, "activities": [], "gradient": None}
    return {
        "name": subject.name,
        "status": presence.status.value,
        "activities": [_activity(each) for each in presence.activities],
        "gradient": _gradient(state_of(presence).get(ADAPTER)),
    }


def image(picture: Picture) -> dict[str, Any] | None:
    """What the page's policy lets load: `https:`, and images that stand in their own address; else None."""
    source = _safe(picture.source, ("https",))
    if source is None and picture.source.startswith("data:image/"):
        source = picture.source
    if source is None:
        return None
    return {"source": source, "text": picture.text or "", "url": _safe(picture.url, ("http", "https"))}


def _activity(activity: Activity) -> dict[str, Any]:
    return {
        "title": activity.name,
        "details": _link(activity.details) if activity.details else None,
        "state": [_link(each) for each in activity.state],
        "image": image(activity.image) if activity.image else None,
        "started_ms": _instant(activity.started_ms),
        "ends_ms": _instant(activity.ends_ms),
        "paused": activity.paused,
        "sampled_ms": _sampled(activity),
    }


def _sampled(activity: Activity) -> int | None:
    """presenti.md section 6: `effective`, "when the sender took the sample (freezes a paused bar)"."""
    native = activity.native
    if native is None or native.dialect != DIALECT:
        return None
    times = native.document.get("timestamps")
    value = times.get("effective") if isinstance(times, dict) else None
    return _instant(value) if type(value) in {int, float} else None


def _gradient(state: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Only what is a colour: it becomes part of a style."""
    if state is None or not _COLOUR.fullmatch(str(state.get("color"))):
        return None
    return {"color": state["color"], "transition": state["transition"]}


def _link(link: Link) -> dict[str, Any]:
    return {"text": link.text, "url": _safe(link.url, ("http", "https"))}


def _safe(url: str | None, schemes: tuple[str, ...]) -> str | None:
    """The address if it leads to a host by one of these schemes; a publisher may have written anything."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in schemes and parts.netloc else None


def _instant(ms: float | None) -> int | None:
    return int(ms) if ms is not None and 0 <= ms <= _LAST_MS else None
