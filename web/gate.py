"""Gate: what a token allows, from memory or else from storage, before it is called unknown."""

from collections.abc import Iterable
from dataclasses import dataclass

from actors.accounts import Credential, Issued
from actors.house import House
from actors.warden import Records, look_up, revoke

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
        now = self.house.clock.now()
        if credential is None or credential.expired(now):
            return None
        self.house.keyring.used[credential.id] = now
        return credential

    def admit(self, issued: Issued) -> None:
        """Take a token in that was just made, without waiting for the follower, and those out that it made give way."""
        self.house.keyring.learn(issued.credential)
        self.dismiss(issued.ended)

    def dismiss(self, ended: Iterable[str]) -> None:
        """Take credentials out by id: from now on they open nothing, and what lives by their grace ends."""
        for credential in ended:
            revoke(self.house, credential)
