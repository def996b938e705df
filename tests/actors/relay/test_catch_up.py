"""A CatchUp that has to wait for its turn: that is no fault of the instance's, and nothing is given up for it."""

from collections.abc import Iterator
from typing import Any

import pytest

from actors.errors import Unavailable
from actors.messages.instances import ReadNotifications
from actors.relay.catch_up import IN_TURN, PATIENCE, SETTLE, AskNow, CatchUp, Found
from actors.relay.memory import Memory
from actors.relay.registration import CatchUpState, Instance, Registration
from actors.runtime import Address, Future
from actors.upstream.mastodon_notifications import Listed
from tests.stage import Stage

MADE = Registration("1", "https://a.example", "app", "tag", "t0ken", "https://c.example", None, 5.0)


class Asked(Address):
    """Instances that answer when the test says so."""

    def __init__(self) -> None:
        super().__init__("instances")
        self.questions: list[tuple[ReadNotifications, Future]] = []

    def future(self, message: Any) -> Future:
        future = Future()
        self.questions.append((message, future))
        return future


class Scene:
    """One of them, whose stream has told number 5."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.house: Any = stage.house()
        self.asked = Asked()
        object.__setattr__(self.house, "instances", self.asked)
        self.house.registrations.learn(MADE, 0.0)
        self.house.registrations.note_mark("1", "5")
        self.mail: list[AskNow | Found] = []
        self.one = CatchUp(self.house, Instance(MADE.instance), "t0ken", Memory(self.house, MADE), self.mail.append)
        self.one.begin()

    def wait(self, seconds: float) -> None:
        self.stage.clock.advance(seconds)
        self.stage.settle()
        while self.mail:
            self.one.take(self.mail.pop(0))

    def answer(self, outcome: Any) -> None:
        future = self.asked.questions[-1][1]
        if isinstance(outcome, Exception):
            future.fail(outcome)
        else:
            future.set(outcome)
        self.wait(0.0)


@pytest.fixture
def scene() -> Iterator[Scene]:
    with Stage() as stage:
        yield Scene(stage)


def test_it_waits_for_its_turn_longer_than_for_an_instance_in_trouble(scene: Scene) -> None:
    scene.wait(SETTLE)
    ((question, _),) = scene.asked.questions
    assert (question.after, question.not_after) == ("5", scene.stage.clock.monotonic() + IN_TURN)
    scene.wait(5 * PATIENCE)
    assert scene.one.holds
    assert scene.one.outcome is None
    listed = Listed("6", '{"id":"6"}')
    scene.answer((listed,))
    assert scene.one.next() == listed
    assert scene.one.next() is None
    scene.answer(())
    assert scene.one.next() is None
    assert scene.one.outcome is not None
    assert scene.one.outcome.state is CatchUpState.COMPLETE


def test_patience_begins_with_a_failure_and_anew_with_each_page(scene: Scene) -> None:
    scene.wait(SETTLE)
    for number in range(6, 9):
        scene.wait(PATIENCE)
        scene.answer(Unavailable("status-503"))
        scene.wait(PATIENCE / 2)
        assert scene.one.holds
        scene.answer((Listed(str(number), "{}"),))
        while scene.one.next() is not None:
            pass
    scene.answer(Unavailable("status-503", retry_after=PATIENCE))
    assert scene.one.outcome is not None
    assert (scene.one.outcome.state, scene.one.outcome.reason) == (CatchUpState.INCOMPLETE, "status-503")
    assert scene.one.outcome.brought == 3
