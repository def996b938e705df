"""What comes of asking a host to take a parcel, in the four ways that matter."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answered:
    """The host answered. `retry_after`: seconds that it asks to be left alone, None where it does not ask."""

    status: int
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The host was reached and did not answer properly or in time; it may or may not have taken the parcel."""

    code: str


@dataclass(frozen=True, slots=True)
class Unreached:
    """No connection came about."""

    code: str


@dataclass(frozen=True, slots=True)
class Forbidden:
    """The address must not be asked: it is private, plain http or no address at all."""

    code: str


Reply = Answered | Unanswered | Unreached | Forbidden

Send = Callable[[str, Mapping[str, str], bytes], Reply]
"""Posts this body with these header fields to this URL; waits, in the caller's greenlet, for at most 10 s."""
