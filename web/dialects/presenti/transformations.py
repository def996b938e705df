"""presenti's `/api/transformations`: an account's rules of how what it publishes is shown (presenti.md 4.11)."""

from dataclasses import dataclass
from typing import Any

from actors.accounts import Credential
from actors.errors import Refused
from actors.house import House
from actors.messages.directory import Deliver
from actors.messages.user import Reshape
from actors.transformations import Transformation
from web import json
from web.asking import hear
from web.dialects.presenti import codec
from web.dialects.presenti.callers import Callers
from web.dialects.presenti.reading_rules import change_in, fault_of, transformation_in
from web.dialects.presenti.shaping import shaping_of
from web.memory import Memory
from web.routing import Route
from web.views import Answer, Request, json_answer

_PRIVATE = (("Cache-Control", "no-store"),)


@dataclass(frozen=True, slots=True)
class Rules:
    """The views and what they need."""

    house: House
    callers: Callers
    memory: Memory

    def routes(self) -> tuple[Route, ...]:
        """All four."""
        path = "/api/transformations"
        return (
            Route("GET", path, self.show),
            Route("POST", path, self.add),
            Route("PATCH", f"{path}/<uuid>", self.change),
            Route("DELETE", f"{path}/<uuid>", self.remove),
        )

    def show(self, request: Request) -> Answer:
        """`GET`: all of the caller's own, in the order in which they are applied."""
        kept = self.memory.transformations_of(self._account(request))
        return json_answer({"transformations": [_with_fault(each) for each in kept.rules]}, headers=_PRIVATE)

    def add(self, request: Request) -> Answer:
        """`POST`: one more, applied after the others."""
        account = self._account(request)
        rule, ids = transformation_in(json.read(request.body()))
        made = self.memory.add_transformation(account, rule, ids)
        self._tell(account)
        return json_answer(_document(made), headers=_PRIVATE)

    def change(self, request: Request) -> Answer:
        """`PATCH /{uuid}`: another rule, other ids, or both, in its place."""
        known = self._owned(request)
        rule, ids = change_in(json.read(request.body()))
        changed = self.memory.change_transformation(known.uuid, known.account, rule, ids)
        if changed is None:
            raise Refused("unknown-transformation")
        self._tell(known.account)
        return json_answer(_document(changed), headers=_PRIVATE)

    def remove(self, request: Request) -> Answer:
        """`DELETE /{uuid}`: what it changed is shown as it was said."""
        known = self._owned(request)
        if not self.memory.remove_transformation(known.uuid, known.account):
            raise Refused("unknown-transformation")
        self._tell(known.account)
        return json_answer(codec.OK, headers=_PRIVATE)

    def _tell(self, account: str) -> None:
        """It is committed: when this returns, whoever watches has been told what is shown from now on."""
        shaping = shaping_of(self.memory.transformations_of(account))
        self.house.directory.tell(Deliver(account, Reshape(shaping)))
        hear(self.house, account)

    def _owned(self, request: Request) -> Transformation:
        account = self._account(request)
        known = self.memory.transformation(request.path["uuid"])
        if known is None:
            raise Refused("unknown-transformation")
        if known.account != account:
            raise Refused("not-your-transformation")
        return known

    def _account(self, request: Request) -> str:
        caller: Credential = self.callers.somebody(request)
        if "first-party" in caller.scopes:
            raise Refused("first-party-identity")
        if caller.account is None:
            raise Refused("invalid-identity")
        return caller.account


def _with_fault(kept: Transformation) -> dict[str, Any]:
    """As it is, and why it cannot be applied any more if it cannot."""
    fault = fault_of(kept.rule)
    return _document(kept) if fault is None else {**_document(kept), "error": fault}


def _document(kept: Transformation) -> dict[str, Any]:
    return {"uuid": kept.uuid, "rule": kept.rule, "ids": list(kept.ids)}
