"""/v2's publishing: `PUT` and `DELETE /v2/users/{user}/claims/{source}`."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b

import msgspec

from actors.errors import Malformed, Overrun, Refused
from actors.messages.user import Report, Withdraw
from actors.presence import Source
from web.asking import ask_user
from web.dialects.native.callers import Callers
from web.dialects.native.documents import NATIVE, claim_in, claim_out
from web.dialects.native.problems import ANY_ORIGIN
from web.dialects.native.replays import Replays
from web.dialects.native.schemas import GivenClaim, Invalid, read
from web.routing import Route
from web.views import Answer, Request

MOST_SOURCES = 32
"""Of this dialect that may speak of one user at once."""

LONGEST_NAME = 256

_SOURCE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def checked(name: str) -> str:
    """The name of a user who is asked for or spoken of."""
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid("/user", f"A user's name has 1 to {LONGEST_NAME} characters.")
    return name


@dataclass(frozen=True, slots=True)
class Claims:
    """The publishing views and what they need."""

    callers: Callers
    replays: Replays = field(default_factory=Replays)

    def routes(self) -> tuple[Route, ...]:
        """Both methods of a claim's place."""
        rule = "/v2/users/<user>/claims/<source>"
        return (Route("PUT", rule, self.put), Route("DELETE", rule, self.delete))

    def put(self, request: Request) -> Answer:
        """The source claims this from now on, in place of what it claimed before; answered with the claim."""
        house = self.callers.gate.house
        user, source = self._place(request)
        owner = self.callers.publisher_for(request, user).id
        body = request.body()

        def report() -> Answer:
            claim = claim_in(read(body, GivenClaim), source.id, house.clock.now())
            self._check_room(user, source)
            stands = ask_user(house, user, Report(claim))
            return Answer(msgspec.json.encode(claim_out(stands)), headers=ANY_ORIGIN)

        return self._once(request, owner, body, report)

    def delete(self, request: Request) -> Answer:
        """The source takes back what it said."""
        user, source = self._place(request)
        owner = self.callers.publisher_for(request, user).id

        def withdraw() -> Answer:
            if not ask_user(self.callers.gate.house, user, Withdraw(source)):
                raise Refused("unknown-claim")
            return Answer(status=204, headers=ANY_ORIGIN)

        return self._once(request, owner, b"", withdraw)

    def _place(self, request: Request) -> tuple[str, Source]:
        source = request.path["source"]
        if not _SOURCE.fullmatch(source):
            raise Malformed("bad-source", "A source has 1 to 64 of A-Z a-z 0-9 _ . -")
        return self.callers.gate.house.register.find(checked(request.path["user"])), Source(NATIVE, source)

    def _check_room(self, user: str, source: Source) -> None:
        known = self.callers.gate.house.known(user).claims
        others = sum(claim.source.kind == NATIVE and claim.source != source for claim in known)
        if others >= MOST_SOURCES:
            raise Overrun("too-many-claims", f"At most {MOST_SOURCES} sources may speak of a user at once.")

    def _once(self, request: Request, owner: str, body: bytes, do: Callable[[], Answer]) -> Answer:
        environ = request.environ
        asked = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}\n".encode() + body
        digest = blake2b(asked, digest_size=16).digest()
        now = self.callers.gate.house.clock.monotonic()
        return self.replays.once(owner, request.header("IDEMPOTENCY_KEY"), digest, now, do)
