"""The profile page's views without a server: what they ask of the house, and how they word its refusals."""

import pytest

from actors.clock import WallClock
from actors.errors import HouseError, Malformed, Overrun, Refused, Unavailable
from actors.house import House
from storage.board import LocalBoard
from web.pages.routes import Profile, refuse
from web.views import Request


def test_the_page_of_a_name_nobody_has_asks_nobody_and_makes_no_user():
    house = House(WallClock(), LocalBoard())
    page = Profile(house).page(Request({}, {"name": "stranger"}))
    assert b"stranger: offline" in page.body
    assert house.register.refs == {}
    assert house.directory.ref is None
    assert not house.directory._held


@pytest.mark.parametrize(
    ("error", "status"),
    [(Unavailable("x"), 503), (Refused("x"), 404), (Malformed("x"), 400), (Overrun("x"), 429), (HouseError("x"), 500)],
)
def test_a_refusal_is_a_sentence_without_the_errors_own_words(error, status):
    answer = refuse(type(error)("some-code", "some inner detail"), Request({}))
    assert answer.status == status
    assert b"some" not in answer.body
    assert ("X-Content-Type-Options", "nosniff") in answer.headers
    assert (("Retry-After", "1") in answer.headers) == (status in {429, 503})
