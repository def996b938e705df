"""/v2's streams: what an event says, which number it may have, and how a reader catches up."""

import json
from typing import Any

import pytest
from wsproto.events import TextMessage

from actors.history import History
from actors.presence import NOBODY, Activity, Claim, Presence, Source, Status, Subject, Update
from tests.web.client import understand
from web.dialects.native.codec import NOTHING, Recovery, Stream, event_of, message_of

ALICE, BOB = Subject("id-a", "alice", account=True), Subject("bob", "bob")


def doing(name: str, status: Status | None = None) -> Presence:
    return Presence((Claim(Source("x", "1"), 0.0, status, activities=(Activity(name),)),))


class Town:
    """Two users whose changes are told to a stream as a User would."""

    def __init__(self) -> None:
        self.history = History("e")
        self.stream = Stream(self.history, lambda: 0.0, event_of)
        self.now: dict[Subject, Presence] = {ALICE: NOBODY, BOB: NOBODY}
        for subject in self.now:
            self.history.watch(subject.id, NOBODY, 0.0, watched=True)

    def becomes(self, subject: Subject, presence: Presence) -> str | None:
        """The id under which the change is told; None where it is not."""
        update = Update(subject, self.now[subject], presence, changed=True, at=0.0)
        self.now[subject] = presence
        self.history.record(update, 0.0)
        payload = self.stream.update(update)
        return None if payload is None else events(payload)[0]["id"]

    def find(self, name: str) -> str:
        return {"alice": "id-a"}.get(name, name)


def events(payload: bytes) -> list[Any]:
    blocks = [block.splitlines() for block in payload.decode().split("\n\n") if block]
    for block in blocks:
        assert len(block) == 2, "one line of id and one of data"
    told = [(block[0].removeprefix("id: "), json.loads(block[1].removeprefix("data: "))) for block in blocks]
    assert [ident for ident, _ in told] == [event["id"] for _, event in told]
    return [event for _, event in told]


def caught_up(town: Town, last: int | None, **seated: tuple[Subject, Presence]) -> list[Any]:
    recovery = Recovery(town.stream, town.find, seated, last)
    for subject, presence in seated.values():
        recovery.add(subject, presence)
    return events(recovery.done())


def test_an_event_is_the_same_on_both_wires() -> None:
    history = History("e")
    spoken = [Stream(history, lambda: 0.0, frame).snapshot(ALICE, doing("chess")) for frame in (event_of, message_of)]
    (message,) = understand(spoken[1])
    assert isinstance(message, TextMessage)
    assert json.loads(message.data) == events(spoken[0])[0]
    assert events(spoken[0])[0] == {
        "type": "snapshot",
        "id": "e:1",
        "presence": {"user": "alice", "id": "id-a", "status": "online", "activities": [{"name": "chess"}]},
        "recovered": False,
    }


def test_a_number_stays_below_what_is_still_on_its_way_of_others() -> None:
    """Seen to fail with the newest number: a reader cut between the two never heard of alice's change."""
    town = Town()
    assert town.becomes(ALICE, doing("chess")) == "e:2"
    assert town.becomes(BOB, doing("go")) == "e:1"
    town.stream.reached("bob")
    town.stream.reached("id-a")
    assert town.becomes(BOB, doing("whist")) == "e:4"
    assert town.becomes(BOB, doing("go")) == "e:5", "one's own older change gives way to the newer one"


def test_what_nobody_can_see_is_not_told_and_holds_nothing_up() -> None:
    town = Town()
    assert town.becomes(ALICE, doing("chess", Status.INVISIBLE)) is None
    assert town.becomes(BOB, doing("go")) == "e:3"


def test_a_reader_who_has_nothing_gets_everybody_and_a_number_at_the_end() -> None:
    town = Town()
    told = caught_up(town, None, alice=(ALICE, doing("chess")), bob=(BOB, NOBODY))
    assert [(event["id"], event["type"]) for event in told] == [("e:0", "snapshot"), ("e:1", "snapshot")]
    assert caught_up(town, NOTHING, bob=(BOB, NOBODY))[0]["recovered"] is False


def test_what_happens_while_users_answer_is_numbered_below_what_waits_behind() -> None:
    """Seen to fail with an entry's own number: alice's change waits behind this in the lane, and has a lower one."""
    town = Town()
    recovery = Recovery(town.stream, town.find, ["alice", "bob"], 1)
    recovery.add(ALICE, NOBODY)
    town.becomes(ALICE, doing("chess"))
    town.becomes(BOB, doing("go"))
    recovery.add(BOB, doing("go"))
    assert [(event["id"], event["type"]) for event in events(recovery.done())] == [
        ("e:1", "change"),
        ("e:1", "resumed"),
    ]


def test_missed_changes_of_several_come_in_their_order() -> None:
    town = Town()
    for subject, name in ((ALICE, "chess"), (BOB, "go"), (ALICE, "whist")):
        town.becomes(subject, doing(name))
        town.stream.reached(subject.id)
    told = caught_up(town, 1, bob=(BOB, doing("go")), alice=(ALICE, doing("whist")))
    assert [event["id"] for event in told] == ["e:2", "e:3", "e:4", "e:4"]
    assert told[-1] == {"type": "resumed", "id": "e:4", "recovered": True}


def test_one_user_that_cannot_be_caught_up_with_makes_it_a_snapshot_of_all() -> None:
    town = Town()
    town.history.doubt("bob", 0.0)
    told = caught_up(town, 1, alice=(ALICE, NOBODY), bob=(BOB, NOBODY))
    assert [event["type"] for event in told] == ["snapshot", "snapshot"]


def test_a_user_who_does_not_answer_leaves_the_reader_without_a_number() -> None:
    """Who was asked for as one and answers as another is in doubt as both."""
    town = Town()
    names = {"alice": "id-a", "bob": "bob"}
    recovery = Recovery(town.stream, lambda name: names[name], names, 1)
    recovery.add(ALICE, NOBODY)
    names["bob"] = "id-b"
    assert [(event["id"], event["type"]) for event in events(recovery.done())] == [("e:0", "snapshot")]
    assert town.history.since("bob", town.history.number, NOBODY, 1.0) is None
    town.history.watch("id-b", NOBODY, 1.0, watched=True)
    assert not town.history.keeps("id-b")


def test_who_is_not_seen_is_named_as_they_were_asked_for() -> None:
    town = Town()
    hidden = doing("secrets", Status.INVISIBLE)
    names = {"alice": "id-a", "id-a": "id-a"}
    recovery = Recovery(town.stream, lambda name: names[name], names, None)
    recovery.add(ALICE, hidden)
    shown = [event["presence"] for event in events(recovery.done())]
    assert shown == [{"user": name, "id": None, "status": "offline", "activities": []} for name in names]


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("e:7", 7),
        ("f:7", 0),
        ("e:", 0),
        ("e:-7", 0),
        ("e:7x", 0),
        ("7", 0),
        ("e:\u0667", 0),
        ("", 0),
        ("e:" + "9" * 5000, 10**18 - 1),
    ],
)
def test_an_id_means_something_within_its_epoch(said: str, number: int) -> None:
    assert Stream(History("e"), lambda: 0.0, event_of).number_in(said) == number


def test_every_change_is_told_at_once_and_keeps_its_own_id() -> None:
    stream = Stream(History("e"), lambda: 0.0, event_of)
    assert (stream.every_report, stream.coalesces, stream.pause) == (False, False, 0.0)


def test_each_start_has_an_epoch_of_its_own() -> None:
    assert History().epoch != History().epoch
