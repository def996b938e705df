"""The landing page of a house in which ten thousand are there at once: whole, short, and without holding up the hub."""

import orjson
import pytest

from actors.clock import WallClock
from actors.house import House
from actors.presence import Activity, Claim, Link, Presence, Source, Status, Subject, Update
from actors.session import Gone
from storage.board import LocalBoard
from tests.clock import FakeClock
from tests.hub import WORST, watched_hub
from web.origins import Origins
from web.pages.gathering import FRESH, Gathering
from web.pages.people import LONGEST, Listing, Visiting, person
from web.pages.routes import MOST, Pages
from web.pages.shelf import Shelf
from web.proxies import Proxies
from web.views import Request

CROWD = 10_000
READING = Activity(name="Reading", details=Link("A book"), state=(Link("page 5"), Link("")))
SESSION = Source("session", "1")
ANN = Subject("id-ann", "ann", account=True, listed=True)


def there(*activities, status=None):
    return Presence((Claim(SESSION, 0.0, status, activities),))


def known(house, subject, claim):
    house.register.learn(subject)
    house.board.report(subject.id, claim)


def landing(house):
    pages = Pages(house, Shelf(), Origins((), Proxies(())), Gathering(house), registration=True, accounts=True)
    environ = {"HTTP_ACCEPT": "text/html", "REQUEST_METHOD": "GET", "HTTP_HOST": "example.org"}
    return lambda **more: pages.landing(Request({**environ, **more})).body.decode()


@pytest.mark.live
def test_ten_thousand_are_gathered_without_a_stall():
    house = House(WallClock(), LocalBoard())
    for number in range(CROWD):
        subject = Subject(f"id-{number}", f"user{number:05}", account=True, listed=True)
        known(house, subject, Claim(SESSION, 0.0, activities=(READING,)))
    landing(House(WallClock(), LocalBoard()))()  # the template is compiled once, at the first page
    ask = landing(house)
    with watched_hub() as turns:
        page = ask()
        listed = orjson.loads(ask(HTTP_ACCEPT="application/json"))["people"]
    assert page.count('class="person"') == len(listed) == MOST
    assert "and <span>9500</span> more" in page
    assert turns.worst < WORST


def test_an_answer_serves_for_a_second():
    clock = FakeClock()
    house = House(clock, LocalBoard())
    gathering = Gathering(house)
    assert gathering.people() == []
    known(house, ANN, Claim(SESSION, 0.0, activities=(READING,)))
    clock.advance(FRESH / 2)
    assert gathering.people() == []
    clock.advance(FRESH / 2)
    assert [each["name"] for each in gathering.people()] == ["ann"]


@pytest.mark.parametrize(
    ("subject", "presence"),
    [
        (ANN, Presence()),
        (ANN, there()),
        (ANN, there(READING, status=Status.INVISIBLE)),
        (ANN, there(status=Status.OFFLINE)),
        (Subject("id-ann", "ann", account=True), there(READING)),
        (Subject("ann", "ann", listed=True), there(READING)),
    ],
)
def test_who_is_away_hidden_unlisted_or_no_account_is_on_no_list(subject, presence):
    assert person(subject, presence) is None
    listing = Listing()
    assert listing.update(Update(subject, presence, presence, changed=True, at=0.0)) is None
    assembly = listing.everybody(0.0)
    assembly.add(subject, presence)
    assert orjson.loads(assembly.done()) == orjson.loads(listing.snapshot(subject, presence)) == {"people": []}


def test_what_is_said_of_who_comes_changes_and_goes():
    listing, away = Listing(), Presence()
    busy, idle = there(READING), there(status=Status.IDLE)
    shown = {"name": "ann", "image": None, "paused": None}
    reading = {**shown, "status": "online", "doing": "Reading", "about": "A book · page 5"}

    def said(before, after, **who):
        return listing.update(Update(who.pop("subject", ANN), before, after, changed=True, at=0.0, **who))

    assert orjson.loads(said(away, busy)) == {"person": reading}
    assert orjson.loads(said(busy, idle)) == {"person": {**shown, "status": "idle", "doing": "", "about": ""}}
    assert said(busy, busy) is None
    assert said(idle, away) is Gone.GONE
    session = Visiting(listing)
    (told,) = session.left(Update(ANN, idle, away, changed=True, at=0.0), 0.0)
    assert orjson.loads(told.payload) == {"gone": "ann"}
    renamed = Subject("id-ann", "anna", account=True, listed=True)
    assert orjson.loads(said(busy, busy, subject=renamed, was=ANN)) == {
        "gone": "ann",
        "person": {**reading, "name": "anna"},
    }


def test_a_line_is_no_longer_than_a_line():
    shown = person(ANN, there(Activity(name="x" * 10_000, details=Link("y" * 10_000))))
    assert (len(shown["doing"]), len(shown["about"])) == (LONGEST, LONGEST)
