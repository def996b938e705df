"""presenti's account routes: sign up, sign in, keys, passwords, look-ups (spec/presenti.md sections 4.8 and 4.9)."""

from collections.abc import Hashable
from dataclasses import dataclass

from actors.accounts import Credential, name_fault
from actors.errors import Malformed, Refused
from actors.house import House
from actors.messages.directory import Learn
from actors.presence import Status, Subject
from web import json
from web.asking import look_at
from web.dialects.presenti import codec, people
from web.dialects.presenti.callers import Callers
from web.edge.admission import neighbourhood
from web.memory import Hasher, Memory
from web.proxies import Proxies
from web.routing import Route
from web.throttle import Throttle
from web.views import Answer, Request, json_answer

_PRIVATE = (("Cache-Control", "no-store"),)


@dataclass(frozen=True, slots=True)
class Accounts:
    """The views and what they need."""

    house: House
    callers: Callers
    memory: Memory
    hasher: Hasher
    throttle: Throttle
    proxies: Proxies
    registration: bool

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
        if not self.registration:
            raise Refused("registration-closed")
        self.callers.own_page(request)
        name, password = people.name_and_password(json.read(request.body()), "missing-fields")
        if name_fault(name) is not None:
            raise Malformed("bad-name")
        self._try(self._address(request))
        if self.callers.account(name) is not None:
            raise Refused("name-taken")
        made = self.memory.sign_up(name, self.hasher.hash(password))
        self.house.directory.ask(Learn(made.subject))
        self.callers.gate.admit(made.identity)
        return json_answer(people.user(made.subject, ()), headers=self.callers.cookie(made.identity, request))

    def sign_in(self, request: Request) -> Answer:
        """`POST /api/user/auth`; a name that is nobody's costs as much as a wrong password."""
        self.callers.own_page(request)
        name, password = people.name_and_password(json.read(request.body()), "missing-credentials")
        if name_fault(name) is not None:
            raise Refused("invalid-credentials")
        self._try(self._address(request))
        self._try(name)
        subject = self.callers.account(name)
        kept = None if subject is None else self.memory.password_hash(subject.id)
        if not self.hasher.verify(kept, password) or subject is None or kept is None:
            raise Refused("invalid-credentials")
        self.throttle.give_back(name)
        identity = self.memory.sign_in(subject.id, kept)
        self.callers.gate.admit(identity)
        return self._own(subject, self.callers.cookie(identity, request))

    def sign_out(self, request: Request) -> Answer:
        """`GET /api/user/logout`: the identity ends here too, not in the browser alone."""
        self.callers.own_page(request)
        try:
            identity = self.callers.browser(request)
        except Refused:
            identity = None
        if identity is not None:
            self.memory.revoke_token(identity.id)
            self.callers.gate.dismiss((identity.id,))
        return json_answer(codec.OK, headers=self.callers.no_cookie(request))

    def me(self, request: Request) -> Answer:
        """`GET /api/user/me`, by cookie or token."""
        caller = self.callers.somebody(request)
        if "first-party" in caller.scopes:
            return json_answer({"root": True}, headers=_PRIVATE)
        return self._own(self._subject(caller), _PRIVATE)

    def key(self, request: Request) -> Answer:
        """`GET /api/user/me/key`: a new key each time, of which the newest ten live (PROMISES 3.4)."""
        identity = self.callers.browser(request)
        subject = self._subject(identity)
        key = self.memory.mint_key(subject.id, identity.id)
        self.callers.gate.admit(key)
        return json_answer({"key": key.text}, headers=_PRIVATE)

    def password(self, request: Request) -> Answer:
        """`PATCH /api/user/me/password`: every token of the account ends, and every sign-in but this one."""
        identity = self.callers.browser(request)
        subject = self._subject(identity)
        old, new = people.old_and_new_password(json.read(request.body()))
        self._try(subject.name)
        kept = self.memory.password_hash(subject.id)
        if not self.hasher.verify(kept, old) or kept is None:
            raise Refused("invalid-password")
        self.throttle.give_back(subject.name)
        ended = self.memory.change_password(subject.id, kept, self.hasher.hash(new), identity.id)
        if ended is None:
            raise Refused("invalid-password")
        self.callers.gate.dismiss(ended)
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

    def _subject(self, caller: Credential) -> Subject:
        subject = None if caller.account is None else self.callers.account(caller.account)
        if subject is None:
            raise Refused("invalid-identity")
        return subject

    def _own(self, subject: Subject, fields: tuple[tuple[str, str], ...]) -> Answer:
        return json_answer(people.user(subject, self.memory.pipes_of(subject.id)), headers=fields)

    def _address(self, request: Request) -> tuple[str, Hashable]:
        return "address", neighbourhood(self.proxies.client(request.environ))

    def _try(self, who: Hashable) -> None:
        self.throttle.spend(who, self.house.clock.monotonic())


def _sees_all(caller: Credential | None, subject: Subject) -> bool:
    return caller is not None and ("first-party" in caller.scopes or caller.account == subject.id)
