"""Stream: listens to one instance for one registration, and has each notification kept before it reads the next.

The protocol is actors/upstream/mastodon.py; here its effects are carried out: on the Line, by the clock, and by the two
who are asked, Instances and the Courier. A lost connection is a state, not a fall. A stream never waits: it stops at
once, and an idle one costs no stack.
"""

from dataclasses import dataclass
from functools import partial
from types import TracebackType

import pykka

from actors.clock import Timer
from actors.errors import HouseError, Unavailable
from actors.house import House
from actors.messages.instances import Admit
from actors.messages.relay import Describe, Finish, Renewed, StreamFigures
from actors.relay.catch_up import AskNow, Found
from actors.relay.chronicle import Chronicle
from actors.relay.handshake import Opened, Turned, open_stream
from actors.relay.hearing import hear
from actors.relay.keeping import Keeping, Mail
from actors.relay.line import Answered, Line, Readable
from actors.relay.network import Network
from actors.relay.posting import PostAgain, Posted
from actors.relay.registration import Instance, Registration
from actors.relay.wire import Wire
from actors.runtime import Actor, Future, handles
from actors.upstream.mastodon import Mastodon
from actors.upstream.mastodon_address import Info
from actors.upstream.mastodon_effects import AskLeave, Effect, End, HangUp, Keep, Note, Open, Seen, SendPing, WakeIn
from actors.upstream.retry_after import retry_after

TURN = 32
"""Things heard in one turn, after which others have theirs."""


@dataclass(frozen=True, slots=True)
class _Leave:
    """To oneself: Instances has answered."""

    asked: Future


@dataclass(frozen=True, slots=True)
class _Due:
    """To oneself: the appointed time has come."""


class Stream(Actor):
    """One registration's stream; its Registrar starts and stops it."""

    mailbox_limit = 1_000

    def __init__(
        self, registration: Registration, instance: Instance, house: House, network: Network, *, catch_up: bool
    ) -> None:
        super().__init__()
        self.registration = registration
        self.house = house
        self.protocol = Mastodon(registration, instance)
        self.line: Line[Open, Turned, Wire] = Line(partial(open_stream, network), self.remind)
        self.chronicle = Chronicle(house, registration, self.protocol)
        self.keeping = Keeping(house, self.protocol, self.chronicle, self.remind, catch_up=catch_up)
        self.asked: Future | None = None
        self.timer: Timer | None = None
        self.finished: Future | None = None
        """Whom to tell of the end, when it is wanted."""
        self.last_words = False
        """True while the end is wanted and the server will say when it has said all."""

    def on_start(self) -> None:
        """Begin at once; Instances says when it is our turn."""
        self.chronicle.path = self.path
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

    @handles(Describe)
    def describe(self, _: Describe) -> StreamFigures:
        """See messages.Describe."""
        return self.chronicle.figures()

    @handles(Finish)
    def finish(self, _: Finish) -> Future:
        """See messages.Finish. Who has no way to say good-bye reads what is there."""
        if self.finished is None:
            self.finished = Future()
            self._say_goodbye()
            self._read_on()
            self._stop_when_finished()
        return self.finished

    def _say_goodbye(self) -> None:
        """What was missed and is not brought yet can be asked for another time, if nothing newer is told before it."""
        wire = self.line.wire
        if self.keeping.catching_up:
            self.keeping.lost()
            self.line.hang_up()
        else:
            self.last_words = wire is not None and wire.say_goodbye()

    def _stop_when_finished(self) -> None:
        if self.finished is not None and self.line.wire is None and not self.keeping.posting:
            self.stop()

    @handles(_Due)
    def due(self, _: _Due) -> None:
        """The protocol's appointment. While a notification is not safe nothing is read: that silence is our own."""
        if self.keeping.busy:
            self.protocol.heard(self._now())
        self.keeping.tidy()
        self._do(self.protocol.due(self._now()))

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

    @handles(Answered)
    def answered(self, message: Answered) -> None:
        """The server has answered, or nobody has."""
        now = self._now()
        match self.line.take(message):
            case Opened():
                self._do(self.protocol.opened(now))
                self.keeping.opened()
                self._read_on()
            case Turned(status, headers):
                wait = retry_after(headers, self.house.clock.now())
                self._do(self.protocol.answered(status, headers.get("location"), wait, now))
            case HouseError(code=code):
                self._do(self.protocol.unreachable(code, now))
            case Exception() as error:
                raise error

    @handles(Readable)
    def readable(self, message: Readable) -> None:
        """Take what is there, until a notification has to be kept, or others want a turn."""
        for _ in range(TURN):
            if message.wire is not self.line.wire or self.keeping.busy:
                return
            heard = message.wire.next()
            if heard is None:
                self._await_more()
                return
            self._do(hear(self.protocol, heard, self._now()))
        self._read_on()

    def _await_more(self) -> None:
        if self.finished is not None and not self.last_words:
            self.line.hang_up()
            self._stop_when_finished()
        else:
            self.line.listen()

    @handles(Posted, PostAgain, AskNow, Found)
    def keep_on(self, message: Mail) -> None:
        """Read on when what was said is safe, and what was missed too."""
        if self.keeping.take(message):
            self._read_on()
            self._stop_when_finished()

    # What the protocol wants done

    def _do(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case WakeIn(seconds):
                    self._appoint(seconds)
                case AskLeave(doubtful):
                    self._ask_leave(doubtful)
                case Open():
                    self.line.open(effect)
                case Keep(payload):
                    self.keeping.keep(payload)
                case SendPing() if self.line.wire is not None:
                    self.line.wire.ping()
                case HangUp():
                    self.asked = None
                    self.keeping.lost()
                    self.line.hang_up()
                case Note() | Seen():
                    self.chronicle.take(effect)
                case End(reason):
                    self._end(reason)
        self.chronicle.tell_change()
        self._stop_when_finished()

    def _read_on(self) -> None:
        if not self.keeping.busy:
            self.line.read_on()

    def _ask_leave(self, doubtful: bool) -> None:
        asked = self.asked = self.house.instances.future(Admit(self.protocol.instance, doubtful))
        asked.when_done(lambda done: self.remind(_Leave(done)))

    def _end(self, reason: str) -> None:
        self._stop_timer()
        self.chronicle.tell_end(self.registration.token, reason)

    # Time

    def _now(self) -> float:
        return self.house.clock.monotonic()

    def _appoint(self, seconds: float) -> None:
        self._stop_timer()
        self.timer = self.house.clock.after(seconds, self.remind, _Due())

    def _stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()

    def _put_down(self) -> None:
        self._stop_timer()
        self.keeping.stop()
        self.line.hang_up()
        if self.finished is not None:
            self.finished.set(None)
