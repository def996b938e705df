"""Keeping: what Lantern's and Lanyard's key-values have in common: whose they are, who may, and how they change."""

from dataclasses import dataclass

from actors.house import House
from actors.keyvalues import MOST_BYTES, Change, Storage
from actors.messages.keeper import Commit
from actors.presence import Kept
from actors.upstream.discord_native import DIALECT
from web.asking import hear
from web.gate import Gate

BODY = MOST_BYTES
"""Bytes of a body that brings key-values."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """One store beneath both dialects; a token that may keep key-values opens both (PROMISES 3.4)."""

    house: House
    gate: Gate

    def user(self, name: str) -> str:
        """The id in the house of whoever is called this, by Discord id first."""
        return self.house.register.resolve(name, DIALECT)

    def owner(self, token: str | None) -> str | None:
        """The account whose key-values this token opens, if any."""
        credential = self.gate.find(token or "")
        if credential is None or not credential.allows("kv", self.house.clock.now()):
            return None
        return credential.account

    def kept(self, user: str) -> Kept:
        """What is kept of the user of this id."""
        return self.house.known(user).kept

    def change(self, change: Change) -> None:
        """Make it durable; when this returns, every reader is shown it."""
        storage: Storage = self.house.committer.ask(Commit(change))
        if self.kept(storage.account).revision < storage.revision:
            hear(self.house, storage.account)
