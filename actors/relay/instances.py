"""Instances: what each instance says of itself, asked once for all its streams, and whose turn it is to connect.

An instance lets an address ask 300 times in five minutes, so a thousand registrations that each asked for themselves
would be locked out; and a thousand that came back in the same second would be the storm that felled it again.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from types import TracebackType

import gevent

from actors.clock import Timer
from actors.errors import HouseError, Unavailable
from actors.falls import Falls, Limits
from actors.house import House
from actors.messages.instances import Admit, ReadNotifications
from actors.messages.keeper import Record
from actors.redaction import redacted
from actors.relay.network import Network
from actors.relay.readings import Readings
from actors.relay.registration import Instance
from actors.runtime import Actor, Future, handles
from actors.upstream.mastodon_address import Info, info_address, read_info
from actors.upstream.pace import Pace
from actors.upstream.retry_after import retry_after

FRESH = 6 * 3600.0
"""Seconds for which what an instance says of itself is believed."""
FRESH_IN_DOUBT = 600.0
"""The same for one whose streams were turned away: perhaps they have moved."""
PER_SECOND = 50.0
"""Streams of one instance that connect in one second."""
PER_SECOND_OF_ALL = 200.0
AT_ONCE = 32
"""Instances that are asked together."""
MOST_KNOWN = 20_000
FAILURES = Limits(first_delay=2.0, most_delay=600.0, healthy=3600.0, period=0.0)


@dataclass(slots=True, eq=False)
class _Known:
    """One instance; times are monotonic."""

    instance: Instance
    info: Info | None = None
    asked_at: float = 0.0
    not_before: float = 0.0
    """It is not asked again until then."""
    failure: str = ""
    failures: Falls = field(default_factory=lambda: Falls(FAILURES))
    pace: Pace = field(default_factory=lambda: Pace(PER_SECOND))
    waiting: list[Future] = field(default_factory=list)
    readings: Readings | None = None


@dataclass(frozen=True, slots=True)
class _Looked:
    """To oneself: an instance was asked. `info`, or what was wrong and for how long it wants to be left alone."""

    known: _Known
    info: Info | None
    failure: str = ""
    wait: float = 0.0


class Instances(Actor):
    """Never waits itself: asking is done in greenlets that it owns."""

    mailbox_limit = 100_000

    def __init__(self, house: House, network: Network) -> None:
        super().__init__()
        self.house = house
        self.network = network
        self.known: OrderedDict[Instance, _Known] = OrderedDict()
        self.pace = Pace(PER_SECOND_OF_ALL)
        self.to_ask: dict[_Known, None] = {}
        """Whom nobody asks yet, in order."""
        self.asking: dict[_Known, gevent.Greenlet] = {}
        self.turns: dict[Future, Timer] = {}

    def on_stop(self) -> None:
        """Whoever waits is told to come again."""
        self._put_away()

    def on_failure(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """The same."""
        self._put_away()

    @handles(Admit)
    def admit(self, message: Admit) -> Future:
        """See messages.Admit."""
        known, now = self._known(message.instance), self.house.clock.monotonic()
        future = Future()
        if known.info is not None and self._is_fresh(known, message.doubtful, now):
            self._give_turn(future, known, known.info)
        elif now < known.not_before:
            self._make_do(future, known)
        else:
            known.waiting.append(future)
            if known not in self.asking:
                self.to_ask[known] = None
                self._ask_on()
        return future

    @handles(ReadNotifications)
    def read_notifications(self, message: ReadNotifications) -> Future:
        """See messages.ReadNotifications."""
        known = self._known(message.instance)
        if known.readings is None:
            known.readings = Readings(self.network, self.house.clock)
        return known.readings.read(message)

    @handles(_Looked)
    def looked(self, message: _Looked) -> None:
        """An instance has answered, or has not."""
        known, now = message.known, self.house.clock.monotonic()
        self.asking.pop(known, None)
        if message.info is not None:
            known.info, known.asked_at, known.failure = message.info, now, ""
            known.failures.forgive()
        else:
            known.failure = message.failure
            known.not_before = now + message.wait + known.failures.fell(now).delay
            details = {"reason": message.failure, "again_in": round(known.not_before - now, 1)}
            self._record("look-up-failed", known.instance, details)
        waiting, known.waiting = known.waiting, []
        for future in waiting:
            self._make_do(future, known)
        self._ask_on()

    def _known(self, instance: Instance) -> _Known:
        known = self.known.get(instance)
        if known is None:
            known = self.known[instance] = _Known(instance)
            if instance.replace_url is not None and instance.endpoint is not None:
                known.info = Info()  # the operator has said all that there is to know
            if len(self.known) > MOST_KNOWN:
                self.known.popitem(last=False)
        self.known.move_to_end(instance)
        return known

    def _is_fresh(self, known: _Known, doubtful: bool, now: float) -> bool:
        told = known.instance.replace_url is not None and known.instance.endpoint is not None
        return told or now - known.asked_at < (FRESH_IN_DOUBT if doubtful else FRESH)

    def _make_do(self, future: Future, known: _Known) -> None:
        """With what is known, be it old."""
        if known.info is not None:
            self._give_turn(future, known, known.info)
        else:
            left = max(known.not_before - self.house.clock.monotonic(), 0.0)
            future.fail(Unavailable(known.failure, retry_after=left))

    def _give_turn(self, future: Future, known: _Known, info: Info) -> None:
        now = self.house.clock.monotonic()
        at = known.pace.turn(self.pace.turn(now))
        if at <= now:
            future.set(info)
        else:
            self.turns[future] = self.house.clock.after(at - now, self._take_turn, future, info)

    def _take_turn(self, future: Future, info: Info) -> None:
        del self.turns[future]
        future.set(info)

    def _ask_on(self) -> None:
        for known in list(self.to_ask)[: AT_ONCE - len(self.asking)]:
            del self.to_ask[known]
            self.asking[known] = gevent.spawn(self._ask, known)

    def _ask(self, known: _Known) -> None:
        """In a greenlet."""
        outcome = _Looked(known, None, "failed")
        try:
            outcome = self._asked(known)
        except HouseError as error:
            outcome = _Looked(known, None, error.code)
        finally:  # whatever happened, those who wait are answered
            self.remind(outcome)

    def _asked(self, known: _Known) -> _Looked:
        address = info_address(known.instance)
        answer = self.network.fetch(address.url, address.guarded)
        if answer.status != 200:
            wait = retry_after(answer.headers, self.house.clock.now())
            return _Looked(known, None, f"status-{answer.status}", wait)
        info = read_info(answer.body)
        return _Looked(known, info, "" if info is not None else "no-instance")

    def _put_away(self) -> None:
        gevent.killall(list(self.asking.values()), block=False)
        for known in self.known.values():
            if known.readings is not None:
                known.readings.put_away()
        for timer in self.turns.values():
            timer.cancel()
        for future in [*self.turns, *(each for known in self.known.values() for each in known.waiting)]:
            future.fail(Unavailable("restarting"))

    def _record(self, event: str, instance: Instance, details: dict[str, object]) -> None:
        path = f"{self.path}/{redacted(instance.url)}"
        self.house.journal.tell(Record(self.house.clock.now(), path, "Instance", event, details))
