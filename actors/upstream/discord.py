"""Discord's gateway: the protocol of one bot's session, from the first try to the last. Pure: inputs in, effects out.

Source: spec/discord.md sections 1 to 3 (gateway version 10). Longer than most files since whatever the gateway may do
to us is here and nowhere else; what its events say of people is discord_members.py's.

Times: `now` in seconds of a clock that never runs backwards.
"""

import math
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import Enum
from typing import Any

from actors.falls import Falls, Limits
from actors.upstream import discord_frames as frames
from actors.upstream.discord_budget import Budget
from actors.upstream.discord_closing import BAD_TOKEN, CLOSED_TO_RESUME, RATE_LIMITED, Then, closing
from actors.upstream.discord_effects import (
    AskGateway,
    BudgetChanged,
    Connect,
    Effect,
    GiveUp,
    HangUp,
    Happened,
    Note,
    Send,
    WakeIn,
)
from actors.upstream.discord_places import Places, Session
from actors.upstream.discord_pulse import EARLY, Pulse
from actors.upstream.discord_requests import WINDOW, Requests

RETURNS = Limits(first_delay=0.5, most_delay=60.0, jitter=1.0, healthy=math.inf, period=0.0)
"""Full jitter: the first try again comes within a second, later ones within 2, 4, 8 up to 120 s (section 3.8)."""
HEALTHY = 60.0
"""A session that has held so long makes the next loss the first again."""
ANSWER_WITHIN = 30.0
HELLO_WITHIN = 20.0
READY_WITHIN = 60.0

Effects = list[Effect]


class Phase(Enum):
    """What is being waited for."""

    NOTHING = "stopped"
    RETURN = "waiting"
    GATEWAY = "asking for the gateway"
    CONNECT = "connecting"
    HELLO = "connected"
    IDENTIFYING = "identifying"
    RESUMING = "resuming"
    READY = "ready"


_GREETED = frozenset({Phase.IDENTIFYING, Phase.RESUMING, Phase.READY})


class Discord:
    """One session after another. Inputs that come in a phase that does not expect them change nothing."""

    def __init__(
        self,
        token: str,
        budget: Budget,
        *,
        gateway: str | None = None,
        guild: str | None = None,
        plain: bool = False,
        session: Session | None = None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """`gateway` spares the question where it is; `guild` chooses the shard; `plain` allows ws:// too."""
        self._token = token
        self.budget = budget
        self.session = session
        self.phase = Phase.NOTHING
        self.reason = ""
        """Why it is waiting, in a word or two."""
        self.wakes_at = math.inf
        self.closes: Counter[int] = Counter()
        self.resumes = self.identifies = 0
        self._places = Places(gateway, plain=plain)
        self._guild = guild
        self._draw = draw
        self._shard = (0, 1)
        self._returns = Falls(RETURNS)
        self._requests = Requests()
        self._begin_connection(-math.inf)

    def _begin_connection(self, now: float) -> None:
        self.pulse = Pulse(now)
        self._inflater = frames.Inflater()
        self._deadline = self._ready_at = math.inf
        self._said_garbage = False
        self._requests.begin_connection()

    # From whoever runs it

    def begin(self, now: float) -> Effects:
        """Connect for the first time, or again after a wait."""
        address = None if self.session is None else self._places.for_session(self.session)
        if address is None:
            self.session = None
            return self._begin_anew(now)
        return self._connect(address, now)

    def due(self, now: float) -> Effects:
        """What was appointed by WakeIn has come; a timer may be a little early, and one that was replaced is."""
        if now < self.wakes_at - EARLY:
            return [] if self.phase is Phase.NOTHING else [WakeIn(self.wakes_at - now)]
        match self.phase:
            case Phase.NOTHING:
                return []
            case Phase.RETURN:
                return self.begin(now)
            case Phase.GATEWAY | Phase.CONNECT | Phase.HELLO:
                return self._drop(now, "too-slow")
            case _:
                return self._look_after(now)

    def request(self, text: bytes, now: float) -> Effects:
        """Say this as soon as there is a session and the limit allows."""
        self._requests.add(text)
        return [*self._say_requests(now), *self._wake(now)] if self.phase is Phase.READY else []

    # Before the connection

    def told(self, document: Any, now: float) -> Effects:
        """The answer to GET /gateway/bot."""
        if self.phase is not Phase.GATEWAY:
            return []
        address = self._places.learn(document.get("url")) if isinstance(document, Mapping) else None
        if address is None:
            return self._return(now, "bad-response")
        limit = document.get("session_start_limit")
        self.budget.told(limit if isinstance(limit, Mapping) else {}, now)
        shards = document.get("shards")
        if self._guild is not None and type(shards) is int and shards > 0:
            self._shard = (int(self._guild) >> 22) % shards, shards
        return self._wait_for_budget(now) or self._connect(address, now)

    def refused(self, status: int, wait: float, now: float) -> Effects:
        """What else it answers; `wait` is for how long it wants to be left alone (0: no wish)."""
        if status == 401:
            return self._give_up("bad-token", BAD_TOKEN)
        return self._return(now, f"status-{status}", wait)

    def unreachable(self, reason: str, now: float) -> Effects:
        """Nobody answered, at either address."""
        return self._return(now, reason)

    def turned(self, status: int, wait: float, now: float) -> Effects:
        """The gateway answered the upgrade with this."""
        return self._return(now, f"status-{status}", wait)

    def opened(self, now: float) -> Effects:
        """The connection stands."""
        self.phase = Phase.HELLO
        self.pulse.heard(now)
        self._deadline = now + HELLO_WITHIN
        return self._wake(now)

    # While it is open

    def heard(self, now: float) -> Effects:
        """A ping, a part of something."""
        self.pulse.heard(now)
        return []

    def binary(self, frame: bytes, now: float) -> Effects:
        """A frame of the zlib-stream."""
        self.pulse.heard(now)
        effects: Effects = []
        try:
            for text in self._inflater.feed(frame):
                effects += self.text(text, now)
        except frames.BrokenStreamError:
            return [Note("broken-stream"), *self._drop(now, "broken-stream")]
        return effects

    def text(self, text: bytes, now: float) -> Effects:
        """A message; some gateways do not compress."""
        self.pulse.heard(now)
        envelope = frames.read(text)
        if envelope is None:
            if self._said_garbage:
                return []
            self._said_garbage = True
            return [Note("garbage")]
        if self.session is not None and envelope.seq is not None:
            self.session = replace(self.session, seq=envelope.seq)
        return self._hear(envelope, now)

    def closed(self, code: int, now: float) -> Effects:
        """The connection is over: the close frame's code, 1005 for one without, 1006 without a close frame."""
        self.closes[code] += 1
        what = closing(code)
        notes: Effects = [Note("our-mistake", {"code": code})] if code in {4001, 4002, 4005} else []
        if what.then is Then.GIVE_UP:
            return [HangUp(CLOSED_TO_RESUME), *self._give_up(f"close-{code}", f"{what.sentence} (close code {code})")]
        if what.then is Then.IDENTIFY:
            self.session = None
        wait = WINDOW if code == RATE_LIMITED else 0.0
        return [*notes, *self._drop(now, f"close-{code}", wait)]

    def send_failed(self, now: float) -> Effects:
        """What we said could not be sent."""
        return self._drop(now, "not-sent")

    def _hear(self, envelope: frames.Envelope, now: float) -> Effects:
        match envelope.op:
            case frames.DISPATCH:
                return self._event(envelope, now)
            case frames.HEARTBEAT:
                return [Send(frames.heartbeat(self._seq))]
            case frames.HELLO:
                return self._greet(envelope.data, now)
            case frames.RECONNECT:
                return self._drop(now, "asked-to-reconnect")
            case frames.INVALID_SESSION:
                return self._invalid(resumable=envelope.data is True, now=now)
        if envelope.op == frames.ACK:
            self.pulse.answered(now)
        return []

    def _event(self, envelope: frames.Envelope, now: float) -> Effects:
        if envelope.name == "READY":
            self.session = Session.begun_by(envelope)
            self._requests.begin_session()
            return [*self._stands(now), Happened("READY", envelope.data)]
        if envelope.name == "RESUMED":
            self.resumes += 1
            return [*self._stands(now), Happened("RESUMED", envelope.data), *self._say_requests(now)]
        return [] if envelope.name is None else [Happened(envelope.name, envelope.data)]

    def _stands(self, now: float) -> Effects:
        self.phase, self.reason = Phase.READY, ""
        self._ready_at, self._deadline = now, math.inf
        self._places.worked()
        return self._wake(now)

    def _greet(self, data: Any, now: float) -> Effects:
        """HELLO: beat from now on, the first time at random within the interval, and say who we are."""
        self.pulse.begin(data, now, self._draw())
        if self.phase is not Phase.HELLO:
            return self._wake(now)
        if self.session is not None:
            self.phase, self._deadline = Phase.RESUMING, math.inf  # a replay may be long; the silence says when not
            return [Send(frames.resume(self._token, self.session.id, self.session.seq)), *self._wake(now)]
        self.phase, self._deadline = Phase.IDENTIFYING, now + READY_WITHIN
        self.identifies += 1
        self.budget.begun(now)
        return [BudgetChanged(), Send(frames.identify(self._token, self._shard)), *self._wake(now)]

    def _invalid(self, *, resumable: bool, now: float) -> Effects:
        """Always by a new connection; a session that is lost is followed by another after 1 to 5 s (section 3.5)."""
        if resumable and self.session is not None:
            return self._drop(now, "invalid-session")
        self.session = None
        return self._drop(now, "invalid-session", 1.0 + 4.0 * self._draw())

    def _look_after(self, now: float) -> Effects:
        """Beat, and see whether anybody is there."""
        notes = self._note_health(now)
        fault = "too-slow" if now >= self._deadline - EARLY else self.pulse.fault(now)
        if fault is not None:
            return [*notes, *self._drop(now, fault)]
        beats: Effects = [Send(frames.heartbeat(self._seq))] if self.pulse.beat(now) else []
        return [*notes, *beats, *self._say_requests(now), *self._wake(now)]

    def _say_requests(self, now: float) -> Effects:
        return [Send(text) for text in self._requests.take(now)] if self.phase is Phase.READY else []

    # How it goes on

    @property
    def _seq(self) -> int | None:
        return None if self.session is None else self.session.seq

    def _begin_anew(self, now: float) -> Effects:
        waiting = self._wait_for_budget(now)
        if waiting:
            return waiting
        address = self._places.for_new()
        if address is not None:
            return self._connect(address, now)
        self.phase, self._deadline = Phase.GATEWAY, now + ANSWER_WITHIN
        return [AskGateway(), *self._wake(now)]

    def _wait_for_budget(self, now: float) -> Effects:
        wait = self.budget.wait(now)
        if not wait:
            return []
        exhausted = self.budget.exhausted(now)
        self.phase, self.reason = Phase.RETURN, "budget" if exhausted else "sessions-apart"
        notes: Effects = [Note("budget-spent", {"again_in": round(wait)})] if exhausted else []
        return [*notes, self._wake_at(now, now + wait)]

    def _connect(self, address: str, now: float) -> Effects:
        self._begin_connection(now)
        self.phase, self._deadline = Phase.CONNECT, now + ANSWER_WITHIN
        return [Connect(address), *self._wake(now)]

    def _drop(self, now: float, reason: str, at_least: float = 0.0) -> Effects:
        return [HangUp(CLOSED_TO_RESUME), *self._return(now, reason, at_least)]

    def _return(self, now: float, reason: str, at_least: float = 0.0) -> Effects:
        """Wait, and begin again; `at_least` for as long, and then some so that not all come at once."""
        if self.phase is Phase.NOTHING:
            return []
        notes = self._note_health(now)
        if self.session is not None and self.phase is not Phase.READY and self._places.failed():
            self.session = None
        delay = at_least + self._returns.fell(now, self._draw()).delay
        self.phase, self.reason = Phase.RETURN, reason
        self._ready_at = math.inf
        return [*notes, self._wake_at(now, now + delay)]

    def _note_health(self, now: float) -> Effects:
        """Also noted down: else every start counts on from failures of long ago."""
        if now - self._ready_at < HEALTHY:
            return []
        self._returns.forgive()
        return [BudgetChanged()] if self.budget.held() else []

    def _give_up(self, code: str, sentence: str) -> Effects:
        self.phase, self.reason, self.wakes_at, self.session = Phase.NOTHING, code, math.inf, None
        return [GiveUp(code, sentence)]

    def _wake(self, now: float) -> Effects:
        at = self._deadline
        if self.phase in _GREETED:
            at = min(at, self.pulse.next_due())
        if self.phase is Phase.READY:
            at = min(at, self._requests.next_due(now))
        return [self._wake_at(now, at)]

    def _wake_at(self, now: float, at: float) -> WakeIn:
        self.wakes_at = at
        return WakeIn(max(at - now, 0.0))
