"""Instances: one question for all of an instance's streams, asked seldom, and turns that are never a storm."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pykka
import pytest

from actors.errors import Unavailable
from actors.messages.instances import Admit
from actors.relay.instances import AT_ONCE, FRESH, FRESH_IN_DOUBT, PER_SECOND, PER_SECOND_OF_ALL, Instances
from actors.relay.network import Network
from actors.relay.registration import Instance
from actors.runtime import Future
from actors.upstream.mastodon_address import Info
from tests.stage import Stage
from web.outgoing import Response

URL = "https://social.example"
GOOD = Response(200, {}, b'{"version":"4.5.7","urls":{"streaming_api":"wss://stream.example"}}')
INFO = Info("4.5.7", "https://stream.example")


class Office:
    """Instances on the Stage, and a network that answers when the test says so."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.house = stage.house()
        self.asked: list[tuple[str, bool]] = []
        self.tokens: list[str] = []
        """Of what was asked in somebody's name."""
        self.answers: list[Response | Exception] = []
        """Taken first; then GOOD."""
        self.held: list[Future] | None = None
        self.ref: pykka.ActorRef[Instances] = stage.start(
            Instances, self.house, Network(self._dial, self._fetch, self._fetch_as)
        )
        self.house.instances.move_in(self.ref)

    def admit(self, url: str = URL, *, doubtful: bool = False, **changes: Any) -> Future:
        future = self.house.instances.future(Admit(Instance(url, **changes), doubtful))
        self.stage.settle()
        return future

    def refused(self, future: Future) -> Unavailable:
        with pytest.raises(Unavailable) as refused:
            future.get(timeout=0.0)
        return refused.value

    def _fetch(self, url: str, guarded: bool) -> Response:
        self.asked.append((url, guarded))
        if self.held is not None:
            self.held.append(Future())
            self.held[-1].get()
        answer = self.answers.pop(0) if self.answers else GOOD
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _fetch_as(self, url: str, guarded: bool, token: str) -> Response:
        self.tokens.append(token)
        return self._fetch(url, guarded)

    def _dial(self, *_: object) -> Any:
        raise AssertionError("nobody is dialled here")


@pytest.fixture
def office() -> Iterator[Office]:
    with Stage() as stage:
        yield Office(stage)


def ready(futures: list[Future]) -> int:
    return sum(future._result.ready() for future in futures)


def test_one_question_for_all(office: Office) -> None:
    office.held = []
    futures = [office.admit() for _ in range(100)]
    assert len(office.asked) == 1
    office.held[0].set(None)
    office.stage.settle()
    office.stage.clock.advance(10)
    assert {future.get(timeout=0.0) for future in futures} == {INFO}
    assert office.asked == [(f"{URL}/api/v1/instance", True)]


def test_it_is_believed_for_hours_and_doubted_after_minutes(office: Office) -> None:
    office.admit()
    office.stage.clock.advance(FRESH_IN_DOUBT - 10)
    office.admit(doubtful=True)
    office.stage.clock.advance(20)
    office.admit()
    assert len(office.asked) == 1
    office.admit(doubtful=True)
    assert len(office.asked) == 2
    office.stage.clock.advance(FRESH + 1)
    office.admit()
    assert len(office.asked) == 3


def test_a_failure_is_kept_and_asked_again_seldom(office: Office) -> None:
    office.answers = [Unavailable("unreachable")] * 3
    first = office.refused(office.admit())
    assert (first.code, first.retry_after) == ("unreachable", pytest.approx(2.0, rel=0.2))
    assert [office.refused(office.admit()).code for _ in range(50)] == ["unreachable"] * 50
    assert len(office.asked) == 1
    waits = []
    for _ in range(2):
        office.stage.clock.advance(waits[-1] if waits else 3.0)
        waits.append(office.refused(office.admit()).retry_after or 0.0)
    assert waits == [pytest.approx(4.0, rel=0.2), pytest.approx(8.0, rel=0.2)]
    office.stage.clock.advance(10)
    assert office.admit().get(timeout=0.0) == INFO


@pytest.mark.parametrize("headers", [{"retry-after": "300"}, {"x-ratelimit-reset": "2023-11-14T22:18:20.5Z"}])
def test_a_limit_is_honoured(office: Office, headers: dict[str, str]) -> None:
    office.answers = [Response(429, headers, b'{"error":"Too many requests"}')]
    assert office.refused(office.admit()).code == "status-429"
    office.stage.clock.advance(299)
    assert office.refused(office.admit()).code == "status-429"
    assert len(office.asked) == 1
    office.stage.clock.advance(5)
    assert office.admit().get(timeout=0.0) == INFO


@pytest.mark.parametrize("answer", [Response(503), Response(200, {}, b"<html>"), Unavailable("unknown-host")])
def test_what_is_known_does_when_it_cannot_be_asked(office: Office, answer: Response | Exception) -> None:
    office.admit()
    office.stage.clock.advance(FRESH + 1)
    office.answers = [answer] * 9
    assert office.admit().get(timeout=0.0) == INFO
    assert len(office.asked) == 2
    assert office.house.journal.mail[-1].event == "look-up-failed"  # type: ignore[attr-defined]


def test_what_was_not_foreseen_is_answered_all_the_same(office: Office, capfd: pytest.CaptureFixture[str]) -> None:
    office.answers = [ZeroDivisionError()]
    assert office.refused(office.admit()).code == "failed"
    assert "ZeroDivisionError" in capfd.readouterr().err
    office.stage.clock.advance(5)
    assert office.admit().get(timeout=0.0) == INFO


def test_the_operators_addresses_are_asked_in_place_of_the_instances(office: Office) -> None:
    office.admit(replace_url_web="http://10.0.0.5:3000")
    assert office.asked == [("http://10.0.0.5:3000/api/v1/instance", False)]
    told = office.admit(replace_url="http://10.0.0.5:4000", endpoint="user")
    office.stage.clock.advance(1)
    assert told.get(timeout=0.0) == Info()
    assert len(office.asked) == 1


def test_a_thousand_of_one_instance_take_turns(office: Office) -> None:
    futures = [office.admit() for _ in range(1_000)]
    seen = [ready(futures)]
    for _ in range(25):
        office.stage.clock.advance(1)
        seen.append(ready(futures))
    assert max(later - before for before, later in pairwise(seen)) <= PER_SECOND
    assert seen[-1] == 1_000
    assert len(office.asked) == 1


def test_a_crowd_of_instances_takes_turns_and_does_not_wait_for_one(office: Office) -> None:
    futures = [office.admit(f"https://{number}.example") for number in range(1_000)]
    before = ready(futures)
    office.stage.clock.advance(1)
    assert ready(futures) - before <= PER_SECOND_OF_ALL + 1
    office.stage.clock.advance(5)
    assert ready(futures) == 1_000


def test_not_all_are_asked_together(office: Office) -> None:
    office.held = []
    for number in range(AT_ONCE + 10):
        office.admit(f"https://{number}.example")
    assert len(office.asked) == AT_ONCE
    office.held.pop(0).set(None)
    office.stage.settle()
    assert len(office.asked) == AT_ONCE + 1
    while office.held:
        office.held.pop(0).set(None)
        office.stage.settle()
    assert len(office.asked) == AT_ONCE + 10


def test_when_it_ends_whoever_waits_is_told_to_come_again(office: Office) -> None:
    office.held = []
    asking = office.admit()
    office.admit("https://other.example")
    office.held[1].set(None)
    office.stage.settle()
    turns = [office.admit("https://other.example") for _ in range(3)]
    office.ref.stop(block=False)
    office.stage.settle()
    assert {office.refused(future).code for future in [asking, *turns]} == {"restarting"}
    assert not office.stage.clock.pending
