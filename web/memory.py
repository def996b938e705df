"""Memory: what the web asks of storage beside what the warden reads; every call may wait and raises Unavailable."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from actors.accounts import Issued, Pipe, SignedUp
from actors.transformations import Transformation, Transformations
from actors.warden import Records


class Memory(Records, Protocol):
    """A store, in which each of these is one transaction, committed when it returns."""

    def sign_up(self, name: str, password_hash: str) -> SignedUp:
        """Make an account that is not listed, signed in. Raises Malformed (`bad-name`), Refused (`name-taken`)."""

    def sign_in(self, account: str, password_hash: str) -> Issued:
        """An identity. Raises Refused (`invalid-credentials`) if that is no longer the hash kept of this UUID."""

    def revoke_token(self, credential: str, /) -> bool:
        """End a credential by its id; False when there was none to end."""

    def mint_key(self, account: str, identity: str) -> Issued:
        """A key to publish with. Raises Refused (`invalid-identity`) if that credential has ended."""

    def password_hash(self, account: str) -> str | None:
        """What is kept of the password of the account with this UUID."""

    def change_password(self, account: str, old: str, new: str, spared: str) -> tuple[str, ...] | None:
        """Replace the hash; answered with the ids of the credentials that ended, None if `old` is not the one kept."""

    def add_pipe(self, provider: str, theirs: str, account: str, direction: int) -> Pipe:
        """Link an account. Raises Malformed (`bad-link`), Refused (`unknown-account`, `link-taken`)."""

    def pipe(
        self,
        uuid: str | None = None,
        provider: str | None = None,
        theirs: str | None = None,
        account: str | None = None,
    ) -> Pipe | None:
        """The link of which all this is true."""

    def pipes_of(self, account: str) -> tuple[Pipe, ...]:
        """All links of the account with this UUID."""

    def pipes_to(self, provider: str) -> tuple[tuple[Pipe, str], ...]:
        """All links to this provider, each with its account's name."""

    def steer_pipe(self, uuid: str, direction: int) -> Pipe | None:
        """Let presence flow that way; None when there is no such link."""

    def remove_pipe(self, uuid: str) -> Pipe | None:
        """Take a link away; answered with what it was."""

    def transformations_of(self, account: str) -> Transformations:
        """The rules of the account of this id, in their order."""

    def transformation(self, uuid: str) -> Transformation | None:
        """The rule of this UUID, whoever has it."""

    def add_transformation(self, account: str, rule: Mapping[str, Any], ids: Sequence[str]) -> Transformation:
        """Put a rule behind the others. Raises Refused (`unknown-account`, `too-many-transformations`)."""

    def change_transformation(
        self, uuid: str, account: str, rule: Mapping[str, Any] | None = None, ids: Sequence[str] | None = None
    ) -> Transformation | None:
        """The account's rule of this UUID as it is now, changed in what is given; None where there is none."""

    def remove_transformation(self, uuid: str, account: str) -> bool:
        """Take a rule of this account away; whether there was one."""


class Hasher(Protocol):
    """What turns passwords into what is kept of them; waits in the calling greenlet, never in the hub."""

    def hash(self, password: str) -> str:
        """What to keep. Raises Malformed (`bad-password`), Overrun where too many wait."""

    def verify(self, kept: str | None, password: str) -> bool:
        """Whether this is the password kept; takes as long where none is. Raises Overrun as `hash`."""
