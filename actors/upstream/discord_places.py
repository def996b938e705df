"""Places: what a session of Discord's gateway is gone on with, and at which address. Pure.

Source: spec/discord.md sections 1, 2 and 3.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actors.upstream.discord_frames import Envelope, gateway_address

RESUMES_THERE, RESUMES = 2, 4
"""Failures to go on where the session wants it, and in all; then it is given up."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a session is resumed with; `seq` is that of the last event."""

    id: str
    url: str
    seq: int | None

    @classmethod
    def begun_by(cls, ready: Envelope) -> "Session | None":
        """Of READY; None for one that nobody could resume."""
        data: Any = ready.data if isinstance(ready.data, Mapping) else {}
        ident, url = data.get("session_id"), data.get("resume_gateway_url")
        if not isinstance(ident, str) or not ident:
            return None
        return cls(ident, url if isinstance(url, str) else "", ready.seq)


class Places:
    """Where to connect. `own` is the settings' gateway; with `plain` ws:// will do too."""

    __slots__ = ("_failed", "_known", "_own", "_plain")

    def __init__(self, own: str | None, *, plain: bool) -> None:
        self._own = own
        self._known = own
        self._plain = plain
        self._failed = 0

    def learn(self, url: Any) -> str | None:
        """Discord says that its gateway is there; its address, None where that is none."""
        address = self._checked(url)
        if address is not None:
            self._known = url
        return address

    def for_new(self) -> str | None:
        """Where a new session is begun; None where Discord must be asked."""
        return self._checked(self._own)

    def for_session(self, session: Session) -> str | None:
        """Where this one is gone on with; None where nobody knows."""
        there = session.url if self._failed < RESUMES_THERE else None
        return self._checked(there) or self._checked(self._known)

    def failed(self) -> bool:
        """Once more it could not be gone on with; True when it is to be given up."""
        self._failed = (self._failed + 1) % RESUMES
        return self._failed == 0

    def worked(self) -> None:
        """There is a session."""
        self._failed = 0

    def _checked(self, url: Any) -> str | None:
        """The address of a gateway; the token goes nowhere in the clear unless the settings say so."""
        address = gateway_address(url) if isinstance(url, str) else None
        return None if address is None or (address.startswith("http:") and not self._plain) else address
