"""Commits: what is posted at the same time, and what became of earlier parcels, written in one transaction."""

from collections.abc import Iterator, Sequence

import structlog

from actors.courier.outbox import Aftermath, Outbox, Stored, Work
from actors.errors import Unavailable
from actors.messages.courier import Abandon, Post, Told, WriteDown
from actors.runtime import Future

MOST_POSTS = 512
"""Parcels in one transaction; more wait for the next."""

Wish = Post | Abandon | WriteDown

Outcome = Stored | Unavailable | None
"""Of a wish: what is in the outbox now, None where nothing had to be added, or why nothing was done."""

log = structlog.get_logger()


class Commits:
    """Numbers parcels and writes them. Every call waits for the store."""

    def __init__(self, outbox: Outbox, aftermath: Aftermath) -> None:
        self._outbox = outbox
        self._aftermath = aftermath
        self._number: int | None = None
        """The highest that a parcel has; None until the outbox was read."""
        self.failed: Unavailable | None = None
        """Why the store was not there when it was last to be written to."""
        self.wrote = False
        """Whether anything was written then."""
        self._waiting: list[tuple[Wish, Future]] = []
        self._under_way: list[tuple[Wish, Future]] = []

    def open(self) -> tuple[tuple[str, int], ...]:
        """Begin: every queue that has parcels, and how many. Unavailable when the store is away."""
        self.settle()
        queues = self._outbox.outbox_queues()
        self._number = self._outbox.newest_parcel()
        return queues

    @property
    def waiting(self) -> bool:
        """True while somebody waits for an answer."""
        return bool(self._waiting)

    def take(self, wish: Wish) -> Future:
        """Take a wish in; the future is its answer, after it was written."""
        done = Future()
        self._waiting.append((wish, done))
        return done

    def write(self) -> Iterator[tuple[Wish, Outcome]]:
        """Write the next group; each wish and its outcome, and then its asker is answered."""
        group = self._next_group()
        self._under_way = list(reversed(group))
        for (wish, done), outcome in zip(group, self._commit([wish for wish, _ in group]), strict=True):
            yield wish, outcome
            self._under_way.pop()
            if isinstance(outcome, Unavailable):
                done.fail(outcome)
            else:
                done.set(None)

    def refuse_all(self) -> None:
        """Whoever still waits is told that nothing is known to be kept."""
        waiting, self._waiting, self._under_way = [*self._under_way, *self._waiting], [], []
        for _, done in waiting:
            done.fail(Unavailable("not-stored"))

    def settle(self) -> None:
        """Write only what became of earlier parcels."""
        if self._aftermath:
            self._write(Work(aftermath=self._aftermath.take()))

    def _next_group(self) -> list[tuple[Wish, Future]]:
        """An Abandon is the last of its group, so that nothing of its queue comes after it."""
        size = 0
        for wish, _ in self._waiting[:MOST_POSTS]:
            size += 1
            if isinstance(wish, Abandon):
                break
        group, self._waiting = self._waiting[:size], self._waiting[size:]
        return group

    def _commit(self, messages: Sequence[Wish]) -> list[Outcome]:
        """An outcome each.

        A parcel at which the store stumbles fails alone, at the price of a transaction for each.
        """
        self.failed, self.wrote = None, False
        try:
            return self._group(messages, self._aftermath.take())
        except Unavailable as away:
            self.failed = away
            return [away] * len(messages)
        except Exception:
            if not messages:
                raise
            log.exception("callbacks cannot be stored", parcels=len(messages))
        return [self._alone(message) for message in messages]

    def _alone(self, message: Wish) -> Outcome:
        try:
            return self._group([message], Aftermath())[0]
        except Exception:  # noqa: BLE001 - told above
            return Unavailable("not-stored")

    def _group(self, messages: Sequence[Wish], aftermath: Aftermath) -> list[Outcome]:
        if self._number is None:
            self._aftermath.put_back(aftermath)
            raise Unavailable("not-stored", "the outbox has not been read yet")
        if not (messages or aftermath):
            return []
        added: list[Stored] = []
        told: list[tuple[str, Told]] = []
        abandoned: list[str] = []
        for message in messages:
            match message:
                case Post(parcel, news):
                    added.append(Stored(self._number + len(added) + 1, parcel))
                    told += [] if news is None else [(parcel.queue, news)]
                case WriteDown(queue, news):
                    told.append((queue, news))
                case Abandon(queue):
                    abandoned.append(queue)
        known = self._write(Work(added, told, aftermath, abandoned))
        self._number += len(added)
        new = iter([None if each.parcel.id in known else each for each in added])
        return [next(new) if isinstance(message, Post) else None for message in messages]

    def _write(self, work: Work) -> frozenset[str]:
        try:
            known = self._outbox.write_outbox(work)
            self.wrote = True
        except BaseException:
            self._aftermath.put_back(work.aftermath)
            raise
        if work.aftermath.dead:  # one line, however many a host that is away has cost
            last = work.aftermath.dead[-1]
            queue, count = last.stored.parcel.queue, len(work.aftermath.dead)
            log.warning("callbacks given up", count=count, queue=queue, status=last.status, error=last.error)
        return known
