"""Questions in the names of accounts: few at once, none to who wants to be left alone, and each is answered."""

from typing import Any

import pytest

from actors.errors import HouseError, Overrun, Refused, Unavailable
from actors.messages.instances import ReadNotifications
from actors.relay.readings import AT_ONCE, REST
from actors.relay.registration import Instance
from actors.runtime import Future
from actors.upstream.mastodon_notifications import Listed
from tests.actors.relay.test_instances import URL, Office, office, ready
from web.outgoing import Response

__all__ = ["office"]

ASKED = f"{URL}/api/v1/notifications?limit=40&min_id=5"
LIST = Response(200, {}, b'[{"id":"6"}]')


def read(office: Office, *, token: str = "t0ken", patience: float = 30.0, url: str = URL) -> Future:
    not_after = office.stage.clock.monotonic() + patience
    future = office.house.instances.future(ReadNotifications(Instance(url), token, "5", not_after))
    office.stage.settle()
    return future


def refused(future: Future) -> HouseError:
    with pytest.raises(HouseError) as raised:
        future.get(timeout=0.0)
    return raised.value


def go_on(office: Office) -> None:
    held, office.held = office.held or [], []
    for each in held:
        each.set(None)
    office.stage.settle()


def test_a_question_in_somebodys_name(office: Office) -> None:
    office.answers = [LIST]
    assert read(office).get(timeout=0.0) == (Listed("6", '{"id":"6"}'),)
    assert (office.asked, office.tokens) == ([(ASKED, True)], ["t0ken"])


def test_a_thousand_questions_are_a_few_at_once(office: Office) -> None:
    office.held, office.answers = [], [LIST] * 1_000
    futures = [read(office, token=f"t{number}") for number in range(1_000)]
    elsewhere = read(office, url="https://other.example")
    seen = []
    while not all(future._result.ready() for future in futures):
        seen.append(len(office.held))
        go_on(office)
    assert seen[0] == AT_ONCE + 1, "another instance does not wait for this one"
    assert max(seen[1:]) == AT_ONCE
    assert office.tokens[:3] == ["t0", "t1", "t2"], "whoever asks first"
    assert ready([elsewhere]) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_who_wants_to_be_left_alone_is_left_alone_by_all(office: Office, status: int) -> None:
    office.answers = [Response(status, {"retry-after": "100"}), LIST]
    first = refused(read(office))
    assert isinstance(first, Unavailable)
    assert (first.code, first.retry_after) == (f"status-{status}", 100.0)
    second = refused(read(office, token="other"))
    assert isinstance(second, Unavailable)
    assert (second.code, second.retry_after) == ("left-alone", 100.0)
    assert len(office.asked) == 1
    assert office.admit(), "what it says of itself may be asked: that is another limit"
    office.stage.clock.advance(101)
    office.answers = [LIST]
    assert read(office).get(timeout=0.0)


@pytest.mark.parametrize("status", [500, 502, 504, 408])
def test_a_fault_that_may_pass_is_called_so(office: Office, status: int) -> None:
    office.answers = [Response(status), LIST]
    error = refused(read(office))
    assert isinstance(error, Unavailable)
    assert (error.code, error.retry_after) == (f"status-{status}", None)
    assert read(office).get(timeout=0.0)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        *((Response(status), f"status-{status}") for status in (204, 301, 400, 401, 403, 404, 410, 422)),
        (Response(200, {}, b"{}"), "no-list"),
        (Refused("private-address"), "private-address"),
    ],
)
def test_what_will_not_be_said_is_refused(office: Office, answer: Any, code: str) -> None:
    office.answers = [answer]
    error = refused(read(office))
    assert isinstance(error, Refused)
    assert error.code == code


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "t\u00f6ken", "\u3042"])
def test_a_token_that_no_header_can_say_is_not_sent(office: Office, token: str) -> None:
    assert refused(read(office, token=token)).code == "bad-token"
    assert not office.asked


@pytest.mark.parametrize("fault", [Response(503), Overrun("too-slow"), Unavailable("unreachable")])
def test_one_that_fails_everybody_is_left_alone_for_a_moment(office: Office, fault: Any) -> None:
    """So that a thousand who wait do not find out one after another."""
    office.held, office.answers = [], [fault] * 1_000
    futures = [read(office) for _ in range(1_000)]
    for _ in range(2):
        go_on(office)
    assert {refused(future).code for future in futures[2 * AT_ONCE :]} == {"left-alone"}
    assert len(office.asked) <= 2 * AT_ONCE
    office.held, office.answers = None, [LIST, fault, LIST]
    office.stage.clock.advance(REST)
    assert read(office).get(timeout=0.0)
    refused(read(office))
    assert read(office).get(timeout=0.0), "one failure may happen"


def test_a_question_that_comes_too_late_is_not_asked(office: Office) -> None:
    office.held, office.answers = [], [LIST] * 9
    asked = [read(office) for _ in range(AT_ONCE)]
    late = read(office, patience=1.0)
    office.stage.clock.advance(2)
    go_on(office)
    assert refused(late).code == "too-late"
    assert ready(asked) == len(office.asked) == AT_ONCE


def test_what_was_not_foreseen_is_answered_all_the_same(office: Office, capfd: pytest.CaptureFixture[str]) -> None:
    office.answers = [ZeroDivisionError(), LIST]  # type: ignore[list-item]
    assert isinstance(refused(read(office)), Unavailable)
    assert "ZeroDivisionError" in capfd.readouterr().err
    assert read(office).get(timeout=0.0), "the next is asked"


def test_when_it_ends_whoever_waits_is_told_to_come_again(office: Office) -> None:
    office.held = []
    futures = [read(office) for _ in range(AT_ONCE + 3)]
    office.ref.stop(block=False)
    office.stage.settle()
    assert {refused(future).code for future in futures} == {"restarting"}
