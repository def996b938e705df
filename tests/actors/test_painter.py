"""The Painter shows an image's colours in turn, tries the next image when one cannot be had, and waits for nobody."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import gevent
import pytest
from gevent.event import Event

from actors.errors import Overrun, Refused
from actors.gradient import EVERY
from actors.messages.directory import Deliver
from actors.messages.painter import Wish
from actors.messages.user import Report, Resubject, Watch, Withdraw
from actors.painter import AT_ONCE, LEASE, SOURCE, Painter
from actors.presence import Activity, Claim, Picture, Source, Subject, Update
from actors.state import state_of
from actors.user import User
from tests.stage import Stage


@dataclass
class Images:
    """What images there are; those that are slow wait for the gate."""

    colours: dict[str, tuple[str, ...]]
    asked: list[str] = field(default_factory=list)
    slow: set[str] = field(default_factory=set)
    gate: Event = field(default_factory=Event)

    def __call__(self, image: str) -> tuple[str, ...]:
        self.asked.append(image)
        if image in self.slow:
            self.gate.wait()
        if image not in self.colours:
            raise Refused("private-address")
        return self.colours[image]


@pytest.fixture
def images() -> Images:
    return Images({"sky": ("#0000ff", "#000080"), "fire": ("#ff0000",), "clear": ()})


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as stage:
        yield stage


@pytest.fixture
def house(stage: Stage) -> Any:
    return stage.house()


@pytest.fixture
def painter(stage: Stage, house: Any, images: Images) -> Any:
    return stage.start(Painter, house, images)


def said(house: Any) -> list[tuple[str, Any]]:
    """What the directory was told since the last time: colour and transition, or None for a withdrawal."""
    told = []
    for message in house.directory.take():
        assert isinstance(message, Deliver)
        if isinstance(message.message, Report):
            shown = message.message.claim.native.document["gradient"]
            told.append((message.user, (shown["color"], shown["transition"])))
        else:
            assert message.message == Withdraw(SOURCE)
            told.append((message.user, None))
    return told


def test_the_colours_of_an_image_are_shown_in_turn(stage: Stage, house: Any, painter: Any) -> None:
    stage.tell(painter, Wish("ann", ("sky",)))
    claim = house.directory.mail[0].message.claim
    assert (claim.source, claim.expires_at) == (SOURCE, stage.clock.now() + LEASE)
    assert said(house) == [("ann", ("#0000ff", 2000))]
    stage.clock.advance(EVERY - 0.1)
    assert said(house) == []
    stage.clock.advance(0.1)
    assert said(house) == [("ann", ("#000080", 16000))]
    stage.clock.advance(EVERY)
    assert said(house) == [("ann", ("#0000ff", 16000))]


def test_it_ends_with_the_wish(stage: Stage, house: Any, painter: Any) -> None:
    stage.tell(painter, Wish("ann", ("sky",)))
    stage.tell(painter, Wish("ann", ()))
    assert said(house) == [("ann", ("#0000ff", 2000)), ("ann", None)]
    assert stage.clock.pending == []
    stage.tell(painter, Wish("ann", ()))
    assert said(house) == []


def test_the_next_image_is_tried_where_one_cannot_be_had(
    stage: Stage, house: Any, painter: Any, images: Images
) -> None:
    stage.tell(painter, Wish("ann", ("gone", "clear", "fire", "sky")))
    assert said(house) == [("ann", ("#ff0000", 2000))]
    assert images.asked == ["gone", "clear", "fire"]
    stage.tell(painter, Wish("ann", ("gone",)))
    assert said(house) == [("ann", None)]


def test_another_image_takes_its_place_and_the_same_colours_go_on(stage: Stage, house: Any, painter: Any) -> None:
    stage.tell(painter, Wish("ann", ("sky",)))
    stage.clock.advance(EVERY)
    said(house)
    stage.tell(painter, Wish("ann", ("gone", "sky")))
    assert said(house) == []
    stage.tell(painter, Wish("ann", ("fire",)))
    assert said(house) == [("ann", ("#ff0000", 2000))]
    stage.clock.advance(EVERY)
    assert said(house) == [("ann", ("#ff0000", 16000))]


def test_a_slow_image_holds_up_nobody_else(stage: Stage, house: Any, painter: Any, images: Images) -> None:
    images.slow = {"slow"}
    for number in range(AT_ONCE - 1):
        painter.tell(Wish(f"slow{number}", ("slow",)))
    stage.tell(painter, Wish("ann", ("sky",)))
    assert said(house) == [("ann", ("#0000ff", 2000))]
    painter.tell(Wish("another", ("slow",)))
    stage.tell(painter, Wish("bob", ("sky",)))
    assert said(house) == []
    images.colours["slow"] = ("#00ff00",)
    images.gate.set()
    stage.settle()
    assert len(said(house)) == AT_ONCE + 1


def test_one_user_has_one_image_looked_at_and_the_newest_wish_counts(
    stage: Stage, house: Any, painter: Any, images: Images
) -> None:
    images.slow, images.colours["slow"] = {"slow"}, ("#00ff00",)
    for wish in ("slow", "sky", "gone", "fire"):
        stage.tell(painter, Wish("ann", (wish,)))
    assert images.asked == ["slow"]
    images.gate.set()
    stage.settle()
    assert images.asked == ["slow", "fire"]
    assert said(house) == [("ann", ("#ff0000", 2000))]


def test_a_wish_taken_back_while_the_image_is_looked_at(stage: Stage, house: Any, painter: Any, images: Images) -> None:
    images.slow, images.colours["slow"] = {"slow"}, ("#00ff00",)
    stage.tell(painter, Wish("ann", ("slow",)))
    stage.tell(painter, Wish("ann", ()))
    images.gate.set()
    stage.settle()
    assert said(house) == []


def test_it_leaves_nothing_behind(stage: Stage, house: Any, painter: Any, images: Images) -> None:
    images.slow = {"slow"}
    stage.tell(painter, Wish("ann", ("sky",)))
    stage.tell(painter, Wish("bob", ("slow",)))
    looking = list(stage.actor(painter).looking.values())
    painter.stop(block=False)
    stage.settle()
    gevent.joinall(looking, timeout=5)
    assert all(each.ready() for each in looking)
    assert stage.clock.pending == []


def test_its_next_life_takes_up_what_is_wished_for(stage: Stage, house: Any, images: Images) -> None:
    user = stage.start(User, Subject("ann", "ann"), house)
    stage.ask(user, Report(playing("sky")))
    stage.start(Painter, house, images)
    assert said(house) == [("ann", ("#0000ff", 2000))]


# With a User


class Seat:
    """A lane that keeps what it is sent, in an encoding that says what state there is."""

    every_report, coalesces, pause = True, False, 0.0

    def __init__(self) -> None:
        self.encoding = self
        self.sent: list[bytes] = []

    def frame(self, payload: bytes) -> bytes:
        return payload

    def send(self, data: bytes, _key: object = None) -> None:
        self.sent.append(data)

    def snapshot(self, _subject: Subject, presence: Any) -> bytes:
        return repr((len(presence.activities), state_of(presence).get("gradient", {}).get("color"))).encode()

    def update(self, update: Update) -> bytes:
        return self.snapshot(update.subject, update.after)

    def take(self) -> list[Any]:
        taken, self.sent[:] = [eval(each) for each in self.sent], []
        return taken


def playing(image: str | None) -> Claim:
    picture = Picture(image) if image else None
    return Claim(Source("socket", "s"), 1.0, activities=(Activity(name="x", image=picture, gradient=True),))


class Delivery:
    """A directory of one user."""

    def __init__(self, house: Any, user: Any) -> None:
        self.house, self.user = house, user

    def tell(self, message: Deliver) -> None:
        self.house.directory.mail.append(message)
        self.user.tell(message.message)


@pytest.fixture
def ann(stage: Stage, house: Any, painter: Any) -> Any:
    user = stage.start(User, Subject("ann", "ann"), house)
    house.painter.move_in(painter)
    house.directory.tell = Delivery(house, user).tell
    return user


def test_an_image_never_withholds_a_message(stage: Stage, ann: Any, images: Images) -> None:
    images.slow, images.colours["slow"] = {"slow"}, ("#00ff00",)
    seat: Any = Seat()
    stage.tell(ann, Watch(seat))
    stage.ask(ann, Report(playing("slow")))
    assert seat.take() == [(0, None), (1, None)]
    later: Any = Seat()
    later.encoding = seat
    stage.tell(ann, Watch(later))
    assert later.take() == [(1, None)]
    images.gate.set()
    stage.settle()
    assert seat.take() == [(1, "#00ff00")]
    stage.ask(ann, Report(playing("gone")))
    assert seat.take() == [(1, "#00ff00"), (1, None)]


def test_the_state_ends_with_the_claim_that_wished_for_it(stage: Stage, house: Any, ann: Any) -> None:
    seat: Any = Seat()
    stage.ask(ann, Report(playing("sky")))
    stage.tell(ann, Watch(seat))
    assert stage.ask(ann, Withdraw(Source("socket", "s")))
    assert seat.take() == [(1, "#0000ff"), (0, "#0000ff"), (0, None)]
    assert stage.actor(ann).presence.claims == ()


def test_who_becomes_an_account_keeps_one_state(stage: Stage, house: Any, ann: Any, painter: Any) -> None:
    stage.ask(ann, Report(playing("sky")))
    said(house)
    stage.tell(ann, Resubject(Subject("uuid", "ann", account=True)))
    assert said(house) == [("ann", None), ("uuid", ("#0000ff", 2000))]
    assert list(stage.actor(painter).shown) == ["uuid"]
    stage.clock.advance(EVERY)
    assert said(house) == [("uuid", ("#000080", 16000))]


def test_a_failing_measure_is_no_failure_of_the_painter(stage: Stage, house: Any, painter: Any, images: Images) -> None:
    def broken(_image: str) -> tuple[str, ...]:
        raise Overrun("too-slow")

    stage.actor(painter).measure = broken
    stage.tell(painter, Wish("ann", ("sky",)))
    stage.actor(painter).measure = images
    stage.tell(painter, Wish("ann", ("sky", "fire")))
    assert said(house) == [("ann", ("#0000ff", 2000))]
