"""For how long a server asks to be left alone: Retry-After (RFC 9110 10.2.3) and Mastodon's X-RateLimit-Reset. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 3600.0
"""A server that asks for more, or whose clock is wrong, is asked again after this."""


def retry_after(headers: Mapping[str, str], now: float) -> float:
    """Seconds from `now` (since the epoch); 0 where nothing is asked for, or nothing that can be understood."""
    wanted = _seconds_or_date(headers.get("retry-after", "").strip(), now)
    if wanted is None and headers.get("x-ratelimit-remaining", "0").strip() == "0":
        wanted = _until(headers.get("x-ratelimit-reset", "").strip(), now)
    return min(max(wanted or 0.0, 0.0), LONGEST)


def _seconds_or_date(value: str, now: float) -> float | None:
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return _utc(parsedate_to_datetime(value)).timestamp() - now
    except (ValueError, OverflowError):
        return None


def _until(value: str, now: float) -> float | None:
    try:
        return _utc(datetime.fromisoformat(value)).timestamp() - now
    except (ValueError, OverflowError):
        return None


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
