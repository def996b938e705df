"""100,000 leases with 1,000 renewals a second in the real LeaseSupervisor: its share of a core, and how late ends come.

    python bench/leases.py [--leases 100000] [--renewals 1000] [--seconds 20] [--json]

The leases are in their steady state: each is renewed once in leases/renewals seconds, shortly before it would end, so
as many heap entries come up a second as there are renewals. One in twenty is not renewed; its end is timed where it
arrives, at the directory's place, and the lease is granted anew. Journal and directory are stand-ins that count.
"""

# ruff: noqa: E402 - gevent patches before anything else is imported
from gevent import monkey

monkey.patch_all()

import argparse
import itertools
import json
import statistics
import sys
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import gevent

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from actors.clock import WallClock
from actors.house import House
from actors.leases import LeaseSupervisor
from actors.messages.directory import DeliverAll
from actors.messages.keeper import Record
from actors.messages.leases import Grant
from actors.presence import Claim, Source
from actors.runtime import Actor, handles

AHEAD_S = 2.0  # a lease is renewed so long before its end
TICK_S = 0.05
LET_END = 20  # one lease in so many is not renewed
MOST_CORE_SHARE, MOST_LATE_S = 0.03, 1.0  # the bars of PROMISES 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """Shares are of one core; `core_share` includes the driver's own. Lateness in seconds, negative if early."""

    leases: int
    renewals: int
    ends: int
    seconds: float
    core_share: float
    driver_share: float
    late_p50_s: float
    late_p99_s: float
    late_max_s: float
    earliest_s: float

    @property
    def held(self) -> bool:
        """Whether the promise was kept."""
        return self.core_share < MOST_CORE_SHARE and self.late_p99_s <= MOST_LATE_S and self.earliest_s >= 0


class NoBoard:
    """A board on which nothing is written: every lease comes by Grant."""

    def report(self, user: str, claim: Claim) -> None:
        """Never asked for."""
        raise NotImplementedError

    def withdraw(self, user: str, source: Source) -> None:
        """Never asked for."""
        raise NotImplementedError

    def claims(self, user: str) -> tuple[Claim, ...]:
        """Never asked for."""
        raise NotImplementedError

    def users(self) -> Iterable[str]:
        """Nobody: the supervisor starts with no leases."""
        return ()


@dataclass(slots=True)
class Seen:
    """What the stand-ins were told."""

    counted: int = 0
    late_s: list[float] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)


class Counter(Actor):
    """Takes what it is told and counts it: the journal's stand-in, and the supervisor's when the driver is weighed."""

    mailbox_limit = 200_000

    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self.seen = seen

    @handles(Record, Grant)
    def take(self, _: Record | Grant) -> None:
        """Count."""
        self.seen.counted += 1


class Landing(Actor):
    """The directory's stand-in: times the ends, and keeps who ended for the driver to grant anew."""

    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self.seen = seen

    @handles(DeliverAll)
    def land(self, message: DeliverAll) -> None:
        """Time the ends."""
        now = time.time()
        for parcel in message.parcels:
            self.seen.late_s.append(now - parcel.message.expires_at)
            self.seen.ended.append(parcel.user)


class Driver:
    """Grants and renews, in the order in which the leases would end."""

    def __init__(self, house: House, seen: Seen, leases: int, renewals: int) -> None:
        self._house, self._seen, self._renewals = house, seen, renewals
        self._sources = {f"user{number}": Source("session", str(number)) for number in range(leases)}
        self._turn_s = leases / renewals  # between two renewals of one lease
        self._order = deque(self._sources)
        self._steps = itertools.count(1)
        self.renewed = 0

    def _grant(self, user: str, length_s: float) -> None:
        self._house.leases.tell(Grant(user, self._sources[user], time.time() + length_s))

    def begin(self) -> None:
        """Grant them all, their ends spread as renewals will find them."""
        for place, user in enumerate(self._order):
            self._grant(user, AHEAD_S + place / self._renewals)

    def drive(self, seconds: float) -> None:
        """Renew at the given rate for so long."""
        began = time.monotonic()
        done = 0
        while (elapsed := time.monotonic() - began) < seconds:
            for _ in range(int(elapsed * self._renewals) - done):
                self._step()
                done += 1
            gevent.sleep(TICK_S)

    def _step(self) -> None:
        user = self._order.popleft()
        if next(self._steps) % LET_END:
            self._grant(user, self._turn_s + AHEAD_S)
            self._order.append(user)
            self.renewed += 1
        while self._seen.ended:
            again = self._seen.ended.pop()
            self._grant(again, self._turn_s + AHEAD_S)
            self._order.append(again)


def _share(driver: Driver, seconds: float) -> tuple[float, float]:
    """Seconds that driving took, and the share of a core that the process had in them."""
    began, cpu = time.monotonic(), time.process_time()
    driver.drive(seconds)
    took = time.monotonic() - began
    return took, (time.process_time() - cpu) / took


def measure(leases: int, renewals: int, seconds: float) -> Outcome:
    """Run the real supervisor, then a counter in its place to know what the driving itself costs."""
    house, seen = House(WallClock(), NoBoard()), Seen()
    house.directory.move_in(Landing.start(seen))
    house.journal.move_in(Counter.start(seen))
    house.leases.move_in(LeaseSupervisor.start(house, path="presence/leases"))
    driver = Driver(house, seen, leases, renewals)
    driver.begin()
    while seen.counted < leases:  # one journal record each
        gevent.sleep(TICK_S)
    took, core_share = _share(driver, seconds)
    late, renewed = sorted(seen.late_s), driver.renewed
    house.leases.move_in(Counter.start(seen))
    _, driver_share = _share(driver, min(seconds, 5.0))
    centiles = statistics.quantiles(late, n=100, method="inclusive")
    return Outcome(
        leases, renewed, len(late), took, core_share, driver_share, centiles[49], centiles[98], late[-1], late[0]
    )


def _sentences(outcome: Outcome) -> str:
    late = [f"{seconds * 1000:.1f}" for seconds in (outcome.late_p50_s, outcome.late_p99_s, outcome.late_max_s)]
    counts = f"{outcome.leases:,} leases, {outcome.renewals:,} renewals and {outcome.ends:,} ends"
    share = f"{outcome.core_share:.2%} of a core, driving alone {outcome.driver_share:.2%}"
    return (
        f"{counts} in {outcome.seconds:.1f} s\n"
        f"{share} (bar: under {MOST_CORE_SHARE:.0%})\n"
        f"late by p50 {late[0]} p99 {late[1]} max {late[2]} ms (bar: p99 at most {MOST_LATE_S:.0f} s)\n"
        f"the earliest {outcome.earliest_s * 1000:.1f} ms after its due (bar: never before it)\n"
        f"{'held' if outcome.held else 'BROKEN'}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leases", type=int, default=100_000)
    parser.add_argument("--renewals", type=int, default=1_000, help="a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    if options.seconds < AHEAD_S + 1 or options.seconds * options.renewals > 0.9 * options.leases:
        parser.error("too short for a lease to end, or longer than one round of renewals")
    outcome = measure(options.leases, options.renewals, options.seconds)
    print(json.dumps(asdict(outcome) | {"held": outcome.held}) if options.json else _sentences(outcome))
    return 0 if outcome.held else 1


if __name__ == "__main__":
    sys.exit(main())
