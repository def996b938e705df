"""CatchUp: brings what an instance said while nobody listened, before anything that the new stream says.

Mastodon's streams have no replay, but its REST API lists an account's notifications by id. So the id of the last that
was told is kept in one transaction with its callback, and after every connection those that follow it are asked for.
Meanwhile the stream is not read; what it says then and was listed too is known by its id (Memory).
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pykka

from actors.clock import Timer
from actors.errors import HouseError, Refused
from actors.falls import Falls, Limits
from actors.house import House
from actors.messages.instances import ReadNotifications
from actors.relay.memory import Memory
from actors.relay.registration import CatchUpState, Instance
from actors.runtime import Future
from actors.upstream.mastodon_notifications import NONE_YET, Listed, later_of, may_follow

SETTLE = 0.5
"""Seconds between the open stream and the question: an instance subscribes some ms after it has said 101."""
PATIENCE = 20.0
"""Seconds after a first failure in which it is asked again. Mastodon ends a stream that stands unread for 60."""
IN_TURN = 300.0
"""Seconds for which it may stand and wait for its turn where many ask: should it be ended, no harm is done by that."""
MOST_PAGES = 50
"""Beyond this what is new counts more than what is old."""
PAUSES = Limits(first_delay=1.0, most_delay=8.0, jitter=0.5, healthy=math.inf, period=0.0)

_NOT_ALLOWED = frozenset({"status-401", "status-403", "bad-token"})


@dataclass(frozen=True, slots=True)
class AskNow:
    """To oneself: it is time to ask."""

    catch_up: "CatchUp"


@dataclass(frozen=True, slots=True)
class Found:
    """To oneself: Instances has answered."""

    catch_up: "CatchUp"
    answer: Future


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended."""

    state: CatchUpState
    reason: str
    brought: int
    """Notifications."""


class CatchUp:
    """After one connection of one Stream, which passes it the messages above out of its own mail.

    Where nothing was ever told nothing was missed; then it only learns which is the newest, and holds nobody up.
    """

    def __init__(
        self, house: House, instance: Instance, token: str, memory: Memory, remind: Callable[[object], None]
    ) -> None:
        self._house = house
        self._instance = instance
        self._token = token
        self._memory = memory
        self._remind = remind
        self._after: str | None = None
        self._missed: deque[Listed] = deque()
        self._answered = False
        """True from an answer until all that it listed is on its way."""
        self._whole = False
        """True when there is nothing more to ask for."""
        self._pages = 0
        self._brought = 0
        self._pauses = Falls(PAUSES)
        self._question: Future | None = None
        self._timer: Timer | None = None
        self._patient_until: float | None = None
        """Set while it does not answer as it should."""
        self.holds = memory.mark is not None
        """True while the stream is not to be read."""
        self.outcome: Outcome | None = None

    def begin(self) -> None:
        """The stream is open."""
        if self.holds:
            self._wait(SETTLE)
        else:
            self._ask()

    def take(self, message: AskNow | Found) -> None:
        """Go on."""
        match message:
            case AskNow():
                self._ask()
            case Found(answer=answer) if answer is self._question:
                self._question = None
                self._hear(answer)

    def next(self) -> Listed | None:
        """The next that was missed; None when there is none, or none yet."""
        if self._missed:
            self._brought += 1
            return self._missed.popleft()
        if self._answered:
            self._answered = False
            self._turn_page()
        return None

    def stop(self) -> None:
        """The connection is gone, and what was not brought is missed still."""
        if self._timer is not None:
            self._timer.cancel()
        self._question = self._timer = None
        self._missed.clear()
        self.holds = False

    def _ask(self) -> None:
        after = self._after or self._memory.mark if self.holds else None
        self._after = after
        asked = ReadNotifications(self._instance, self._token, after, self._now() + IN_TURN)
        question = self._question = self._house.instances.future(asked)
        question.when_done(lambda done: self._remind(Found(self, done)))

    def _hear(self, answer: Any) -> None:
        try:
            page: tuple[Listed, ...] = answer.get(timeout=0.0)
        except Refused as error:
            if error.code in _NOT_ALLOWED:
                self._end(CatchUpState.REFUSED, error.code)
            else:
                self._give_up(error.code)
        except (HouseError, pykka.ActorDeadError) as error:
            self._put_off(error)
        else:
            self._read(page)

    def _read(self, page: tuple[Listed, ...]) -> None:
        self._patient_until = None
        self._pauses.forgive()
        if not self.holds:
            self._memory.learn(page[-1].id if page else NONE_YET)
            self._end(CatchUpState.COMPLETE)
            return
        before = self._after or NONE_YET
        self._missed.extend(each for each in page if may_follow(each.id, before) and not self._memory.knows(each.id))
        for each in page:
            self._after = later_of(self._after, each.id)
        self._pages += 1
        self._answered, self._whole = True, self._after == before

    def _turn_page(self) -> None:
        if self._whole:
            self._end(CatchUpState.COMPLETE)
        elif self._pages >= MOST_PAGES:
            self._give_up("too-many")
        else:
            self._ask()

    def _put_off(self, error: Exception) -> None:
        """It may pass; but nobody is kept waiting for what cannot come in time."""
        now = self._now()
        if self._patient_until is None:
            self._patient_until = now + PATIENCE
        wait = self._pauses.fell(now).delay + (getattr(error, "retry_after", None) or 0.0)
        if now + wait >= self._patient_until:
            self._give_up(error.code if isinstance(error, HouseError) else type(error).__name__)
        else:
            self._wait(wait)

    def _give_up(self, reason: str) -> None:
        """What was missed is not known, and no longer comes: what the stream says now must not stand before it."""
        self._end(CatchUpState.INCOMPLETE if self.holds else CatchUpState.UNKNOWN, reason)

    def _end(self, state: CatchUpState, reason: str = "") -> None:
        self.stop()
        self.outcome = Outcome(state, reason, self._brought)

    def _wait(self, seconds: float) -> None:
        self._timer = self._house.clock.after(seconds, self._remind, AskNow(self))

    def _now(self) -> float:
        return self._house.clock.monotonic()
