"""Registration: who wants which account's notifications, and whereto; and what the operator says of an instance."""

from dataclasses import dataclass, field
from enum import Enum

from actors.accounts import digest_of

LEASE = 3 * 86_400.0
"""Seconds for which a registration holds after it was last made ("within 3 days")."""

RELAY = "relay"
"""The kind of queue in the outbox, and of source among the leases, that a registration is."""


@dataclass(frozen=True, slots=True)
class Registration:
    """One stream and one callback; unique by (instance, app, tag). `expires_at` in seconds since the epoch.

    `instance` is the lower-cased URL as it was registered, `endpoint` the stream that was asked for (`user` or
    `user:notification`), None for the instance's own choice. `presence` is the id of the credential by whose grace the
    account's doings there are claims of its owner's presence (actors/relay/sightings.py), None where nobody asked.
    """

    id: str
    instance: str
    app: str
    tag: str
    token: str = field(repr=False)
    callback_url: str = field(repr=False)
    endpoint: str | None
    expires_at: float
    presence: str | None = None

    @property
    def key(self) -> str:
        """What logs call it; no secret is in it."""
        return f"{self.instance}:{self.app}:{self.tag}"

    @property
    def place(self) -> tuple[str, str, str]:
        """What no two registrations share."""
        return self.instance, self.app, self.tag

    @property
    def token_digest(self) -> bytes:
        """Stands for the token where it is looked up."""
        return digest_of(self.token)

    @property
    def queue(self) -> str:
        """Its queue in the outbox of callbacks."""
        return f"{RELAY}:{self.id}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A registration as it is kept, and the app's secret that it was made with: a new secret ends what the old made."""

    registration: Registration
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Instance:
    """What instance_map says of one instance; None where it says nothing."""

    url: str
    replace_url: str | None = None
    """Base of the streaming connection."""
    replace_url_web: str | None = None
    """Base of the look-up of the instance's version and streaming address."""
    endpoint: str | None = None


class StreamState(Enum):
    """Where a registration's stream stands."""

    CONNECTING = "connecting"
    OPEN = "open"
    WAITING = "waiting"
    """It will try again."""
    PARKED = "parked"
    """It fell too often; a new registration, or an operator, starts it again."""
    CLOSED = "closed"


class CatchUpState(Enum):
    """What is known of the notifications that came while a registration's stream did not stand."""

    UNKNOWN = "unknown"
    OFF = "off"
    ASKING = "asking"
    COMPLETE = "complete"
    """None is missing."""
    INCOMPLETE = "incomplete"
    """The instance did not say in time, and it is not known how many are missing."""
    REFUSED = "refused"
    """The token may not read them."""
