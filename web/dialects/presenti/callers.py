"""Callers: who asks presenti's account endpoints, by an Authorization header or by the identity cookie."""

from dataclasses import dataclass

from actors.accounts import IDENTITY, Credential, Issued
from actors.errors import Refused
from actors.house import House
from actors.presence import Subject
from web.gate import Gate
from web.memory import Memory
from web.origins import Origins
from web.views import Request

COOKIE = "identity"
_TOKENS = frozenset({"publish", "first-party"})
_SECONDS = 12 * 3600

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Callers:
    """Tells whose request it is; may wait for storage."""

    house: House
    gate: Gate
    origins: Origins
    memory: Memory

    def first_party(self, request: Request) -> Credential:
        """Section 4.10: a first-party token, "in Authorization only"; else Refused (`not-first-party`)."""
        credential = self._bearer(request)
        if credential is None or "first-party" not in credential.scopes:
            raise Refused("not-first-party")
        return credential

    def browser(self, request: Request) -> Credential:
        """Who is signed in; Refused (`invalid-identity`), or `foreign-origin` for another site's page."""
        found = self._identity(request)
        if found is None:
            raise Refused("invalid-identity")
        return found

    def visitor(self, request: Request) -> Credential | None:
        """Who is signed in, for a page that changes nothing and that no other site can read: a link may lead there."""
        return self._cookie_of(request)

    def anybody(self, request: Request) -> Credential | None:
        """Whoever it is, None for a stranger; a header goes before the cookie, as it cannot be there by accident."""
        if request.header("AUTHORIZATION"):
            return self._bearer(request)
        return self._identity(request)

    def somebody(self, request: Request) -> Credential:
        """The same; Refused (`invalid-identity`) for a stranger."""
        found = self.anybody(request)
        if found is None:
            raise Refused("invalid-identity")
        return found

    def own_page(self, request: Request) -> None:
        """Refused (`foreign-origin`) where a page that may bring no cookie wants one set."""
        if not self.origins.may_bring_credential(request):
            raise Refused("foreign-origin")

    def account(self, key: str) -> Subject | None:
        """The account of this name or UUID, from memory or else from storage."""
        register = self.house.register
        known = register.subjects.get(register.names.get(key, key.lower()))
        return known or self.memory.account(key)

    def cookie(self, issued: Issued, request: Request) -> Fields:
        """The fields that keep a browser signed in for 12 hours."""
        return self._set_cookie(issued.text, _SECONDS, request)

    def no_cookie(self, request: Request) -> Fields:
        """The fields that make it forget."""
        return self._set_cookie("", 0, request)

    def _set_cookie(self, value: str, seconds: int, request: Request) -> Fields:
        """SameSite=None only for a listed page of another origin, which without it would never send it back."""
        https = self.origins.is_https(request)
        site = "None" if https and self.origins.is_foreign(request) else "Lax"
        secure = "; Secure" if https else ""
        cookie = f"{COOKIE}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite={site}{secure}"
        return (("Set-Cookie", cookie), ("Cache-Control", "no-store"))

    def _bearer(self, request: Request) -> Credential | None:
        """An identity is no token here: it opens nothing but by its cookie (section 2.2)."""
        found = self.gate.find(request.header("AUTHORIZATION") or "")
        return found if found is not None and found.scopes & _TOKENS else None

    def _identity(self, request: Request) -> Credential | None:
        if not request.cookie(COOKIE):
            return None
        self.own_page(request)
        return self._cookie_of(request)

    def _cookie_of(self, request: Request) -> Credential | None:
        found = self.gate.find(request.cookie(COOKIE))
        return found if found is not None and IDENTITY in found.scopes else None
