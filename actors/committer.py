"""Committer: what must be durable before its answer, committed in groups: one transaction for all who ask at once."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import structlog

from actors import activities, keyvalues
from actors.activities import KIND, ClaimOf, Posted, source_of
from actors.errors import HouseError, Unavailable
from actors.house import House
from actors.keyvalues import Storage
from actors.messages.directory import Deliver
from actors.messages.keeper import Commit
from actors.messages.user import Keep, Report, Withdraw
from actors.presence import Claim, Source
from actors.runtime import Future, WaitingActor, handles
from actors.writing import goes_on, put_off

MOST = 512
"""Changes in one transaction; more wait for the next."""

AGAIN = 1.0
"""Seconds after which a store that was away is asked again."""

Change = activities.Change | keyvalues.Change
Outcome = activities.Outcome | keyvalues.Outcome

log = structlog.get_logger()


class Archive(Protocol):
    """Where activities and key-values are kept (storage/)."""

    def commit(self, changes: Sequence[Change], /) -> tuple[Outcome, ...]:
        """Do the changes in their order in one transaction; an outcome each. Unavailable: then nothing was changed."""

    def live_activities(self) -> tuple[Posted, ...]:
        """Every activity that is active now."""

    def storage_revisions(self) -> Mapping[str, int]:
        """The revision of every account's key-values, by the account's id."""

    def storage(self, account: str, /) -> Storage:
        """What this account keeps."""


class _Compare:
    """To oneself: what is known may differ from what is kept."""


class _Write:
    """To oneself: everyone who asked at the same time has been heard."""


class Committer(WaitingActor):
    """Gathers while it writes; answers after the commit, when the User has been told in the order of the commits.

    What is told after a commit and lost by a fall is no loss: each life compares what is known with the rows.
    """

    mailbox_limit = 20_000

    def __init__(self, house: House, archive: Archive, claim_of: ClaimOf) -> None:
        super().__init__()
        self.house = house
        self.archive = archive
        self.claim_of = claim_of
        self.waiting: list[tuple[Change, Future]] = []
        self.under_way: list[tuple[Change, Future]] = []
        self.scheduled = False

    def on_start(self) -> None:
        """See the class."""
        self.compare(_Compare())

    def on_stop(self) -> None:
        """Whoever still waits is told that it is not known whether anything was changed."""
        self._refuse_all()

    def on_failure(self, *_: Any) -> None:
        """As on_stop."""
        self._refuse_all()

    @handles(Commit)
    def gather(self, message: Commit) -> Future:
        """See messages.Commit. The reminder stands behind all that has come by now, so it is one group."""
        done = Future()
        self.waiting.append((message.change, done))
        if not self.scheduled:
            self.scheduled = True
            self.remind(_Write())
        return done

    @handles(_Compare)
    def compare(self, _: _Compare) -> None:
        """Have the users say what the rows say; a store that is away is asked again."""
        try:
            self._compare_activities()
            self._compare_storages()
        except Unavailable:
            self.house.clock.after(AGAIN, self.remind, _Compare())

    def _compare_activities(self) -> None:
        claims = {(posted.account, posted.id): self.claim_of(posted) for posted in self.archive.live_activities()}
        for user in list(self.house.board.users()):
            for shown in self.house.board.claims(user):
                if shown.source.kind == KIND:
                    self._correct(user, shown.source, shown, claims.pop((user, shown.source.id), None))
        for (user, _activity), claim in claims.items():
            self._correct(user, claim.source, None, claim)

    def _compare_storages(self) -> None:
        known = self.house.register.kept
        for account, revision in self.archive.storage_revisions().items():
            if account not in known or known[account].revision < revision:
                self.house.directory.tell(Deliver(account, Keep(self.archive.storage(account))))

    def _correct(self, user: str, source: Source, shown: Claim | None, kept: Claim | None) -> None:
        if kept is None:
            self.house.directory.tell(Deliver(user, Withdraw(source)))
        elif shown != kept:
            self.house.directory.tell(Deliver(user, Report(kept)))

    @handles(_Write)
    def write(self, _: _Write) -> None:
        """One transaction for the next group."""
        group, self.waiting = self.waiting[:MOST], self.waiting[MOST:]
        self.under_way = list(reversed(group))
        self.scheduled = bool(self.waiting)
        if self.waiting:
            self.remind(_Write())
        outcomes = self._commit([change for change, _ in group])
        for (change, done), outcome in zip(group, outcomes, strict=True):
            if not isinstance(outcome, HouseError):
                self.house.directory.tell(Deliver(change.account, self._news(outcome)))
            self.under_way.pop()
            if isinstance(outcome, HouseError):
                done.fail(outcome)
            else:
                done.set(outcome)

    def _commit(self, changes: list[Change]) -> Sequence[Outcome]:
        """The outcomes; a change at which the store stumbles fails alone, at the price of a transaction for each."""
        try:
            outcomes = self.archive.commit(changes)
        except Unavailable as away:
            put_off(self.house, self.path, "Committer", away)
            return [away] * len(changes)
        except Exception:
            if len(changes) == 1:
                log.exception("change cannot be stored", change=type(changes[0]).__name__)
                return [Unavailable("not-stored")]
        else:
            if not all(isinstance(outcome, HouseError) for outcome in outcomes):
                goes_on(self.house, self.house.outages.end(self.path))
            return outcomes
        return [outcome for change in changes for outcome in self._commit([change])]

    def _news(self, kept: Posted | Storage) -> Report | Withdraw | Keep:
        """What the user has to be told of it."""
        if isinstance(kept, Storage):
            return Keep(kept)
        return Report(self.claim_of(kept)) if kept.active(self.house.clock.now()) else Withdraw(source_of(kept.id))

    def _refuse_all(self) -> None:
        waiting, self.waiting, self.under_way = [*self.under_way, *self.waiting], [], []
        for _, done in waiting:
            done.fail(Unavailable("not-stored"))
