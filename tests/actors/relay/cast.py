"""Who plays beside the relay's actors on the Stage: a ledger in memory, and streams that only note what they hear."""

from dataclasses import dataclass, field
from typing import Any

from actors.errors import Unavailable
from actors.messages.relay import Finish, Register, Renewed
from actors.relay.ledger import Past
from actors.relay.maps import read_maps
from actors.relay.registration import LEASE, Entry, Instance, Registration
from actors.runtime import Actor, handles

MAPS = read_maps({"app": {"secret": "k3y", "signing_key": "s1gn"}}, {"https://a.example": {"endpoint": "user"}})
WISH = Register("https://a.example", "app", "tag", "k3y", "t0ken", "https://app.example/in")


def wish(tag: str = "tag", **changed: Any) -> Register:
    said: dict[str, Any] = {"token": "t0ken", "callback_url": "https://app.example/in", **changed}
    return Register("https://a.example", "app", tag, said.pop("secret", "k3y"), **said)


@dataclass
class Ledger:
    """Keeps entries by place; `away` makes every method raise."""

    entries: dict[tuple[str, str, str], Entry] = field(default_factory=dict)
    away: bool = False
    told: dict[str, Past] = field(default_factory=dict)

    def register(self, wish: Register, new_id: str, now: float) -> Registration:
        self._answer()
        place = (wish.instance, wish.app, wish.tag)
        known = self.entries.get(place)
        ident = known.registration.id if known else new_id
        made = Registration(ident, *place, wish.token, wish.callback_url, wish.endpoint, now + LEASE, wish.presence)
        self.entries[place] = Entry(made, wish.secret)
        return made

    def remove(self, ids: tuple[str, ...]) -> None:
        self._answer()
        self.entries = {place: entry for place, entry in self.entries.items() if entry.registration.id not in ids}

    def registrations(self) -> tuple[Entry, ...]:
        self._answer()
        return tuple(self.entries.values())

    def past(self) -> dict[str, Past]:
        self._answer()
        return self.told

    def _answer(self) -> None:
        if self.away:
            raise Unavailable("store-away")


class QuietStream(Actor):
    """A Stream that listens to nothing."""

    def __init__(self, registration: Registration, instance: Instance) -> None:
        super().__init__()
        self.registration = registration
        self.instance = instance
        self.renewals: list[Registration] = []

    @handles(Renewed)
    def renewed(self, message: Renewed) -> None:
        self.renewals.append(message.registration)

    @handles(Finish)
    def finish(self, _: Finish) -> None:
        self.stop()
