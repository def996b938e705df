"""What one text frame of Mastodon's streaming API says (WebSocket, `{stream, event, payload}`). Pure."""

from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Notification:
    """Something for the callback: text with JSON in it, as it came; some servers send the document itself."""

    payload: Any


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """A status was published (`update`) or `altered` (`status.update`); what it is, not yet read."""

    payload: Any
    altered: bool


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """An event that nobody is told of: delete, whatever comes in later versions."""


@dataclass(frozen=True, slots=True)
class StreamError:
    """`{"error": ..., "status": ...}`: the instance took the connection and will send nothing over it."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Garbage:
    """No JSON, or none of these."""


Frame = Notification | StatusEvent | OtherEvent | StreamError | Garbage

_STATUS_EVENTS = frozenset({"update", "status.update"})


def read_frame(text: str | bytes) -> Frame:
    """`stream` and members not known here are not asked for."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        return Garbage()
    if not isinstance(document, dict):
        return Garbage()
    if isinstance(document.get("event"), str):
        return of_event(document["event"], document.get("payload"))
    error, status = document.get("error"), document.get("status")
    if isinstance(error, str):
        return StreamError(status if type(status) is int else 0, error)
    return Garbage()


def of_event(name: str, payload: Any) -> Frame:
    """What an event of this name means, in a frame or in an event stream."""
    if name in _STATUS_EVENTS:
        return StatusEvent(payload, name == "status.update")
    if name != "notification":
        return OtherEvent()
    return Garbage() if payload is None else Notification(payload)
