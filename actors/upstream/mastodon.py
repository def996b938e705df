"""Mastodon: the protocol of one registration's stream, from the first try to the last. Pure: inputs in, effects out.

Sources: Mastodon's streaming API as it runs (4.3 to 4.7), mastodon-streaming-listener (which it behaves like where
that is sane). Longer than most files since every row of what an upstream may do to us is here and nowhere else.

Times: `now` in seconds of a clock that never runs backwards.
"""

import math
from collections import Counter
from enum import Enum
from urllib.parse import urlsplit

from actors.falls import Falls, Limits
from actors.relay.registration import Instance, Registration, StreamState
from actors.upstream.mastodon_address import Address, Info, chosen_stream, event_stream_address, websocket_address
from actors.upstream.mastodon_effects import AskLeave, Effect, End, HangUp, Keep, Note, Open, SendPing, WakeIn, Way
from actors.upstream.mastodon_frames import (
    Frame,
    Garbage,
    Notification,
    OtherEvent,
    StatusEvent,
    StreamError,
    of_event,
    read_frame,
)
from actors.upstream.mastodon_statuses import seen_in
from actors.upstream.mastodon_trust import Trust

RETURNS = Limits(first_delay=1.0, most_delay=300.0, jitter=0.5, healthy=math.inf, period=0.0)
"""The first try again is quick; each further one waits twice as long, up to five minutes, half of it by chance."""
LEAVE_WITHIN = 600.0
"""Thousands of one instance take their turns within minutes; beyond this the question was lost."""
OPEN_WITHIN = 15.0
QUIET = 30.0
"""Silence after which we ask: Mastodon pings every 30 s, and a comment comes every 15 s in an event stream."""
STALLED = 75.0
"""Silence after which nobody is there."""
HEALTHY = 60.0
"""A connection this old makes the next failure the first again."""
MOST_REDIRECTS = 3
EARLY = 0.001

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NO_UPGRADE = frozenset({200, 400, 404, 405, 426, 501})
"""What servers, and proxies before them, answer where WebSockets are not to be had."""

Effects = list[Effect]


class Phase(Enum):
    """What is being waited for."""

    LEAVE = StreamState.CONNECTING, "leave"
    ANSWER = StreamState.CONNECTING, "answer"
    FRAMES = StreamState.OPEN, "frames"
    RETURN = StreamState.WAITING, "return"
    NOTHING = StreamState.CLOSED, "nothing"


class Mastodon:
    """One stream. Inputs that come in a phase that does not expect them are the caller's mistake, but for `due`."""

    def __init__(self, registration: Registration, instance: Instance) -> None:
        self.registration = registration
        self.instance = instance
        self.info = Info()
        self.phase = Phase.NOTHING
        self.reason = ""
        """Why it is in its state, in a word or two."""
        self.wakes_at = math.inf
        self.way = Way.WEBSOCKET
        self.opens = 0
        """Connections that came to be."""
        self.closes: Counter[int] = Counter()
        """Closes by code: 1006 for one without a close frame, 1005 for one whose frame had no code."""
        self._returns = Falls(RETURNS)
        self._address = Address("")
        self._redirects = 0
        self._tried_other_way = False
        self._opened_at = math.inf
        self._heard_at = -math.inf
        self._pinged = False
        self._said_garbage = False
        self._trust = Trust()

    @property
    def state(self) -> StreamState:
        """For owners and operators."""
        return self.phase.value[0]

    @property
    def stream(self) -> str:
        """`user` or `user:notification`."""
        return chosen_stream(self.registration, self.instance, self.info)

    @property
    def host(self) -> str:
        """Where it listens, or tried to last."""
        return urlsplit(self._address.url).netloc

    # From whoever runs it

    def begin(self, now: float) -> Effects:
        """Connect for the first time, or again after everything was put down."""
        return self._ask_leave(now)

    def renewed(self, registration: Registration, now: float) -> Effects:
        """The registration reads so now; the stream is opened anew where that makes a difference."""
        before, self.registration = self.registration, registration
        if (before.token, before.endpoint) == (registration.token, registration.endpoint):
            return []
        self._trust = Trust()
        self._returns.forgive()
        return [HangUp(), *self._ask_leave(now)]

    def due(self, now: float) -> Effects:
        """What was appointed by WakeIn has come; a timer may be a little early, and one that was replaced is."""
        if now < self.wakes_at - EARLY:
            return [] if self.phase is Phase.NOTHING else [self._wake_at(now, self.wakes_at)]
        match self.phase:
            case Phase.RETURN:
                return self._ask_leave(now)
            case Phase.LEAVE:
                return self._return(now, "no-leave")
            case Phase.ANSWER:
                return [HangUp(), *self._return(now, "too-slow")]
            case Phase.FRAMES:
                return self._look_after(now)
            case Phase.NOTHING:
                return []

    # Before the connection

    def may_connect(self, info: Info, now: float) -> Effects:
        """It is our turn, and this is what the instance says of itself."""
        self.info = info
        self._redirects = 0
        self._tried_other_way = False
        return self._open(self._own_address(), now)

    def may_not_connect(self, reason: str, seconds: float, now: float) -> Effects:
        """Nothing is known of the instance, and it does not want to be asked for so long."""
        return self._return(now, reason, seconds)

    def unreachable(self, reason: str, now: float) -> Effects:
        """Nobody answered, or nobody may be asked."""
        return self._return(now, reason)

    def answered(self, status: int, location: str | None, wait: float, now: float) -> Effects:
        """The server refused or moved the stream; `wait` is for how long it wants to be left alone (0: no wish)."""
        gone = self._trust.status(status, now)
        if status in _REDIRECTS and location is not None:
            return self._follow(location, now)
        if status == 401:
            return self._unauthorised("unauthorized", now)
        if status in _NO_UPGRADE and self.way is Way.WEBSOCKET and not self._tried_other_way:
            return self._try_other_way(now)
        if gone:
            return self._end("gone")
        self.way = Way.WEBSOCKET
        return self._return(now, f"status-{status}", wait)

    def opened(self, now: float) -> Effects:
        """The stream is open."""
        self.phase, self.reason = Phase.FRAMES, self.way.value
        self.opens += 1
        self._opened_at = self._heard_at = now
        self._trust.status(101, now)
        self._pinged = self._said_garbage = False
        return [self._wake_at(now, now + QUIET)]

    # While it is open

    def heard(self, now: float) -> Effects:
        """A ping, a pong, a comment: somebody is there."""
        self._heard_at, self._pinged = now, False
        return []

    def text(self, text: str | bytes, now: float) -> Effects:
        """A text frame."""
        self.heard(now)
        return self._frame(read_frame(text), now)

    def event(self, name: str, data: str, now: float) -> Effects:
        """An event of the event stream, whose data is the payload itself."""
        self.heard(now)
        return self._frame(of_event(name, data), now)

    def binary(self, now: float) -> Effects:
        """A binary frame, which means nothing."""
        self.heard(now)
        return self._frame(Garbage(), now)

    def closed(self, code: int, now: float) -> Effects:
        """The connection is over: the close frame's code, 1005 for one without, 1006 without a close frame."""
        self.closes[code] += 1
        self._note_health(now)
        self._trust.closed(code)
        return [HangUp(), *self._return(now, f"close-{code}")]

    # How it goes on

    def _frame(self, frame: Frame, now: float) -> Effects:
        match frame:
            case Notification(payload):
                self._trust.is_good()
                return [Keep(payload)]
            case StatusEvent() if self.registration.presence is not None:
                return [*seen_in(frame)]
            case StreamError(status, text):
                return self._stream_error(status, text, now)
            case Garbage() if not self._said_garbage:  # once a connection: it is theirs, and may come in floods
                self._said_garbage = True
                return [Note("garbage")]
            case Garbage() | StatusEvent() | OtherEvent():
                return []

    def _stream_error(self, status: int, text: str, now: float) -> Effects:
        """The server took the connection and will never say anything over it."""
        note = Note("stream-error", {"status": status, "error": text[:100]})
        if status == 401:
            return [note, HangUp(), *self._unauthorised("scope", now)]
        return [note, HangUp(), *self._return(now, f"stream-error-{status}")]

    def _look_after(self, now: float) -> Effects:
        """Is anybody there? Asked once in a silence."""
        self._note_health(now)
        silence = now - self._heard_at + EARLY
        if silence >= STALLED:
            self.closes[1006] += 1
            return [HangUp(), *self._return(now, "stalled")]
        if silence < QUIET:
            return [self._wake_at(now, self._heard_at + QUIET)]
        ask: Effects = [] if self._pinged else [SendPing()]
        self._pinged = True
        return [*ask, self._wake_at(now, self._heard_at + STALLED)]

    def _follow(self, location: str, now: float) -> Effects:
        self._redirects += 1
        address = self._address.onward(location, self.stream)
        if self._redirects > MOST_REDIRECTS or address is None:
            return self._return(now, "bad-redirect" if address is None else "too-many-redirects")
        return self._open(address, now)

    def _try_other_way(self, now: float) -> Effects:
        self._tried_other_way = True
        self._redirects = 0
        self.way = Way.EVENT_STREAM
        return self._open(self._own_address(), now)

    def _unauthorised(self, reason: str, now: float) -> Effects:
        return self._end(reason) if self._trust.unauthorised() else self._return(now, reason)

    def _note_health(self, now: float) -> None:
        if now - self._opened_at >= HEALTHY:
            self._returns.forgive()
            self._trust.is_good()

    def _own_address(self) -> Address:
        place = websocket_address if self.way is Way.WEBSOCKET else event_stream_address
        return place(self.instance, self.info, self.stream)

    def _open(self, address: Address, now: float) -> Effects:
        self.phase, self._address = Phase.ANSWER, address
        token = self.registration.token
        return [Open(address, self.way, token, self._trust.token_in_query), self._wake_at(now, now + OPEN_WITHIN)]

    def _ask_leave(self, now: float) -> Effects:
        self.phase = Phase.LEAVE
        return [AskLeave(doubtful=self._returns.streak > 1), self._wake_at(now, now + LEAVE_WITHIN)]

    def _return(self, now: float, reason: str, at_least: float = 0.0) -> Effects:
        """Wait, and begin anew; what is asked to wait for is waited for, and some more so that not all come at once."""
        delay = self._returns.fell(now).delay
        self.phase, self.reason = Phase.RETURN, reason
        return [self._wake_at(now, now + (at_least + delay if at_least else delay))]

    def _wake_at(self, now: float, at: float) -> WakeIn:
        self.wakes_at = at
        return WakeIn(at - now)

    def _end(self, reason: str) -> Effects:
        self.phase, self.reason, self.wakes_at = Phase.NOTHING, reason, math.inf
        return [HangUp(), End(reason)]
