"""The relay's registrations as operators see them: whose they are, how streams and callbacks fare (PROMISES 4)."""

from dataclasses import asdict, dataclass
from typing import Any

import pykka

from actors.errors import Refused, Unavailable
from actors.house import House
from actors.messages.relay import Describe, StreamFigures
from actors.relay.registration import Registration
from web.dialects.native.callers import Callers
from web.dialects.relay.figures import registration_document
from web.routing import Route
from web.views import Answer, Request, json_answer

PATIENCE = 2.0
"""Seconds within which a stream must describe itself; it never waits, so that is ample."""

_NOT_KEPT = (("Cache-Control", "no-store"),)


@dataclass(frozen=True, slots=True)
class Registrations:
    """Two views, for whoever has an operator's token (`Authorization: Bearer ...`)."""

    callers: Callers

    @property
    def house(self) -> House:
        """Whose registrations they are."""
        return self.callers.gate.house

    def routes(self) -> tuple[Route, ...]:
        """All, and one with what its stream has lived through."""
        rule = "/ops/relay/registrations"
        return (Route("GET", rule, self.all), Route("GET", f"{rule}/<name>", self.one))

    def all(self, request: Request) -> Answer:
        """`?app_id=`, `?instance_url=` and `?state=` say which."""
        self._check(request)
        query = request.query()
        found = [
            document
            for document in map(self._document, self.house.registrations)
            if query.get("app_id") in {None, document["app_id"]}
            and query.get("instance_url") in {None, document["instance_url"]}
            and query.get("state") in {None, document["stream"]["state"]}
        ]
        return json_answer({"registrations": found}, headers=_NOT_KEPT)

    def one(self, request: Request) -> Answer:
        """By its id; 404 for one that is not there."""
        self._check(request)
        known = self.house.registrations.find(request.path["name"])
        if known is None:
            raise Refused("unknown-registration")
        document = self._document(known)
        lived = asdict(self._lived_through(known))
        document["stream"] |= lived | {"closes": {str(code): times for code, times in lived["closes"].items()}}
        return json_answer(document, headers=_NOT_KEPT)

    def _check(self, request: Request) -> None:
        credential = self.callers.must_be_known(request)
        if not credential.allows("operator", self.house.clock.now()):
            raise Refused("not-permitted")

    def _document(self, registration: Registration) -> dict[str, Any]:
        roll = self.house.registrations
        return registration_document(registration, roll.figures[registration.id], self.house.clock.now())

    def _lived_through(self, registration: Registration) -> StreamFigures:
        """Of a stream that is down, nothing."""
        ref = self.house.registrations.refs.get(registration.id)
        if ref is None or not ref.is_alive():
            return StreamFigures()
        future = ref.ask(Describe(), block=False)
        try:
            figures: StreamFigures = future.get(timeout=PATIENCE)
        except (pykka.Timeout, pykka.ActorDeadError, Unavailable):
            return StreamFigures()
        return figures
