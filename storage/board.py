"""Where live claims are kept so that several processes may share them; here: in this process alone."""

from collections.abc import Iterable
from typing import Protocol

from actors.presence import Claim, Source


class Board(Protocol):
    """The live claims of all users. Every board keeps the same promises (one contract suite)."""

    def report(self, user: str, claim: Claim) -> None:
        """Put the claim in its source's one place among this user's claims, instead of what the source said before."""

    def withdraw(self, user: str, source: Source) -> None:
        """Remove what the source said of the user; harmless where it said nothing."""

    def claims(self, user: str) -> tuple[Claim, ...]:
        """What is claimed of the user, in no particular order; empty for one nobody spoke of. Leases are not judged."""

    def users(self) -> Iterable[str]:
        """Every user with a claim, as they were when asked."""


class LocalBoard:
    """A board for one process: a dictionary, lost with it."""

    def __init__(self) -> None:
        self._claims: dict[str, dict[Source, Claim]] = {}

    def report(self, user: str, claim: Claim) -> None:
        """See Board.report."""
        self._claims.setdefault(user, {})[claim.source] = claim

    def withdraw(self, user: str, source: Source) -> None:
        """See Board.withdraw."""
        held = self._claims.get(user)
        if held is not None and held.pop(source, None) is not None and not held:
            del self._claims[user]

    def claims(self, user: str) -> tuple[Claim, ...]:
        """See Board.claims."""
        return tuple(self._claims.get(user, {}).values())

    def users(self) -> Iterable[str]:
        """See Board.users."""
        return tuple(self._claims)
