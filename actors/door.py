"""Door: the inbound side of a connection, as the house and as its lane see it; web/doors.py has both kinds."""

from typing import Protocol

from actors.presence import Update


class Door(Protocol):
    """What the house may ask of it."""

    heard_at: float
    """Monotonic seconds of the last byte from the client."""
    silence: float
    """Seconds without a byte after which it is pinged."""

    def ping(self) -> None:
        """Send whatever keeps this kind of connection alive."""

    def answered(self, pinged_at: float) -> bool:
        """Whether there was any sign of the client since it was pinged at these monotonic seconds."""

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye with this RFC 6455 code and end the connection; harmless when it has ended."""

    def abort(self) -> None:
        """End the connection without a word: nobody is there."""


class LaneListener(Protocol):
    """What whoever a lane belongs to is told, synchronously."""

    def lane_overrun(self) -> None:
        """The outbox would exceed its bound: say farewell, or close."""

    def lane_broken(self) -> None:
        """The socket has failed; called once."""

    def lane_drained(self) -> None:
        """The farewell has left; called once."""

    def user_fell(self, user: str) -> None:
        """A user who is watched by this lane fell: watch the next life of it."""

    def user_left(self, update: Update) -> None:
        """A user who is watched by this lane is there no more for its encoding."""

    def codec_failed(self) -> None:
        """By a fault of ours it is told no more: an encoding failed, or whoever tells everybody ended."""

    def close(self, code: int, reason: str = "") -> None:
        """End the connection with this code."""
