"""Artwork by its hash: kept once however often it is uploaded, for as long as anybody refers to it."""

from collections.abc import Sequence

from actors.artworks import MOST_EACH, Artwork
from actors.errors import Refused
from storage.tables import Tables

KEPT = 30 * 86_400.0
"""Seconds for which it is kept after the last reference (spec/dyson.md section 11)."""

_INSERT = """INSERT INTO artworks (hash, media_type, data, uploaded_by, referred_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (hash) DO UPDATE SET referred_at = excluded.referred_at"""

PRUNE = "DELETE FROM artworks WHERE referred_at < ?"


def add(tables: Tables, artwork: Artwork, account: str, now: float) -> None:
    """Keep it. Raises Refused with `too-many-artworks` where the account has uploaded as many as it may."""
    if not refer(tables, (artwork.digest,), now):
        rows = tables.rows("SELECT count(*) FROM artworks WHERE uploaded_by = ?", (account,))
        if rows[0][0] >= MOST_EACH:
            raise Refused("too-many-artworks", f"at most {MOST_EACH} images of an account are kept")
        tables.execute(_INSERT, (artwork.digest, artwork.media_type, artwork.data, account, now))


def find(tables: Tables, digest: str) -> Artwork | None:
    """The image; None where there is none."""
    row = tables.orm.Artwork.get(hash=digest)
    return None if row is None else Artwork(digest, row.media_type, bytes(row.data))


def refer(tables: Tables, digests: Sequence[str], now: float) -> frozenset[str]:
    """Which of these there are; each counts as referred to now."""
    return frozenset(
        digest
        for digest in digests
        if tables.execute("UPDATE artworks SET referred_at = ? WHERE hash = ?", (now, digest))
    )


def prune(tables: Tables, now: float) -> int:
    """Delete what was last referred to longer ago than it is kept; returns how many."""
    return tables.execute(PRUNE, (now - KEPT,))
