"""The profile page over HTTP: readable without script, guarded, and polite to names nobody has."""

import re

import pytest

from tests.event_stream import EventStream
from tests.web.pages.reader import NASTY, POLICY, Publisher, fetch, policy

pytestmark = pytest.mark.live


def test_the_page_is_guarded(house):
    page = fetch(f"{house[0].url}/u/alice")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert policy(page) == POLICY  # any site may show it in a frame
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"<script(?! src=)|<style|\son\w+=|style=", page.body)


def test_the_first_state_is_readable_without_script_and_text_stays_text(house):
    server, tokens = house
    Publisher(server, tokens["alice"]).put(
        {
            "title": NASTY,
            "largeText": {"text": "A book", "link": "javascript:alert(1)"},
            "smallTexts": [{"text": "page 5", "link": 'https://example.org/?a="><b>'}],
            "image": "https://example.org/cover.png",
            "timestamps": {"start": 1_700_000_000_000},
        }
    )
    page = fetch(f"{server.url}/u/alice").body
    assert "<title>alice: online</title>" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;amp;" in page
    assert "<script>alert" not in page
    assert "javascript:" not in page
    assert 'href="https://example.org/?a=&#34;&gt;&lt;b&gt;"' in page
    assert 'src="https://example.org/cover.png"' in page
    assert '<time datetime="2023-11-14T22:13:20+00:00">2023-11-14 22:13 UTC</time>' in page
    assert re.search(r'<p id="nothing" class="empty" hidden>', page)


def test_the_stream_says_the_same_and_every_change(house):
    server, tokens = house
    publisher = Publisher(server, tokens["bob"])
    with EventStream(f"{server.url}/u/bob/events") as stream:
        assert stream.head.status == 200
        assert stream.head.headers["Content-Type"] == "text/event-stream"
        assert stream.next() == {"name": None, "status": "offline", "activities": [], "gradient": None}
        publisher.put({"title": "One"})
        publisher.put({"title": "One"})
        publisher.put({"title": "Two\r\ndata: forged"})
        first, second = stream.next(), stream.next()
    assert (first["name"], first["status"], first["activities"][0]["title"]) == ("bob", "online", "One")
    assert second["activities"][0]["title"] == "Two\r\ndata: forged"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("nobody-has-this-name", "nobody-has-this-name"),
        ("%3Cimg%20src=x%3E", "&lt;img src=x&gt;"),
        ("%22%27%26", "&#34;&#39;&amp;"),
        ("%E2%98%83", "\N{SNOWMAN}"),
    ],
)
def test_a_name_nobody_has_is_somebody_with_nothing_on(house, path, shown):
    page = fetch(f"{house[0].url}/u/{path}")
    assert page.status == 200
    assert f'<h1 id="name" dir="auto">{shown}</h1>' in page.body
    assert 'data-status="offline"' in page.body


def test_a_stream_can_be_opened_where_the_page_says(house):
    server, _ = house
    events = re.search(r'data-events="([^"]*)"', fetch(f"{server.url}/u/%22%3C%E2%98%83%3E%3F%23").body).group(1)
    with EventStream(server.url + events) as stream:
        assert stream.next()["activities"] == []


@pytest.mark.parametrize("name", ["%FF%FE", "%0D%0ASet-Cookie:%20a=b", "%00"])
@pytest.mark.parametrize("rest", ["", "/events"])
def test_a_name_that_is_no_text_is_refused_and_fells_nothing(house, name, rest):
    server, _ = house
    refused = fetch(f"{server.url}/u/{name}{rest}")
    assert refused.status == 400
    assert "Set-Cookie" not in refused.headers
    assert not [line for line in server.lines if "request failed" in line]


def test_what_the_page_is_made_of_may_be_kept_for_good_under_its_own_version(house):
    server, _ = house
    page = fetch(f"{server.url}/u/alice").body
    scripts = re.findall(r'<script src="([^"]+)"', page)
    styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    assert len(scripts) == len(styles) == 2
    kinds = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
    for address in (*scripts, *styles):
        kind = kinds["." + address.partition("?")[0].rpartition(".")[2]]
        part = fetch(server.url + address)
        assert (part.status, part.headers["Content-Type"]) == (200, kind)
        assert part.headers["X-Content-Type-Options"] == "nosniff"
        assert "immutable" in part.headers["Cache-Control"]
        assert fetch(server.url + address.partition("?")[0]).headers["Cache-Control"] == "no-cache"
        assert fetch(f"{server.url}{address}0").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/pages/routes.py", "/pages/..%2Froutes.py", "/pages/", "/u/", "/u/a/b", "/signup"])
def test_there_is_nothing_else(house, path):
    assert fetch(house[0].url + path).status == 404


@pytest.mark.parametrize("path", ["/u/alice", "/u/alice/events", "/pages/profile.js", "/panel"])
def test_pages_are_only_read(house, path):
    assert fetch(house[0].url + path, "POST").status == 405
    assert fetch(house[0].url + path, "HEAD").body == ""


def test_a_link_to_the_page_is_shown_with_words_and_a_picture(house):
    server, tokens = house
    Publisher(server, tokens["carol"]).put(
        {"title": "Listening", "largeText": 'A "song"', "smallTexts": ["by X"], "image": "https://example.org/c.png"}
    )
    page = fetch(f"{server.url}/u/carol").body
    said = dict(re.findall(r'<meta (?:property|name)="((?:og|twitter|profile):[^"]+)" content="([^"]*)">', page))
    assert said == {
        "og:type": "profile",
        "og:site_name": "Presently",
        "og:title": "carol is online",
        "og:description": "Listening · A &#34;song&#34; · by X",
        "og:url": f"{server.url}/u/carol",
        "og:image": "https://example.org/c.png",
        "og:image:alt": "",
        "profile:username": "carol",
        "twitter:card": "summary",
    }


@pytest.mark.parametrize("path", ["/u/dave/frame", "/renderer?scope=dave", "/renderer?scope=dave&nocss"])
def test_for_a_frame_there_are_the_cards_alone(house, path):
    server, tokens = house
    assert "<li " not in fetch(f"{server.url}{path.replace('dave', 'nobody')}").body
    Publisher(server, tokens["dave"]).put({"title": "Reading", "isPaused": True})
    page = fetch(server.url + path)
    assert policy(page) == POLICY
    assert 'aria-label="paused"' in page.body
    assert 'data-events="/u/dave/events"' in page.body
    assert "<h1" not in page.body
    assert ("stylesheet" in page.body) == ("nocss" not in path)


def test_a_framed_stream_has_the_originals_list(house):
    server, tokens = house
    Publisher(server, tokens["erin"]).put({"title": "Reading", "odd": {"kept": [None]}})
    with EventStream(f"{server.url}/u/erin/events?framed") as stream:
        assert stream.next()["presence"] == [{"title": "Reading", "odd": {"kept": [None]}}]
