"""Book: which webhooks there are, who asks for whom, and what each was told last. Outlives the Notifier."""

from dataclasses import dataclass, field

from actors.messages.courier import Told
from actors.webhooks.webhook import Webhook

NOTHING = ""
"""What was told of somebody of whom nothing was told: that is as if they were not there."""


@dataclass(frozen=True, slots=True)
class Deliveries:
    """How one webhook has fared since the server was started; times in seconds since the epoch."""

    delivered: int = 0
    given_up: int = 0
    last_status: int | None = None
    """Of the last answer; None where there was none."""
    last_error: str | None = None
    """Why there was none."""
    last_at: float | None = None
    again_at: float | None = None
    """When a try that has failed is made again; None while all is well."""


UNTOUCHED = Deliveries()


@dataclass(slots=True)
class Book:
    """Written by the Notifier alone."""

    webhooks: dict[str, Webhook] = field(default_factory=dict)
    """By id."""
    askers: dict[str, set[str]] = field(default_factory=dict)
    """A user's name or id, as asked for -> the ids of the webhooks that ask."""
    told: dict[tuple[str, str], Told] = field(default_factory=dict)
    """(webhook's id, name asked for) -> what was posted last."""
    fared: dict[str, Deliveries] = field(default_factory=dict)
    """By a webhook's id."""
    read: bool = False
    """Whether storage has been read."""

    def enroll(self, webhook: Webhook) -> None:
        """Take a webhook in."""
        self.webhooks[webhook.id] = webhook
        for asked in webhook.users:
            self.askers.setdefault(asked, set()).add(webhook.id)

    def strike(self, ident: str) -> Webhook | None:
        """Take a webhook out, and what it was told; answered with it, None where there was none."""
        webhook = self.webhooks.pop(ident, None)
        self.fared.pop(ident, None)
        for asked in webhook.users if webhook is not None else ():
            self.told.pop((ident, asked), None)
            left = self.askers[asked]
            left.discard(ident)
            if not left:
                del self.askers[asked]
        return webhook

    def last(self, ident: str, asked: str) -> Told:
        """What this webhook was told last of somebody."""
        return self.told.get((ident, asked)) or Told(asked, 0, NOTHING)

    def asking(self, name: str) -> list[Webhook]:
        """Which webhooks ask for somebody by this name or id."""
        return [self.webhooks[ident] for ident in self.askers.get(name, ())]
