"""Live claims as they are read back after a restart, and how a batch of news about them becomes rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import structlog
from pony.orm import select

from actors.accounts import LiveClaim
from actors.messages.keeper import Forget, LastSeen, Remember, Renew
from actors.presence import Claim, Source, Status
from storage.documents import claim_text, read_claim, read_text, stored_text
from storage.tables import Tables

log = structlog.get_logger()

_UPSERT = """
    INSERT INTO claims (subject, kind, source, since, until, lives_with_source, document) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (subject, kind, source) DO UPDATE SET
        since = excluded.since, until = excluded.until, lives_with_source = excluded.lives_with_source,
        document = excluded.document"""
_DELETE = "DELETE FROM claims WHERE subject = ? AND kind = ? AND source = ?"
_RUN_OUT = """SELECT claims.subject, claims.until, claims.document FROM claims
    JOIN accounts ON accounts.id = claims.subject WHERE claims.until <= ? ORDER BY claims.until"""
_RENEW = "UPDATE claims SET until = ? WHERE lives_with_source"


@dataclass(slots=True)
class LastWords:
    """The last word about each (user, source) of a batch: applied at once, they leave what the batch in order would."""

    words: dict[tuple[str, Source], Remember | Forget] = field(default_factory=dict)
    renewed_until: float | None = None

    def take(self, word: Remember | Forget | Renew) -> None:
        """Take in the next word of the batch."""
        if isinstance(word, Renew):
            self._renew(word.until)
        elif isinstance(word, Remember):
            self.words[word.user, word.claim.source] = word
        else:
            self.words[word.user, word.source] = word

    def _renew(self, until: float) -> None:
        self.renewed_until = until
        for key, word in self.words.items():
            if isinstance(word, Remember) and _lives_with_source(word):
                self.words[key] = replace(word, until=until)


def apply(tables: Tables, last: LastWords) -> None:
    """Write the last words, renewal first: it is older than every word kept about the rows it also touches."""
    if last.renewed_until is not None:
        tables.execute(_RENEW, (last.renewed_until,))
    forgotten: list[tuple[str, str, str]] = []
    remembered: list[tuple[object, ...]] = []
    for (user, source), word in last.words.items():
        row = None if isinstance(word, Forget) else _row(word)
        if row is None:
            forgotten.append(_key(user, source))
        else:
            remembered.append(row)
    if forgotten:
        tables.execute_many(_DELETE, forgotten)
    if remembered:
        tables.execute_many(_UPSERT, remembered)


def live(tables: Tables, now: float) -> tuple[LiveClaim, ...]:
    """Every stored claim that may still be believed at `now` (seconds since the epoch), oldest source first."""
    rows = select((c.since, c.subject, c.document, c.until) for c in tables.orm.Claim if c.until > now)
    return tuple(_live_claims(rows.order_by(1)))


def last_sights(tables: Tables, now: float) -> tuple[LastSeen, ...]:
    """When accounts were seen last whose claims have run out: nobody may have been there to notice."""
    rows = tables.rows(_RUN_OUT, (now,))
    return tuple(LastSeen(subject, until) for subject, until, text in rows if _shows(read_claim(text)))


def _shows(claim: Claim) -> bool:
    return claim.effective_status not in {None, Status.OFFLINE, Status.INVISIBLE}


def delete_expired(tables: Tables, now: float) -> int:
    """Delete what must no longer be believed; returns how many claims that were."""
    return tables.execute("DELETE FROM claims WHERE until <= ?", (now,))


def _live_claims(rows: Iterable[tuple[float, str, str, float]]) -> Iterable[LiveClaim]:
    for _since, subject, document, until in rows:
        yield LiveClaim(read_text(subject), read_claim(document), until)


def _lives_with_source(word: Remember) -> bool:
    return word.claim.expires_at is None


def _key(user: str, source: Source) -> tuple[str, str, str]:
    return stored_text(user), stored_text(source.kind), stored_text(source.id)


def _row(word: Remember) -> tuple[object, ...] | None:
    """The claim as a row; None, and an error in the log, for one that is no JSON: it must not hold up all others."""
    claim = word.claim
    try:
        text = claim_text(claim)
    except (TypeError, ValueError, RecursionError):
        log.exception("claim cannot be stored and will not outlive the process", kind=claim.source.kind)
        return None
    return (*_key(word.user, claim.source), claim.since, word.until, _lives_with_source(word), text)
