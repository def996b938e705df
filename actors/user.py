"""User: one person's presence, and the lanes of everyone who watches it."""

from dataclasses import replace
from functools import reduce
from types import TracebackType
from typing import Any

from actors.audience import Audience
from actors.errors import Refused
from actors.house import House
from actors.lane import Lane
from actors.messages import (
    Forget,
    Grant,
    Lapsed,
    Look,
    Record,
    Refresh,
    Release,
    Remember,
    Report,
    Resubject,
    Seated,
    Spread,
    Unwatch,
    Watch,
    Withdraw,
)
from actors.presence import NOBODY, NOTHING_KEPT, Claim, Presence, Source, Status, Subject, Update
from actors.runtime import Actor, handles

IDLE_SECONDS = 60.0
"""How long a user without claims and watchers stays in memory."""

UNSEEN = frozenset({Status.OFFLINE, Status.INVISIBLE})

SOCKET_SECONDS = 30.0
"""How long after a crash a claim without a lease of its own is believed (HOUSE law 7)."""


class _Continue:
    """To oneself: reach the lanes that have not been reached yet."""


class _Rest:
    """To oneself: end if nobody needs this user any more."""


class _Resume:
    """To oneself: the pause of a burst is over."""


class User(Actor):
    """One presence; the only one who may change it."""

    def __init__(self, subject: Subject, house: House) -> None:
        super().__init__()
        self.subject = subject
        self.house = house
        self.presence = NOBODY
        self.renewals: dict[Source, int] = {}
        """How often each source has renewed its lease."""
        self.audiences: dict[Any, Audience] = {}
        self.continuing = False
        self.resting = False

    def on_start(self) -> None:
        """Take up what is still to be believed: the claims outlive the actor."""
        now = self.house.clock.now()
        claims = [claim for claim in self.house.board.claims(self.subject.id) if not claim.expired(now)]
        kept = self.house.register.kept.get(self.subject.id, NOTHING_KEPT)
        self._become(reduce(Presence.with_claim, claims, NOBODY if kept is NOTHING_KEPT else Presence(kept=kept)))
        self._rest_later()

    def on_stop(self) -> None:
        """Whoever has ended is nobody."""
        self.house.register.presences.pop(self.subject.id, None)

    def on_failure(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """Let the watchers come again: they get a fresh snapshot from the next life."""
        for audience in self.audiences.values():
            for lane in list(audience.lanes):
                lane.listener.user_fell(self.subject.id)

    # Claims

    @handles(Report)
    def report(self, message: Report) -> Claim:
        """Take a claim in; see messages.Report."""
        claim = message.claim
        known = self.presence.claim_of(claim.source)
        if message.only_known and (known is None or known.expired(self.house.clock.now())):
            raise Refused("unknown-source")
        before = self._become(self.presence.with_claim(claim))
        accepted = self._keep(known, self.presence.claim_of(claim.source) or claim)
        if not message.silent:
            self._publish(before)
        return accepted

    @handles(Refresh)
    def refresh(self, message: Refresh) -> Claim:
        """Move a claim's end; nobody sees a difference, so nobody is told."""
        known = self.presence.claim_of(message.source)
        if known is None or known.expired(self.house.clock.now()):
            raise Refused("unknown-source")
        claim = replace(known, expires_at=message.expires_at)
        self._become(self.presence.with_claim(claim))
        return self._keep(known, claim)

    @handles(Withdraw)
    def withdraw(self, message: Withdraw) -> bool:
        """Drop a claim; see messages.Withdraw."""
        known = self.presence.claim_of(message.source)
        if known is None:
            return False
        if known.expires_at is not None:
            self.house.leases.tell(Release(self.subject.id, known.source))
        self._drop(message.source)
        return not known.expired(self.house.clock.now())

    @handles(Lapsed)
    def lapsed(self, message: Lapsed) -> None:
        """A lease is over, unless it was renewed since it was granted: then it is granted up to its new end."""
        known, now = self.presence.claim_of(message.source), self.house.clock.now()
        if known is None:
            self._forget(message.source)
        elif known.expired(now):
            self._record_end(known, now)
            self._drop(message.source)
        elif known.expires_at is not None:
            self.house.leases.tell(Grant(self.subject.id, known.source, known.expires_at, again=True))

    def _record_end(self, claim: Claim, now: float) -> None:
        details = {
            "user": self.subject.id,
            "source": claim.source.kind,
            "renewals": self.renewals.get(claim.source, 0),
            "late": round(now - (claim.expires_at or now), 3),
        }
        self.house.journal.tell(Record(now, self.path, "User", "lease-expired", details))

    def _become(self, presence: Presence) -> Presence:
        """Take on a presence and show it to whoever reads the register; answered with the one before."""
        before = self.presence
        if presence.status in UNSEEN and before.status not in UNSEEN:
            presence = presence.keeping(replace(presence.kept, last_seen_at=self.house.clock.now()))
        if presence.kept is not before.kept and self.subject.account:
            self.house.register.kept[self.subject.id] = presence.kept
        self.presence = self.house.register.presences[self.subject.id] = presence
        return before

    def _keep(self, known: Claim | None, claim: Claim) -> Claim:
        user, house = self.subject.id, self.house
        house.board.report(user, claim)
        self._lease(known.expires_at if known is not None else None, claim)
        until = claim.expires_at if claim.expires_at is not None else house.clock.now() + SOCKET_SECONDS
        house.keeper.tell(Remember(user, claim, until))
        return claim

    def _lease(self, before: float | None, claim: Claim) -> None:
        """Have the claim's end watched: a first end and a sooner one are told, a later one is found when it is due."""
        end, source = claim.expires_at, claim.source
        if end is None:
            if before is not None:
                self.house.leases.tell(Release(self.subject.id, source))
        elif before is None:
            self.house.leases.tell(Grant(self.subject.id, source, end))
        else:
            self.renewals[source] = self.renewals.get(source, 0) + 1
            if end < before:
                self.house.leases.tell(Grant(self.subject.id, source, end, again=True))

    def _drop(self, source: Source) -> None:
        before = self._become(self.presence.without(source))
        self.renewals.pop(source, None)
        self._forget(source)
        self._publish(before)
        self._rest_later()

    def _forget(self, source: Source) -> None:
        self.house.board.withdraw(self.subject.id, source)
        self.house.keeper.tell(Forget(self.subject.id, source))

    # Watchers

    @handles(Look)
    def look(self, _: Look) -> Presence:
        """What is to be believed now."""
        return self.presence.at(self.house.clock.now())

    @handles(Watch)
    def watch(self, message: Watch) -> None:
        """Seat a lane and send it the snapshot, or hand that to whoever gathers several."""
        lane = message.lane
        if message.gather is not None:
            if message.gather.is_alive():
                if message.seat:
                    self._audience(lane).join(lane)
                message.gather.tell(Seated(self.subject.id, self.subject, self.presence))
            self._rest_later()
            return
        audience = self._audience(lane)
        audience.join(lane)
        try:
            frame = audience.snapshot(self.subject, self.presence, lane.frame)
        except Exception as error:  # noqa: BLE001 - law 5: a codec fells its own dialect's subscribers, never the User
            self._codec_failed(audience, error)
        else:
            lane.send(frame, self.subject.id)

    @handles(Unwatch)
    def unwatch(self, message: Unwatch) -> None:
        """Unseat a lane."""
        key = message.lane.encoding, message.lane.frame
        audience = self.audiences.get(key)
        if audience is None:
            return
        audience.leave(message.lane)
        if not audience.lanes:
            del self.audiences[key]
            self._rest_later()

    def _audience(self, lane: Lane) -> Audience:
        key = lane.encoding, lane.frame
        audience = self.audiences.get(key)
        if audience is None:
            audience = self.audiences[key] = Audience(lane.encoding)
        return audience

    def _publish(self, before: Presence) -> None:
        register = self.house.register
        if not self.audiences and not register.watched:
            return
        update = Update(
            self.subject, before, self.presence, not self.presence.looks_like(before), self.house.clock.now()
        )
        if update.changed and register.watched:
            self.house.roster.tell(Spread(update))
        for audience in list(self.audiences.values()):
            if update.changed or audience.encoding.every_report:
                self._offer(audience, update)

    def _offer(self, audience: Audience, update: Update) -> None:
        """Send now, or keep the newest for when a burst's pause is over."""
        pause = audience.encoding.pause
        if pause:
            now = self.house.clock.monotonic()
            if now < audience.quiet_until:
                if audience.held is None:
                    self.house.clock.after(audience.quiet_until - now, self.remind, _Resume())
                audience.held = update
                return
            audience.quiet_until = now + pause
        self._send(audience, update)

    @handles(_Resume)
    def resume(self, _: _Resume) -> None:
        """Send what was held back during a burst."""
        now = self.house.clock.monotonic()
        for audience in list(self.audiences.values()):
            if audience.held is not None and now >= audience.quiet_until:
                update, audience.held = audience.held, None
                audience.quiet_until = now + audience.encoding.pause
                self._send(audience, update)

    def _send(self, audience: Audience, update: Update) -> None:
        try:
            audience.tell(update)
        except Exception as error:  # noqa: BLE001 - law 5, as in watch
            self._codec_failed(audience, error)
            return
        if not self.continuing and audience.send_slice(self.subject.id):
            self._continue_later()

    @handles(_Continue)
    def go_on(self, _: _Continue) -> None:
        """Reach the next lanes; between two slices other mail and other sockets get their turn."""
        self.continuing = False
        busy = [audience.send_slice(self.subject.id) for audience in list(self.audiences.values())]
        if any(busy):
            self._continue_later()

    def _continue_later(self) -> None:
        self.continuing = True
        self.remind(_Continue())

    def _codec_failed(self, audience: Audience, error: Exception) -> None:
        for lane in list(audience.lanes):
            audience.leave(lane)
            lane.listener.codec_failed()
        details = {"class": type(error).__name__, "encoding": type(audience.encoding).__name__}
        self.house.journal.tell(Record(self.house.clock.now(), self.path, "User", "codec-failed", details))

    # Life

    @handles(Resubject)
    def resubject(self, message: Resubject) -> None:
        """Become somebody else by name or account, with the same claims under the new id."""
        old = self.subject
        if not message.keep_claims:
            for claim in self.presence.claims:
                self.withdraw(Withdraw(claim.source))
        self.subject = message.subject
        self.house.register.presences.pop(old.id, None)
        self._become(self.presence)
        self._tell_of_name(old)
        if old.id == message.subject.id:
            return
        for claim in self.presence.claims:
            self.house.board.withdraw(old.id, claim.source)
            self.house.keeper.tell(Forget(old.id, claim.source))
            self.house.leases.tell(Release(old.id, claim.source))
            self._keep(None, claim)

    def _tell_of_name(self, was: Subject) -> None:
        """Whoever shows users by their links sees another one from now on; it is nobody's report."""
        now = self.house.clock.now()
        update = Update(self.subject, self.presence, self.presence, changed=True, at=now, was=was)
        if self.house.register.watched:
            self.house.roster.tell(Spread(update))
        for audience in list(self.audiences.values()):
            if not audience.encoding.every_report:
                self._offer(audience, update)

    @handles(_Rest)
    def rest(self, _: _Rest) -> None:
        """End if there is neither claim nor watcher nor mail; whoever needs this user again starts it again."""
        self.resting = False
        if not self.presence.claims and not self.audiences and self.actor_inbox.empty():
            self._stop()

    def _rest_later(self) -> None:
        if not self.resting and not self.presence.claims and not self.audiences:
            self.resting = True
            self.house.clock.after(IDLE_SECONDS, self.remind, _Rest())
