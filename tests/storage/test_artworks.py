"""Kept artwork: the contract of storage/artworks.py on every database."""

from pathlib import Path

import pytest

from actors.artworks import MOST_EACH, Artwork
from actors.errors import Refused
from storage.artworks import KEPT, PRUNE
from storage.database import open_database
from storage.store import Store
from tests.clock import FakeClock


def _artwork(number: int) -> Artwork:
    return Artwork(f"{number:064x}", "image/png", bytes([0, number % 256, 255]))


def test_it_is_kept_once_for_as_long_as_somebody_refers_to_it(store: Store, clock: FakeClock) -> None:
    for number in (1, 2, 1):
        store.add_artwork(_artwork(number), "ann")
    assert store.artwork(_artwork(1).digest) == _artwork(1)
    assert store.artwork(_artwork(3).digest) is None
    clock.advance(KEPT)
    assert store.prune() == 0
    digests = [_artwork(number).digest for number in (1, 3)]
    assert store.refer_to_artworks(digests) == {digests[0]}
    clock.advance(1)
    assert store.prune() == 1
    assert store.artwork(_artwork(2).digest) is None
    assert store.artwork(_artwork(1).digest) is not None


def test_nobody_fills_the_disk(store: Store) -> None:
    for number in range(MOST_EACH):
        store.add_artwork(_artwork(number), "ann")
    with pytest.raises(Refused, match="at most 500"):
        store.add_artwork(_artwork(MOST_EACH), "ann")
    store.add_artwork(_artwork(0), "ann")
    store.add_artwork(_artwork(MOST_EACH), "bob")


def test_what_is_to_be_pruned_is_found_without_reading_the_images(tmp_path: Path) -> None:
    database = open_database(tmp_path / "presently.sqlite")
    (step,) = database.run(lambda tables: tables.rows(f"EXPLAIN QUERY PLAN {PRUNE}", (0.0,)))
    database.close()
    assert "SEARCH artworks USING" in step[-1]
    assert "INDEX artworks_referred_at" in step[-1]
