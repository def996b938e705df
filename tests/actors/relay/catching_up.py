"""A Stream that has missed something, and what it asks and tells then."""

import json
from typing import Any

from actors.messages.relay import CaughtUp
from actors.relay.catch_up import SETTLE
from actors.relay.registration import CatchUpState
from tests.actors.relay.listening import Listening, until


def text(number: int | str) -> str:
    return json.dumps({"id": str(number), "type": "mention"})


def told(listening: Listening) -> list[int]:
    return [int(json.loads(payload)["id"]) for payload in listening.outbox.payloads]


def questions(listening: Listening) -> list[dict[str, str]]:
    return [dict(request.query) for request in listening.fake.asked("notifications")]


def news(listening: Listening) -> list[CaughtUp]:
    return listening.house.relay.got(CaughtUp)  # type: ignore[attr-defined,no-any-return]


def told_the_first(listening: Listening) -> Any:
    """A stream that has told one notification, and whose connection was lost then."""
    stream = listening.listen()
    listening.until_open()
    until(lambda: news(listening))
    listening.fake.notify(text(1))
    until(lambda: listening.outbox.parcels)
    lose(listening)
    return stream


def lose(listening: Listening) -> None:
    listening.fake.listeners[0].cut()
    listening.until_waiting()
    until(lambda: not listening.fake.listeners)


def come_back(listening: Listening) -> None:
    listening.return_now()
    listening.until_open()


def ask(listening: Listening) -> None:
    """Let the question be asked, and answered."""
    before = len(questions(listening))
    listening.clock.advance(SETTLE)
    until(lambda: len(questions(listening)) > before)


def until_ended(listening: Listening) -> CaughtUp:
    until(lambda: news(listening)[-1].state is not CatchUpState.ASKING)
    return news(listening)[-1]
