"""presenti's account routes: sign up, sign in, keys, passwords, look-ups (spec/presenti.md sections 4.8 and 4.9)."""

from dataclasses import dataclass

from actors.accounts import Credential
from actors.errors import Malformed, Refused
from actors.house import House
from actors.presence import Status, Subject
from web import json
from web.asking import look_at
from web.dialects.presenti import codec, people
from web.dialects.presenti.callers import Callers
from web.dialects.presenti.signing import Signing
from web.memory import Memory
from web.routing import Route
from web.views import Answer, Request, json_answer

_PRIVATE = (("Cache-Control", "no-store"),)


@dataclass(frozen=True, slots=True)
class Accounts:
    """The views and what they need."""

    house: House
    callers: Callers
    memory: Memory
    signing: Signing

    def routes(self) -> tuple[Route, ...]:
        """All of them under `/api/user`, and the platforms."""
        return (
            Route("POST", "/api/user/new", self.sign_up),
            Route("POST", "/api/user/auth", self.sign_in),
            Route("GET", "/api/user/logout", self.sign_out, deed=True),
            Route("GET", "/api/user/me", self.me),
            Route("GET", "/api/user/me/key", self.key, deed=True),
            Route("PATCH", "/api/user/me/password", self.password),
            Route("GET", "/api/user/lookup", self.look_up),
            Route("GET", "/api/user/resolve", self.resolve),
            Route("GET", "/api/platforms", self.platforms),
        )

    def sign_up(self, request: Request) -> Answer:
        """`POST /api/user/new`, where `[presenti] registration` is on."""
        made = self.signing.up(request, _new)
        return json_answer(people.user(made.subject, ()), headers=self.callers.cookie(made.identity, request))

    def sign_in(self, request: Request) -> Answer:
        """`POST /api/user/auth`."""
        entered = self.signing.enter(request, _known)
        return self._own(entered.subject, self.callers.cookie(entered.identity, request))

    def sign_out(self, request: Request) -> Answer:
        """`GET /api/user/logout`."""
        self.signing.leave(request)
        return json_answer(codec.OK, headers=self.callers.no_cookie(request))

    def me(self, request: Request) -> Answer:
        """`GET /api/user/me`, by cookie or token."""
        caller = self.callers.somebody(request)
        if "first-party" in caller.scopes:
            return json_answer({"root": True}, headers=_PRIVATE)
        return self._own(self.signing.subject(caller), _PRIVATE)

    def key(self, request: Request) -> Answer:
        """`GET /api/user/me/key`: a new key each time, of which the newest ten live (PROMISES 3.4)."""
        identity = self.callers.browser(request)
        subject = self.signing.subject(identity)
        key = self.memory.mint_key(subject.id, identity.id)
        self.callers.gate.admit(key)
        return json_answer({"key": key.text}, headers=_PRIVATE)

    def password(self, request: Request) -> Answer:
        """`PATCH /api/user/me/password`."""
        self.signing.change(request, _passwords)
        return json_answer(codec.OK, headers=_PRIVATE)

    def look_up(self, request: Request) -> Answer:
        """`GET /api/user/lookup`; its links are for first parties and for the user."""
        query = request.query()
        scope, uuid = query.get("scope"), query.get("uuid")
        if not (scope or uuid):
            raise Malformed("malformed-body")
        caller = self.callers.anybody(request)
        subject = self._found(scope or None, uuid or None, caller)
        if not _sees_all(caller, subject):
            return json_answer(people.user(subject, None))
        return self._own(subject, _PRIVATE)

    def resolve(self, request: Request) -> Answer:
        """`GET /api/user/resolve`: a UUID's name."""
        uuid = request.query().get("uuid")
        if not uuid:
            raise Refused("unknown-account")
        return json_answer({"scope": self._found(None, uuid, self.callers.anybody(request)).name})

    def platforms(self, _request: Request) -> Answer:
        """`GET /api/platforms`: modules' sign-ins elsewhere, of which ours have none."""
        return json_answer({"platforms": []})

    def _found(self, scope: str | None, uuid: str | None, caller: Credential | None) -> Subject:
        """The account of which both are true; a hidden one is unknown to strangers (PROMISES 3.13)."""
        subject = self.callers.account(scope or uuid or "")
        if (
            subject is None
            or (scope is not None and subject.name != scope)
            or (uuid is not None and subject.id != uuid.lower())
        ):
            raise Refused("unknown-account")
        if look_at(self.house, subject.id).status is Status.INVISIBLE and not _sees_all(caller, subject):
            raise Refused("unknown-account")
        return subject

    def _own(self, subject: Subject, fields: tuple[tuple[str, str], ...]) -> Answer:
        return json_answer(people.user(subject, self.memory.pipes_of(subject.id)), headers=fields)


def _new(request: Request) -> tuple[str, str]:
    return people.name_and_password(json.read(request.body()), "missing-fields")


def _known(request: Request) -> tuple[str, str]:
    return people.name_and_password(json.read(request.body()), "missing-credentials")


def _passwords(request: Request) -> tuple[str, str]:
    return people.old_and_new_password(json.read(request.body()))


def _sees_all(caller: Credential | None, subject: Subject) -> bool:
    return caller is not None and ("first-party" in caller.scopes or caller.account == subject.id)
