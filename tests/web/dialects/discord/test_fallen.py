"""Who watches by Lantern or Lanyard, and whom they watch falls or is removed: real sessions and Users, on the Stage."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from actors.messages.connection import Arrived, Heard, UserLeft
from actors.messages.directory import Deliver, Learn, Unlearn
from actors.messages.roster import Spread
from actors.messages.user import Report
from actors.presence import Activity, Claim, Source, Status, Subject
from actors.session import Gone, Session
from actors.subscriber import Subscriber
from tests.actors.connected import NotingDoor, SayingLane
from tests.actors.home import Home, Poison
from tests.stage import Stage
from tests.web.dialects.discord.people import ANN, ANN_ID
from web.dialects.discord.finding import Finding
from web.dialects.lantern import wires as lantern
from web.dialects.lantern.session import LanternSession
from web.dialects.lanyard import wires as lanyard
from web.dialects.lanyard.session import LanyardSession

HIDING = Claim(Source("native", "hide"), 2.0, status=Status.INVISIBLE)
READING = Claim(Source("session", "1"), 1.0, activities=(Activity("Reading"),), credential="key")


class Lane(SayingLane):
    frame = staticmethod(bytes)

    def hold(self) -> object:
        return object()

    def fill(self, _gap: object, data: bytes) -> None:
        self.send(data)

    def take(self) -> list[str]:
        sent, self.sent = self.sent, []
        return [data.decode() for data in sent]

    def user_left(self, update: Any) -> None:
        self.ref.tell(UserLeft(update))


class Watching:
    """Somebody who watches Ann in one dialect; `take` is what they were told since, parsed."""

    def __init__(self, home: Home, session: Session, init: dict[str, Any]) -> None:
        self.home = home
        self.lane: Any = Lane(session.encoding)  # type: ignore[arg-type]
        door: Any = NotingDoor(home.stage.clock.monotonic())
        ref = Subscriber.start(session, self.lane, door, home.house, parent=home.house.connections, path="ws-1")
        door.ref = self.lane.ref = ref
        home.stage.tell(home.house.connections, Arrived(ref, door))
        home.stage.tell(ref, Heard(orjson.dumps(init).decode()))
        self.take()

    def take(self) -> list[Any]:
        self.home.stage.settle()
        return [orjson.loads(text) for text in self.lane.take()]


@pytest.fixture
def home() -> Iterator[Home]:
    with Stage() as stage:
        home = Home(stage)
        home.learn(ANN)
        home.report("ann", READING)
        yield home


def of_lanyard(home: Home) -> Watching:
    session = LanyardSession(lanyard.wires(home.stage.clock.now).plain, Finding(home.house).find)
    return Watching(home, session, {"op": 2, "d": {"subscribe_to_id": ANN_ID}})


def of_lantern(home: Home) -> Watching:
    session = LanternSession(lantern.wires(home.stage.clock.now).of("documented"), Finding(home.house).find)
    return Watching(home, session, {"op": 2, "d": {"user_id": ANN_ID}})


def test_one_who_hides_and_falls_is_no_empty_document(home: Home) -> None:
    watching = of_lanyard(home)
    home.report("ann", HIDING)
    (last,) = watching.take()
    assert last["d"]["discord_status"] == "offline"
    home.fall("ann")
    assert [(told["t"], told["d"]["discord_status"]) for told in watching.take()] == [("PRESENCE_UPDATE", "offline")]
    home.deliver("ann", Report(Claim(HIDING.source, 3.0, status=Status.ONLINE)))
    (back,) = watching.take()
    assert (back["d"]["discord_status"], back["d"]["activities"][0]["name"]) == ("online", "Reading")


@pytest.mark.parametrize("watch", [of_lanyard, of_lantern])
def test_one_who_hides_as_they_fall_is_known_to_have_gone(home: Home, watch: Any) -> None:
    watching = watch(home)
    home.house.directory.tell(Deliver("ann", Poison()))
    home.house.directory.tell(Deliver("ann", Report(HIDING)))
    told = watching.take()
    if watch is of_lanyard:
        assert [said["d"].get("discord_status") for said in told][-1] == "offline"
    else:
        assert [said["t"] for said in told][:-1][-1] == "USER_LEFT"
    assert all(said["d"] for said in told)


def test_of_an_account_that_is_removed_only_its_leaving_is_told(home: Home) -> None:
    home.report("ann", Claim(Source("session", "2"), 2.0, activities=(Activity("Writing"),)))
    lanyards, lanterns, plain = of_lanyard(home), of_lantern(home), home.watch("ann")
    plain.take()
    home.stage.tell(home.house.directory, Unlearn("ann"))
    assert [said["t"] for said in lanterns.take()] == ["USER_LEFT", "DISCONNECT"]
    (last,) = lanyards.take()
    assert (last["d"]["discord_user"]["id"], last["d"]["discord_status"]) == (ANN_ID, "offline")
    assert plain.take() == ["update Ann Writing", "update Ann"], "who is shown by name sees them go"


@pytest.mark.parametrize("watch", [of_lanyard, of_lantern])
@pytest.mark.parametrize("linked", [False, True])
def test_of_an_account_whose_name_another_one_has_only_its_leaving_is_told(
    home: Home, watch: Any, *, linked: bool
) -> None:
    """The watchers move to who is awake under that name, and that is somebody else."""
    lantern_wire = lantern.wires(home.stage.clock.now).documented
    links = (("discord", "100000000000000099"),) if linked else ()
    other = Subject("other", "Ann", account=True, links=links)
    home.stage.tell(home.house.directory, Learn(other))
    home.report("other", Claim(Source("session", "9"), 2.0, activities=(Activity("Chess"),)))
    watching, plain = watch(home), home.watch("ann")
    plain.take()
    home.house.register.watched = True
    home.stage.tell(home.house.directory, Unlearn("ann"))
    told = watching.take()
    spread = [message.update for message in home.probe("roster").got(Spread)]
    assert [(update.was, lantern_wire.update(update)) for update in spread] == [(ANN, Gone.GONE)]
    assert lantern_wire.instead(spread[0]) == (), "the other one was there before"
    if watch is of_lantern:
        assert [said["t"] for said in told[:2]] == ["USER_LEFT", "DISCONNECT"], "after which a real lane sends nothing"
    else:
        assert [(said["d"]["discord_user"]["id"], said["d"]["discord_status"]) for said in told] == [
            (ANN_ID, "offline")
        ]
    assert plain.take() == ["update Ann"], "who is shown by name sees them go"
    home.report("other", Claim(Source("session", "9"), 2.0, activities=(Activity("Go"),)))
    assert watching.take() == []
