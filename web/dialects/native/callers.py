"""Who asks /v2: a token in `Authorization: Bearer`, and what it may do of whom. Never in a query, which logs keep."""

from dataclasses import dataclass

from actors.accounts import Credential
from actors.errors import Refused
from web.gate import Gate
from web.views import Request

_SCHEME = "bearer "


@dataclass(frozen=True, slots=True)
class Callers:
    """Finds out who asks."""

    gate: Gate

    def known(self, request: Request) -> Credential | None:
        """Whose token came; None where none did. Refused (`invalid-token`) for one that means nothing."""
        value = request.header("AUTHORIZATION")
        if value is None:
            return None
        token = value[len(_SCHEME) :].strip() if value.lower().startswith(_SCHEME) else ""
        credential = self.gate.find(token)
        if credential is None:
            raise Refused("invalid-token")
        return credential

    def publisher_for(self, request: Request, user: str) -> Credential:
        """Who may publish for the user of this id: the owner, and first parties for everybody."""
        credential = self.must_be_known(request)
        now = self.gate.house.clock.now()
        own = credential.account == user and credential.allows("publish", now)
        if not own and not credential.allows("first-party", now):
            raise Refused("not-permitted")
        return credential

    def sees_claims_of(self, request: Request, user: str) -> bool:
        """Whether the asker may know by whose word the user of this id is what they are: the owner and operators."""
        credential = self.known(request)
        if credential is None:
            return False
        own = credential.account == user and bool(credential.scopes & {"publish", "read"})
        return own or "operator" in credential.scopes

    def must_be_known(self, request: Request) -> Credential:
        """Who asks. Refused (`missing-token`, `invalid-token`)."""
        credential = self.known(request)
        if credential is None:
            raise Refused("missing-token")
        return credential
