"""DysonNetwork's routes: activities by REST (spec/dyson.md sections 2 to 8) and the socket of section 9."""

import uuid
from dataclasses import dataclass, replace
from typing import Any, Protocol

import orjson

from actors.accounts import Credential
from actors.activities import Amend, Change, Page, Posted, Remove, Upsert, Wanted, source_of
from actors.errors import HouseError, Refused
from actors.house import House
from actors.messages.keeper import Commit
from actors.presence import Presence, Status, Subject
from actors.settings import Dyson as DysonSettings
from web import errors
from web.asking import hear, look_at
from web.dialects.dyson import refusals
from web.dialects.dyson.artworks import MOUNTS, Artworks
from web.dialects.dyson.documents import DEPLOYED, DOCUMENTED, Wire, active
from web.dialects.dyson.requests import Body, body_in, guid_in, named_in, wanted_in, whole
from web.dialects.dyson.socket import Packets, SocketSession
from web.gate import Gate
from web.origins import Origins
from web.routing import Route
from web.views import Accept, Answer, Request

_SCHEMES = ("bearer ", "bot ")
_TOKEN_FIELDS = ("AUTHORIZATION", "X_FORWARDED_AUTHORIZATION", "X_ORIGINAL_AUTHORIZATION")


class History(Protocol):
    """What storage remembers; raises Unavailable when it is away."""

    def activities(self, wanted: Wanted, /) -> Page:
        """An account's activities that are wanted."""

    def account(self, key: str, /) -> Subject | None:
        """The account of this UUID or name."""


@dataclass(frozen=True, slots=True)
class Dyson:
    """The dialect's views and what they need."""

    house: House
    gate: Gate
    history: History
    artworks: Artworks
    settings: DysonSettings
    documented: Packets
    deployed: Packets
    origins: Origins

    def routes(self) -> tuple[Route, ...]:
        """Generation H's surface, and `PUT` without an id of the README's."""
        activities = [
            route
            for mount in MOUNTS
            for route in (
                Route("GET", f"{mount}/activities", self.own),
                Route("POST", f"{mount}/activities", self.post, hot=True),
                Route("PUT", f"{mount}/activities", self.put_named),
                Route("DELETE", f"{mount}/activities", self.delete),
                Route("GET", f"{mount}/activities/<name>", self.of_account, hot=True),
                Route("PUT", f"{mount}/activities/<name>", self.put),
            )
        ]
        return (*activities, *self.artworks.routes(self.publisher), Route("GET", "/ws", self.socket, websocket=True))

    def refuse(self, error: HouseError, request: Request) -> Answer:
        """An error as a problem document, or in the running server's words."""
        status = refusals.status_of(error, errors.status_of(error))
        kind, document = refusals.worded(error, status, deployed=self._wire(request).deployed)
        return Answer(orjson.dumps(document), status, kind, errors.retry_after(error))

    # --- reading ----------------------------------------------------------------------------------------------------

    def own(self, request: Request) -> Answer:
        """Section 4: what the caller does now; with a filter or includeExpired, pages of what was kept."""
        wire, query = self._wire(request), request.query()
        wanted = wanted_in(query, "")
        account = _account(self._caller(request))
        if wanted is None:
            return _json(wire.activities(self._active(account, look_at(self.house, account))))
        page = self.history.activities(replace(wanted, account=account))
        fields = (("X-Total", str(page.total)), ("Access-Control-Expose-Headers", "X-Total"))
        return _json(wire.activities(page.activities), headers=fields)

    def of_account(self, request: Request) -> Answer:
        """Section 5: "needs nothing at all"; whoever hides is nobody, but to themselves."""
        user = self._called(request.path["name"])
        presence = look_at(self.house, user)
        hidden = presence.status is Status.INVISIBLE and not self._is_caller(request, user)
        if hidden or not (presence.claims or self._is_account(user)):
            raise Refused("unknown-account")
        return _json(self._wire(request).activities(self._active(user, presence)))

    def socket(self, request: Request) -> Accept:
        """Section 9; the token as in section 2, and by PROMISES 3.3 from no page of an origin that nobody listed."""
        token, wire = _token(request), self._wire(request)
        self._caller(request)
        if not self.origins.may_bring_credential(request):
            raise Refused("foreign-origin")
        packets = self.deployed if wire.deployed else self.documented
        return Accept(SocketSession(token, packets, everybody=self.settings.push == "all"), binary=wire.deployed)

    # --- writing ----------------------------------------------------------------------------------------------------

    def post(self, request: Request) -> Answer:
        """Section 6: "binding, login, upsert or insert"; "always answers 200, never 201"."""
        body = _body(request)
        account = self.publisher(request)
        self.artworks.check(body.content)
        change = Upsert(account, str(uuid.uuid4()), body.manual_id, whole(body.content), body.minutes)
        return self._answer(request, self._commit(change))

    def put(self, request: Request) -> Answer:
        """Section 7, by id."""
        body = _body(request, lenient=True)
        account = self.publisher(request)
        ident = guid_in(request.path["name"])
        if ident is None:
            raise Refused("unknown-activity")
        self.artworks.check(body.content)
        return self._answer(request, self._commit(_amendment(account, ident, None, body)))

    def put_named(self, request: Request) -> Answer:
        """Section 7, by `?id=` or `?manualId=` as in the README."""
        ident, manual_id = named_in(request.query())
        body = _body(request, lenient=True)
        account = self.publisher(request)
        self.artworks.check(body.content)
        return self._answer(request, self._commit(_amendment(account, ident, manual_id, body)))

    def delete(self, request: Request) -> Answer:
        """Section 8: 204, then 404. The running server keeps what was active in its history."""
        ident, manual_id = named_in(request.query())
        account = self.publisher(request)
        self._commit(Remove(account, ident, manual_id, keep_history=self._wire(request).deployed))
        return Answer(status=204, content_type=refusals.JSON)

    def _commit(self, change: Change) -> Posted:
        """Make it durable; when this returns, every dialect shows it."""
        posted: Posted = self.house.committer.ask(Commit(change))
        if not self._shows(posted):
            hear(self.house, change.account)
        return posted

    def _shows(self, posted: Posted) -> bool:
        """Whether the user has heard of the commit already, as is usual; else it stands in the inboxes on the way."""
        presence = self.house.register.presences.get(posted.account)
        claim = None if presence is None else presence.claim_of(source_of(posted.id))
        return claim is not None and claim.receipt["updated_at"] >= posted.updated_at

    def _answer(self, request: Request, posted: Posted) -> Answer:
        return _json(self._wire(request).activity(posted))

    # --- who asks, and how ------------------------------------------------------------------------------------------

    def _wire(self, request: Request) -> Wire:
        """Only deployed clients use the gateway's paths (WIRES section 1); of its socket no document says a word."""
        path: str = request.environ["PATH_INFO"].removeprefix(self.settings.prefix)
        usual = "deployed" if path.startswith(("/pass/", "/passport/")) or path == "/ws" else self.settings.wire
        return DEPLOYED if request.query().get("wire", usual) == "deployed" else DOCUMENTED

    def _caller(self, request: Request) -> Credential:
        """Who asks; "no login: 401"."""
        credential = self.gate.find(_token(request))
        if credential is None or credential.account is None:
            raise Refused("unknown-caller")
        return credential

    def publisher(self, request: Request) -> str:
        """The account for which the caller may publish; Refused where there is none."""
        credential = self._caller(request)
        if not credential.allows("publish", self.house.clock.now()):
            raise Refused("not-permitted")
        return _account(credential)

    def _is_caller(self, request: Request, user: str) -> bool:
        credential = self.gate.find(_token(request))
        return credential is not None and credential.account == user

    def _called(self, name: str) -> str:
        """Section 5: a "case-insensitive exact name" is as good, where nobody has the very name."""
        register = self.house.register
        user = register.resolve(guid_in(name) or name, "dyson")
        known = user in register.subjects or self.house.known(user).claims
        return user if known else register.in_any_case(name) or user

    def _is_account(self, user: str) -> bool:
        return user in self.house.register.subjects or self.history.account(user) is not None

    def _active(self, user: str, presence: Presence) -> list[Posted]:
        return active(self.house.register.subject(user), presence, self.house.clock.now())


def _account(credential: Credential) -> str:
    if credential.account is None:
        raise Refused("unknown-caller")
    return credential.account


def _amendment(account: str, ident: str | None, manual_id: str | None, body: Body) -> Amend:
    return Amend(account, ident, manual_id, body.content, body.manual_id, body.lease_minutes)


def _body(request: Request, *, lenient: bool = False) -> Body:
    """The body; else 415. The README's own PUT says no type, which a browser's fetch calls text/plain."""
    kind = request.environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    fits = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
    if not fits and not (lenient and kind in {"", "text/plain"}):
        raise Refused("media-type")
    return body_in(request.body())


def _token(request: Request) -> str:
    """Section 2: `?tk=`, which "present but empty still wins", then the fields; empty where there is none."""
    query = request.query()
    if "tk" in query:
        return query["tk"].strip()
    for name in _TOKEN_FIELDS:
        value = (request.header(name) or "").strip()
        for scheme in _SCHEMES:
            if value.lower().startswith(scheme):
                return value[len(scheme) :].strip()
    return ""


def _json(document: Any, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(orjson.dumps(document), 200, refusals.JSON, headers)
