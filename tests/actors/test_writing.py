"""Writing: who cannot write to the store is known at once, and so is that it can again, with how long that took."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from actors.activities import Remove
from actors.backlog import Backlog
from actors.committer import Committer
from actors.errors import Refused, Unavailable
from actors.journal import Journal
from actors.keeper import Keeper
from actors.messages.courier import Parcel, Post
from actors.messages.keeper import Behind, Commit, Flush, Record
from tests.actors.courier.cast import KIND, PostOffice
from tests.stage import Stage


@dataclass
class FullDisk:
    """A store that can be read; it refuses whatever touches a row while it is full."""

    full: bool = False

    def write_behind(self, batch: Sequence[Behind]) -> None:
        if self.full and any(isinstance(change, Record) for change in batch):
            raise Unavailable("store-away")

    def commit(self, changes: Sequence[Any]) -> tuple[Any, ...]:
        if self.full:
            raise Unavailable("store-away")
        return tuple(Refused("unknown-activity") for _ in changes)

    def live_activities(self) -> tuple[()]:
        return ()

    def storage_revisions(self) -> dict[str, int]:
        return {}


class Desk:
    """A Journal and a Keeper before a disk, and what was said of writing."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.house, self.disk = stage, stage.house(), FullDisk()
        self.open()

    def open(self) -> None:
        self.house.journal.move_in(self.stage.start(Journal, self.house))
        self.house.keeper.move_in(self.stage.start(Keeper, self.house, self.disk, Backlog()))
        self.stage.clock.advance(1.0)

    def said(self) -> list[tuple[str, str, object]]:
        records = [record for record in self.house.journal.mail if isinstance(record, Record)]  # type: ignore[attr-defined]
        return [
            (each.kind, each.event, each.details.get("code", each.details.get("away_seconds")))
            for each in records
            if each.event.startswith("writing-")
        ]


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as opened:
        yield opened


@pytest.fixture
def desk(stage: Stage) -> Desk:
    return Desk(stage)


def test_the_keeper_says_once_that_it_cannot_write_and_once_that_it_can_again(stage: Stage, desk: Desk) -> None:
    desk.disk.full = True
    desk.house.keeper.tell(Record(1.0, "presence", "Extra", "event"))
    stage.ask(desk.house.keeper, Flush())
    assert desk.house.outages
    stage.clock.advance(30.5)
    assert desk.said() == [("Keeper", "writing-put-off", "store-away")]
    assert desk.house.outages
    desk.disk.full = False
    stage.clock.advance(1.0)
    assert not desk.house.outages
    assert desk.said()[1:] == [("Keeper", "writing-goes-on", 31.0)]


def test_that_a_committer_can_write_again_is_found_out_though_nobody_asks_it(stage: Stage, desk: Desk) -> None:
    committer = stage.start(Committer, desk.house, desk.disk, None)
    desk.disk.full = True
    for _ in range(2):
        with pytest.raises(Unavailable):
            stage.ask(committer, Commit(Remove("u", "a", None)))
    stage.clock.advance(25.0)
    assert ("Committer", "writing-put-off", "store-away") in desk.said()
    assert desk.house.outages, "that nothing need be renewed proves nothing"
    desk.disk.full = False
    stage.clock.advance(2.0)
    assert not desk.house.outages
    assert [said[:2] for said in desk.said() if said[0] == "Committer"] == [
        ("Committer", "writing-put-off"),
        ("Committer", "writing-goes-on"),
    ]


def test_a_courier_that_writes_again_says_so(stage: Stage) -> None:
    office = PostOffice(stage)
    office.outbox.away = True
    for ident in ("1", "2"):
        with pytest.raises(Unavailable):
            stage.ask(office.ref, Post(Parcel(ident, f"{KIND}:a", b"{}", stage.clock.now())))
        stage.clock.advance(3.0)
    assert office.house.outages
    office.outbox.away = False
    office.post("there")
    assert not office.house.outages
    told = [(each.event, dict(each.details)) for each in office.house.journal.mail]  # type: ignore[attr-defined]
    assert told == [("writing-put-off", {"code": "store-away"}), ("writing-goes-on", {"away_seconds": 6.0})]
