"""When each user was seen last, for those whom an account or a guild makes worth remembering."""

from collections.abc import Mapping, Sequence

from actors.messages.keeper import LastSeen
from storage.documents import read_text, stored_text
from storage.tables import Tables

KEPT = 90 * 86_400.0
"""Seconds for which it is kept of somebody who has no account."""

_UPSERT = """INSERT INTO last_seen (subject, at) VALUES (?, ?)
    ON CONFLICT (subject) DO UPDATE SET at = excluded.at WHERE excluded.at > last_seen.at"""
_PRUNE = "DELETE FROM last_seen WHERE at < ? AND subject NOT IN (SELECT id FROM accounts)"


def note(tables: Tables, seen: Sequence[LastSeen]) -> None:
    """Keep the last of each user, in the order of their times."""
    last = {word.user: word.at for word in seen}
    if last:
        tables.execute_many(_UPSERT, [(stored_text(user), at) for user, at in last.items()])


def every(tables: Tables) -> Mapping[str, float]:
    """Seconds since the epoch by the user's id."""
    return {read_text(subject): at for subject, at in tables.rows("SELECT subject, at FROM last_seen")}


def prune(tables: Tables, now: float) -> int:
    """Delete what is too old of those without an account; returns how many."""
    return tables.execute(_PRUNE, (now - KEPT,))
