"""What is written behind: the Keeper's words, claims whose time is over, and what was kept for long enough."""

from collections.abc import Sequence

from actors.activities import KIND
from actors.deeds import Done
from actors.messages.keeper import Behind, Forget, LastSeen, Record, Remember, Seen
from storage import activities, artworks, changes, claims, deeds, journal, last_seen, outbox, pings, tokens
from storage.tables import Tables

KEPT_FOR_A_WHILE = (journal, activities, outbox, last_seen, artworks, deeds, tokens, changes)
"""Each says in `KEPT` for how long, or in `MOST` how many; `prune` is asked again until nothing is left to delete."""


def write(tables: Tables, batch: Sequence[Behind]) -> None:
    """Write a batch as if word by word in its order."""
    last = claims.LastWords()
    records: list[Record] = []
    seen: list[Seen] = []
    last_seens: list[LastSeen] = []
    done: list[Done] = []
    for word in batch:
        if isinstance(word, Record):
            records.append(word)
        elif isinstance(word, Seen):
            seen.append(word)
        elif isinstance(word, LastSeen):
            last_seens.append(word)
        elif isinstance(word, Done):
            done.append(word)
        elif not _kept_elsewhere(word):
            last.take(word)
    claims.apply(tables, last)
    pings.note(tables, seen)
    last_seen.note(tables, last_seens)
    deeds.note(tables, done)
    journal.append(tables, records)


def delete_expired(tables: Tables, now: float) -> int:
    """Delete claims that must no longer be believed at `now` (seconds since the epoch); returns how many.

    Whom they showed was seen until then.
    """
    last_seen.note(tables, claims.last_sights(tables, now))
    return claims.delete_expired(tables, now)


def _kept_elsewhere(word: Behind) -> bool:
    """True of the claim of an activity: its own row, written before, says all, and claims are made of it at start."""
    source = word.claim.source if isinstance(word, Remember) else word.source if isinstance(word, Forget) else None
    return source is not None and source.kind == KIND
