"""presenti's routes: sessions by REST (presenti.md section 4), snapshots, and the two sockets (sections 3 and 5)."""

import uuid
from dataclasses import dataclass

from actors.accounts import Credential
from actors.errors import HouseError, Malformed, Refused
from actors.house import House
from actors.messages.envoys import Accredit, Accredited, Dismiss, Prolong, Speak
from actors.messages.user import Look, Refresh, Report, Withdraw
from actors.presence import Claim, Presence, Source
from actors.settings import Settings
from web import errors, json
from web.asking import ask_user, look_at
from web.dialects.presenti import codec
from web.dialects.presenti.documents import activities_in
from web.dialects.presenti.order import FIRST_PARTY_SESSION, SESSION
from web.dialects.presenti.sessions import RemoteSession, StreamSession
from web.edge.head import METHOD as TOKEN
from web.front import connection_id
from web.gate import Gate
from web.routing import Route
from web.views import Accept, Answer, Request, json_answer


def refuse(error: HouseError, request: Request) -> Answer:
    """An error in presenti's words (section 4); unknown paths and wrong methods are 404 alike (section 1)."""
    if error.code in {errors.UNKNOWN_PATH, errors.WRONG_METHOD}:
        return errors.refuse(Refused(errors.UNKNOWN_PATH), request)
    if isinstance(error, errors.Unreadable):
        return json_answer({"error": str(error), "code": error.status}, error.status)
    status, document = codec.error(error)
    return json_answer(document, status, errors.retry_after(error))


@dataclass(frozen=True, slots=True)
class Presenti:
    """The dialect's views and what they need."""

    house: House
    gate: Gate
    settings: Settings
    documented: codec.Wire
    deployed: codec.Wire

    def routes(self) -> tuple[Route, ...]:
        """The README's paths and the source's `/api` aliases."""
        sessions = [
            route
            for prefix in ("", "/api")
            for route in (
                Route("GET", f"{prefix}/session", self.open_session, deed=True),
                Route("PUT", f"{prefix}/session", self.put_presence, hot=True),
                Route("DELETE", f"{prefix}/session", self.end_session),
                Route("PUT", f"{prefix}/session/refresh", self.refresh_session, hot=True),
                Route("PUT", f"{prefix}/session/<name>", self.put_presence_of, hot=True),
            )
        ]
        return (
            *sessions,
            Route("GET", "/api/presence/<name>", self.snapshot, hot=True),
            Route("GET", "/presence/<name>", self.stream, websocket=True, hot=True),
            Route("GET", "/remote", self.remote, websocket=True),
        )

    def open_session(self, request: Request) -> Answer:
        """Section 4.2."""
        token, _ = self._credentials(request, session=False)
        credential = self.gate.find(token)
        if credential is None or not self._may_publish(credential):
            raise Refused("invalid-token")
        owner, expires_at = _owner(credential), self._expires_at()
        source = _source(owner, str(uuid.uuid4()))
        if owner is None:
            self.house.envoys.ask(Accredit(source, expires_at, credential.id))
        else:
            claim = Claim(source, self.house.clock.now(), expires_at=expires_at, credential=credential.id)
            ask_user(self.house, owner, Report(claim, silent=True))
        return json_answer(codec.opened_session(source.id, self.settings.presenti.expires_ms))

    def put_presence(self, request: Request) -> Answer:
        """Section 4.3; the checks in its order, and a PUT refreshes as the README says."""
        credential, source = self._session(request)
        owner = _owner(credential)
        if owner is None:
            self._must_be_known(owner, source)
            raise Refused("first-party")
        try:
            activities = activities_in(codec.session_body(json.read(request.body())))
        except Malformed:
            self._must_be_known(owner, source)
            raise
        now = self.house.clock.now()
        lease = now + self._lifetime
        claim = Claim(source, now, activities=activities, expires_at=lease, credential=credential.id)
        ask_user(self.house, owner, Report(claim, only_known=True))
        return _OK

    def put_presence_of(self, request: Request) -> Answer:
        """Section 4.6: a first party's session speaks of anybody; "one session can hold lists for many scopes"."""
        credential, source = self._session(request)
        owner = _owner(credential)
        self._must_be_known(owner, source)
        if owner is not None:
            raise Refused("not-first-party")
        activities = activities_in(codec.session_body(json.read(request.body())))
        self.house.envoys.ask(Speak(source, request.path["name"], activities, self._expires_at()))
        return _OK

    def refresh_session(self, request: Request) -> Answer:
        """Section 4.4; "first parties allowed"."""
        credential, source = self._session(request)
        owner = _owner(credential)
        if owner is None:
            self.house.envoys.ask(Prolong(source, self._expires_at()))
        else:
            ask_user(self.house, owner, Refresh(source, self._expires_at()))
        return _OK

    def end_session(self, request: Request) -> Answer:
        """Section 4.5."""
        credential, source = self._session(request)
        owner = _owner(credential)
        if owner is None:
            known = self.house.envoys.ask(Dismiss(source))
        else:
            known = ask_user(self.house, owner, Withdraw(source))
        if not known:
            raise Refused("unknown-source")
        return _OK

    def snapshot(self, request: Request) -> Answer:
        """Section 4.7; an unknown name is nobody, and asking does not make it known."""
        return Answer(codec.snapshot(look_at(self.house, request.path["name"])))

    def stream(self, request: Request) -> Accept:
        """Section 3."""
        wire = self._wire(request)
        return Accept(StreamSession(request.path["name"], wire), _first_subprotocol(request))

    def remote(self, request: Request) -> Accept:
        """Section 5."""
        return Accept(RemoteSession(connection_id(), self._wire(request)), _first_subprotocol(request))

    @property
    def _lifetime(self) -> float:
        return self.settings.presenti.expires_ms / 1000

    def _wire(self, request: Request) -> codec.Wire:
        wanted = request.query().get("wire", self.settings.dialects.presenti.wire)
        return self.deployed if wanted == "deployed" else self.documented

    def _expires_at(self) -> float:
        return self.house.clock.now() + self._lifetime

    def _session(self, request: Request) -> tuple[Credential, Source]:
        """Whose session it is said to be, by checks 1 and 2 of section 4.3."""
        token, session = self._credentials(request, session=True)
        credential = self.gate.find(token)
        if credential is None or not self._may_publish(credential):
            raise Refused("unknown-source")
        return credential, _source(_owner(credential), session)

    def _must_be_known(self, owner: str | None, source: Source) -> None:
        if owner is None:
            known: bool = self.house.envoys.ask(Accredited(source))
        else:
            presence: Presence = ask_user(self.house, owner, Look())
            known = presence.claim_of(source) is not None
        if not known:
            raise Refused("unknown-source")

    def _may_publish(self, credential: Credential) -> bool:
        return bool(credential.scopes & {"publish", "first-party"})

    def _credentials(self, request: Request, *, session: bool) -> tuple[str, str]:
        query = request.query()
        token = _one_line(query.get("token") or request.header("AUTHORIZATION") or "")
        ident = _one_line(query.get("id", ""))
        if session and not (token and ident):
            raise Malformed("missing-token-or-session")
        if not token:
            raise Malformed("missing-token")
        return token, ident


_OK = json_answer(codec.OK)


def _owner(credential: Credential) -> str | None:
    """Whose sessions this token opens: its account's, or None for a first party's."""
    return None if "first-party" in credential.scopes else credential.account


def _source(owner: str | None, session: str) -> Source:
    return Source(FIRST_PARTY_SESSION if owner is None else SESSION, session)


def _one_line(text: str) -> str:
    """Section 4.1: CR and LF are stripped."""
    return text.replace("\r", "").replace("\n", "") if "\r" in text or "\n" in text else text


def _first_subprotocol(request: Request) -> str | None:
    """Section 1: of offered subprotocols the first is echoed; what is no token (RFC 6455 section 4.1) is none."""
    offered = request.header("SEC_WEBSOCKET_PROTOCOL")
    return next(filter(TOKEN.fullmatch, map(str.strip, offered.split(","))), None) if offered else None
