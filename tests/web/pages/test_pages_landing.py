"""The landing page over HTTP: who is on the list and who is not, for people and for programs."""

import json
import time

import pytest

from tests.event_stream import EventStream
from tests.web.pages.reader import NASTY, WHOLE, Publisher, fetch, policy

pytestmark = pytest.mark.live


def test_the_landing_page_lists_who_is_listed_and_there(house):
    server, tokens = house
    page = fetch(f"{server.url}/", Accept="text/html,*/*")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert policy(page) == WHOLE
    assert page.headers["Vary"] == "Accept"
    assert "frank" not in page.body
    with EventStream(f"{server.url}/pages/events") as stream:
        assert "frank" not in [each["name"] for each in stream.next()["people"]]
        Publisher(server, tokens["frank"]).put({"title": NASTY, "largeText": "L", "smallTexts": ["s"]})
        told = stream.next()
    doing = {"doing": NASTY, "about": "L · s", "image": None, "paused": None}
    assert told == {"person": {"name": "frank", "status": "online", **doing}}
    later = fetch_until(server, lambda people: "frank" in people)
    assert later["frank"] == told["person"]
    page = fetch(f"{server.url}/", Accept="text/html")
    assert '<a class="person" href="/u/frank">' in page.body
    assert "&lt;script&gt;alert(1)" in page.body
    assert "<script>alert" not in page.body


def fetch_until(server, right):
    """What the landing page says to programs; an answer may be a second old."""
    until = time.monotonic() + 10
    while True:
        people = {each["name"]: each for each in json.loads(fetch(f"{server.url}/").body)["people"]}
        if right(people):
            return people
        assert time.monotonic() < until, people


def test_whoever_only_asks_if_we_are_there_gets_204(house):
    answer = fetch(f"{house[0].url}/", "HEAD")
    assert (answer.status, answer.body) == (204, "")


def test_an_account_that_is_hidden_unlisted_or_no_account_is_on_no_list(house):
    """PROMISES 3.13; the pages cannot be told from those of somebody who does not exist."""
    server, _ = house
    assert "ghost" not in fetch_until(server, bool)
    hidden, unknown = (fetch(f"{server.url}/u/{name}").body for name in ("ghost", "nobod"))
    assert hidden.replace("ghost", "nobod").replace(">G<", ">N<") == unknown
    with EventStream(f"{server.url}/u/ghost/events") as stream:
        assert stream.next() == {"name": None, "status": "offline", "activities": [], "gradient": None}
    with EventStream(f"{server.url}/pages/events") as stream:
        assert "ghost" not in [each["name"] for each in stream.next()["people"]]


@pytest.mark.parametrize("path", ["/login", "/signup"])
def test_pages_nobody_may_frame_say_so(house, path):
    assert policy(fetch(house[0].url + path)) == WHOLE
