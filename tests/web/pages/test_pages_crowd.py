"""The landing page of a house of ten thousand accounts, here or away: whole, short, and without holding up the hub."""

from itertools import islice

import gevent
import orjson
import pytest

from actors.clock import WallClock
from actors.house import House
from actors.presence import Activity, Claim, Kept, Link, Presence, Source, Status, Subject, Update
from actors.session import Gone
from storage.board import LocalBoard
from tests.clock import FakeClock
from tests.hub import WORST, turn, watched_hub
from tests.live.clients import best_of
from web.origins import Origins
from web.pages.gathering import FRESH, Gathering
from web.pages.people import LONGEST, MOST, Album, Listing, Visiting, person
from web.pages.routes import Pages
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


def landing(house, *, lantern=True):
    pages = Pages(
        house, Shelf(), Origins((), Proxies(())), Gathering(house), registration=True, accounts=True, lantern=lantern
    )
    environ = {"HTTP_ACCEPT": "text/html", "REQUEST_METHOD": "GET", "HTTP_HOST": "example.org"}
    return lambda **more: pages.landing(Request({**environ, **more})).body


def account(number):
    return Subject(f"id-{number}", f"user{number:05}", account=True, listed=True)


@pytest.mark.live
@pytest.mark.parametrize("here", [True, False])
def test_ten_thousand_are_gathered_without_a_stall(here):
    assert best_of(3, lambda: longest_turn_of_gathering(here)) < WORST


def longest_turn_of_gathering(here):
    house = House(WallClock(), LocalBoard())
    for number in range(CROWD):
        house.register.learn(account(number))
        if here:
            house.board.report(f"id-{number}", Claim(SESSION, 0.0, activities=(READING,)))
        elif number % 2:
            house.register.kept[f"id-{number}"] = Kept(last_seen_at=float(number))
    landing(House(WallClock(), LocalBoard()))()  # the template is compiled once, at the first page
    ask = landing(house)
    with watched_hub() as turns:
        page = ask()
        listed = orjson.loads(ask(HTTP_ACCEPT="application/json"))
    assert page.count(b'class="person"') == len(listed["people"]) == MOST
    assert listed["more"] == CROWD - MOST
    assert b"and <span>9500</span> more" in page
    assert len(page) < 400_000
    return turns.worst


@pytest.mark.live
@pytest.mark.parametrize("present", [None, there(Activity(name="x" * LONGEST, details=Link("y" * LONGEST)))])
def test_the_first_event_about_ten_thousand_is_short_and_put_together_at_once(present):
    assert best_of(3, lambda: longest_turn_of_telling(present)) < WORST


def longest_turn_of_telling(present):
    people = [(account(number), Presence(kept=Kept(last_seen_at=float(number)))) for number in range(CROWD)]
    album, each = Album(), iter(people)
    with watched_hub() as turns:
        while part := list(islice(each, 64)):
            for subject, away in part:
                album.add(subject, present or away)
            turn()
        said = album.done()
    assert len(said) < 300_000
    assert orjson.loads(said)["more"] == CROWD - MOST
    return turns.worst


def test_an_answer_serves_for_a_second():
    clock = FakeClock()
    house = House(clock, LocalBoard())
    gathering = Gathering(house)
    assert gathering.people().document == {"people": [], "more": 0}
    known(house, ANN, Claim(SESSION, 0.0, activities=(READING,)))
    clock.advance(FRESH / 2)
    assert gathering.people().document["people"] == []
    clock.advance(FRESH / 2)
    assert [each["name"] for each in gathering.people().document["people"]] == ["ann"]


@pytest.mark.parametrize("lantern", [True, False])
def test_programs_get_what_lantern_has_there_too(lantern):
    """Whoever hides, or whom no list shows, is not counted."""
    house = House(FakeClock(), LocalBoard())
    house.register.learn(ANN)
    for number, (listed, status) in enumerate([(True, None), (False, None), (True, Status.INVISIBLE)]):
        linked = (("discord", f"10000000000000000{number}"),)
        subject = Subject(f"id-{number}", f"user{number}", account=True, listed=listed, links=linked)
        known(house, subject, Claim(SESSION, 0.0, status, (READING,)))
    said = orjson.loads(landing(house, lantern=lantern)(HTTP_ACCEPT="*/*"))
    assert [each["name"] for each in said["people"]] == ["user0", "ann"]
    assert ("data" in said) is lantern
    assert not lantern or said["data"]["currently_monitoring_users"] == 1


def test_a_page_is_drawn_anew_with_its_document_only():
    clock = FakeClock()
    house = House(clock, LocalBoard())
    ask = landing(house)
    first = ask()
    assert ask() is first, "the very same bytes"
    known(house, ANN, Claim(SESSION, 0.0, activities=(READING,)))
    clock.advance(FRESH)
    assert b"Reading" in ask()


def test_however_many_ask_at_once_it_is_gathered_once():
    asked = []

    class Board(LocalBoard):
        def claims(self, user):
            asked.append(user)
            return super().claims(user)

    house = House(FakeClock(), Board())
    for number in range(200):
        house.register.learn(account(number))
    gathering = Gathering(house)
    answers = gevent.joinall([gevent.spawn(gathering.people) for _ in range(10)])
    assert len({id(each.get()) for each in answers}) == 1
    assert len(asked) == 200


def test_who_is_there_goes_first_and_who_was_there_last_follows():
    album = Album()
    for name, presence in {
        "never": Presence(),
        "long-ago": Presence(kept=Kept(last_seen_at=10.0)),
        "Zoe": there(READING),
        "lately": Presence(kept=Kept(last_seen_at=20.0)),
        "hidden": there(status=Status.INVISIBLE),
        "ann": there(status=Status.IDLE),
    }.items():
        album.add(Subject(f"id-{name}", name, account=True, listed=True), presence)
    listed = [(each["name"], each["status"], each["seen_ms"]) for each in album.document()["people"]]
    assert listed == [
        ("ann", "idle", None),
        ("Zoe", "online", None),
        ("lately", "offline", 20_000),
        ("long-ago", "offline", 10_000),
        ("never", "offline", None),
    ]


@pytest.mark.parametrize(
    ("subject", "presence"),
    [
        (ANN, there(READING, status=Status.INVISIBLE)),
        (Subject("id-ann", "ann", account=True), there(READING)),
        (Subject("id-ann", "ann", account=True), Presence()),
        (Subject("ann", "ann", listed=True), there(READING)),
    ],
)
def test_who_is_hidden_unlisted_or_no_account_is_on_no_list(subject, presence):
    assert person(subject, presence) is None
    listing = Listing()
    assert listing.update(Update(subject, presence, presence, changed=True, at=0.0)) is None
    assembly = listing.everybody(0.0)
    assembly.add(subject, presence)
    assert orjson.loads(assembly.done()) == {"people": [], "more": 0}
    assert listing.snapshot(subject, presence) is Gone.GONE


@pytest.mark.parametrize("presence", [Presence(), there(), there(status=Status.OFFLINE)])
def test_who_is_away_does_nothing_and_was_last_seen(presence):
    shown = person(ANN, presence.keeping(Kept(last_seen_at=12.3456)))
    nothing = {"doing": "", "about": "", "image": None, "paused": None}
    assert shown == {"name": "ann", "status": "offline", **nothing, "seen_ms": 12345}


def test_what_is_said_of_who_comes_changes_goes_and_hides():
    listing = Listing()
    away, hidden = Presence(kept=Kept(last_seen_at=5.0)), there(READING, status=Status.INVISIBLE)
    busy, idle = there(READING), there(status=Status.IDLE)
    shown = {"name": "ann", "image": None, "paused": None, "seen_ms": None}
    reading = {**shown, "status": "online", "doing": "Reading", "about": "A book · page 5"}
    quiet = {**shown, "doing": "", "about": ""}

    def said(before, after, **who):
        return listing.update(Update(who.pop("subject", ANN), before, after, changed=True, at=0.0, **who))

    assert orjson.loads(said(away, busy)) == {"person": reading}
    assert orjson.loads(said(busy, idle)) == {"person": {**quiet, "status": "idle"}}
    assert said(busy, busy) is None
    assert orjson.loads(said(idle, away)) == {"person": {**quiet, "status": "offline", "seen_ms": 5000}}
    assert said(idle, hidden) is said(away, hidden) is Gone.GONE
    assert said(hidden, hidden) is None
    assert orjson.loads(said(hidden, busy)) == {"person": reading, "new": True}
    session = Visiting(listing)
    (told,) = session.left(Update(ANN, idle, hidden, changed=True, at=0.0), 0.0)
    assert orjson.loads(told.payload) == {"gone": "ann"}
    renamed = Subject("id-ann", "anna", account=True, listed=True)
    assert orjson.loads(said(busy, busy, subject=renamed, was=ANN)) == {
        "gone": "ann",
        "person": {**reading, "name": "anna"},
    }
    nobody = Subject("ann", "ann")
    assert said(away, away, subject=nobody, was=ANN) is Gone.GONE
    assert orjson.loads(said(Presence(), Presence(), was=nobody))["new"] is True


def test_a_line_is_no_longer_than_a_line():
    shown = person(ANN, there(Activity(name="x" * 10_000, details=Link("y" * 10_000))))
    assert (len(shown["doing"]), len(shown["about"])) == (LONGEST, LONGEST)
