"""Stand-ins for those who watch: an encoding whose bytes can be read back, and a lane that notes what it is sent."""

import re
from dataclasses import dataclass, field
from typing import Any

from actors.presence import Presence, Subject, Update


class PlainEncoding:
    """Says whose presence it is and what they do: `snapshot alice chess`, `update alice chess`."""

    def __init__(self, *, every_report: bool = False, coalesces: bool = False, pause: float = 0.0) -> None:
        self.every_report = every_report
        self.coalesces = coalesces
        self.pause = pause
        self.encoded = 0
        self.error: Exception | None = None

    def snapshot(self, subject: Subject, presence: Presence) -> bytes:
        return self._encode("snapshot", subject, presence)

    def update(self, update: Update) -> bytes | None:
        return self._encode("update", update.subject, update.after)

    def _encode(self, what: str, subject: Subject, presence: Presence) -> bytes:
        if self.error is not None:
            raise self.error
        self.encoded += 1
        return " ".join([what, subject.name, *(activity.name for activity in presence.activities)]).encode()


def framed(payload: bytes) -> bytes:
    return b"<" + payload + b">"


@dataclass(eq=False)
class NotingLane:
    """What a User sees of a connection, and its listener in one."""

    encoding: PlainEncoding
    sent: list[bytes] = field(default_factory=list)
    keys: list[object] = field(default_factory=list)
    heard: list[tuple[str, Any]] = field(default_factory=list)
    alive: bool = True
    _fd = -1
    """No burst writes past `send`."""
    _waiting = None
    frame = staticmethod(framed)

    @property
    def listener(self) -> "NotingLane":
        return self

    def send(self, data: bytes, key: object = None) -> None:
        self.sent.append(data)
        self.keys.append(key)

    def user_fell(self, user: str) -> None:
        self.heard.append(("fell", user))

    def codec_failed(self) -> None:
        self.heard.append(("codec", None))

    def take(self) -> list[str]:
        """What has come since the last time, without the frames; one send may have had several."""
        sent, self.sent = self.sent, []
        return re.findall("<([^>]*)>", b"".join(sent).decode())
