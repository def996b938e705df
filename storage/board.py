"""Where live claims are kept so that several processes may share them; here: in this process alone."""

from collections.abc import Iterable

from actors.presence import Claim, Source


class LocalBoard:
    """A house's Board for one process: a dictionary, lost with it. Leases are not judged here."""

    def __init__(self) -> None:
        self._claims: dict[str, dict[Source, Claim]] = {}

    def report(self, user: str, claim: Claim) -> None:
        """Put the claim in its source's one place, instead of what the source said before."""
        self._claims.setdefault(user, {})[claim.source] = claim

    def withdraw(self, user: str, source: Source) -> None:
        """Remove what the source said of the user; harmless where it said nothing."""
        held = self._claims.get(user)
        if held is not None and held.pop(source, None) is not None and not held:
            del self._claims[user]

    def claims(self, user: str) -> tuple[Claim, ...]:
        """What is claimed of the user, in no particular order; empty for one nobody spoke of."""
        return tuple(self._claims.get(user, {}).values())

    def users(self) -> Iterable[str]:
        """Every user with a claim, as they were when asked."""
        return tuple(self._claims)
