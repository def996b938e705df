"""An activity vanishes at the moment it expires, and whoever watches is told then (issue 5)."""

from typing import Any

import orjson

from actors.activities import Posted
from actors.directory import Directory
from actors.falls import Limits
from actors.leases import LeaseSupervisor
from actors.messages.directory import Deliver
from actors.messages.user import Report, Watch
from actors.presence import Presence, Subject
from tests.actors.viewers import NotingLane
from tests.clock import BEGINNING
from tests.stage import Stage
from web.dialects.dyson.documents import DOCUMENTED, active, claim_of
from web.dialects.dyson.socket import Packets

ALICE = Subject("1d3c0a2e-1111-4222-8333-444455556666", "alice", account=True, listed=True)


def _posted(name: str, seconds: float) -> Posted:
    return Posted(name, ALICE.id, None, {"type": 1, "title": name}, 1, BEGINNING + seconds, BEGINNING, BEGINNING)


def _titles(lane: NotingLane) -> list[list[str]]:
    packets: list[Any] = [orjson.loads(text) for text in lane.take()]
    return [[activity["title"] for activity in packet["data"]["activities"]] for packet in packets]


def test_natural_expiry_is_told_when_it_is_due_and_not_before() -> None:
    with Stage() as stage:
        house = stage.house()
        house.register.learn(ALICE)
        house.leases.move_in(stage.start(LeaseSupervisor, house))
        house.directory.move_in(stage.start(Directory, house, Limits()))
        lane: Any = NotingLane(Packets(DOCUMENTED, stage.clock.now))  # type: ignore[arg-type]
        stage.tell(house.directory, Deliver(ALICE.id, Watch(lane)))
        for posted in (_posted("long", 120), _posted("short", 60)):
            stage.tell(house.directory, Deliver(ALICE.id, Report(claim_of(posted))))
        assert [sorted(titles) for titles in _titles(lane)] == [[], ["long"], ["long", "short"]]
        stage.clock.advance(59.9)
        assert _titles(lane) == []
        stage.clock.advance(0.2)
        assert _titles(lane) == [["long"]]
        renewed = claim_of(_posted("long", 300))
        stage.tell(house.directory, Deliver(ALICE.id, Report(renewed)))
        stage.clock.advance(239.8)
        assert _titles(lane) == [], "a renewal is told to nobody, and its old end means nothing"
        stage.clock.advance(0.2)
        assert _titles(lane) == [[]]


def test_a_reader_between_the_end_and_the_news_of_it_sees_nothing_either() -> None:
    presence = Presence((claim_of(_posted("short", 60)),))
    assert active(ALICE, presence, BEGINNING + 59.999)
    assert active(ALICE, presence, BEGINNING + 60) == []
