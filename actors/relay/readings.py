"""Readings: what is asked of one instance in the names of its accounts, few questions at once.

A thousand streams that come back together have a thousand questions. Each waits for the one before it, so the
instance sets the pace; and one that says "too many requests" is left alone by all of them.
"""

import math
import re
from collections import deque

import gevent

from actors.clock import Clock
from actors.errors import HouseError, Overrun, Refused, Unavailable
from actors.messages.instances import ReadNotifications
from actors.relay.network import Answer, Network
from actors.runtime import Future
from actors.upstream.mastodon_notifications import Listed, notifications_address, read_page
from actors.upstream.retry_after import retry_after

AT_ONCE = 16
"""Questions to one instance at the same time; so many failures in a row are no accident."""
REST = 5.0
"""Seconds for which one is left alone then."""

_IN_A_HEADER = re.compile(r"[\x21-\x7e]+")
_LATER = frozenset({408, 425, 429})


class Readings:
    """Belongs to Instances; asks in greenlets of its own, which end when there is nothing to ask."""

    __slots__ = ("_asking", "_clock", "_failures", "_network", "_not_before", "_waiting")

    def __init__(self, network: Network, clock: Clock) -> None:
        self._network = network
        self._clock = clock
        self._waiting: deque[tuple[ReadNotifications, Future]] = deque()
        self._asking: set[gevent.Greenlet] = set()
        self._not_before = -math.inf
        """The instance is left alone until then (monotonic)."""
        self._failures = 0
        """In a row."""

    def read(self, wanted: ReadNotifications) -> Future:
        """See messages.ReadNotifications."""
        future = Future()
        self._waiting.append((wanted, future))
        if len(self._asking) < AT_ONCE:
            self._asking.add(gevent.spawn(self._ask_on))
        return future

    def put_away(self) -> None:
        """Whoever waits is told to come again."""
        gevent.killall(list(self._asking), block=False)
        while self._waiting:
            self._waiting.popleft()[1].fail(Unavailable("restarting"))

    def _ask_on(self) -> None:
        try:
            while self._waiting:
                self._answer(*self._waiting.popleft())
        finally:
            self._asking.discard(gevent.getcurrent())

    def _answer(self, wanted: ReadNotifications, future: Future) -> None:
        outcome: tuple[Listed, ...] | HouseError = Unavailable("restarting")
        try:
            outcome = self._asked(wanted)
        except HouseError as error:
            outcome = error
        finally:  # whatever happened, whoever waits is answered
            if isinstance(outcome, HouseError):
                future.fail(outcome)
            else:
                future.set(outcome)

    def _asked(self, wanted: ReadNotifications) -> tuple[Listed, ...]:
        now = self._clock.monotonic()
        if now < self._not_before:
            raise Unavailable("left-alone", retry_after=self._not_before - now)
        if now >= wanted.not_after:
            raise Unavailable("too-late")
        if not _IN_A_HEADER.fullmatch(wanted.token):
            raise Refused("bad-token")
        try:
            answer = self._fetch(wanted)
        except (Unavailable, Overrun):
            self._note_failure()
            raise
        self._failures = 0
        page = read_page(answer.body)
        if page is None:
            raise Refused("no-list")
        return page

    def _fetch(self, wanted: ReadNotifications) -> Answer:
        address = notifications_address(wanted.instance, wanted.after)
        answer = self._network.fetch_as(address.url, address.guarded, wanted.token)
        if answer.status != 200:
            raise self._refusal(answer)
        return answer

    def _note_failure(self) -> None:
        """One that hangs would cost each of a thousand its whole patience, and all their streams stand meanwhile."""
        self._failures += 1
        if self._failures >= AT_ONCE:
            self._failures = 0
            self._not_before = max(self._not_before, self._clock.monotonic() + REST)

    def _refusal(self, answer: Answer) -> HouseError:
        code = f"status-{answer.status}"
        if answer.status < 500 and answer.status not in _LATER:
            return Refused(code)
        wait = retry_after(answer.headers, self._clock.now())
        if wait:
            self._not_before = self._clock.monotonic() + wait
        return Unavailable(code, retry_after=wait or None)
