"""The profile page in Chromium: alive, safe, and back after a lost server with what is left of a lease."""

import contextlib
import http.server
import json
import threading
import time
import urllib.request

import pytest

from tests.live.clients import best_of, stamp
from tests.serving import SECONDS, free_port, start, user_add

pytest.importorskip("selenium")

from tests.browser import browse, needs_chromium, quoted

pytestmark = [pytest.mark.live, needs_chromium]

SHOWN = "document.getElementById('activities').textContent"
LINES = "[...document.querySelectorAll('#activities h2, #activities p')].map(each => each.textContent)"
VALUE = "document.querySelector('progress').value"
GLYPH = "(document.querySelector('.glyph') || { ariaLabel: null }).ariaLabel"
CONNECTION = "document.getElementById('connection').textContent"
NOTHING = "!document.getElementById('nothing').hidden"
PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs="
SEEN = """(() => {
  const shown = document.getElementById("activities"), seen = window.seen = [];
  const look = () => seen.push([Date.now() / 1000, shown.textContent.trim()]);
  new MutationObserver(look).observe(shown, { subtree: true, childList: true, characterData: true });
  return true;
})()"""
"""From here on `seen` is what has been shown, and when, in seconds since the epoch."""
NASTY = "<img src=x onerror=document.title='got'><b>bold</b> &amp; </script>"


class Session:
    """A publisher's session by REST, as curl would."""

    def __init__(self, server, token):
        self.address = f"{server.url}/session?token={token}"
        with urllib.request.urlopen(self.address) as answer:
            self.address += f"&id={json.load(answer)['sessionID']}"

    def put(self, *presences):
        body = json.dumps({"presences": presences}).encode()
        with urllib.request.urlopen(urllib.request.Request(self.address, body, method="PUT")) as answer:
            assert answer.status == 200


def contains(text):
    return f"{SHOWN}.includes({quoted(text)})"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with browse(tmp_path_factory.mktemp("profile")) as window:
        yield window


@pytest.fixture
def begin(tmp_path):
    """Start a server whose sessions last so long, with alice in it; answered with it and alice's session."""
    data = tmp_path / "data"
    token = user_add(data, "alice").token
    with contextlib.ExitStack() as ends:

        def go(expires_ms=600_000):
            server = ends.enter_context(start(data, config=f"[presenti]\nexpires_ms = {expires_ms}\n"))
            return server, Session(server, token)

        yield go


def test_a_presence_is_shown_and_changed_and_cleared_within_a_second(browser, begin):
    server, session = begin()
    browser.open(f"{server.url}/u/alice")
    browser.until(NOTHING)
    titles = iter(("Reading", "Thinking", "Writing"))

    def seconds_to_show():
        title, began = next(titles), time.monotonic()
        session.put({"title": title, "largeText": "A book", "smallTexts": ["page 5"], "image": PIXEL})
        browser.until(contains(title))
        return time.monotonic() - began

    assert best_of(3, seconds_to_show) < 1.0
    assert browser.run(LINES) == ["Writing", "A book", "page 5"]
    assert browser.run("document.title") == "alice: online"
    browser.until("document.querySelector('#activities img').naturalWidth === 1")
    browser.run("document.querySelector('#activities li').kept = true")
    session.put(
        {"title": "Walking"}, {"title": "Writing", "largeText": "A book", "smallTexts": ["page 5"], "image": PIXEL}
    )
    browser.until(contains("Walking"))
    assert browser.run("document.querySelectorAll('#activities li')[1].kept") is True  # what stays is not drawn again
    session.put()
    browser.until(NOTHING)
    assert browser.run("document.getElementById('status').textContent") == "offline"
    assert browser.run("document.title") == "alice: offline"
    assert browser.console() == []


def test_a_session_that_is_not_renewed_vanishes_from_the_page_when_its_lease_ends(browser, begin):
    server, session = begin(2_000)
    browser.open(f"{server.url}/u/alice")
    assert browser.run(SEEN)
    began = time.time()
    session.put({"title": "Reading"})
    browser.until(f"seen.some(([, text]) => text.includes('Reading')) && {NOTHING}")
    gone_at = browser.run("seen.findLast(([, text]) => !text)")[0]
    ended_at = stamp(server.wait_for("event=lease-expired"))
    assert gone_at - began >= 2.0
    assert -0.1 < gone_at - ended_at < 1.0, "by the page's own clock, however late this test looked"


def test_text_that_looks_like_markup_is_text(browser, begin):
    server, session = begin()
    nasty = {"title": NASTY, "largeText": {"text": NASTY, "link": "javascript:document.title='got'"}}
    session.put({**nasty, "smallTexts": [{"text": "safe", "link": "https://example.org/"}]})
    browser.open(f"{server.url}/u/alice")
    for _ in range(2):  # as the server wrote it or the script drew it, and certainly drawn by the script
        browser.until(contains(NASTY))
        assert (
            browser.run("document.querySelectorAll('#activities b, #activities script, #activities img').length") == 0
        )
        links = browser.run("[...document.querySelectorAll('#activities a')].map(each => each.href)")
        assert links == ["https://example.org/"]
        session.put()
        browser.until(NOTHING)
        session.put({**nasty, "smallTexts": [{"text": "safe", "link": "https://example.org/"}]})
    assert browser.run("document.title") == "alice: online"
    assert browser.console() == []


def test_a_name_that_looks_like_markup_is_text(browser, begin):
    server, _ = begin()
    browser.open(f"{server.url}/u/%3Cb%3E%22'%3F%23%26")
    browser.until(f"{CONNECTION} === ''")
    assert browser.run("document.getElementById('name').textContent") == "<b>\"'?#&"
    assert browser.run("document.querySelectorAll('b').length") == 0
    assert browser.console() == []


def test_the_policy_stops_a_script_that_got_in(browser, begin):
    """And so the console of the other tests would tell."""
    server, _ = begin()
    browser.open(f"{server.url}/u/alice")
    browser.run("document.body.insertAdjacentHTML('beforeend', '<img src=data: onerror=document.title=1>')")
    browser.until("document.querySelector('body > img').complete")
    assert any("Content Security Policy" in message for message in browser.console())
    assert browser.run("document.title") == "alice: offline"


def test_what_has_an_end_has_a_bar_that_moves_and_a_pause_stands_still(browser, begin):
    server, session = begin()
    browser.open(f"{server.url}/u/alice")
    start_ms = int(time.time() * 1000) - 65_000
    playing = {"title": "Song", "timestamps": {"start": start_ms, "stop": start_ms + 200_000}, "isPaused": False}
    session.put(playing)
    browser.until(contains("03:20"))
    first = browser.run(VALUE)
    assert 65_000 <= first <= time.time() * 1000 - start_ms
    assert browser.run(GLYPH) == "playing"
    elapsed = "document.querySelector('.elapsed').textContent"
    stood = browser.run(elapsed)
    browser.until(f"{elapsed} > {quoted(stood)}")
    assert browser.run(VALUE) > first
    times = {**playing["timestamps"], "effective": start_ms + 12_500}
    session.put({**playing, "isPaused": True, "timestamps": times})
    browser.until(f"{GLYPH} === 'paused'")
    assert (browser.run(VALUE), browser.run(elapsed)) == (12_500, "00:12")
    browser.run("shown.forEach(({ tick }) => tick && tick())")
    assert browser.run(VALUE) == 12_500
    session.put({"title": "Walk", "timestamps": {"start": start_ms}})
    browser.until(contains("for 1 minute"))
    assert browser.run("document.querySelector('progress')") is None
    assert browser.run(GLYPH) is None


def test_the_page_comes_back_after_a_restart_with_what_is_left_of_the_lease(browser, begin):
    """On a machine so busy that the lease is over before the page is back, a longer one is tried."""
    assert any(comes_back(browser, begin, lease) for lease in (10, 30, 90))


def comes_back(browser, begin, lease):
    """Whether the page was back before the lease of so many seconds ended, and then lost what it showed in time."""
    server, session = begin(lease * 1000)
    browser.open(f"{server.url}/u/alice")
    browser.until(f"{CONNECTION} === ''")
    began = time.time()
    session.put({"title": "Reading"})
    browser.until(contains("Reading"))
    server.stop()
    browser.until(f"{CONNECTION}.startsWith('Reconnecting')")
    assert browser.run(contains("Reading"))
    with start(server.data, config=f"[presenti]\nexpires_ms = {lease * 1000}\n", port=server.port) as again:
        browser.until(f"{CONNECTION} === ''", SECONDS)
        browser.run(SEEN)
        there = browser.run(contains("Reading"))
        if time.time() - began >= lease:
            return False
        assert there
        browser.until(NOTHING, 2.0 * lease)
        gone_at = browser.run("seen.findLast(([, text]) => !text)")[0]
        assert gone_at - began >= lease
        assert -0.1 < gone_at - stamp(again.wait_for("event=lease-expired")) < 1.0
        return True


def test_the_page_does_not_give_up_when_it_meets_an_error_page(browser, begin):
    server, session = begin()
    browser.open(f"{server.url}/u/alice")
    browser.until(NOTHING)
    server.stop()
    with refusing(server.port) as met:
        assert met.wait(SECONDS)
    browser.until(f"{CONNECTION}.startsWith('Reconnecting')")
    with start(server.data, port=server.port):
        browser.until(f"{CONNECTION} === ''", 20.0)
        session.put({"title": "Reading"})
        browser.until(contains("Reading"))


@contextlib.contextmanager
def refusing(port):
    """Something that answers 503 to everybody, as a proxy does before a server that is away."""
    met = threading.Event()

    class Away(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(503)
            met.set()

        def log_message(self, *_):
            """Say nothing."""

    away = http.server.ThreadingHTTPServer(("127.0.0.1", port), Away)
    serving = threading.Thread(target=away.serve_forever)
    serving.start()
    try:
        yield met
    finally:
        away.shutdown()
        away.server_close()
        serving.join()


def test_a_page_of_a_server_that_is_not_there_is_no_page(browser):
    """The tests above would fail without a server."""
    with pytest.raises(Exception, match="ERR_CONNECTION_REFUSED"):
        browser.open(f"http://127.0.0.1:{free_port()}/u/alice")
