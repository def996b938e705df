"""/v2's publishing: `PUT` and `DELETE /v2/users/{user}/claims/{source}`."""

import re
from dataclasses import dataclass, replace

import msgspec

from actors.deeds import Done
from actors.errors import Malformed, Overrun, Refused
from actors.messages.user import Once, Report, Withdraw
from actors.presence import Claim, Source
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

_GONE = Answer(status=204, headers=ANY_ORIGIN)
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
    replays: Replays

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

        def report(done: Done | None) -> Answer:
            claim = claim_in(read(body, GivenClaim), source.id, house.clock.now())
            self._check_room(user, source)
            return _stands(ask_user(house, user, _deed(Report(claim), done)))

        def again(done: Done) -> Answer:
            claim = claim_in(read(body, GivenClaim), source.id, done.since or 0.0)
            return _stands(replace(claim, expires_at=done.expires_at))

        return self.replays.once(request, owner, body, report, again)

    def delete(self, request: Request) -> Answer:
        """The source takes back what it said."""
        user, source = self._place(request)
        owner = self.callers.publisher_for(request, user).id

        def withdraw(done: Done | None) -> Answer:
            if not ask_user(self.callers.gate.house, user, _deed(Withdraw(source), done)):
                raise Refused("unknown-claim")
            return _GONE

        return self.replays.once(request, owner, b"", withdraw, lambda _: _GONE)

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


def _deed(deed: Report | Withdraw, done: Done | None) -> Report | Withdraw | Once:
    return deed if done is None else Once(deed, done)


def _stands(claim: Claim) -> Answer:
    return Answer(msgspec.json.encode(claim_out(claim)), headers=ANY_ORIGIN)
