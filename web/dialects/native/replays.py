"""Replays: requests with an Idempotency-Key, so that what is sent twice is done once.

After draft-ietf-httpapi-idempotency-key-header-07: the same key with the same request gets the same answer, with
another request 422, while the first is being worked on 409. Only successes are kept (actors/deeds.py), as long over a
restart as without one; what failed may be tried again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

from actors.clock import Clock
from actors.deeds import Deeds, Done
from actors.errors import Malformed, Refused
from web.views import Answer, Request

LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Replays:
    """Answers what is asked with a key, by what is kept of it."""

    deeds: Deeds
    clock: Clock

    def once(
        self,
        request: Request,
        owner: str,
        body: bytes,
        do: Callable[[Done | None], Answer],
        again: Callable[[Done], Answer],
    ) -> Answer:
        """What `do` answers, done once per key of this owner, and otherwise what `again` answers.

        `do` has what it is given, which is None without a key, written together with what it does. Malformed
        (`bad-key`), Refused (`key-reused`, `key-in-use`).
        """
        key = request.header("IDEMPOTENCY_KEY")
        if key is None:
            return do(None)
        if not 0 < len(key) <= LONGEST_KEY:
            raise Malformed("bad-key", f"An Idempotency-Key has 1 to {LONGEST_KEY} characters.")
        asked, now = _digest(request, body), self.clock.now()
        known = self.deeds.find(owner, key, now)
        if known is not None:
            _must_be_same(known.request, asked)
            return again(known)
        return self._do((owner, key), Done(owner, key, asked, now), do)

    def _do(self, place: tuple[str, str], done: Done, do: Callable[[Done], Answer]) -> Answer:
        under_way = self.deeds.under_way.get(place)
        if under_way is not None:
            _must_be_same(under_way, done.request)
            raise Refused("key-in-use")
        self.deeds.under_way[place] = done.request
        try:
            return do(done)
        finally:
            del self.deeds.under_way[place]


def _must_be_same(known: str, asked: str) -> None:
    if known != asked:
        raise Refused("key-reused")


def _digest(request: Request, body: bytes) -> str:
    asked = f"{request.environ['REQUEST_METHOD']} {request.environ['PATH_INFO']}\n".encode()
    return blake2b(asked + body, digest_size=16).hexdigest()
