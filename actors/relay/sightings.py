"""Sightings: what a linked account does at its instance, as a claim that its owner is there. Asked for, never else.

The relay is no presence (HOUSE 1); this is the one place where it speaks of a user, by the grace of a token that the
user's account gave with the registration. The claim ends with the registration, with that token, and by its lease.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from actors.accounts import Credential
from actors.house import House
from actors.messages.directory import Deliver
from actors.messages.user import Report, Withdraw
from actors.presence import Claim, Source, Status, Subject
from actors.relay.registration import Registration

MASTODON = "mastodon"
"""The provider of the links, and the kind of these claims' sources; the source's id is the registration's."""


def handles_at(instance: str, subject: Subject) -> frozenset[str]:
    """The account's handles (`alice@social.example`, in lower case) at the instance of this URL."""
    host = urlsplit(instance).netloc.lower()
    linked = (theirs.removeprefix("@").lower() for provider, theirs in subject.links if provider == MASTODON)
    return frozenset(handle for handle in linked if handle.partition("@")[1:] == ("@", host))


def consent_to(house: House, registration: Registration, author: str) -> Credential | None:
    """The token by whose grace that author's doings may be claimed now; None where nobody's is.

    `author` is what the instance calls the account: a bare name is one of its own.
    """
    consent = house.keyring.by_id.get(registration.presence or "")
    if consent is None or consent.account is None or not consent.allows("publish", house.clock.now()):
        return None
    local = author if "@" in author else f"{author}@{urlsplit(registration.instance).netloc}"
    subject = house.register.subject(consent.account)
    return consent if local.lower() in handles_at(registration.instance, subject) else None


@dataclass(frozen=True, slots=True)
class Sightings:
    """The Registrar's: only who knows which registrations hold may claim by them, and take it back in order."""

    house: House
    seconds: float
    """For which somebody who was seen is believed to be there."""

    def report(self, registration: Registration | None, author: str) -> None:
        """Claim that the account's owner is there, if they still want that; None is a registration that has ended."""
        if registration is None:
            return
        consent = consent_to(self.house, registration, author)
        if consent is None or consent.account is None:
            return
        now = self.house.clock.now()
        ends = now + self.seconds if consent.expires_at is None else min(now + self.seconds, consent.expires_at)
        claim = Claim(_source(registration), now, Status.ONLINE, expires_at=ends, credential=consent.id)
        self.house.directory.tell(Deliver(consent.account, Report(claim)))

    def renewed(self, before: Registration | None, registration: Registration) -> None:
        """The registration was made again: what another consent allowed ends."""
        if before is not None and before.presence != registration.presence:
            self.withdraw(before)

    def withdraw(self, registration: Registration) -> None:
        """Take back what was claimed; where its token has ended, that has been done (actors.messages.user.Disown)."""
        consent = self.house.keyring.by_id.get(registration.presence or "")
        if consent is not None and consent.account is not None:
            self.house.directory.tell(Deliver(consent.account, Withdraw(_source(registration))))


def _source(registration: Registration) -> Source:
    return Source(MASTODON, registration.id)
