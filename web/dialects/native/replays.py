"""Replays: the answers to requests with an Idempotency-Key, so that a request sent twice is done once.

After draft-ietf-httpapi-idempotency-key-header-07: the same key with the same request gets the same answer, with
another request 422, while the first is being worked on 409. Only successes are kept; what failed may be tried again.
They are kept in memory: a claim put again after a restart is the same claim.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from actors.errors import Malformed, Refused
from web.views import Answer

KEPT_SECONDS = 86_400.0
MOST = 10_000
MOST_BYTES = 16 * 1024 * 1024
LONGEST_KEY = 255


@dataclass(slots=True)
class _Known:
    request: bytes
    at: float
    answer: Answer | None = None


class Replays:
    """The newest answers, by whose key it was."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, _Known] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._known)

    def once(self, owner: str, key: str | None, request: bytes, now: float, do: Callable[[], Answer]) -> Answer:
        """What `do` answers, done once per key of this owner; `request` tells requests apart, `now` is monotonic.

        Malformed (`bad-key`), Refused (`key-reused`, `key-in-use`).
        """
        if key is None:
            return do()
        if not 0 < len(key) <= LONGEST_KEY:
            raise Malformed("bad-key", f"An Idempotency-Key has 1 to {LONGEST_KEY} characters.")
        self._sweep(now)
        known = self._known.get((owner, key))
        if known is None:
            return self._do((owner, key), request, now, do)
        if known.request != request:
            raise Refused("key-reused")
        if known.answer is None:
            raise Refused("key-in-use")
        return known.answer

    def _do(self, place: Hashable, request: bytes, now: float, do: Callable[[], Answer]) -> Answer:
        known = self._known[place] = _Known(request, now)
        try:
            known.answer = do()
        finally:
            if known.answer is None:
                self._known.pop(place, None)
        self._bytes += len(known.answer.body)
        return known.answer

    def _sweep(self, now: float) -> None:
        while self._known:
            oldest = next(iter(self._known.values()))
            crowded = len(self._known) >= MOST or self._bytes > MOST_BYTES
            if oldest.answer is None or not (crowded or oldest.at < now - KEPT_SECONDS):
                return
            self._known.popitem(last=False)
            self._bytes -= len(oldest.answer.body)
