"""Keyring: every live token's meaning, by digest and by id. Who looks a token up notes its use; anybody may read it."""

import hmac
from dataclasses import dataclass, field

from actors.accounts import Credential, digest_of
from actors.deadlines import Deadlines


@dataclass(slots=True)
class Keyring:
    """Credentials in memory."""

    by_digest: dict[bytes, Credential] = field(default_factory=dict)
    by_id: dict[str, Credential] = field(default_factory=dict)
    used: dict[str, float] = field(default_factory=dict)
    """When tokens, by id, were used last (seconds since the epoch); the Warden writes it behind and empties it."""
    ends: Deadlines[str] = field(default_factory=Deadlines)
    """When tokens, by id, are over, where they ever are (seconds since the epoch)."""

    def find(self, token: str) -> Credential | None:
        """What this token means; None when it is not in memory, which does not yet mean unknown."""
        digest = digest_of(token)
        found = self.by_digest.get(digest)
        return found if found is not None and hmac.compare_digest(found.digest, digest) else None

    def learn(self, credential: Credential) -> None:
        """Take a credential in, in place of what was known of it."""
        self.forget(credential.id)
        self.by_digest[credential.digest] = credential
        self.by_id[credential.id] = credential
        if credential.expires_at is not None:
            self.ends.set(credential.id, credential.expires_at)

    def forget(self, credential_id: str) -> None:
        """Drop a credential, if it is there."""
        known = self.by_id.pop(credential_id, None)
        if known is not None:
            self.by_digest.pop(known.digest, None)
            self.ends.drop(credential_id)
