"""Who may say what: accounts, tokens and the scopes they grant. Values only; storage/ remembers them."""

import hashlib
import re
from dataclasses import dataclass

from actors.identities import DISCORD_ID
from actors.presence import Claim, Subject

SCOPES = frozenset({"publish", "read", "kv", "first-party", "operator"})
"""What a token may be given."""

IDENTITY = "identity"
"""What only signing in gives, to a browser's cookie: to look after one's own account."""

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_RESERVED = frozenset({"refresh", "@me"})


def name_fault(name: str) -> str | None:
    """Why this cannot be an account's name, as a sentence for its author; None when it can (WIRES section 3)."""
    if not _NAME.fullmatch(name):
        return "a name has 1 to 64 of A-Z a-z 0-9 _ . -"
    if name in _RESERVED or DISCORD_ID.fullmatch(name) or _UUID.fullmatch(name):
        return "a name must not be the word refresh, 17 to 19 digits or a UUID"
    return None


def is_uuid(text: str) -> bool:
    """True for a UUID, in either case."""
    return _UUID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Credential:
    """A token's meaning; the token itself is never kept, only its digest.

    `account` is the owner's UUID, None for first parties and operators. Times are seconds since the epoch;
    `expires_at` None means until it is revoked.
    """

    id: str
    digest: bytes
    account: str | None
    scopes: frozenset[str]
    created_at: float
    expires_at: float | None = None

    def allows(self, scope: str, now: float) -> bool:
        """True while the token lives and carries the scope."""
        return scope in self.scopes and not self.expired(now)

    def expired(self, now: float) -> bool:
        """True from the very instant `expires_at` on."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True)
class Pipe:
    """A link as presenti sees it: the id of an `account` (a UUID) at a `provider`, and which way presence may flow."""

    uuid: str
    provider: str
    id: str
    account: str
    direction: int
    """0 nowhere, 1 to here, 2 to there, 3 both."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A token just made: its `text`, which is nowhere else, its meaning, and the ids of those it made give way."""

    text: str
    credential: Credential
    ended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignedUp:
    """A new account, and its browser's identity."""

    subject: Subject
    identity: Issued


def digest_of(token: str) -> bytes:
    """What is kept of a token: SHA-256 suffices where the secret itself has 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the numbered `changes` table: the account, credential or storage `id` was made, altered or removed."""

    number: int
    kind: str
    """`account`, `credential`, or `storage`, whose id is its account's."""
    id: str


@dataclass(frozen=True, slots=True)
class Census:
    """Everything the house reads at start, of one instant: `change` is the number of the newest change included."""

    change: int
    subjects: tuple[Subject, ...]
    credentials: tuple[Credential, ...]


@dataclass(frozen=True, slots=True)
class LiveClaim:
    """A claim read back after a restart; `until` in seconds since the epoch, as stored."""

    user: str
    claim: Claim
    until: float
