"""Envoys: the sessions of first parties, each of which speaks of many users and is one lease for all it said.

A user's own session is a claim with a lease; an envoy's claims live as long as it does, and it is counted here.
"""

from dataclasses import dataclass, field

from actors.clock import Timer
from actors.errors import Overrun, Refused
from actors.house import House
from actors.leases import CROWD, MOST_PAUSE
from actors.messages.directory import Deliver, DeliverAll
from actors.messages.envoys import Accredit, Accredited, Disavow, Dismiss, Prolong, Speak
from actors.messages.keeper import Record
from actors.messages.user import Report, Withdraw
from actors.presence import Claim, Source
from actors.runtime import Actor, handles

MOST_USERS = 10_000
"""Of how many users one envoy may speak at once."""


@dataclass(slots=True)
class Envoy:
    """One session: since and until when (seconds since the epoch), by which credential; of whom it spoke (ids)."""

    source: Source
    since: float
    expires_at: float
    credential: str
    users: set[str] = field(default_factory=set)
    timer: Timer | None = None


class _Lapse:
    """To oneself: an envoy may be over."""

    def __init__(self, source: Source) -> None:
        self.source = source


Roll = dict[Source, Envoy]
"""All envoys; it outlives the actor, so that a fall of it ends nobody's session."""


class Envoys(Actor):
    """Keeps the roll; what ends is withdrawn for every user."""

    def __init__(self, house: House, roll: Roll) -> None:
        super().__init__()
        self.house = house
        self.roll = roll

    def on_start(self) -> None:
        """Go on where an earlier life ended."""
        for envoy in self.roll.values():
            self._appoint(envoy)

    @handles(Accredit)
    def accredit(self, message: Accredit) -> None:
        """See messages.Accredit."""
        envoy = Envoy(message.source, self.house.clock.now(), message.expires_at, message.credential)
        self.roll[message.source] = envoy
        self._appoint(envoy)

    @handles(Accredited)
    def accredited(self, message: Accredited) -> bool:
        """See messages.Accredited."""
        envoy = self.roll.get(message.source)
        return envoy is not None and envoy.expires_at > self.house.clock.now()

    @handles(Speak)
    def speak(self, message: Speak) -> None:
        """See messages.Speak."""
        envoy = self._prolonged(message.source, message.expires_at)
        user = self.house.register.resolve(message.user)  # the id stays when the name goes to somebody else
        if user not in envoy.users and len(envoy.users) >= MOST_USERS:
            raise Overrun("too-many-scopes")
        envoy.users.add(user)
        claim = Claim(envoy.source, envoy.since, activities=message.activities, credential=envoy.credential)
        self.house.directory.tell(Deliver(user, Report(claim)))

    @handles(Prolong)
    def prolong(self, message: Prolong) -> None:
        """See messages.Prolong."""
        self._prolonged(message.source, message.expires_at)

    @handles(Dismiss)
    def dismiss(self, message: Dismiss) -> bool:
        """See messages.Dismiss."""
        known = self.accredited(Accredited(message.source))
        self._end(message.source)
        return known

    @handles(Disavow)
    def disavow(self, message: Disavow) -> None:
        """See messages.Disavow."""
        for source in [each.source for each in self.roll.values() if each.credential == message.credential]:
            self._end(source)

    @handles(_Lapse)
    def lapse(self, message: _Lapse) -> None:
        """End an envoy, unless it was prolonged meanwhile."""
        envoy = self.roll.get(message.source)
        now = self.house.clock.now()
        if envoy is None:
            return
        if envoy.expires_at > now:
            self._appoint(envoy)
            return
        self._end(message.source)
        details = {"source": envoy.source.kind, "users": len(envoy.users)}
        self.house.journal.tell(Record(now, f"{self.path}/{envoy.source.id}", "Envoy", "lease-expired", details))

    def _prolonged(self, source: Source, expires_at: float) -> Envoy:
        if not self.accredited(Accredited(source)):
            raise Refused("unknown-source")
        envoy = self.roll[source]
        sooner, envoy.expires_at = expires_at < envoy.expires_at, expires_at
        if sooner:  # a later end is found when the timer rings
            self._appoint(envoy)
        return envoy

    def _end(self, source: Source) -> None:
        """Law 4: a source's claims die with it, for every user."""
        envoy = self.roll.pop(source, None)
        if envoy is None:
            return
        if envoy.timer is not None:
            envoy.timer.cancel()
        parcels = tuple(Deliver(user, Withdraw(source)) for user in envoy.users)
        for first in range(0, len(parcels), CROWD):
            self.house.directory.tell(DeliverAll(parcels[first : first + CROWD]))

    def _appoint(self, envoy: Envoy) -> None:
        """Look again at its end, and every now and then before: a clock may be set ahead, or a machine sleep."""
        if envoy.timer is not None:
            envoy.timer.cancel()
        left = envoy.expires_at - self.house.clock.now()
        envoy.timer = self.house.clock.after(min(left, MOST_PAUSE), self.remind, _Lapse(envoy.source))
