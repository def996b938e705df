"""House: what every room may need of the others, handed in by run.py; nothing here knows how it is done."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from typing import Protocol

from actors.bulletin import Bulletin
from actors.burst import Burst, Writes
from actors.clock import Clock
from actors.courier.destination import Destinations
from actors.deeds import Deeds
from actors.headcount import Headcount
from actors.history import History
from actors.keyring import Keyring
from actors.outages import Outages
from actors.presence import NOTHING_KEPT, Claim, Presence, Source
from actors.register import Register
from actors.relay.roll import Roll
from actors.runtime import Address


class Board(Protocol):
    """Where live claims are kept as their sources made them, beyond the life of the User actor (storage/board.py)."""

    def report(self, user: str, claim: Claim) -> None:
        """Keep the claim in its source's place."""

    def withdraw(self, user: str, source: Source) -> None:
        """Drop the source's claim, if any."""

    def claims(self, user: str) -> tuple[Claim, ...]:
        """The user's claims, expired ones perhaps included."""

    def users(self) -> Iterable[str]:
        """Every user about whom a claim is kept."""


@dataclass(frozen=True, slots=True)
class House:
    """The house's clock and board, and where its fixed actors are to be found."""

    clock: Clock
    board: Board
    burst: Burst = field(default_factory=Writes)
    register: Register = field(default_factory=Register)
    keyring: Keyring = field(default_factory=Keyring)
    bulletin: Bulletin = field(default_factory=Bulletin)
    destinations: Destinations = field(default_factory=Destinations)
    history: History = field(default_factory=History)
    deeds: Deeds = field(default_factory=Deeds)
    headcount: Headcount = field(default_factory=Headcount)
    outages: Outages = field(default_factory=Outages)
    presence: Address = field(default_factory=lambda: Address("presence"))
    journal: Address = field(default_factory=lambda: Address("journal"))
    keeper: Address = field(default_factory=lambda: Address("keeper"))
    committer: Address = field(default_factory=lambda: Address("committer"))
    courier: Address = field(default_factory=lambda: Address("courier"))
    leases: Address = field(default_factory=lambda: Address("leases"))
    directory: Address = field(default_factory=lambda: Address("directory"))
    envoys: Address = field(default_factory=lambda: Address("envoys"))
    notifier: Address = field(default_factory=lambda: Address("notifier"))
    warden: Address = field(default_factory=lambda: Address("warden"))
    painter: Address = field(default_factory=lambda: Address("painter"))
    listeners: Address = field(default_factory=lambda: Address("listeners"))
    discord: Address = field(default_factory=lambda: Address("discord"))
    connections: Address = field(default_factory=lambda: Address("connections"))
    roster: Address = field(default_factory=lambda: Address("roster"))
    registrations: Roll = field(default_factory=Roll)
    relay: Address = field(default_factory=lambda: Address("registrar"))
    instances: Address = field(default_factory=lambda: Address("instances"))
    streams: Address = field(default_factory=lambda: Address("streams"))

    def known(self, user: str) -> Presence:
        """What is to be believed of the user of this id now; nobody is woken for it."""
        presence = self.register.presences.get(user)
        if presence is None:
            kept = self.register.kept.get(user, NOTHING_KEPT)
            shown = self.register.shown(user, self.board.claims(user))
            presence = reduce(Presence.with_claim, shown, Presence(kept=kept))
        return presence.at(self.clock.now())
