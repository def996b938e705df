"""When somebody pinged last, and with what status: what a new reader of the heartbeat is told first."""

from collections.abc import Sequence

from pony.orm import select

from actors.messages.keeper import Seen
from storage.documents import read_text, stored_text
from storage.tables import Tables

_UPSERT = """INSERT INTO pings (subject, at, status) VALUES (?, ?, ?)
    ON CONFLICT (subject) DO UPDATE SET at = excluded.at, status = excluded.status"""


def note(tables: Tables, seen: Sequence[Seen]) -> None:
    """Keep the last of each user."""
    last = {word.user: word for word in seen}
    if last:
        rows = [(stored_text(word.user), word.at, stored_text(word.status)) for word in last.values()]
        tables.execute_many(_UPSERT, rows)


def last(tables: Tables, user: str) -> tuple[int, str] | None:
    """Seconds since the epoch and the status; None for whoever never pinged."""
    subject = stored_text(user)
    row = select((ping.at, ping.status) for ping in tables.orm.Ping if ping.subject == subject).first()
    return None if row is None else (row[0], read_text(row[1]))
