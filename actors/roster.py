"""Roster: who watches everybody; puts the message about everybody together in slices, and spreads each change."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from actors.arrivals import Arrivals
from actors.crowd import Crowd
from actors.house import House
from actors.lane import Gap, Lane
from actors.messages.keeper import Record
from actors.messages.roster import Spread, UnwatchAll, WatchAll
from actors.presence import NOBODY, Subject, Update
from actors.runtime import Actor, handles, told
from actors.session import Assembly

SLICE = 64
"""Users that are put into a message before the hub gets its turn: about 3 ms of work when all are new."""

FRESH = 1.0
"""Seconds for which a finished message serves whoever comes after, where nobody has changed since."""

NO_ONE = Subject("", "")


@dataclass(slots=True)
class Build:
    """The message about everybody while it is put together, and who waits for it."""

    crowd: Crowd
    arrivals: Arrivals
    assembly: Assembly
    users: Iterator[str]
    begun: int
    """The number of changes that the roster had heard of."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A message about everybody, as sent, and what it is good for."""

    crowd: Crowd
    frame: bytes
    changes: int
    at: float

    def good_for(self, crowd: Crowd, changes: int, now: float) -> bool:
        """True where it would be put together in the same way again."""
        return self.crowd is crowd and self.changes == changes and now - self.at < FRESH


@dataclass(frozen=True, slots=True)
class _PassedBy:
    """To oneself, behind all mail that had come when these users were put into the message, which may be the last."""

    build: Build
    users: tuple[str, ...]
    frame: bytes | None = None


class _Continue:
    """To oneself: there is more to put together or to send."""


class Roster(Actor):
    """Everybody is every listed account, and every other user who is known; the encoding says who is there for it."""

    mailbox_limit = 200_000

    def __init__(self, house: House) -> None:
        super().__init__()
        self.house = house
        self.crowds: dict[Any, Crowd] = {}
        self.requests: deque[tuple[Crowd, Arrivals]] = deque()
        """Messages that are not begun yet."""
        self.build: Build | None = None
        self.finished: Finished | None = None
        self.changes = 0
        self.continuing = False

    def on_stop(self) -> None:
        """Nobody is told anything any more: whoever watches everybody must come again."""
        self._forget_all()

    def on_failure(self, *_: object) -> None:
        """As on_stop: a new life knows nobody."""
        self._forget_all()

    @handles(WatchAll)
    def watch(self, message: WatchAll) -> None:
        """Seat a lane; one that wants the message gets its seat after that, and what has changed meanwhile between."""
        lane, gap = message.lane, message.gap
        crowd = self._crowd(lane)
        if message.seat and not self.house.register.watched:
            self.house.register.watched = True
            self.changes += 1  # there may have been some of which nobody told us
        if gap is not None:
            self._expect(crowd, lane, gap, watches=crowd.leave(lane) or message.seat)
            self._go_on_later()
        elif message.seat and not crowd.expects(lane):
            crowd.join(lane)

    @handles(UnwatchAll)
    def unwatch(self, message: UnwatchAll) -> None:
        """Unseat a lane."""
        self._crowd(message.lane).leave(message.lane)
        self._sweep()

    @handles(Spread)
    def spread(self, message: Spread) -> None:
        """Tell everyone of a change."""
        update = _as_listed(message.update)
        if update is None:
            return
        self.changes += 1
        for crowd in self.crowds.values():
            try:
                crowd.tell(update)
            except Exception as error:  # noqa: BLE001 - law 5: a codec fells its own dialect's subscribers
                self._codec_failed(crowd, error)
        self._go_on_later()

    @handles(_Continue)
    def go_on(self, _: _Continue) -> None:
        """The next slice of everything."""
        self.continuing = False
        self._build_slice()
        busy = [crowd.seat_slice() | crowd.send_slice(self.house.burst) for crowd in self.crowds.values()]
        if not all(crowd.lanes or crowd.arrivals for crowd in self.crowds.values()):
            self._sweep()
        if any(busy) or self.build is not None or self.requests:
            self.continuing = True
            self.house.clock.after(0.0, self.remind, _Continue())  # when the hub has looked at its sockets once

    def _crowd(self, lane: Lane) -> Crowd:
        key = lane.encoding, lane.frame
        if key not in self.crowds:
            crowd = Crowd(lane.encoding, lane.frame)  # type: ignore[arg-type]  # its session has asked for everybody
            self.crowds[key] = crowd
        return self.crowds[key]

    def _go_on_later(self) -> None:
        if not self.continuing:
            self.continuing = True
            self.remind(_Continue())

    def _sweep(self) -> None:
        self.crowds = {key: crowd for key, crowd in self.crowds.items() if crowd.lanes or crowd.arrivals}
        self.house.register.watched = any(crowd.watched for crowd in self.crowds.values())
        if self.finished is not None and not self.finished.crowd.watched:
            self.finished = None

    def _forget_all(self) -> None:
        self.house.register.watched = False
        for crowd in self.crowds.values():
            for lane in crowd.everyone:
                lane.listener.codec_failed()

    # The message about everybody

    def _expect(self, crowd: Crowd, lane: Lane, gap: Gap, *, watches: bool) -> None:
        """A message that is begun may have passed a change that this lane did not hear of: it waits for the next."""
        known = self.finished
        if known is not None and known.good_for(crowd, self.changes, self.house.clock.monotonic()):
            lane.fill(gap, known.frame)
            if watches:
                crowd.join(lane)
            return
        arrivals = next((each for wanted, each in self.requests if wanted is crowd), None)
        if arrivals is None:
            arrivals = Arrivals()
            crowd.arrivals.append(arrivals)
            self.requests.append((crowd, arrivals))
        arrivals.come(lane, gap, watches=watches)

    def _build_slice(self) -> None:
        if self.build is None and not self.requests:
            return
        crowd = self.build.crowd if self.build is not None else self.requests[0][0]
        try:
            build = self.build or self._begin()
            users = tuple(islice(build.users, SLICE))
            for user in users:
                subject = self.house.register.subject(user)
                if listed(subject):
                    build.assembly.add(subject, self.house.known(user))
            frame = None
            if len(users) < SLICE:
                self.build, frame = None, crowd.frame(build.assembly.done())
            self.remind(_PassedBy(build, users, frame))
        except Exception as error:  # noqa: BLE001 - law 5, as in spread
            self._codec_failed(crowd, error)

    def _begin(self) -> Build:
        crowd, arrivals = self.requests.popleft()
        users = self._everybody()
        arrivals.begin(users)
        assembly = crowd.encoding.everybody(self.house.clock.now())
        self.build = Build(crowd, arrivals, assembly, iter(users), self.changes)
        return self.build

    @handles(_PassedBy)
    def passed_by(self, message: _PassedBy) -> None:
        """Whatever is told of these users from now on, the message has not."""
        build, frame = message.build, message.frame
        build.arrivals.pass_by(message.users)
        if frame is not None:
            build.arrivals.finish(frame)
            if build.crowd.watched:  # else nobody tells the roster of changes
                self.finished = Finished(build.crowd, frame, build.begun, self.house.clock.monotonic())
            self._go_on_later()

    def _everybody(self) -> list[str]:
        register = self.house.register
        return list(dict.fromkeys((*register.subjects, *register.presences, *self.house.board.users())))

    def _codec_failed(self, crowd: Crowd, error: Exception) -> None:
        if self.build is not None and self.build.crowd is crowd:
            self.build = None
        self.requests = deque(each for each in self.requests if each[0] is not crowd)
        for lane in crowd.dismiss():
            lane.listener.codec_failed()
        details = {**told(error), "encoding": type(crowd.encoding).__name__}
        self.house.journal.tell(Record(self.house.clock.now(), self.path, "Roster", "codec-failed", details))


def listed(subject: Subject) -> bool:
    """True for whoever a list may show: an account that registered itself is in none (WIRES section 3)."""
    return subject.listed or not subject.account


def _as_listed(update: Update) -> Update | None:
    """The update as those see it who see listed users only; None where they see nothing."""
    was = listed(update.was or update.subject)
    if listed(update.subject):
        return update if was else replace(update, before=NOBODY, was=NO_ONE, changed=True)
    return replace(update, subject=NO_ONE, after=NOBODY, was=update.was) if was else None
