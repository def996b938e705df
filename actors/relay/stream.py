"""Stream: listens to one instance for one registration, and has each notification kept before it reads the next.

The protocol is actors/upstream/mastodon.py; here are its socket, its timer, and the two whom it asks (Instances and the
Courier). A lost connection is a state, not a fall. Dialling is done in a greenlet that ends with the handshake, so
that a stream never waits, stops at once, and costs no stack while it is idle.
"""

import uuid
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import gevent
import orjson
import pykka

from actors.clock import Timer
from actors.errors import HouseError, Malformed, Refused, Unavailable
from actors.house import House
from actors.messages.courier import Parcel, Post
from actors.messages.instances import Admit
from actors.messages.keeper import Record
from actors.messages.relay import Renewed, StreamChanged, StreamRefused
from actors.relay.callbacks import callback_body
from actors.relay.handshake import Opened, Turned, open_stream
from actors.relay.network import Network
from actors.relay.registration import Instance, Registration, StreamState
from actors.relay.wire import Binary, Closed, Heard, Sign, Text, Wire
from actors.runtime import Actor, Future, handles
from actors.upstream.event_stream import Event
from actors.upstream.mastodon import Mastodon
from actors.upstream.mastodon_address import Info
from actors.upstream.mastodon_effects import AskLeave, Effect, End, HangUp, Keep, Note, Open, SendPing, WakeIn
from actors.upstream.retry_after import retry_after

TURN = 32
"""Things heard in one turn, after which others have theirs."""
KEPT_WITHIN = 30.0
"""Seconds after which a parcel that nobody has answered for is posted again; its id keeps it single."""
POST_AGAIN = 0.25
POST_AGAIN_AT_MOST = 5.0


@dataclass(frozen=True, slots=True)
class _Leave:
    """To oneself: Instances has answered."""

    asked: Future


@dataclass(slots=True, eq=False)
class _Opening:
    """One try to connect, in its greenlet."""

    greenlet: gevent.Greenlet | None = None
    outcome: Opened | Turned | HouseError | BaseException | None = None

    def abandon(self) -> None:
        """Whatever has come of it, or will."""
        if self.greenlet is not None:
            self.greenlet.kill(block=False)
        if isinstance(self.outcome, Opened):
            self.outcome.wire.close()


@dataclass(frozen=True, slots=True)
class _Answered:
    """To oneself: the greenlet has ended."""

    opening: _Opening


@dataclass(frozen=True, slots=True)
class _Readable:
    """To oneself: there is something to read, or more of it."""

    wire: Wire


@dataclass(frozen=True, slots=True)
class _Due:
    """To oneself: the appointed time has come."""


@dataclass(frozen=True, slots=True)
class _Posted:
    """To oneself: the Courier has answered."""

    answer: Future


@dataclass(frozen=True, slots=True)
class _PostAgain:
    """To oneself: the Courier could not, or has not answered at all."""

    parcel: Parcel


class Stream(Actor):
    """One registration's stream; its Registrar starts and stops it."""

    mailbox_limit = 1_000

    def __init__(self, registration: Registration, instance: Instance, house: House, network: Network) -> None:
        super().__init__()
        self.registration = registration
        self.house = house
        self.network = network
        self.protocol = Mastodon(registration, instance)
        self.told: tuple[StreamState, str] | None = None
        self.timer: Timer | None = None
        self.asked: Future | None = None
        self.opening: _Opening | None = None
        self.wire: Wire | None = None
        self.watcher: Any = None
        self.parcel: Parcel | None = None
        """What is not safe yet; nothing is read meanwhile."""
        self.answer: Future | None = None
        self.post_timer: Timer | None = None
        self.post_pause = POST_AGAIN

    def on_start(self) -> None:
        """Begin at once; Instances says when it is our turn."""
        self._do(self.protocol.begin(self._now()))

    def on_stop(self) -> None:
        """Put everything down, at once."""
        self._put_down()

    def on_failure(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """The same."""
        self._put_down()

    # Mail

    @handles(Renewed)
    def renewed(self, message: Renewed) -> None:
        """See messages.Renewed."""
        self.registration = message.registration
        self._do(self.protocol.renewed(message.registration, self._now()))

    @handles(_Due)
    def due(self, _: _Due) -> None:
        """The protocol's appointment; while a notification is not safe, silence is our own doing."""
        now = self._now()
        if self.parcel is not None and self.wire is not None:
            self.protocol.heard(now)
        self._do(self.protocol.due(now))

    @handles(_Leave)
    def leave(self, message: _Leave) -> None:
        """Connect, or come again."""
        if message.asked is not self.asked:
            return
        self.asked = None
        try:
            info: Info = message.asked.get(timeout=0.0)
        except Unavailable as error:
            self._do(self.protocol.may_not_connect(error.code, error.retry_after or 0.0, self._now()))
        except (HouseError, pykka.ActorDeadError):
            self._do(self.protocol.may_not_connect("no-leave", 0.0, self._now()))
        else:
            self._do(self.protocol.may_connect(info, self._now()))

    @handles(_Answered)
    def answered(self, message: _Answered) -> None:
        """The server has answered, or nobody has."""
        if message.opening is not self.opening:
            return
        self.opening, outcome, now = None, message.opening.outcome, self._now()
        match outcome:
            case Opened(wire):
                self.wire = wire
                self.watcher = gevent.get_hub().loop.io(wire.fileno(), 1)
                self._do(self.protocol.opened(now))
                self._read_on()
            case Turned(status, headers):
                wait = retry_after(headers, self.house.clock.now())
                self._do(self.protocol.answered(status, headers.get("location"), wait, now))
            case HouseError(code=code):
                self._do(self.protocol.unreachable(code, now))
            case BaseException() as error:
                raise error

    @handles(_Readable)
    def readable(self, message: _Readable) -> None:
        """Take what is there, until a notification has to be kept, or others want a turn."""
        for _ in range(TURN):
            if message.wire is not self.wire or self.parcel is not None:
                return
            heard = message.wire.next()
            if heard is None:
                self.watcher.start(self._is_readable, message.wire)
                return
            self._do(self._hear(heard))
        self._read_on()

    @handles(_Posted)
    def posted(self, message: _Posted) -> None:
        """Read on when it is safe; a parcel that is no good is let go, and one that was good is posted again."""
        if message.answer is not self.answer or self.parcel is None:
            return
        try:
            message.answer.get(timeout=0.0)
        except (Malformed, Refused) as error:
            self._record("not-kept", reason=error.code, dropped=True)
        except (HouseError, pykka.ActorDeadError) as error:
            self._post_later(self.parcel, error)
            return
        self.parcel = self.answer = None
        self.post_pause = POST_AGAIN
        self._stop_post_timer()
        self._read_on()

    @handles(_PostAgain)
    def post_again(self, message: _PostAgain) -> None:
        """The same parcel; its id keeps it single."""
        if message.parcel is self.parcel:
            self._post(message.parcel)

    # What the protocol wants done

    def _do(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case WakeIn(seconds):
                    self._stop_timer()
                    self.timer = self.house.clock.after(seconds, self.remind, _Due())
                case AskLeave(doubtful):
                    self._ask_leave(doubtful)
                case Open():
                    self._open(effect)
                case Keep(payload):
                    self._keep(payload)
                case SendPing() if self.wire is not None:
                    self.wire.ping()
                case HangUp():
                    self._hang_up()
                case Note(event, details):
                    self._record(event, **details)
                case End(reason):
                    self._end(reason)
        self._tell_change()

    def _hear(self, heard: Heard) -> list[Effect]:
        protocol, now = self.protocol, self._now()
        match heard:
            case Text(data):
                return protocol.text(data, now)
            case Event(name, data):
                return protocol.event(name, data, now)
            case Sign():
                return protocol.heard(now)
            case Binary():
                return protocol.binary(now)
            case Closed(code):
                return protocol.closed(code, now)

    def _ask_leave(self, doubtful: bool) -> None:
        asked = self.asked = self.house.instances.future(Admit(self.protocol.instance, doubtful))
        asked.when_done(lambda done: self.remind(_Leave(done)))

    def _open(self, wanted: Open) -> None:
        opening = self.opening = _Opening()
        opening.greenlet = gevent.spawn(self._try_to_open, opening, wanted)

    def _try_to_open(self, opening: _Opening, wanted: Open) -> None:
        """In a greenlet; what goes wrong without being foreseen fells the stream, and not silently the greenlet."""
        try:
            opening.outcome = open_stream(self.network, wanted)
        except Exception as error:  # noqa: BLE001 - raised again in the actor
            opening.outcome = error
        self.remind(_Answered(opening))

    def _keep(self, payload: Any) -> None:
        try:
            body = callback_body(self.registration, payload)
        except orjson.JSONEncodeError:
            self._record("unsayable")
            return
        self.parcel = Parcel(uuid.uuid4().hex, self.registration.queue, body, self.house.clock.now())
        self._post(self.parcel)

    def _post(self, parcel: Parcel) -> None:
        answer = self.answer = self.house.courier.future(Post(parcel))
        answer.when_done(lambda done: self.remind(_Posted(done)))
        self._appoint_post(KEPT_WITHIN, parcel)

    def _post_later(self, parcel: Parcel, error: Exception) -> None:
        """The outbox is away or full: it is no fault of the notification's, which waits here."""
        if self.post_pause == POST_AGAIN:
            self._record("not-kept", reason=error.code if isinstance(error, HouseError) else type(error).__name__)
        self.answer = None
        self._appoint_post(self.post_pause, parcel)
        self.post_pause = min(2 * self.post_pause, POST_AGAIN_AT_MOST)

    def _appoint_post(self, seconds: float, parcel: Parcel) -> None:
        self._stop_post_timer()
        self.post_timer = self.house.clock.after(seconds, self.remind, _PostAgain(parcel))

    def _end(self, reason: str) -> None:
        self._record("refused", reason=reason)
        self.house.relay.tell(StreamRefused(self.registration.id, self.registration.token, reason))

    # The socket

    def _is_readable(self, wire: Wire) -> None:
        """From the loop, which calls again and again until somebody reads."""
        self.watcher.stop()
        self.remind(_Readable(wire))

    def _read_on(self) -> None:
        if self.wire is not None and self.parcel is None:
            self.remind(_Readable(self.wire))

    def _hang_up(self) -> None:
        self.asked = None
        if self.opening is not None:
            self.opening.abandon()
            self.opening = None
        if self.wire is not None:  # a descriptor that is closed under its watcher ends the process
            self.watcher.stop()
            self.watcher.close()
            self.wire.close()
            self.wire = self.watcher = None

    def _put_down(self) -> None:
        self._stop_timer()
        self._stop_post_timer()
        self._hang_up()

    # Time, and who is told

    def _now(self) -> float:
        return self.house.clock.monotonic()

    def _stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _stop_post_timer(self) -> None:
        if self.post_timer is not None:
            self.post_timer.cancel()
            self.post_timer = None

    def _tell_change(self) -> None:
        state, reason = self.protocol.state, self.protocol.reason
        if (state, reason) == self.told:
            return
        self.told = state, reason
        now = self.house.clock.now()
        waits = state is StreamState.WAITING
        next_try_at = now + self.protocol.wakes_at - self._now() if waits else None
        self.house.relay.tell(StreamChanged(self.registration.id, state, reason, now, next_try_at))

    def _record(self, event: str, **details: object) -> None:
        record = Record(self.house.clock.now(), self.path, type(self).__name__, event, details)
        self.house.journal.tell(record)
