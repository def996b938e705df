"""Signing: what signing up, in and out and changing a password do, for presenti's API and for the pages' forms alike.

Each deed is told how to read what the request says, so that it is only read when the caller may say it at all
(spec/presenti.md sections 4.9 and 4.12; PROMISES 3.3 and 3.4).
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from actors.accounts import Credential, Issued, name_fault
from actors.errors import Malformed, Refused
from actors.house import House
from actors.messages.directory import Learn
from actors.presence import Subject
from web.dialects.presenti.callers import Callers
from web.edge.admission import neighbourhood
from web.memory import Hasher, Memory
from web.proxies import Proxies
from web.throttle import Throttle
from web.views import Request

Read = Callable[[Request], tuple[str, str]]
"""Two texts that are not empty: a name and a password, or the password and the one to take its place."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who it is, and what its browser is to keep."""

    subject: Subject
    identity: Issued


@dataclass(frozen=True, slots=True)
class Signing:
    """The deeds and what they need."""

    house: House
    callers: Callers
    memory: Memory
    hasher: Hasher
    throttle: Throttle
    proxies: Proxies
    registration: bool

    def open(self) -> None:
        """Refused (`registration-closed`) unless `[presenti] registration` is on."""
        if not self.registration:
            raise Refused("registration-closed")

    def up(self, request: Request, read: Read) -> SignedIn:
        """A new account. Malformed (`bad-name`, `bad-password`), Refused (`name-taken`, `foreign-origin`)."""
        self.open()
        self.callers.own_page(request)
        name, password = read(request)
        if name_fault(name) is not None:
            raise Malformed("bad-name")
        self._try(self._address(request))
        if self.callers.account(name) is not None:
            raise Refused("name-taken")
        made = self.memory.sign_up(name, self.hasher.hash(password))
        self.house.directory.ask(Learn(made.subject))
        self.callers.gate.admit(made.identity)
        return SignedIn(made.subject, made.identity)

    def enter(self, request: Request, read: Read) -> SignedIn:
        """Refused (`invalid-credentials`); a name that is nobody's costs as much as a wrong password."""
        self.callers.own_page(request)
        name, password = read(request)
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
        return SignedIn(subject, identity)

    def leave(self, request: Request) -> None:
        """The identity ends here too, not in the browser alone. Refused (`foreign-origin`)."""
        self.callers.own_page(request)
        try:
            identity = self.callers.browser(request)
        except Refused:
            return
        self.memory.revoke_token(identity.id)
        self.callers.gate.dismiss((identity.id,))

    def change(self, request: Request, read: Read) -> None:
        """A new password: every token of the account ends, and every sign-in but this one.

        Refused (`invalid-identity`, `invalid-password`, `foreign-origin`), Malformed (`bad-password`).
        """
        identity = self.callers.browser(request)
        subject = self.subject(identity)
        old, new = read(request)
        self._try(subject.name)
        kept = self.memory.password_hash(subject.id)
        if not self.hasher.verify(kept, old) or kept is None:
            raise Refused("invalid-password")
        self.throttle.give_back(subject.name)
        ended = self.memory.change_password(subject.id, kept, self.hasher.hash(new), identity.id)
        if ended is None:
            raise Refused("invalid-password")
        self.callers.gate.dismiss(ended)

    def subject(self, caller: Credential) -> Subject:
        """Whose credential it is; Refused (`invalid-identity`) where it is no account's."""
        subject = None if caller.account is None else self.callers.account(caller.account)
        if subject is None:
            raise Refused("invalid-identity")
        return subject

    def _address(self, request: Request) -> tuple[str, Hashable]:
        return "address", neighbourhood(self.proxies.client(request.environ))

    def _try(self, who: Hashable) -> None:
        self.throttle.spend(who, self.house.clock.monotonic())
