"""Discord's listener as operators see it (PROMISES 4): does it hear, since when not, and what has it lived through."""

from dataclasses import asdict, dataclass
from typing import Any

from actors.errors import Refused, Unavailable
from actors.messages.discord import Describe, GatewayFigures
from web.dialects.native.callers import Callers
from web.routing import Route
from web.views import Answer, Request, json_answer

PATIENCE = 2.0
"""Seconds within which it must describe itself; it never waits, so that is ample."""

PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Upstreams:
    """One view, for whoever has an operator's token; 404 where no bot is set up."""

    callers: Callers
    listens: bool

    def routes(self) -> tuple[Route, ...]:
        """That one."""
        return (Route("GET", "/ops/discord", self.discord),)

    def discord(self, request: Request) -> Answer:
        """How the listener fares; the journal says why it is parked."""
        house = self.callers.gate.house
        credential = self.callers.must_be_known(request)
        if not credential.allows("operator", house.clock.now()):
            raise Refused("not-permitted")
        if not self.listens:
            raise Refused("unknown-listener", "No bot is set up: [discord] token is missing.")
        if house.discord.closed:
            return _answer(GatewayFigures(PARKED))
        try:
            return _answer(house.discord.ask(Describe(), timeout=PATIENCE))
        except Unavailable:
            return _answer(GatewayFigures("restarting"))


def _answer(figures: GatewayFigures) -> Answer:
    document: dict[str, Any] = asdict(figures)
    document["closes"] = {str(code): times for code, times in figures.closes.items()}
    return json_answer(document, headers=(("Cache-Control", "no-store"),))
