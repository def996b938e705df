"""Courier: has what is posted committed to the outbox, in groups, and sees to it that each queue is delivered.

Longer than other files, since nobody else may touch a queue: each message that may is handled here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actors.clock import Timer
from actors.courier.commits import Commits
from actors.courier.destination import kind_of
from actors.courier.outbox import Aftermath, Outbox, Stored
from actors.courier.queue import WINDOW, Queue
from actors.courier.reply import Send
from actors.courier.rounds import BROKEN, Gone, Rest, Rounds, Settled
from actors.courier.traffic import traffic
from actors.courier.verdict import GivenUp
from actors.errors import Unavailable
from actors.house import House
from actors.messages.courier import Abandon, HowMuch, Knock, Post, Traffic, WriteDown
from actors.runtime import Future, WaitingActor, handles
from actors.writing import goes_on, put_off

MOST_PARCELS = 10_000
"""Parcels in one queue; beyond it the oldest that are not in memory are given up, so many at a time:"""
THINNED = 100

GATHER = 0.05
"""Seconds over which deliveries are gathered before they are struck off."""

AGAIN = 1.0
"""Seconds after which a store that was away is asked again."""

FINISH_WITHIN = 3.0
"""Seconds that deliveries under way may take when the house stops."""


class _Write:
    """To oneself: everyone who asked at the same time has been heard."""


class _Open:
    """To oneself: learn what the outbox has."""


@dataclass(frozen=True, slots=True)
class _Served:
    """To oneself: somebody looks after queues of this kind."""

    kind: str


@dataclass(frozen=True, slots=True)
class _Due:
    """To oneself: the wait of this queue is over."""

    queue: Queue


class Courier(WaitingActor):
    """At least once, in the order of each queue; what is delivered is struck off soon after.

    `senders` posts for each kind of queue: each may reach other private hosts.
    """

    mailbox_limit = 100_000

    def __init__(self, house: House, outbox: Outbox, senders: Mapping[str, Send], aftermath: Aftermath) -> None:
        super().__init__()
        self.house = house
        self.outbox = outbox
        self.commits = Commits(outbox, aftermath)
        self.rounds = Rounds(house, senders, aftermath, self.remind)
        self.queues: dict[str, Queue] = {}
        self.writing = False
        """True while a _Write is in the inbox."""
        self.timer: Timer | None = None

    def on_start(self) -> None:
        """Go on with what an earlier life, or process, has left."""
        self.house.destinations.when_learned(lambda kind: self.remind(_Served(kind)))
        self.open(_Open())

    def on_stop(self) -> None:
        """What was posted is kept; what is under way may end, and is struck off."""
        while self.commits.waiting:
            self.write(_Write())
        self.rounds.hosts.drain(FINISH_WITHIN)
        self._end()
        self.commits.settle()

    def on_failure(self, *_: Any) -> None:
        """Leave nothing running; the next life reads everything anew."""
        self.rounds.hosts.kill()
        self._end()

    @handles(_Open)
    def open(self, _: _Open) -> None:
        """Read what there is; a store that is away is asked again."""
        try:
            queues = self.commits.open()
        except Unavailable:
            self.house.clock.after(AGAIN, self.remind, _Open())
            return
        for name, count in queues:
            self.queues[name] = Queue(name, count)
            self.remind(_Due(self.queues[name]))

    # What is asked

    @handles(Post, Abandon, WriteDown)
    def gather(self, message: Post | Abandon | WriteDown) -> Future:
        """See messages. The reminder stands behind all that has come by now, so it is one group."""
        self._write_next()
        return self.commits.take(message)

    @handles(Knock)
    def knock(self, message: Knock) -> None:
        """See messages.Knock."""
        queue = self.queues.get(message.queue)
        if queue is not None and queue.timer is not None:
            queue.timer.cancel()
            self.due(_Due(queue))

    @handles(HowMuch)
    def how_much(self, message: HowMuch) -> Traffic:
        """See messages.HowMuch."""
        return traffic(self.queues.values(), self.rounds.results, message.queues)

    # The queues

    @handles(_Due)
    def due(self, message: _Due) -> None:
        """Go on with a queue."""
        queue = message.queue
        queue.timer, queue.again_at, queue.unserved = None, None, False
        if self._stands(queue) and not queue.under_way:
            self._go_on(queue)

    @handles(Rest)
    def rest(self, message: Rest) -> None:
        """Let a queue wait, or go on with what has come meanwhile."""
        queue = message.queue
        if not self._stands(queue):
            return
        queue.under_way = False
        if message.seconds is None:
            self._go_on(queue)
        else:
            self._wait(queue, message.seconds)
            queue.unserved = message.unserved

    @handles(_Served)
    def served(self, message: _Served) -> None:
        """Go on with what has waited for that."""
        for queue in list(self.queues.values()):
            if queue.unserved and kind_of(queue.name) == message.kind:
                self.knock(Knock(queue.name))

    @handles(Gone)
    def gone(self, message: Gone) -> None:
        """Nobody is there any more for whom it would be delivered; should that not be stored now, it is tried again."""
        queue = message.queue
        if self._stands(queue):
            queue.under_way = False
            self._wait(queue, BROKEN)
            self.gather(Abandon(queue.name))

    def _stands(self, queue: Queue) -> bool:
        return self.queues.get(queue.name) is queue

    def _wait(self, queue: Queue, seconds: float) -> None:
        queue.trim()
        queue.timer = self.house.clock.after(seconds, self.remind, _Due(queue))
        queue.again_at = self.house.clock.now() + seconds

    def _go_on(self, queue: Queue) -> None:
        """Send a queue on its round, with its next parcels in memory; one that has none is forgotten."""
        if not queue.window and queue.beyond:
            try:
                queue.refill(self.outbox.outbox_parcels(queue.name, queue.last, WINDOW))
            except Unavailable:
                self._wait(queue, AGAIN)
                return
        if queue.window:
            self.rounds.begin(queue)
        else:
            del self.queues[queue.name]

    def _thin(self, queue: Queue) -> None:
        """Too many wait: the oldest of those that are not in memory are given up."""
        try:
            parcels = self.outbox.outbox_parcels(queue.name, queue.last, THINNED)
        except Unavailable:
            return  # the next parcel comes here again
        for stored in parcels:
            self.rounds.give_up(stored, GivenUp(error="queue-full"))
        queue.skip(parcels)

    def _forget(self, name: str) -> None:
        queue = self.queues.pop(name, None)
        if queue is not None:
            queue.window.clear()
            queue.cancel()

    # The outbox

    @handles(Settled)
    def settled(self, _: Settled) -> None:
        """See Settled."""
        self._write_within(GATHER)

    @handles(_Write)
    def write(self, _: _Write) -> None:
        """One transaction for the next group and for what became of earlier parcels."""
        self.writing = False
        self._cancel_timer()
        for wish, outcome in self.commits.write():
            if isinstance(outcome, Stored):
                self._add(outcome)
            elif isinstance(wish, Abandon) and outcome is None:
                self._forget(wish.queue)
        self._say_how_it_went()
        if self.commits.waiting:
            self._write_next()
        elif self.rounds.unwritten:
            self._write_within(GATHER if self.commits.failed is None else AGAIN)

    def _say_how_it_went(self) -> None:
        if self.commits.failed is not None:
            put_off(self.house, self.path, "Courier", self.commits.failed)
        elif self.commits.wrote:
            goes_on(self.house, self.house.outages.end(self.path))

    def _add(self, stored: Stored) -> None:
        queue = self.queues.setdefault(stored.parcel.queue, Queue(stored.parcel.queue))
        queue.add(stored)
        if queue.count >= MOST_PARCELS + THINNED:
            self._thin(queue)
        if not queue.under_way and queue.timer is None:
            self._go_on(queue)

    def _write_next(self) -> None:
        if not self.writing:
            self.writing = True
            self.remind(_Write())

    def _write_within(self, seconds: float) -> None:
        if not self.writing and self.timer is None:
            self.timer = self.house.clock.after(seconds, self._write_next)

    def _cancel_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _end(self) -> None:
        """Nothing rings any more, and whoever still waits is told that nothing is known to be kept."""
        self._cancel_timer()
        for queue in self.queues.values():
            queue.cancel()
        self.commits.refuse_all()
