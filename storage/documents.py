"""Claims as JSON text and back, exactly; and any text as one that every database can keep."""

import json
from collections.abc import Mapping
from typing import Any

from actors.presence import Activity, Claim, Kind, Link, Native, Picture, Source, Status

# Not orjson: integers of any size, NaN and lone surrogates must come back as they were.
_ENCODER = json.JSONEncoder(separators=(",", ":"))


def stored_text(text: str) -> str:
    """The text as ASCII that any database keeps: what is not, NUL and lone surrogates included, as JSON escapes."""
    return json.dumps(text)[1:-1]


def read_text(stored: str) -> str:
    """What stored_text was given."""
    return str(json.loads(f'"{stored}"'))


def claim_text(claim: Claim) -> str:
    """The claim as an ASCII JSON document; what is None is left out.

    Raises TypeError, ValueError or RecursionError where a document within is no JSON or too deep.
    """
    return _ENCODER.encode(
        _said(
            source=[claim.source.kind, claim.source.id],
            since=claim.since,
            status=None if claim.status is None else claim.status.value,
            activities=[_activity_document(activity) for activity in claim.activities] or None,
            platform=claim.platform,
            expires_at=claim.expires_at,
            native=_native_document(claim.native),
            receipt=claim.receipt,
            credential=claim.credential,
        )
    )


def read_claim(text: str) -> Claim:
    """The claim that claim_text was given. Raises ValueError or KeyError for a text it did not make."""
    document = json.loads(text)
    status = document.get("status")
    return Claim(
        source=Source(*document["source"]),
        since=document["since"],
        status=None if status is None else Status(status),
        activities=tuple(_read_activity(each) for each in document.get("activities", ())),
        platform=document.get("platform"),
        expires_at=document.get("expires_at"),
        native=_read_native(document.get("native")),
        receipt=document.get("receipt"),
        credential=document.get("credential"),
    )


_PLAIN = ("started_ms", "ends_ms", "paused", "gradient", "id")


def _activity_document(activity: Activity) -> dict[str, Any]:
    return _said(
        name=activity.name,
        kind=activity.kind.value,
        details=_link_document(activity.details),
        state=[_link_document(line) for line in activity.state] or None,
        image=_picture_document(activity.image),
        small_image=_picture_document(activity.small_image),
        meta=None if activity.meta is None else dict(activity.meta),
        native=_native_document(activity.native),
        **{field: getattr(activity, field) for field in _PLAIN},
    )


def _read_activity(document: Mapping[str, Any]) -> Activity:
    return Activity(
        name=document["name"],
        kind=Kind(document["kind"]),
        details=_read_link(document.get("details")),
        state=tuple(Link(*line) for line in document.get("state", ())),
        image=_read_picture(document.get("image")),
        small_image=_read_picture(document.get("small_image")),
        meta=document.get("meta"),
        native=_read_native(document.get("native")),
        **{field: document.get(field) for field in _PLAIN},
    )


def _said(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _link_document(link: Link | None) -> list[Any] | None:
    return None if link is None else [link.text, link.url]


def _read_link(document: list[Any] | None) -> Link | None:
    return None if document is None else Link(*document)


def _picture_document(picture: Picture | None) -> list[Any] | None:
    return None if picture is None else [picture.source, picture.text, picture.url]


def _read_picture(document: list[Any] | None) -> Picture | None:
    return None if document is None else Picture(*document)


def _native_document(native: Native | None) -> list[Any] | None:
    return None if native is None else [native.dialect, native.document]


def _read_native(document: list[Any] | None) -> Native | None:
    return None if document is None else Native(*document)
