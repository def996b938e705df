"""Points in time as Discord and Lantern write them. Pure; numbers are milliseconds since the epoch."""

from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DISCORDS_EPOCH_MS = 1_420_070_400_000
_LAST_MS = 253_402_300_799_999
"""The end of the year 9999, the last that has an ISO 8601 text of four digits."""


def instant(at_ms: float | None) -> dict[str, Any] | None:
    """`{"unix": seconds, "raw": "2026-11-21T01:27:15.770Z"}`; None for None and for what no calendar has."""
    at = whole(at_ms)
    return None if at is None else {"unix": at // 1000, "raw": iso(at)}


def whole(at_ms: float | None) -> int | None:
    """The whole milliseconds; None for None and for what no calendar has, which a publisher may well say."""
    return int(at_ms) if at_ms is not None and 0 <= at_ms <= _LAST_MS else None


def moment(at_ms: float | None) -> dict[str, Any]:
    """An instant that is always an object, with nulls where there is none."""
    return instant(at_ms) or {"unix": None, "raw": None}


def iso(at_ms: int) -> str:
    """ISO 8601 with milliseconds and Z."""
    return f"{_EPOCH + timedelta(milliseconds=at_ms):%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03}Z"


def iso_ms(raw: str | None) -> float | None:
    """What an ISO 8601 text of Discord's says; None for None and for what is none."""
    try:
        at = datetime.fromisoformat(raw) if raw else None
    except ValueError:
        return None
    if at is None:
        return None
    return (at.replace(tzinfo=UTC) if at.tzinfo is None else at).timestamp() * 1000


def snowflake_ms(ident: str) -> int | None:
    """When the thing of this id was made (spec/discord.md section 1)."""
    return (
        (int(ident) >> 22) + _DISCORDS_EPOCH_MS if ident.isascii() and ident.isdecimal() and len(ident) <= 20 else None
    )
