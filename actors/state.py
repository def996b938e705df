"""State: what the house itself adds to a presence, such as colours for its background (presenti.md sections 3.9, 7.2).

A state is a claim like any other, with a lease and one source for each adapter, but without activities and status: it
makes nobody available, other dialects see nothing of it, and it dies with whoever said it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from actors.presence import Claim, Native, Presence, Source, Update

STATE = "state"
"""The kind of such a source; its id is the adapter's name."""


def state_claim(adapter: str, document: Mapping[str, Any], now: float, expires_at: float) -> Claim:
    """What an adapter says; `document` holds JSON values and is merged with the other adapters' at its top level."""
    return Claim(Source(STATE, adapter), now, expires_at=expires_at, native=Native(STATE, document))


def state_of(presence: Presence) -> dict[str, Any]:
    """All adapters' documents in one; empty where none says anything."""
    state: dict[str, Any] = {}
    for claim in presence.claims:
        if claim.source.kind == STATE and claim.native is not None:
            state |= claim.native.document
    return state


def only_state_differs(update: Update) -> bool:
    """True for a report of an adapter, of which a dialect without states has nothing to say."""
    before, after = update.before.claims, update.after.claims
    if before is after or not any(claim.source.kind == STATE for claim in (*before, *after)):
        return False
    return _without_states(before) == _without_states(after)


def _without_states(claims: Iterable[Claim]) -> list[Claim]:
    return [claim for claim in claims if claim.source.kind != STATE]
