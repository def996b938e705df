"""The landing page over HTTP: who is on the list and who is not, for people and for programs."""

import json
import time

import pytest

from tests.event_stream import EventStream
from tests.serving import SECONDS, command
from tests.web.pages.reader import NASTY, WHOLE, Publisher, fetch, policy

pytestmark = pytest.mark.live


AWAY = {"status": "offline", "doing": "", "about": "", "image": None, "paused": None}


def test_the_landing_page_lists_who_is_listed_here_or_away(house):
    server, tokens = house
    page = fetch(f"{server.url}/", Accept="text/html,*/*")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert policy(page) == WHOLE
    assert page.headers["Vary"] == "Accept"
    assert '<a class="person" href="/u/frank">' in page.body
    assert "ghost" not in page.body
    frank = Publisher(server, tokens["frank"])
    with EventStream(f"{server.url}/pages/events") as stream:
        assert {"name": "frank", **AWAY, "seen_ms": None} in stream.next()["people"]
        frank.put({"title": NASTY, "largeText": "L", "smallTexts": ["s"]})
        told = stream.next()
    doing = {"doing": NASTY, "about": "L · s", "image": None, "paused": None, "seen_ms": None}
    assert told == {"person": {"name": "frank", "status": "online", **doing}}
    later = fetch_until(server, lambda people: people["frank"]["status"] == "online")
    assert later["frank"] == told["person"]
    page = fetch(f"{server.url}/", Accept="text/html")
    assert page.body.index('href="/u/frank"') < page.body.index("Away") < page.body.index('href="/u/dave"')
    assert "&lt;script&gt;alert(1)" in page.body
    assert "<script>alert" not in page.body
    with EventStream(f"{server.url}/pages/events") as stream:
        stream.next()
        frank.put()
        left = stream.next()["person"]
    seen_ms = left.pop("seen_ms")
    assert left == {"name": "frank", **AWAY}
    assert abs(seen_ms / 1000 - time.time()) < SECONDS
    fetch_until(server, lambda people: people["frank"]["seen_ms"] == seen_ms)
    assert "Last seen less than a minute ago" in fetch(f"{server.url}/", Accept="text/html").body


def test_who_is_added_and_removed_beside_the_server_comes_and_goes(house):
    """An account that never published is listed too; and one that is removed is no row any more."""
    server, _ = house
    with EventStream(f"{server.url}/pages/events") as stream:
        assert "newcomer" not in [each["name"] for each in stream.next()["people"]]
        server.user_add("newcomer")
        assert stream.next() == {"person": {"name": "newcomer", **AWAY, "seen_ms": None}, "new": True}
        fetch_until(server, lambda people: "newcomer" in people)
        command(server.data, "user", "remove", "newcomer")
        assert stream.next() == {"gone": "newcomer"}
        fetch_until(server, lambda people: "newcomer" not in people)


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


@pytest.mark.parametrize(("path", "forms"), [("/login", "'self'"), ("/panel", "'self'"), ("/signup", "'none'")])
def test_pages_nobody_may_frame_say_so(house, path, forms):
    """Signing up is closed here, so its page is a sentence."""
    assert policy(fetch(house[0].url + path)) == {**WHOLE, "form-action": forms}
