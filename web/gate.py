"""Gate: what a token allows, from memory or else from storage, before it is called unknown."""

from dataclasses import dataclass

from actors.accounts import Credential
from actors.house import House
from actors.warden import Records, look_up

LONGEST_TOKEN = 4096
"""Characters; nothing longer is worth a digest."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Looks tokens up; may wait for storage, in the request's greenlet."""

    house: House
    records: Records

    def find(self, token: str) -> Credential | None:
        """What the token means now; None where it is unknown, revoked or expired."""
        if not token or len(token) > LONGEST_TOKEN:
            return None
        credential = self.house.keyring.find(token)
        if credential is None:
            credential = look_up(self.house, self.records, token)
        if credential is None or credential.expired(self.house.clock.now()):
            return None
        return credential
