"""The pages' views without a server: what they ask of the house, and how they word its refusals."""

import pytest

from actors.clock import WallClock
from actors.errors import HouseError, Malformed, Overrun, Refused, Unavailable
from actors.house import House
from storage.board import LocalBoard
from web.origins import Origins
from web.pages.gathering import Gathering
from web.pages.refusals import refusing
from web.pages.routes import Pages
from web.pages.shelf import Shelf, clock
from web.proxies import Proxies
from web.views import Request

SHELF = Shelf()
ENVIRON = {"HTTP_HOST": "example.org", "REQUEST_METHOD": "GET", "REMOTE_ADDR": "192.0.2.1"}


def pages(house):
    origins, said = Origins((), Proxies(())), {"registration": False, "accounts": True, "lantern": False}
    return Pages(house, SHELF, origins, Gathering(house), **said)


def test_the_page_of_a_name_nobody_has_asks_nobody_and_makes_no_user():
    house = House(WallClock(), LocalBoard())
    page = pages(house).profile(Request(ENVIRON, {"name": "stranger"}))
    assert b"stranger: offline" in page.body
    assert house.register.refs == {}
    assert house.directory.ref is None
    assert not house.directory._held


@pytest.mark.parametrize(
    ("error", "status"),
    [(Unavailable("x"), 503), (Refused("x"), 404), (Malformed("x"), 400), (Overrun("x"), 429), (HouseError("x"), 500)],
)
def test_a_refusal_is_a_sentence_without_the_errors_own_words(error, status):
    answer = refusing(SHELF)(type(error)("some-code", "some inner detail"), Request({}))
    assert answer.status == status
    assert b"some" not in answer.body
    assert ("X-Content-Type-Options", "nosniff") in answer.headers
    assert (("Retry-After", "1") in answer.headers) == (status in {429, 503})


@pytest.mark.parametrize(
    ("ms", "shown"), [(0, "00:00"), (189_999, "03:09"), (3_599_000, "59:59"), (3_600_000, "1:00:00"), (-5, "00:00")]
)
def test_a_length_of_time_is_minutes_and_seconds_and_from_an_hour_on_hours(ms, shown):
    assert clock(ms) == shown
