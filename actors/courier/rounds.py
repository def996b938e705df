"""Rounds: takes one queue's head after the other to its host, and settles what the verdict is."""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import structlog

from actors.courier.destination import Destination, UnknownKindError, kind_of
from actors.courier.hosts import Hosts
from actors.courier.outbox import Aftermath, DeadLetter, Stored
from actors.courier.queue import Queue
from actors.courier.reply import Reply, Send, Unanswered, Unreached
from actors.courier.signature import fields
from actors.courier.verdict import Again, GivenUp, Record, Taken, judge
from actors.house import House
from actors.messages.courier import Delayed, Delivered, Died

UNSERVED = 60.0
"""Seconds after which it is asked again whether somebody looks after a kind of queue; who begins to is noticed."""

BROKEN = 5.0
"""Seconds after which a queue at which something of ours has failed is tried again."""

_RESULTS = {Delivered: "delivered", Delayed: "delayed", Died: "given-up"}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rest:
    """To the Courier: this queue is not under way any more; it goes on after so many seconds, or None: it ran out.

    `unserved`: sooner, should somebody look after its kind.
    """

    queue: Queue
    seconds: float | None = None
    unserved: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """To the Courier: this queue has no owner any more."""

    queue: Queue


@dataclass(frozen=True, slots=True)
class Settled:
    """To the Courier: there is an aftermath to be written."""


class Rounds:
    """What happens in the hosts' greenlets. `tell` puts a message into the Courier's own inbox."""

    def __init__(
        self, house: House, senders: Mapping[str, Send], aftermath: Aftermath, tell: Callable[[Any], None]
    ) -> None:
        self._house = house
        self._senders = senders
        self._aftermath = aftermath
        self._tell = tell
        self.results: dict[str, Counter[str]] = {}
        """By kind of queue and result."""
        self.hosts = Hosts(self._serve)

    @property
    def unwritten(self) -> bool:
        """True while there is an aftermath that has still to be written."""
        return bool(self._aftermath)

    def begin(self, queue: Queue) -> None:
        """Deliver what the queue has, in order, until it rests."""
        queue.under_way = True
        destination = self._destination(queue)
        if destination is not None:
            self.hosts.enqueue(_host(destination.url), queue, destination.at_once)

    def give_up(self, stored: Stored, verdict: GivenUp) -> None:
        """Make a dead letter of a parcel."""
        self._settled()
        letter = DeadLetter(stored, self._house.clock.now(), verdict.status, verdict.error)
        self._aftermath.dead.append(letter)
        queue = stored.parcel.queue
        self._tell_owner(queue, Died(queue, stored.parcel.id, verdict.status, verdict.error, stored.tries))

    def _serve(self, host: str, queue: Queue) -> bool:
        """One turn of a queue at this host; see hosts.Serve. A fault of ours costs the queue a wait, nobody else."""
        try:
            return self._turn(host, queue)
        except Exception:
            log.exception("queue could not be served", queue=queue.name)
            self._tell(Rest(queue, BROKEN))
            return False

    def _turn(self, host: str, queue: Queue) -> bool:
        stored = queue.head
        if stored is None:
            self._tell(Rest(queue))
            return False
        destination = self._destination(queue)
        if destination is None:
            return False
        if _host(destination.url) != host:
            self.begin(queue)
            return False
        if queue.sweeping:
            return self._sweep(queue, stored, destination)
        return self._try(queue, stored, destination)

    def _destination(self, queue: Queue) -> Destination | None:
        """Where to; None when the queue can't be delivered now, and then it was told."""
        try:
            destination = self._house.destinations.find(queue.name)
        except UnknownKindError:
            self._tell(Rest(queue, UNSERVED, unserved=True))
            return None
        except Exception:
            log.exception("queue has no destination", queue=queue.name)
            self._tell(Rest(queue, BROKEN))
            return None
        if destination is None:
            self._tell(Gone(queue))
        return destination

    def _sweep(self, queue: Queue, stored: Stored, destination: Destination) -> bool:
        """Its host was just found to be away: the old go without a try of their own, the next waits."""
        if self._age(stored) < destination.policy.patience:
            queue.sweeping = False
            self._tell(Rest(queue, _pause_of(queue, destination)))
            return False
        queue.done()
        self.give_up(stored, GivenUp(error="unreachable"))
        return True

    def _try(self, queue: Queue, stored: Stored, destination: Destination) -> bool:
        """Ask the host; True when the next parcel may follow at once."""
        began = self._house.clock.monotonic()
        reply = self._ask(stored, destination)
        if queue.head is not stored:
            return False  # the queue was abandoned meanwhile
        absent = isinstance(reply, Unreached)
        queue.absences = queue.absences + 1 if absent else 0
        if not absent:
            stored = Stored(stored.number, stored.parcel, stored.tries + 1)
        record = Record(self._age(stored), stored.tries, queue.absences)
        verdict = judge(reply, record, destination.policy, random.random())  # noqa: S311 - no secret
        if isinstance(verdict, Again):
            self._try_later(queue, stored, verdict)
            return False
        queue.done()
        if isinstance(verdict, Taken):
            self._delivered(stored, verdict, self._house.clock.monotonic() - began)
        else:
            queue.sweeping = absent
            self.give_up(stored, verdict)
        return True

    def _ask(self, stored: Stored, destination: Destination) -> Reply:
        parcel = stored.parcel
        try:
            send = self._senders[kind_of(parcel.queue)]
            named = fields(destination, parcel.id, parcel.body, self._house.clock.now())
            return send(destination.url, named, parcel.body)
        except Exception:  # ours; it costs this parcel a try and nobody else anything
            log.exception("callback could not be sent", queue=parcel.queue)
            return Unanswered("internal")

    def _delivered(self, stored: Stored, verdict: Taken, seconds: float) -> None:
        self._settled()
        self._aftermath.delivered.append(stored.number)
        queue = stored.parcel.queue
        self._tell_owner(queue, Delivered(queue, stored.parcel.id, verdict.status, seconds))

    def _try_later(self, queue: Queue, stored: Stored, verdict: Again) -> None:
        if queue.window[0].tries != stored.tries:
            self._settled()
            queue.retry(stored.tries)
            self._aftermath.tried[stored.number] = stored.tries
        again_at = self._house.clock.now() + verdict.pause
        name = queue.name
        self._tell_owner(name, Delayed(name, stored.parcel.id, verdict.status, verdict.error, again_at))
        self._tell(Rest(queue, verdict.pause))

    def _settled(self) -> None:
        """The first of an aftermath is told; the others are written with it."""
        if not self._aftermath:
            self._tell(Settled())

    def _tell_owner(self, queue: str, news: Delivered | Delayed | Died) -> None:
        self.results.setdefault(kind_of(queue), Counter())[_RESULTS[type(news)]] += 1
        try:
            destination = self._house.destinations.find(queue)
        except UnknownKindError:
            return
        if destination is not None and destination.owner is not None:
            destination.owner.tell(news)

    def _age(self, stored: Stored) -> float:
        return self._house.clock.now() - stored.parcel.created_at


def _pause_of(queue: Queue, destination: Destination) -> float:
    """How long to wait for a host that is away, when the parcel that found out is dead."""
    again = judge(Unreached("unreachable"), Record(0.0, 0, queue.absences), destination.policy, 0.5)
    return again.pause if isinstance(again, Again) else BROKEN


def _host(url: str) -> str:
    """Host and port of a URL; of one that is none whatever stands there: it is refused where it is asked."""
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return url
