"""Who wrote a status that a `user` stream tells of, and when they last edited it (Mastodon's Status entity). Pure."""

from datetime import datetime
from typing import Any

import orjson

from actors.upstream.mastodon_effects import Seen
from actors.upstream.mastodon_frames import StatusEvent


def seen_in(event: StatusEvent) -> list[Seen]:
    """Whom the event shows at work; nobody where it does not say.

    What was published is its author's doing (or their boost: then the status is the boost). A status is altered by
    others too, such as by whoever lets it be quoted: there it takes an edit, which has a time.
    """
    status = _document(event.payload)
    account = status.get("account")
    author = account.get("acct") if isinstance(account, dict) else None
    edited_at = _seconds(status.get("edited_at")) if event.altered else None
    if not isinstance(author, str) or not author or (event.altered and edited_at is None):
        return []
    return [Seen(author, edited_at)]


def _document(payload: Any) -> dict[str, Any]:
    """Text with JSON in it; some servers send the document itself."""
    if isinstance(payload, str):
        try:
            payload = orjson.loads(payload)
        except orjson.JSONDecodeError:
            return {}
    return payload if isinstance(payload, dict) else {}


def _seconds(time: Any) -> float | None:
    """Since the epoch; None for what is no time, or has no zone."""
    try:
        read = datetime.fromisoformat(time)
        return read.timestamp() if read.tzinfo is not None else None
    except (TypeError, ValueError, OverflowError):
        return None
