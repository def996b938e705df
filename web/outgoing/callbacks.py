"""Callbacks: posts a parcel by the guarded client, and says what came of it in the Courier's words."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from actors.clock import Clock
from actors.courier.reply import Answered, Forbidden, Reply, Unanswered, Unreached
from actors.errors import HouseError, Refused
from web.outgoing.client import Client, Progress
from web.outgoing.conversation import Response
from web.outgoing.limits import CALLBACK


class Callbacks:
    """Callable as an actors.courier.reply.Send."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """See Send. Once the status is known it counts, whatever becomes of the rest of the answer."""
        progress = Progress()
        try:
            return self._answered(self._client.deliver(url, headers, body, CALLBACK, progress))
        except HouseError as failure:
            if progress.head is not None:
                return self._answered(progress.head)
            if isinstance(failure, Refused):
                return Forbidden(failure.code)
            return Unanswered(failure.code) if progress.connected else Unreached(failure.code)

    def _answered(self, response: Response) -> Answered:
        return Answered(response.status, wait_of(response.headers.get("retry-after"), self._clock.now()))


def wait_of(retry_after: str | None, now: float) -> float | None:
    """Seconds to wait by Retry-After (RFC 9110 section 10.2.3: seconds or a date); None for none or nonsense."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(parsedate_to_datetime(text).timestamp() - now, 0.0)
    except (ValueError, OverflowError):
        return None
