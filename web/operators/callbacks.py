"""Callbacks as operators see them: what stands and was done (`GET /ops/callbacks`), and what was given up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from actors.courier.dead_letters import Buried, Wanted, page
from actors.errors import Malformed, Refused
from actors.messages.courier import HowMuch
from web.dialects.native.callers import Callers
from web.routing import Route
from web.views import Answer, Request, json_answer

MOST = 500
"""In one answer."""

_FIELDS = (("Cache-Control", "no-store"),)


class Morgue(Protocol):
    """Where they are kept."""

    def dead_letters(self, wanted: Wanted, /) -> tuple[Buried, ...]:
        """Those that are wanted, the last to die first."""


@dataclass(frozen=True, slots=True)
class Callbacks:
    """The views and what they need."""

    callers: Callers
    morgue: Morgue

    def routes(self) -> tuple[Route, ...]:
        """Both."""
        return (
            Route("GET", "/ops/callbacks", self.traffic),
            Route("GET", "/ops/dead-letters", self.dead_letters),
        )

    def traffic(self, request: Request) -> Answer:
        """Results by kind since the start, and the `?take=` queues with the most parcels."""
        self._must_be_operator(request)
        take = min(_number(request.query(), "take") or 100, MOST)
        return json_answer(self.callers.gate.house.courier.ask(HowMuch(take)), headers=_FIELDS)

    def dead_letters(self, request: Request) -> Answer:
        """`?queue=` those of one queue, `?take=` so many, `?before=` older than the number that the last page names."""
        self._must_be_operator(request)
        query = request.query()
        take = min(_number(query, "take") or 100, MOST)
        found = self.morgue.dead_letters(Wanted(query.get("queue"), _number(query, "before"), take))
        return json_answer(page(found, take), headers=_FIELDS)

    def _must_be_operator(self, request: Request) -> None:
        credential = self.callers.must_be_known(request)
        if not credential.allows("operator", self.callers.gate.house.clock.now()):
            raise Refused("not-permitted")


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:19]) > 0 and len(text) < 19):
        raise Malformed(f"bad-{name}", f"{name} is a whole number above 0")
    return int(text)
