"""Roster: who watches everybody; puts the message about everybody together in slices, and spreads each change."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

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
    assembly: Assembly
    users: Iterator[str]
    gaps: list[tuple[Lane, Gap]]
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


@dataclass(slots=True)
class Request:
    """Somebody who waits for the message about everybody, and whose build has not begun."""

    crowd: Crowd
    gaps: list[tuple[Lane, Gap]] = field(default_factory=list)


class _Continue:
    """To oneself: there is more to put together or to send."""


class Roster(Actor):
    """Everybody is every listed account, and every other user who is known; the encoding says who is there for it."""

    mailbox_limit = 200_000

    def __init__(self, house: House) -> None:
        super().__init__()
        self.house = house
        self.crowds: dict[Any, Crowd] = {}
        self.requests: deque[Request] = deque()
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
        """Seat a lane, and see that its gap is filled: what changes meanwhile waits behind it."""
        lane = message.lane
        crowd = self._crowd(lane)
        if message.seat:
            crowd.join(lane)
            self.house.register.watched = True
        if message.gap is not None:
            self._ask_for(crowd, lane, message.gap)
            self._go_on_later()

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
        busy = [crowd.send_slice(self.house.burst) for crowd in self.crowds.values()]
        if any(busy) or self.build is not None:
            self.continuing = True
            self.house.clock.after(0.0, self.remind, _Continue())  # when the hub has looked at its sockets once

    def _crowd(self, lane: Lane) -> Crowd:
        key = lane.encoding, lane.frame
        if key not in self.crowds:
            self.crowds[key] = Crowd(lane.encoding)  # type: ignore[arg-type]  # its session has asked for everybody
        return self.crowds[key]

    def _go_on_later(self) -> None:
        if not self.continuing:
            self.continuing = True
            self.remind(_Continue())

    def _sweep(self) -> None:
        asked = {id(request.crowd) for request in self.requests}
        if self.build is not None:
            asked.add(id(self.build.crowd))
        self.crowds = {key: crowd for key, crowd in self.crowds.items() if crowd.lanes or id(crowd) in asked}
        self.house.register.watched = any(crowd.lanes for crowd in self.crowds.values())
        if self.finished is not None and not self.finished.crowd.lanes:
            self.finished = None

    def _forget_all(self) -> None:
        self.house.register.watched = False
        for crowd in self.crowds.values():
            for lane in list(crowd.lanes):
                lane.listener.codec_failed()

    # The message about everybody

    def _ask_for(self, crowd: Crowd, lane: Lane, gap: Gap) -> None:
        """A build that has begun may have passed a change that this lane did not hear of: it waits for the next."""
        known = self.finished
        if known is not None and known.good_for(crowd, self.changes, self.house.clock.monotonic()):
            lane.fill(gap, known.frame)
            return
        request = next((each for each in self.requests if each.crowd is crowd), None)
        if request is None:
            request = Request(crowd)
            self.requests.append(request)
        request.gaps.append((lane, gap))

    def _build_slice(self) -> None:
        if self.build is None:
            if not self.requests:
                return
            request = self.requests.popleft()
            assembly = request.crowd.encoding.everybody(self.house.clock.now())
            self.build = Build(request.crowd, assembly, iter(self._everybody()), request.gaps, self.changes)
        build = self.build
        try:
            added = 0
            for user in islice(build.users, SLICE):
                added += 1
                subject = self.house.register.subject(user)
                if listed(subject):
                    build.assembly.add(subject, self.house.known(user))
            if added < SLICE:
                self._finish(build)
        except Exception as error:  # noqa: BLE001 - law 5, as in spread
            self.build = None
            self._codec_failed(build.crowd, error, [lane for lane, _ in build.gaps])

    def _finish(self, build: Build) -> None:
        payload = build.assembly.done()
        frame = build.gaps[0][0].frame(payload)
        for lane, gap in build.gaps:
            lane.fill(gap, frame)
        self.build = None
        if build.crowd.lanes:  # else nobody tells the roster of changes
            self.finished = Finished(build.crowd, frame, build.begun, self.house.clock.monotonic())
        self._sweep()
        if self.requests:
            self._go_on_later()

    def _everybody(self) -> list[str]:
        register = self.house.register
        return list(dict.fromkeys((*register.subjects, *register.presences, *self.house.board.users())))

    def _codec_failed(self, crowd: Crowd, error: Exception, waiting: list[Lane] | None = None) -> None:
        for lane in {**crowd.lanes, **dict.fromkeys(waiting or ())}:
            crowd.leave(lane)
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
