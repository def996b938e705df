"""Notifier: compares what each webhook was told of its users with what is so now, and posts the difference.

What is so is what the claims and their leases say, not what passed over some socket: after a restart, or a kill, the
same comparison finds who has come, changed or gone meanwhile. What was told is written in one transaction with the
parcel that tells it, so that neither can be lost without the other.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

import structlog

from actors.courier import Destination
from actors.errors import HouseError, Unavailable
from actors.house import House
from actors.identities import identities
from actors.messages.courier import Abandon, Delayed, Delivered, Died, Parcel, Post, Told
from actors.messages.webhooks import Enroll, HowFares, Noticed, Strike
from actors.presence import Presence, Subject
from actors.runtime import Future, WaitingActor, handles
from actors.webhooks.book import NOTHING, UNTOUCHED, Book, Deliveries
from actors.webhooks.webhook import WEBHOOK, Happened, Notice, Webhook, Words

AGAIN = 1.0
"""Seconds after which a store that was away is asked again."""

GONE = 410
"""The status with which a receiver ends its webhook (RFC 9110 section 15.5.11)."""

log = structlog.get_logger()


class Webhooks(Protocol):
    """Where webhooks are kept (storage/); every call waits, and raises Unavailable when the store is away."""

    def webhooks(self) -> tuple[Webhook, ...]:
        """All there are."""

    def told(self, kind: str, /) -> tuple[tuple[str, Told], ...]:
        """What every queue of this kind was told last, about everybody."""

    def remove_webhook(self, ident: str, /) -> bool:
        """Take one away; whether there was one."""


class _Open:
    """To oneself: read what is kept."""


@dataclass(frozen=True, slots=True)
class _Compare:
    """To oneself: what was posted of this user could not be kept; look again."""

    webhook: Webhook
    asked: str


class Notifier(WaitingActor):
    """Waits only for storage, at its start and when a receiver ends its webhook."""

    mailbox_limit = 200_000

    def __init__(self, house: House, kept: Webhooks, words: Words, book: Book) -> None:
        super().__init__()
        self.house = house
        self.kept = kept
        self.words = words
        self.book = book

    def on_start(self) -> None:
        """Tell everybody what has happened while nobody was here."""
        self.open(_Open())

    def on_failure(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """What fell may have been between changing the book and posting: the next life reads it anew."""
        self.book.read = False

    @handles(_Open)
    def open(self, _: _Open) -> None:
        """Read what is kept, once; a store that is away is asked again."""
        try:
            if not self.book.read:
                self._read()
        except Unavailable:
            self.house.clock.after(AGAIN, self.remind, _Open())
            return
        self.house.destinations.learn(WEBHOOK, self.destination)
        for webhook in self.book.webhooks.values():
            self.remind(Enroll(webhook))  # one by one: others get their turn between

    def _read(self) -> None:
        told = self.kept.told(WEBHOOK)
        for webhook in self.kept.webhooks():
            self.book.enroll(webhook)
        for queue, last in told:
            place = queue.removeprefix(f"{WEBHOOK}:"), last.about
            known = self.book.told.get(place)
            # What was posted in an earlier life may not have been committed yet: its version is not given twice.
            version = max(last.version, known.version if known is not None else 0)
            self.book.told[place] = Told(last.about, version, last.shown)
        self.house.register.hooked = self.book.askers
        self.book.read = True

    def destination(self, queue: str) -> Destination | None:
        """Where what is posted goes (actors/courier/): None when the webhook, or the account that owns it, is gone."""
        webhook = self.book.webhooks.get(queue.removeprefix(f"{WEBHOOK}:"))
        if webhook is None or webhook.account not in self.house.register.subjects:
            return None
        return Destination(webhook.url, self.house.notifier, webhook.secret.encode())

    @handles(Enroll)
    def enroll(self, message: Enroll) -> None:
        """See messages.Enroll."""
        self.book.enroll(message.webhook)
        for asked in message.webhook.users:
            self._compare(asked, (message.webhook,))

    @handles(Strike)
    def strike(self, message: Strike) -> Future:
        """See messages.Strike."""
        self.book.strike(message.id)
        abandoned: Future = self.house.courier.future(Abandon(f"{WEBHOOK}:{message.id}"))
        return abandoned

    @handles(Noticed)
    def noticed(self, message: Noticed) -> None:
        """Somebody changed: whoever asks for them by any of their identities is told."""
        update = message.update
        subjects = (update.subject,) if update.was is None else (update.subject, update.was)
        for asked in {name: None for each in subjects for name in identities(each)}:
            self._compare(asked, self.book.asking(asked))

    @handles(_Compare)
    def compare(self, message: _Compare) -> None:
        """Look again at what could not be told."""
        self._compare(message.asked, (message.webhook,))

    @handles(HowFares)
    def how_fares(self, message: HowFares) -> Deliveries:
        """See messages.HowFares."""
        return self.book.fared.get(message.id, UNTOUCHED)

    @handles(Delivered, Delayed)
    def heard(self, message: Delivered | Delayed) -> None:
        """It was taken, or will be tried again."""
        self._note(message)

    @handles(Died)
    def died(self, message: Died) -> None:
        """A receiver that says 410 wants no more; anything else is the operator's to look at."""
        self._note(message)
        ident = message.queue.removeprefix(f"{WEBHOOK}:")
        if message.status != GONE or ident not in self.book.webhooks:
            return
        try:
            self.kept.remove_webhook(ident)
        except Unavailable:
            return  # it will say so again
        log.info("webhook ended by its receiver", webhook=ident)
        self.strike(Strike(ident))

    def _note(self, news: Delivered | Delayed | Died) -> None:
        ident = news.queue.removeprefix(f"{WEBHOOK}:")
        if ident not in self.book.webhooks:
            return
        known = self.book.fared.get(ident, UNTOUCHED)
        self.book.fared[ident] = Deliveries(
            known.delivered + isinstance(news, Delivered),
            known.given_up + isinstance(news, Died),
            news.status,
            None if isinstance(news, Delivered) else news.error,
            self.house.clock.now(),
            news.again_at if isinstance(news, Delayed) else None,
        )

    def _compare(self, asked: str, webhooks: Sequence[Webhook]) -> None:
        """Tell each of these what is new about somebody, if anything."""
        if not webhooks:
            return
        register = self.house.register
        user = register.find(asked)
        subject, presence = register.subject(user), self.house.known(user)
        shown = self.words.shown(asked, subject, presence)
        for webhook in webhooks:
            if webhook.account not in register.subjects:  # and its row with it
                self.strike(Strike(webhook.id))
            elif webhook.id in self.book.webhooks and shown != self.book.last(webhook.id, asked).shown:
                self._tell(webhook, asked, shown, subject, presence)

    def _tell(self, webhook: Webhook, asked: str, shown: str, subject: Subject, presence: Presence) -> None:
        last = self.book.last(webhook.id, asked)
        happened = Happened.CAME if last.shown == NOTHING else Happened.WENT if shown == NOTHING else Happened.CHANGED
        now, told = self.house.clock.now(), Told(asked, last.version + 1, shown)
        notice = Notice(webhook.id, happened, asked, told.version, now, subject, presence)
        parcel = Parcel(secrets.token_hex(16), webhook.queue, self.words.body(notice), now)
        self.book.told[webhook.id, asked] = told
        posted: Future = self.house.courier.future(Post(parcel, told))
        posted.when_done(lambda done: self._posted(done, webhook, asked, last))

    def _posted(self, done: Future, webhook: Webhook, asked: str, before: Told) -> None:
        """Where it was not kept, it was not told: look again in a while."""
        try:
            done.get(timeout=0)
        except HouseError:
            told = self.book.told.get((webhook.id, asked))
            if told is not None:
                self.book.told[webhook.id, asked] = Told(asked, told.version, before.shown)
            self.house.clock.after(AGAIN, self.house.notifier.tell, _Compare(webhook, asked))
