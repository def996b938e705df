"""presenti's presence objects to Activities and back (spec/presenti.md section 6; README of 2020-05-09 and v1.1.0).

Nothing is validated: an object goes out as it came in. What other dialects may see of it is a projection, and a field
of an odd type only does not project.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from actors.presence import Activity, Claim, Kind, Link, Native, Picture
from actors.unread import Unread

DIALECT = "presenti"


def activities_in(value: Any) -> Sequence[Activity]:
    """What a publisher's list says. One object is a list of one; entries that are not objects are dropped.

    None, an empty list and anything else that is no object clear.
    """
    entries = value if isinstance(value, list) else [value]
    documents = [entry for entry in entries if isinstance(entry, dict)]
    if any(map(_wishes_for_colours, documents)):
        return tuple(map(_activity_in, documents))
    return Unread(DIALECT, documents, _activity_in)


def documents_of(claim: Claim) -> Iterable[Any]:
    """What was claimed in presenti's words."""
    activities = claim.activities
    if isinstance(activities, Unread) and activities.dialect == DIALECT:
        return activities.documents
    return map(document_out, activities)


def document_out(activity: Activity) -> Any:
    """The object as presenti's publisher sent it, or a projection of what another dialect's did."""
    native = activity.native
    if native is not None and native.dialect == DIALECT:
        return native.document
    return _projected(activity)


# --- in -------------------------------------------------------------------------------------------------------------


def _wishes_for_colours(document: dict[str, Any]) -> bool:
    return bool(_gradient_in(document.get("gradient")))


_PROJECTED = frozenset(
    {"title", "largeText", "smallTexts", "image", "timestamps", "isPaused", "gradient", "id", "meta"}
)


def _activity_in(document: dict[str, Any]) -> Activity:
    """Field by field in Activity's order: names would cost a third of the time of this, the hottest of all codecs."""
    native = Native(DIALECT, document)
    if _PROJECTED.isdisjoint(document):
        return Activity(native=native)
    get = document.get
    texts, times, meta = get("smallTexts"), get("timestamps"), get("meta")
    started = ends = None
    if isinstance(times, dict):
        started, ends = _number(times.get("start")), _number(times.get("stop"))
    return Activity(
        _label_in(get("title")),
        Kind.UNKNOWN,
        _text_in(get("largeText")),
        tuple([text for text in map(_text_in, texts) if text]) if isinstance(texts, list) else (),
        _image_in(get("image")),
        None,  # a small image is not presenti's
        started,
        ends,
        _flag(get("isPaused")),
        _gradient_in(get("gradient")),
        _word(get("id")),
        meta if isinstance(meta, dict) else None,
        native,
    )


def _label_in(value: Any) -> str:
    """A title's text alone; v1.2 lets titles be objects as well."""
    return value if isinstance(value, str) else (_word(value.get("text")) or "") if isinstance(value, dict) else ""


def _text_in(value: Any) -> Link | None:
    """`"text"` or `{"text": "text", "link": "url"}`."""
    if isinstance(value, str):
        return Link(value) if value else None
    text = _word(value.get("text")) if isinstance(value, dict) else None
    return Link(text, _word(value.get("link"))) if text else None


def _image_in(value: Any) -> Picture | None:
    """`"address"` or `{"src": "address", "link": "url"}`."""
    if isinstance(value, str):
        return Picture(value) if value else None
    source = _word(value.get("src")) if isinstance(value, dict) else None
    return Picture(source, url=_word(value.get("link"))) if source else None


def _gradient_in(value: Any) -> bool | None:
    return _flag(value.get("enabled") if isinstance(value, dict) else value)


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


# --- out ------------------------------------------------------------------------------------------------------------


def _projected(activity: Activity) -> dict[str, Any]:
    picture = activity.image or activity.small_image
    timed = activity.started_ms is not None or activity.ends_ms is not None
    document: dict[str, Any] = {
        "title": activity.name,
        # "A null largeText breaks the README-day card" (section 9), so that a text that is not there is empty.
        "largeText": _text_out(activity.details) if activity.details else "",
        "smallTexts": [_text_out(line) for line in activity.state],
        "image": _image_out(picture) if picture else None,
        "timestamps": {"start": _ms(activity.started_ms), "stop": _ms(activity.ends_ms)} if timed else None,
        "gradient": activity.gradient,
        "isPaused": activity.paused,
    }
    if activity.id:
        document = {"id": activity.id, **document}
    return document if activity.meta is None else {**document, "meta": dict(activity.meta)}


def _text_out(line: Link) -> Any:
    return line.text if line.url is None else {"text": line.text, "link": line.url}


def _image_out(picture: Picture) -> Any:
    return picture.source if picture.url is None else {"src": picture.source, "link": picture.url}


def _ms(value: float | None) -> float | None:
    """Milliseconds as a whole number, as JavaScript prints them; beyond 2^53 there are no whole numbers to tell."""
    return round(value) if value is not None and abs(value) < 2**53 else value
