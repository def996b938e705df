"""User: one person's presence, from the claims made about them to those who watch.

Longer than other files, since nobody else may change a presence: each message that may is handled here.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from types import TracebackType
from typing import Any

from pykka._envelope import Envelope

from actors.comeback import predecessor
from actors.errors import Refused
from actors.gradient import wished_images
from actors.house import House
from actors.kept import seen_off, with_storage
from actors.messages.connection import Seated
from actors.messages.directory import Bequest, Deliver
from actors.messages.keeper import Record
from actors.messages.painter import Wish
from actors.messages.user import (
    Disown,
    Dissolve,
    Keep,
    Lapsed,
    Look,
    Once,
    Refresh,
    Report,
    Reshape,
    Resubject,
    Unwatch,
    Watch,
    Withdraw,
)
from actors.presence import NOBODY, NOTHING_KEPT, Claim, Presence, Subject
from actors.runtime import Actor, handles
from actors.telling import Telling
from actors.tenure import Tenure
from actors.watchers import CodecFailed, Continue, Resume, Watchers

IDLE_SECONDS = 60.0
"""How long a user without claims and watchers stays in memory."""


class _Rest:
    """To oneself: end if nobody needs this user any more."""


class User(Actor):
    """One presence; the only one who may change it.

    `presence` is what is shown: where the account has rules (actors/transformations.py) they have been applied to it,
    once for each report. The board keeps what was said, so that a rule can be taken back.
    """

    def __init__(self, subject: Subject, house: House) -> None:
        super().__init__()
        self.subject = subject
        self.house = house
        self.presence = NOBODY
        self.tenure = Tenure(house)
        waiting = self.actor_inbox.__len__  # type: ignore[attr-defined]  # our Mailbox
        self.watchers = Watchers(house.clock, house.burst, self.remind, waiting)
        self.telling = Telling(house, self.watchers)
        self.wished: tuple[str, ...] = ()
        self.resting = False

    def on_start(self) -> None:
        """Take up what is still to be believed: the claims outlive the actor, and what ended in its sleep ends now."""
        now, known = self.house.clock.now(), self.house.board.claims(self.subject.id)
        nobody = Presence(kept=self.house.register.kept.get(self.subject.id, NOTHING_KEPT))
        self._become(self._showing(known, nobody))
        self.tenure.take_up(self.subject.id, known)
        for claim in self.presence.claims:
            if claim.expired(now):
                self._drop(claim, expired=True)
        self.telling.waking(self.subject, self.presence)
        self._rest_later()

    def on_stop(self) -> None:
        """Whoever has ended is nobody."""
        self.house.register.presences.pop(self.subject.id, None)

    def on_failure(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """Let the watchers come again: they get a fresh snapshot from the next life, which gets the mail too."""
        if not self.presence.claims:  # else there will be a next life, which knows the same
            self.on_stop()
        self._hand_on()

    # Claims

    @handles(Report)
    def report(self, message: Report) -> Claim:
        """Take a claim in; see messages.Report."""
        claim = message.claim
        known = self.presence.claim_of(claim.source)
        if message.only_known:
            self._must_live(known)
        (shown,) = self.house.register.shown(self.subject.id, (claim,))
        left = predecessor(self.presence.claims, shown) if known is None else None
        presence = self.presence if left is None else self.presence.without(left.source)
        before = self._become(presence.with_claim(shown))
        if left is not None:
            self.tenure.release(self.subject.id, left)
        accepted = self._keep(known, claim)
        if not message.silent:
            self.telling.report(self.subject, before, self.presence)
        return accepted

    @handles(Refresh)
    def refresh(self, message: Refresh) -> Claim:
        """Move a claim's end; nobody sees a difference, so nobody is told."""
        known = self._must_live(self.presence.claim_of(message.source))
        said = next((claim for claim in self._said() if claim.source == message.source), known)
        self._become(self.presence.with_claim(replace(known, expires_at=message.expires_at)))
        return self._keep(known, replace(said, expires_at=message.expires_at))

    @handles(Withdraw)
    def withdraw(self, message: Withdraw) -> bool:
        """Drop a claim; see messages.Withdraw."""
        known = self.presence.claim_of(message.source)
        if known is None:
            return False
        self._drop(known, expired=known.expired(self.house.clock.now()))
        return not known.expired(self.house.clock.now())

    @handles(Once)
    def once(self, message: Once) -> Claim | bool:
        """Do something that is sent again perhaps; see messages.Once."""
        deed, done = message.deed, message.done
        answer = self.report(deed) if isinstance(deed, Report) else self.withdraw(deed)
        if answer:
            done = done.of(answer) if isinstance(answer, Claim) else done
            self.house.deeds.add(done)
            self.house.keeper.tell(done)  # laid beside what was done, with no turn between
        return answer

    @handles(Disown)
    def disown(self, message: Disown) -> None:
        """Drop what is claimed by the grace of a credential that has ended; of what did not show nobody is told."""
        for claim in self.presence.claims:
            if claim.credential == message.credential:
                self._drop(claim, expired=False, silent=claim.effective_status is None)

    @handles(Lapsed)
    def lapsed(self, message: Lapsed) -> None:
        """A lease is over, unless it was renewed since it was granted: then it is granted up to its new end."""
        known = self.presence.claim_of(message.source)
        if known is None:
            self.tenure.forget(self.subject.id, message.source)
        elif known.expired(self.house.clock.now()):
            self._drop(known, expired=True)
        else:
            self.tenure.extend(self.subject.id, known)

    def _become(self, presence: Presence) -> Presence:
        """Take on a presence and show it to whoever reads the register; answered with the one before."""
        before = self.presence
        presence = seen_off(self.house, self.subject, before, presence)
        self.presence = self.house.register.presences[self.subject.id] = presence
        wished = wished_images(presence)
        if wished != self.wished:
            self._wish(wished)
        return before

    @handles(Keep)
    def keep(self, message: Keep) -> None:
        """Take committed key-values in; see messages.Keep."""
        presence = with_storage(self.subject, self.presence, message.storage)
        if presence is None:
            return
        before = self._become(presence)
        if before.kept.pairs != presence.kept.pairs:
            self.telling.pairs(self.subject, before, self.presence)

    @handles(Reshape)
    def reshape(self, message: Reshape) -> None:
        """Show what is said by other rules from now on; see messages.Reshape."""
        shaping, shapings = message.shaping, self.house.register.shapings
        known = shapings.get(self.subject.id)
        if shaping.account != self.subject.id or (known is not None and shaping.revision <= known.revision):
            return
        said = self._said()
        shapings[self.subject.id] = shaping
        before = self._become(self._showing(said, Presence(kept=self.presence.kept)))
        if before != self.presence:
            self.telling.report(self.subject, before, self.presence)

    def _said(self) -> tuple[Claim, ...]:
        """The claims as their sources made them."""
        if self.subject.id not in self.house.register.shapings:
            return self.presence.claims
        said = self.house.board.claims(self.subject.id)
        return tuple(claim for claim in said if self.presence.claim_of(claim.source) is not None)

    def _showing(self, said: tuple[Claim, ...], nobody: Presence) -> Presence:
        """What is to be seen where this is said of somebody of whom nothing was."""
        return reduce(Presence.with_claim, self.house.register.shown(self.subject.id, said), nobody)

    def _wish(self, images: tuple[str, ...]) -> None:
        self.wished = images
        self.house.painter.tell(Wish(self.subject.id, images))

    def _must_live(self, known: Claim | None) -> Claim:
        if known is None or known.expired(self.house.clock.now()):
            raise Refused("unknown-source")
        return known

    def _keep(self, known: Claim | None, said: Claim) -> Claim:
        """Make what a source says now outlive this actor; `known` is what it said before."""
        shown = self.presence.claim_of(said.source)
        if shown is None:
            raise LookupError(f"{said.source} claims nothing")
        claim = said.aged(shown.since) if self.subject.id in self.house.register.shapings else shown
        self.tenure.keep(self.subject.id, known, claim)
        return claim

    def _drop(self, claim: Claim, *, expired: bool, silent: bool = False, leaving: bool = False) -> None:
        before = self._become(self.presence.without(claim.source))
        if expired:
            self.tenure.expire(self.subject.id, self.path, claim)
        else:
            self.tenure.release(self.subject.id, claim)
        if not silent:
            self.telling.report(self.subject, before, self.presence, leaving=leaving)
        self._rest_later()

    # Watchers

    @handles(Look)
    def look(self, _: Look) -> Presence:
        """What is to be believed now."""
        return self.presence.at(self.house.clock.now())

    @handles(Watch)
    def watch(self, message: Watch) -> None:
        """Seat a lane and send it the snapshot, or hand that to whoever gathers several."""
        if message.gather is None:
            self.watchers.seat(message.lane, self.subject, self.presence)
        elif message.gather.is_alive():
            if message.seat:
                self.watchers.join(message.lane)
            message.gather.tell(Seated(self.subject.id, self.subject, self.presence))
        self.telling.keep_trail(self.subject.id, self.presence)
        self._rest_later()

    @handles(Unwatch)
    def unwatch(self, message: Unwatch) -> None:
        """Unseat a lane."""
        self.watchers.unseat(message.lane)
        self.telling.keep_trail(self.subject.id, self.presence)
        self._rest_later()

    @handles(Continue)
    def go_on(self, _: Continue) -> None:
        """The next slice of a fan-out."""
        self.watchers.go_on(self.subject.id)

    @handles(Resume)
    def resume(self, message: Resume) -> None:
        """The pause of a burst is over."""
        self.watchers.resume(message.audience)

    @handles(CodecFailed)
    def codec_failed(self, message: CodecFailed) -> None:
        """Write down what is ours to mend."""
        details = {**message.error, "encoding": message.encoding}
        self.house.journal.tell(Record(self.house.clock.now(), self.path, "User", "codec-failed", details))

    # Life

    @handles(Resubject)
    def resubject(self, message: Resubject) -> None:
        """Become somebody else by name or account, with the same claims under the new id."""
        old, seen = self.subject, self.presence
        if not message.keep_claims:
            self._withdraw_all(leaving=old != message.subject)
        said = self._said()
        if self.wished and old.id != message.subject.id:
            self._wish(())  # under the old id; the new one wishes below
        self.subject = message.subject
        self.house.register.presences.pop(old.id, None)
        nobody = Presence(kept=self.house.register.kept.get(self.subject.id, NOTHING_KEPT))
        self._become(self._showing(said, nobody))
        if old != self.subject:
            shown = self.presence if message.keep_claims else Presence(seen.claims, self.presence.kept)
            self.telling.name(self.subject, old, shown, self.presence)
        if old.id != self.subject.id:
            self.telling.doubt(old.id, self.subject.id)
            for claim in said:
                self.tenure.release(old.id, claim)
                self.tenure.keep(self.subject.id, None, claim)

    @handles(Dissolve)
    def dissolve(self, message: Dissolve) -> None:
        """Hand claims, watchers and mail over to who this user turned out to be, and end."""
        old, seen = self.subject, self.presence
        if not message.keep_claims:
            self._withdraw_all(leaving=True)
            gone = Subject(old.name, old.name)  # the heir is there anyway, and not who was asked for
            self.telling.name(gone, old, Presence(seen.claims, self.presence.kept), self.presence)
        if self.wished:
            self._wish(())
        for claim in self._said():
            self.tenure.release(self.subject.id, claim)
            self.house.directory.tell(Deliver(message.into, Report(claim)))
        self.telling.doubt(message.into)
        self._hand_on()
        self._stop()

    def _withdraw_all(self, *, leaving: bool = False) -> None:
        for claim in self.presence.claims:
            self._drop(claim, expired=claim.expired(self.house.clock.now()), leaving=leaving)

    def _hand_on(self) -> None:
        """Tell the watchers to come again, and give back what has been told to this user and not been handled."""
        self.telling.doubt(self.subject.id)
        self.watchers.give_up()
        for lane in self.watchers.lanes:
            lane.listener.user_fell(self.subject.id)
        mail = list(self._take_mail())
        for envelope in mail:
            if envelope.reply_to is not None:
                self.actor_inbox.put(envelope)  # whoever asked hears that nobody is here, and asks again
        handed = tuple(each.message for each in mail if each.reply_to is None and type(each.message) in _HANDED_ON)
        if handed:
            self.house.directory.tell(Bequest(self.subject.id, handed))

    def _take_mail(self) -> Iterator[Envelope[Any]]:
        while not self.actor_inbox.empty():
            yield self.actor_inbox.get()

    @handles(_Rest)
    def rest(self, _: _Rest) -> None:
        """End if there is neither claim nor watcher nor mail; whoever needs this user again starts it again."""
        self.resting = False
        if not self.presence.claims and not self.watchers and self.actor_inbox.empty():
            self._stop()
        else:
            self._rest_later()

    def _rest_later(self) -> None:
        if not self.resting and not self.presence.claims and not self.watchers:
            self.resting = True
            self.house.clock.after(IDLE_SECONDS, self.remind, _Rest())


_HANDED_ON = frozenset({Report, Withdraw, Disown, Keep, Lapsed, Watch, Unwatch, Reshape, Resubject, Dissolve})
"""What means the same to the next life. Refresh and Once are only ever asked."""
