"""Registrar: who is registered with the relay, durable before the answer; over when lease, owner or token say so."""

from typing import Any
from uuid import uuid4

import structlog

from actors.bulletin import Notified
from actors.errors import Unavailable
from actors.house import House
from actors.messages.courier import Abandon, Delayed, Delivered, Died, Knock
from actors.messages.keeper import Record
from actors.messages.leases import Grant, Release
from actors.messages.relay import CaughtUp, Expired, Register, Reload, Sighted, StreamChanged, StreamRefused, Unregister
from actors.messages.streams import Close, Open
from actors.presence import Source
from actors.relay.ledger import Ledger
from actors.relay.registration import RELAY, CatchUpState, Entry, Registration
from actors.relay.roll import Figures
from actors.relay.sightings import Sightings
from actors.runtime import WaitingActor, handles

AGAIN = 1.0
"""Seconds after which a store that was away is asked again."""

GONE = 410
"""What a callback answers that wants to hear no more."""

log = structlog.get_logger()


class _TakeUp:
    """To oneself: read what is kept."""


class Registrar(WaitingActor):
    """Keeps house.registrations in step with what is stored, and tells leases, streams and courier of it."""

    mailbox_limit = 200_000

    def __init__(self, house: House, ledger: Ledger, *, end_on_410: bool, presence_seconds: float) -> None:
        super().__init__()
        self.house = house
        self.roll = house.registrations
        self.ledger = ledger
        self.end_on_410 = end_on_410
        self.sightings = Sightings(house, presence_seconds)
        self.ready = False
        """True when what is kept has been read."""

    def on_start(self) -> None:
        """Go on where an earlier life, or an earlier process, ended."""
        self.take_up(_TakeUp())

    @handles(_TakeUp)
    def take_up(self, again: _TakeUp) -> None:
        """Read what is kept; at the start of the process, what the maps allow no more is dropped."""
        try:
            entries, past = self.ledger.registrations(), self.ledger.past()
            dropped = [] if self.roll.taken_up else [entry for entry in entries if not self._still_allowed(entry)]
            if dropped:
                self.ledger.remove(tuple(entry.registration.id for entry in dropped))
        except Unavailable:
            self.house.clock.after(AGAIN, self.remind, again)
            return
        if self.roll.taken_up:
            past = {}  # this process knows better
        self.ready = self.roll.taken_up = True
        kept = {entry.registration.id: entry.registration for entry in entries}
        for entry in dropped:
            self.sightings.withdraw(kept.pop(entry.registration.id))
            self._say_ended(entry.registration, "not allowed any more")
        for known in self.roll:
            if known.id not in kept:
                self._strike_off(known.id, "not kept")
        for registration in kept.values():
            if registration.queue in past:
                self.roll.remember(registration.id, past[registration.queue], self.house.clock.now())
            self._take_in(registration)

    def _still_allowed(self, entry: Entry) -> bool:
        """The checks of a registration once more (spec A7): its app, that app's secret, and the instance."""
        registration, maps = entry.registration, self.roll.maps
        app = maps.apps.get(registration.app)
        return app is not None and app.knows(entry.secret) and maps.admits(registration.instance, registration.app)

    # --- what people ask --------------------------------------------------------------------------------------------

    @handles(Register)
    def register(self, message: Register) -> Registration:
        """See messages.Register."""
        self._be_ready()
        registration = self.ledger.register(message, str(uuid4()), self.house.clock.now())
        renewed = self.roll.find(registration.id) is not None
        self._take_in(registration)
        if renewed:
            self.house.courier.tell(Knock(registration.queue))
        self._record("renewed" if renewed else "registered", registration)
        return registration

    @handles(Unregister)
    def unregister(self, message: Unregister) -> bool:
        """See messages.Unregister."""
        self._be_ready()
        known = self.roll.at((message.instance, message.app, message.tag))
        if known is not None:
            self._end(known, "unregistered")
        return known is not None

    @handles(Reload)
    def reload(self, message: Reload) -> None:
        """See messages.Reload."""
        self.roll.maps = message.maps

    def _be_ready(self) -> None:
        if not self.ready:
            raise Unavailable("store-away", retry_after=AGAIN)

    # --- what ends a registration -----------------------------------------------------------------------------------

    @handles(Expired)
    def expired(self, message: Expired) -> None:
        """The lease is over, unless it was renewed meanwhile."""
        known = self.roll.find(message.registration_id)
        if known is not None and known.expires_at > self.house.clock.now():
            self._grant(known)
        elif known is not None:
            self._end_in_time(known, "registration expired", message)

    @handles(StreamRefused)
    def refused(self, message: StreamRefused) -> None:
        """The instance takes this token no more; a newer one may stand in its place by now."""
        known = self.roll.find(message.registration_id)
        if known is not None and known.token == message.token:
            self._end_in_time(known, message.reason, message)

    def _end_in_time(self, registration: Registration, why: str, message: Any) -> None:
        """End it now, or when the store is back."""
        try:
            self._end(registration, why)
        except Unavailable:
            self.house.clock.after(AGAIN, self.remind, message)

    def _end(self, registration: Registration, why: str) -> None:
        self.ledger.remove((registration.id,))
        self._strike_off(registration.id, why)

    # --- what becomes of streams and callbacks ------------------------------------------------------------------------

    @handles(StreamChanged)
    def note_stream(self, message: StreamChanged) -> None:
        """See messages.StreamChanged."""
        figures = self.roll.figures.get(message.registration_id)
        if figures is not None:
            figures.state, figures.reason = message.state, message.reason
            figures.since, figures.next_try_at = message.at, message.next_try_at

    @handles(CaughtUp)
    def note_catch_up(self, message: CaughtUp) -> None:
        """See messages.CaughtUp."""
        figures = self.roll.figures.get(message.registration_id)
        if figures is not None:
            figures.catch_up, figures.catch_up_reason = message.state, message.reason
            figures.caught_up += message.brought
            figures.incomplete += message.state is CatchUpState.INCOMPLETE

    @handles(Delivered)
    def note_delivery(self, message: Delivered) -> None:
        """A callback was taken."""
        figures = self._figures(message.queue)
        if figures is not None:
            figures.delivered += 1
            figures.next_callback_at = None

    @handles(Delayed)
    def note_delay(self, message: Delayed) -> None:
        """A callback failed and will be tried again."""
        figures = self._figures(message.queue)
        if figures is not None:
            figures.delayed += 1
            figures.next_callback_at = message.again_at
            figures.last_failure = _failure(message)

    @handles(Died)
    def note_death(self, message: Died) -> None:
        """A callback was given up; the registration stays, unless the operator takes 410 at its word."""
        figures = self._figures(message.queue)
        known = self.roll.find(_registration_of(message.queue))
        if figures is None or known is None:
            return
        figures.failed += 1
        figures.next_callback_at = None
        figures.last_failure = _failure(message)
        if message.status == GONE and self.end_on_410:
            self._end_in_time(known, "its callback answers 410", message)

    @handles(Sighted)
    def sighted(self, message: Sighted) -> None:
        """See messages.Sighted; the registration may have ended since, or read otherwise."""
        self.sightings.report(self.roll.find(message.registration_id), message.author)

    def _figures(self, queue: str) -> Figures | None:
        return self.roll.figures.get(_registration_of(queue))

    # --- what follows -------------------------------------------------------------------------------------------------

    def _take_in(self, registration: Registration) -> None:
        before = self.roll.find(registration.id)
        self.roll.learn(registration, self.house.clock.now())
        self._dismiss_readers(before)
        self.sightings.renewed(before, registration)
        self._grant(registration)
        self.house.streams.tell(Open(registration))

    def _strike_off(self, registration_id: str, why: str) -> None:
        known = self.roll.forget(registration_id)
        if known is None:
            return
        self._dismiss_readers(known)
        self.sightings.withdraw(known)
        self.house.leases.tell(Release(known.id, Source(RELAY, known.id)))
        self.house.streams.tell(Close(known.id))
        self.house.courier.tell(Abandon(known.queue))
        self._say_ended(known, why)

    def _dismiss_readers(self, before: Registration | None) -> None:
        """Whoever reads by a token that no registration has any more reads nothing more."""
        if before is not None and not self.roll.has_token(before.token_digest):
            self.house.bulletin.dismiss(Notified(before.token_digest), 1008, "registration ended")

    def _grant(self, registration: Registration) -> None:
        source = Source(RELAY, registration.id)
        self.house.leases.tell(Grant(registration.id, source, registration.expires_at, again=True))

    def _say_ended(self, registration: Registration, why: str) -> None:
        log.info("registration ended", registration=registration.key, reason=why)
        self._record("ended", registration, reason=why)

    def _record(self, event: str, registration: Registration, **details: str) -> None:
        told = {"registration": registration.key, **details}
        path = f"{self.path}/{registration.id}"
        self.house.journal.tell(Record(self.house.clock.now(), path, "Registration", event, told))


def _registration_of(queue: str) -> str:
    return queue.removeprefix(f"{RELAY}:")


def _failure(message: Delayed | Died) -> str:
    return str(message.status) if message.status is not None else message.error or ""
