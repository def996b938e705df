"""A house on the Stage with its people in it: directory, leases and connections are real, the rest are probes."""

from dataclasses import dataclass, field
from typing import Any

from actors.connections import Connections
from actors.directory import Directory
from actors.falls import Limits
from actors.house import House
from actors.leases import LeaseSupervisor
from actors.messages.directory import Deliver, Learn
from actors.messages.user import Look, Report, Watch
from actors.presence import Activity, Claim, Presence, Source, Subject
from tests.actors.viewers import NotingLane, PlainEncoding
from tests.stage import Probe, Stage

ALICE = Subject("id-a", "alice", account=True)


@dataclass
class Home:
    """`stage.house()` with those who live in it."""

    stage: Stage
    house: Any = None
    limits: Limits = field(default_factory=lambda: Limits(jitter=0.0))

    def __post_init__(self) -> None:
        self.house: House = self.stage.house()
        for address, kind, *more in (
            (self.house.leases, LeaseSupervisor),
            (self.house.directory, Directory, self.limits),
            (self.house.connections, Connections),
        ):
            address.move_in(self.stage.start(kind, self.house, *more, path=address.name))

    def probe(self, name: str) -> Probe:
        probe = getattr(self.house, name)
        assert isinstance(probe, Probe)
        return probe

    def deliver(self, user: str, message: Any) -> None:
        self.stage.tell(self.house.directory, Deliver(user, message))

    def ask(self, user: str, message: Any) -> Any:
        return self.stage.ask(self.house.register.refs[user], message)

    def learn(self, subject: Subject) -> None:
        self.stage.tell(self.house.directory, Learn(subject))

    def fall(self, user: str, times: int = 1) -> None:
        for _ in range(times):
            self.deliver(user, Poison())

    def report(self, user: str, claim: Claim) -> None:
        self.deliver(user, Report(claim))

    def watch(self, user: str, encoding: PlainEncoding | None = None) -> NotingLane:
        lane = NotingLane(encoding or PlainEncoding())
        self.deliver(user, Watch(lane))  # type: ignore[arg-type]
        return lane

    def user(self, name: str) -> Any:
        """The living User, to look at; None when there is none."""
        ref = self.house.register.refs.get(self.house.register.resolve(name))
        return self.stage.actor(ref) if ref is not None and ref.is_alive() else None

    def look(self, name: str) -> Presence:
        return self.stage.ask(self.house.register.refs[self.house.register.resolve(name)], Look())  # type: ignore[no-any-return]

    def claim(self, what: str = "chess", source: str = "1", lasts: float | None = 60.0, **more: Any) -> Claim:
        now = self.stage.clock.now()
        expires_at = None if lasts is None else now + lasts
        activities = (Activity(what),) if what else ()
        return Claim(Source("session", source), now, activities=activities, expires_at=expires_at, **more)


class Poison:
    """A message that no User knows: whoever handles it falls."""
