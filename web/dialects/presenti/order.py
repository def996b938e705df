"""In which order one name's sources are shown, and which entries stand for another (spec/presenti.md section 5.6)."""

from collections.abc import Hashable
from typing import Any

from actors.presence import Presence, Status
from web.dialects.presenti.documents import documents_of

FIRST_PARTY, SOCKET, SESSION, MODULE = "first-party", "socket", "session", "module"
FIRST_PARTY_SESSION = "first-party-session"
"""The kinds of source that presenti knows; every other kind is another dialect's.

A first party's session has a kind of its own, so that no user's token reaches what it says of them; viewers see it
among the sessions.
"""

_LISTED_AS = {kind: kind for kind in (FIRST_PARTY, SOCKET, SESSION, MODULE)} | {FIRST_PARTY_SESSION: SESSION}


def documents_out(presence: Presence) -> list[Any]:
    """The list that viewers get: section 5.6's order, other dialects' activities after it by age; hidden shows nothing.

    "(1) first-party lists, (2) user lists, (3) REST sessions, (4) module adapters"; within each by the age of the
    source. A truthy `id` counts once within each of 1 to 3, for its oldest source; one in (1) takes it from (2).
    """
    if presence.status is Status.INVISIBLE:
        return []
    if len(presence.claims) == 1 and len(presence.claims[0].activities) < 2:
        return list(documents_of(presence.claims[0]))  # nothing to order: the common case, on the hot path
    listed: dict[str, list[Any]] = {kind: [] for kind in (FIRST_PARTY, SOCKET, SESSION, MODULE, "")}
    for claim in presence.claims:
        listed[_LISTED_AS.get(claim.source.kind, "")] += documents_of(claim)
    first, owned = _once(listed[FIRST_PARTY], set())
    sockets, _ = _once(listed[SOCKET], owned)
    sessions, _ = _once(listed[SESSION], set())
    return [*first, *sockets, *sessions, *listed[MODULE], *listed[""]]


def _once(documents: list[Any], owned: set[Hashable]) -> tuple[list[Any], set[Hashable]]:
    """The documents without those whose id was there before, and all ids there are now."""
    kept, seen = [], set(owned)
    for document in documents:
        identity = _identity(document)
        if identity is None or identity not in seen:
            kept.append(document)
        if identity is not None:
            seen.add(identity)
    return kept, seen


def _identity(document: Any) -> Hashable:
    """What its `id` is, told apart as JavaScript does: "1" is not 1, true is not 1; None where it says nothing."""
    value = document.get("id") if isinstance(document, dict) else None
    return (type(value) is str, type(value) is bool, value) if value and isinstance(value, str | int | float) else None
