"""An outbox in memory that may be away or forget what was not committed, and a host that answers as it is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from actors.courier import DEFAULT, Destination, Policy
from actors.courier.courier import Courier
from actors.courier.outbox import Aftermath, DeadLetter, Stored, Work
from actors.courier.reply import Answered, Reply, Unreached
from actors.courier.signature import DELIVERY
from actors.errors import Unavailable
from actors.messages.courier import Parcel, Post, Told
from tests.stage import Probe, Stage

KIND = "test"
OK = Answered(200)
DAY = 86_400.0
AWAY = Unreached("unreachable")
STEADY = Policy(jitter=0.0)


@dataclass
class MemoryOutbox:
    """Keeps the contract of actors.courier.outbox.Outbox."""

    rows: dict[int, Stored] = field(default_factory=dict)
    dead: list[DeadLetter] = field(default_factory=list)
    told: dict[tuple[str, str], Told] = field(default_factory=dict)
    away: bool = False
    transactions: int = 0
    poison: bytes | None = None

    def write_outbox(self, work: Work) -> frozenset[str]:
        self._must_be_there()
        if any(each.parcel.body == self.poison for each in work.added):
            raise ValueError("cannot be stored")
        self.transactions += 1
        ids = {row.parcel.id for row in self.rows.values()}
        known = frozenset(each.parcel.id for each in work.added) & ids
        self.rows.update({each.number: each for each in work.added if each.parcel.id not in known})
        self.told.update({(queue, told.about): told for queue, told in work.told})
        for number in (*work.aftermath.delivered, *(letter.stored.number for letter in work.aftermath.dead)):
            del self.rows[number]
        self.dead += work.aftermath.dead
        for number, tries in work.aftermath.tried.items():
            if number in self.rows:
                self.rows[number] = Stored(number, self.rows[number].parcel, tries)
        for queue in work.abandoned:
            self.rows = {number: row for number, row in self.rows.items() if row.parcel.queue != queue}
        return known

    def outbox_queues(self) -> tuple[tuple[str, int], ...]:
        self._must_be_there()
        names = [row.parcel.queue for row in self.rows.values()]
        return tuple((name, names.count(name)) for name in dict.fromkeys(names))

    def outbox_parcels(self, queue: str, after: int, most: int) -> tuple[Stored, ...]:
        self._must_be_there()
        found = [row for number, row in sorted(self.rows.items()) if row.parcel.queue == queue and number > after]
        return tuple(found[:most])

    def newest_parcel(self) -> int:
        return max(self.rows, default=0)

    def _must_be_there(self) -> None:
        if self.away:
            raise Unavailable("store-away")


@dataclass
class Host:
    """Callable as a Send: `replies` by body, one after the other, and then `otherwise`."""

    otherwise: Reply = OK
    replies: dict[bytes, list[Reply]] = field(default_factory=dict)
    heard: list[tuple[str, bytes]] = field(default_factory=list)
    """Delivery id and body of every try."""
    headers: list[Mapping[str, str]] = field(default_factory=list)
    hold: Callable[[], object] = lambda: None
    """Called, and may wait, before each reply."""

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        assert url.startswith("https://")
        self.heard.append((headers[DELIVERY], body))
        self.headers.append(headers)
        self.hold()
        left = self.replies.get(body)
        return left.pop(0) if left else self.otherwise

    @property
    def bodies(self) -> list[bytes]:
        return [body for _, body in self.heard]

    def take(self) -> list[bytes]:
        bodies = self.bodies
        self.heard.clear()
        return bodies


class PostOffice:
    """A Courier on a stage, with one owner of every queue of one kind."""

    def __init__(self, stage: Stage, policy: Policy = DEFAULT, outbox: MemoryOutbox | None = None) -> None:
        self.stage = stage
        self.house = stage.house()
        self.outbox = outbox or MemoryOutbox()
        self.host = Host()
        self.owner = Probe("owner")
        self.aftermath = Aftermath()
        self.gone: set[str] = set()
        self.policy = policy
        self.house.destinations.learn(KIND, self.destination)
        self.ref = self.start()

    def destination(self, queue: str) -> Destination | None:
        if queue in self.gone:
            return None
        return Destination(f"https://{queue.partition(':')[2]}.example/hook", self.owner, policy=self.policy)

    def start(self) -> Any:
        """A new life."""
        self.ref = self.stage.start(Courier, self.house, self.outbox, {KIND: self.host}, self.aftermath)
        return self.ref

    def post(self, body: str, queue: str = "a", ident: str | None = None) -> None:
        """Post and let everything happen that happens without time passing."""
        self.stage.ask(self.ref, Post(self.parcel(body, queue, ident)))

    def parcel(self, body: str, queue: str = "a", ident: str | None = None) -> Parcel:
        return Parcel(ident or f"id-{queue}-{body}", f"{KIND}:{queue}", body.encode(), self.stage.clock.now())
