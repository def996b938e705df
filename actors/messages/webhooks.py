"""Messages to the Notifier (actors/webhooks/notifier.py)."""

from dataclasses import dataclass

from actors.presence import Update
from actors.webhooks.webhook import Webhook


@dataclass(frozen=True, slots=True)
class Enroll:
    """This webhook was committed: tell it of its users from now on, and first who is there now."""

    webhook: Webhook


@dataclass(frozen=True, slots=True)
class Strike:
    """The webhook of this id is no more; answered when nothing of it is left in the outbox."""

    id: str


@dataclass(frozen=True, slots=True)
class HowFares:
    """Answered with the Deliveries of the webhook of this id; with untouched ones where there is none."""

    id: str


@dataclass(frozen=True, slots=True)
class Noticed:
    """A user whom some webhook asks for was changed, or goes by another name."""

    update: Update
