"""Watchers: everybody who watches one user, by encoding; snapshots, updates, bursts and codecs that fail."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from actors.audience import Audience
from actors.burst import Burst
from actors.clock import Clock
from actors.lane import Lane
from actors.presence import Presence, Status, Subject, Update
from actors.runtime import told
from actors.session import Everybody, ShowsPairs


@dataclass(frozen=True, slots=True)
class Continue:
    """From a user to itself: reach the lanes that have not been reached yet."""


@dataclass(frozen=True, slots=True)
class Resume:
    """From a user to itself: the pause of this audience's burst is over."""

    audience: Audience


@dataclass(frozen=True, slots=True)
class CodecFailed:
    """From a user to itself: this kind of encoding raised, and its watchers were told; `error` as of `told`."""

    encoding: str
    error: dict[str, str]


class Watchers:
    """The watchers' half of a User, who hands the first two messages above back to it.

    `remind` puts a message into the user's own inbox; `mail` says how many wait there: what the user is about to say
    then goes out together with what it says now, behind that mail. Neither keeps the user alive.
    """

    __slots__ = ("_audiences", "_burst", "_clock", "_continuing", "_mail", "_remind")

    def __init__(
        self,
        clock: Clock,
        burst: Burst,
        remind: Callable[[Any], None],
        mail: Callable[[], int],
    ) -> None:
        self._audiences: dict[Any, Audience] = {}
        self._clock = clock
        self._burst = burst
        self._remind = remind
        self._mail = mail
        self._continuing = False

    def __bool__(self) -> bool:
        return bool(self._audiences)

    @property
    def lanes(self) -> list[Lane]:
        """Everybody's lane."""
        return [lane for audience in self._audiences.values() for lane in audience.lanes]

    @property
    def numbered(self) -> bool:
        """Whether anybody watches who may come back with a number (actors/history.py)."""
        return any(audience.numbered is not None for audience in self._audiences.values())

    def give_up(self) -> None:
        """This user ends, whatever is on its way."""
        for audience in self._audiences.values():
            audience.give_up()

    def join(self, lane: Lane) -> Audience:
        """Seat a lane."""
        audience = self._audiences.setdefault((lane.encoding, lane.frame), Audience(lane.encoding))
        audience.join(lane)
        return audience

    def seat(self, lane: Lane, subject: Subject, presence: Presence) -> None:
        """Seat a lane and send it the snapshot; no update takes its place, for it may have another form."""
        audience = self.join(lane)
        try:
            frame = audience.snapshot(subject, presence, lane.frame)
        except Exception as error:  # noqa: BLE001 - law 5
            self._fell(audience, error)
            return
        if frame is None:  # it may have gone as an earlier life fell: nobody else would say so
            lane.listener.user_left(self._departure(subject, presence))
        else:
            lane.send(frame)

    def _departure(self, subject: Subject, presence: Presence) -> Update:
        shown = tuple(claim for claim in presence.claims if claim.status is not Status.INVISIBLE)
        return Update(subject, Presence(shown, presence.kept), presence, changed=True, at=self._clock.now())

    def unseat(self, lane: Lane) -> None:
        """Send this lane nothing any more."""
        audience = self._audiences.get((lane.encoding, lane.frame))
        if audience is not None:
            audience.leave(lane)
            if not audience.lanes:
                audience.give_up()
                del self._audiences[lane.encoding, lane.frame]

    def publish(self, update: Update, *, leaving: bool = False) -> None:
        """Send the update to whom it concerns, now or when their pause is over; `leaving`: see Telling.report."""
        for audience in list(self._audiences.values()):
            if leaving and isinstance(audience.encoding, Everybody):
                continue
            if update.changed or audience.encoding.every_report:
                self._offer(audience, update)

    def publish_name(self, update: Update) -> None:
        """The user is somebody else by name or link; it is nobody's report."""
        self._publish_to(Everybody, update)

    def publish_pairs(self, update: Update) -> None:
        """The user's key-values have changed, and nothing else."""
        self._publish_to(ShowsPairs, update)

    def resume(self, audience: Audience) -> None:
        """Send the newest of a burst, unless the timer rang early."""
        if audience.held is None:
            return
        now = self._clock.monotonic()
        if now < audience.quiet_until:
            self._clock.after(audience.quiet_until - now, self._remind, Resume(audience))
            return
        update, audience.held = audience.held, None
        audience.quiet_until = now + audience.encoding.pause
        self._send(audience, update)

    def go_on(self, key: str) -> None:
        """Reach the next lanes; between two slices other mail and other sockets get their turn."""
        self._continuing = False
        busy = [audience.send_slice(key, self._burst) for audience in self._audiences.values()]
        if any(busy):
            self._continue_later()

    def _publish_to(self, kind: type, update: Update) -> None:
        for audience in list(self._audiences.values()):
            if isinstance(audience.encoding, kind):
                self._offer(audience, update)

    def _offer(self, audience: Audience, update: Update) -> None:
        pause = audience.encoding.pause
        if not pause:
            self._send(audience, update)
            return
        now, held = self._clock.monotonic(), audience.held
        if held is not None:
            audience.held = replace(update, before=held.before, changed=held.changed or update.changed)
        elif now < audience.quiet_until:
            audience.held = update
            self._clock.after(audience.quiet_until - now, self._remind, Resume(audience))
        else:
            audience.quiet_until = now + pause
            self._send(audience, update)

    def _send(self, audience: Audience, update: Update) -> None:
        try:
            audience.tell(update)
        except Exception as error:  # noqa: BLE001 - law 5
            self._fell(audience, error)
            return
        if audience.full or not (self._continuing or self._mail()):
            if audience.send_slice(update.subject.id, self._burst):
                self._continue_later()
        elif not self._continuing:
            self._continuing = True
            self._remind(Continue())

    def _continue_later(self) -> None:
        """When the hub has looked at its sockets once: a publisher is answered before all have been reached."""
        if not self._continuing:
            self._continuing = True
            self._clock.after(0.0, self._remind, Continue())

    def _fell(self, audience: Audience, error: Exception) -> None:
        """Law 5: a codec fells its own dialect's subscribers, never the User."""
        for lane in list(audience.lanes):
            self.unseat(lane)
            lane.listener.codec_failed()
        self._remind(CodecFailed(type(audience.encoding).__name__, told(error)))
