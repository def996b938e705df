"""Writing: what those who write to the store say, once each, of its going away and of its coming back."""

from collections.abc import Iterable

from actors.errors import Unavailable
from actors.house import House
from actors.messages.keeper import Record
from actors.outages import Outage

PUT_OFF, GOES_ON = "writing-put-off", "writing-goes-on"
"""Events of the supervision log. The first is a row to be written itself: the Keeper tries until it can, and so it is
found out that the store takes something again, even where nobody else has anything to write."""


def put_off(house: House, path: str, kind: str, away: Unavailable) -> None:
    """The store refused what this writer wrote."""
    if house.outages.begin(path, kind, house.clock.monotonic()):
        house.journal.tell(Record(house.clock.now(), path, kind, PUT_OFF, {"code": away.code}))


def goes_on(house: House, ended: Iterable[Outage]) -> None:
    """These are able to write again."""
    for outage in ended:
        seconds = round(house.clock.monotonic() - outage.since, 3)
        house.journal.tell(Record(house.clock.now(), outage.path, outage.kind, GOES_ON, {"away_seconds": seconds}))
