"""A house on the Stage with users, leases, Notifier and Courier, whose board and outbox can outlive it."""

import json
from dataclasses import dataclass, field
from typing import Any

from actors.courier.courier import Courier
from actors.courier.outbox import Aftermath
from actors.errors import Unavailable
from actors.messages.courier import Told
from actors.messages.webhooks import Enroll
from actors.presence import Presence, Status, Subject
from actors.webhooks.book import Book
from actors.webhooks.notifier import Notifier
from actors.webhooks.webhook import WEBHOOK, Notice, Webhook
from tests.actors.courier.cast import Host, MemoryOutbox
from tests.actors.home import Home
from tests.stage import Stage

OWNER = Subject("id-owner", "owner", account=True)
UNSEEN = (Status.OFFLINE, Status.INVISIBLE)


class PlainWords:
    """What a user is doing, in words."""

    def shown(self, _asked: str, _subject: Subject, presence: Presence) -> str:
        if presence.status in UNSEEN:
            return ""
        return " ".join((presence.status.value, *(each.name or "" for each in presence.activities)))

    def body(self, notice: Notice) -> bytes:
        shown = self.shown(notice.asked, notice.subject, notice.presence)
        told = (notice.happened.value, notice.asked, notice.version, shown)
        return json.dumps(told).encode()


@dataclass
class KeptWebhooks:
    """Keeps the contract of actors.webhooks.notifier.Webhooks, beside an outbox."""

    outbox: MemoryOutbox
    rows: dict[str, Webhook] = field(default_factory=dict)
    away: bool = False

    def webhooks(self) -> tuple[Webhook, ...]:
        self._must_be_there()
        return tuple(self.rows.values())

    def told(self, kind: str) -> tuple[tuple[str, Told], ...]:
        self._must_be_there()
        return tuple((queue, told) for (queue, _), told in self.outbox.told.items() if queue.startswith(f"{kind}:"))

    def remove_webhook(self, ident: str) -> bool:
        self._must_be_there()
        return self.rows.pop(ident, None) is not None

    def _must_be_there(self) -> None:
        if self.away:
            raise Unavailable("store-away")


def webhook(*users: str, ident: str = "w1", url: str = "https://one.example/hook") -> Webhook:
    return Webhook(ident, OWNER.id, url, "secret", users, 0.0)


class Office(Home):
    """Home with a Notifier and a Courier; `kept` and `host` may be those of an earlier one."""

    def __init__(self, stage: Stage, kept: KeptWebhooks | None = None, host: Host | None = None) -> None:
        super().__init__(stage)
        self.kept = kept or KeptWebhooks(MemoryOutbox())
        self.host = host or Host()
        self.book = Book()
        self.house.register.learn(OWNER)

    def open(self) -> "Office":
        """Begin, when whoever is there is there."""
        senders, aftermath = {WEBHOOK: self.host}, Aftermath()
        courier = self.stage.start(Courier, self.house, self.kept.outbox, senders, aftermath)
        self.house.courier.move_in(courier)
        self.notify()
        return self

    def notify(self) -> Any:
        """A life of the Notifier."""
        ref = self.stage.start(Notifier, self.house, self.kept, PlainWords(), self.book)
        self.house.notifier.move_in(ref)
        return ref

    def enroll(self, made: Webhook) -> None:
        self.kept.rows[made.id] = made
        self.stage.tell(self.house.notifier, Enroll(made))

    def told(self) -> list[tuple[str, str, int, str]]:
        """What has been delivered since the last time: what happened, to whom, version, what is to be seen."""
        return [tuple(json.loads(body)) for body in self.host.take()]
