"""How the pages look in Chromium: they fit a phone, they can be read on any colour, and move only for who likes it."""

import json
import urllib.request
from typing import NamedTuple

import pytest

from tests.serving import start, user_add

pytest.importorskip("selenium")

from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser import browse, needs_chromium

pytestmark = [pytest.mark.live, needs_chromium]

ANN = "ann-whose-name-is-as-long-as-names-may-be-and-has-no-room-left.x"
CONTRASTS = """
(() => {
  const channel = (value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const paint = (...colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const resolved = (expression) => {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.color = expression;
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
  };
  const deepest = resolved("color-mix(in srgb, var(--tint) var(--strength), var(--paper))");
  const palest = resolved("color-mix(in srgb, var(--tint) calc(var(--strength) / 3), var(--paper))");
  const grounds = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (paint(style.backgroundColor)[3] === 255 && at !== document.body) return [paint(style.backgroundColor)];
      if (at === document.body && document.body.classList.contains("profile")) {
        return [paint(deepest), paint(palest)];
      }
    }
    return [paint(resolved("var(--paper)"))];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.getClientRects().length || element.tagName === "NOSCRIPT") continue;
    const ink = light(paint(getComputedStyle(element).color));
    for (const ground of grounds(element)) {
      const [high, low] = [ink, light(ground)].sort((one, other) => other - one);
      found.push([(high + 0.05) / (low + 0.05), walker.currentNode.data.trim().slice(0, 40)]);
    }
  }
  return found.sort((one, other) => one[0] - other[0]).slice(0, 3).concat([[99, `${found.length} looked at`]]);
})()
"""
TINTS = ("", "#000000", "#ffffff", "#ff0000", "#00ff00", "#0000ff", "#808080")
PAGES = ("/", f"/u/{ANN}", "/u/nobody", "/login", "/signup", f"/renderer?scope={ANN}")


class Looked(NamedTuple):
    """What the tests need of the server: its address, and the tokens by name."""

    url: str
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    data = tmp_path_factory.mktemp("looks") / "data"
    tokens = {name: user_add(data, name).token for name in (ANN, "zoe", "bob-who-never-came")}
    token = tokens[ANN]
    config = "[presenti]\nregistration = true\nexpires_ms = 600000\n[limits]\nrequests_per_second = 0\n"
    with start(data, config=config) as served:
        with urllib.request.urlopen(f"{served.url}/session?token={token}") as answer:
            session = json.load(answer)["sessionID"]
        long = {"title": "W" * 300, "largeText": {"text": "x" * 300, "link": "https://example.org/"}, "isPaused": True}
        timed = {"title": "Song", "smallTexts": ["one", "two"], "timestamps": {"start": 1, "stop": 10**13}}
        body = json.dumps({"presences": [long, timed, {"title": "Walk", "timestamps": {"start": 5}}]}).encode()
        where = f"{served.url}/session?token={token}&id={session}"
        with urllib.request.urlopen(urllib.request.Request(where, body, method="PUT")) as answer:
            assert answer.status == 200
        yield Looked(served.url, tokens)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with browse(tmp_path_factory.mktemp("profile")) as window:
        yield window


def open_still(browser, address):
    """Open a page that draws nothing by itself any more: its event stream is ended, as it is when a page is left."""
    browser.open(address)
    browser.run("dispatchEvent(new Event('pagehide'))")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_on_every_ground(browser, server, scheme):
    browser.wear(scheme, 1280)
    for page in PAGES:
        open_still(browser, server.url + page)
        for tint in TINTS if page.startswith("/u/") else ("",):
            still = "document.documentElement.style.transition = 'none'"
            browser.run(f"[{still}, document.documentElement.style.setProperty('--tint', '{tint}' || null)]")
            worst = browser.run(CONTRASTS)
            assert worst[0][0] >= 4.5, (page, tint, worst)
            assert len(worst) > 1 or "renderer" in page


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_no_page_is_wider_than_its_window(browser, server, width):
    browser.wear("light", width)
    for page in PAGES:
        browser.open(server.url + page)
        assert browser.run("document.documentElement.scrollWidth") <= width, page
        assert browser.console() == []


def test_nothing_moves_for_whoever_wants_it_still(browser, server):
    moving = """[...document.querySelectorAll('*'), document.documentElement].filter((each) => {
      const style = getComputedStyle(each);
      return parseFloat(style.transitionDuration) > 0 || style.animationName !== 'none';
    }).length"""
    for wish, still in (("no-preference", False), ("reduce", True)):
        browser.tool("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": wish}])
        browser.open(f"{server.url}/u/{ANN}")
        assert (browser.run(moving) == 0) is still


def test_every_page_can_be_walked_by_the_keyboard_and_shows_where_one_is(browser, server):
    browser.wear("light", 1280)
    for page, fewest in (("/", 4), (f"/u/{ANN}", 2), ("/login", 4), ("/signup", 4)):
        browser.open(server.url + page)
        browser.run("document.activeElement.blur()")
        met = set()
        for _ in range(fewest):
            ActionChains(browser.driver).send_keys(Keys.TAB).perform()
            met.add(browser.run("document.activeElement.outerHTML.slice(0, 90)"))
            outline = browser.run("getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid", met
        assert len(met) == fewest


NAMES = "[...document.querySelectorAll('#{} .name')].map((each) => each.textContent).join()"


def test_the_list_lives_and_whoever_hides_is_no_row(browser, server):
    """Here, away with when, hidden, and back; who came to a row by the keyboard stays on it."""

    def say(status):
        claims = f"{server.url}/v2/users/zoe/claims/test"
        fields = {"Authorization": f"Bearer {server.tokens['zoe']}", "Content-Type": "application/json"}
        body = json.dumps({"status": status, "lease_seconds": 600}).encode()
        method = "PUT" if status else "DELETE"
        with urllib.request.urlopen(urllib.request.Request(claims, body, fields, method=method)) as answer:
            assert answer.status in {200, 204}

    def listed(part, names):
        browser.until(f"{NAMES.format(part)} === {names!r}")

    browser.wear("light", 1280)
    browser.open(f"{server.url}/")
    browser.until("document.getElementById('connection').textContent === ''")
    listed("away", "bob-who-never-came,zoe")
    browser.run("document.querySelector('a[href=\"/u/zoe\"]').focus()")
    say("dnd")
    listed("here", f"{ANN},zoe")
    listed("away", "bob-who-never-came")
    assert browser.run("document.activeElement.getAttribute('href')") == "/u/zoe"
    say(None)
    listed("away", "zoe,bob-who-never-came")
    assert browser.run("document.querySelector('.seen').textContent") == "Last seen less than a minute ago"
    say("invisible")
    listed("away", "bob-who-never-came")
    listed("here", ANN)
    assert "zoe" not in browser.run("document.documentElement.outerHTML")
    say(None)
    listed("away", "zoe,bob-who-never-came")
    assert browser.run("document.getElementById('more').hidden") is True
    assert browser.console() == []


def test_who_reads_a_link_stays_there_while_cards_come_change_and_go(browser, server):
    """An untouched card keeps its focus by itself; of one that is drawn anew the link in the same place takes it."""
    browser.wear("light", 1280)
    open_still(browser, f"{server.url}/u/{ANN}")

    def show(*texts):
        activities = [
            {
                "title": text,
                "details": {"text": text, "url": f"https://example.org/{text[0]}"},
                "state": [],
                "image": None,
            }
            | {"started_ms": None, "ends_ms": None, "paused": None}
            for text in texts
        ]
        browser.run(f"drawCards({json.dumps(activities)})")

    def reads():
        return browser.run("[document.activeElement.tagName, document.activeElement.textContent]")

    show("first", "second")
    browser.run("(link = document.querySelectorAll('#activities a')[1], link.focus())")
    for texts in (("another", "second"), ("second",), ("new", "second", "third"), ("second", "new")):
        show(*texts)
        assert reads() == ["A", "second"]
        assert browser.run("document.activeElement === link")
    show("second, seen later", "new")
    assert reads() == ["A", "second, seen later"]
    show()
    assert reads()[0] == "BODY"
    assert browser.console() == []


def test_the_ground_takes_the_colour_of_the_state_and_gives_it_back(browser, server):
    open_still(browser, f"{server.url}/u/{ANN}")
    browser.run("tint({ color: '#0000ff', transition: 0 })")
    assert browser.run("getComputedStyle(document.documentElement).getPropertyValue('--tint')") == "rgb(0, 0, 255)"
    browser.run("[document.documentElement.style.transition = 'none', tint(null)]")
    assert browser.run("getComputedStyle(document.documentElement).getPropertyValue('--tint')") != "rgb(0, 0, 255)"


def test_in_a_frame_the_page_tells_its_parent_what_presentis_page_told(browser, server, tmp_path):
    """The parent is a file, as a streamer's overlay is: no site, and allowed all the same."""
    parent = tmp_path / "overlay.html"
    parent.write_text(
        f'<!DOCTYPE html><link rel="icon" href="data:,"><iframe src="{server.url}/renderer?scope={ANN}"></iframe>'
        "<script>addEventListener('message', (told) => (document.body.dataset.heard = told.data))</script>"
    )
    browser.wear("dark", 360)
    browser.open(parent.as_uri())
    browser.until("document.body.dataset.heard")
    told = json.loads(browser.run("document.body.dataset.heard"))
    assert list(told) == ["presence"]
    assert [each["title"] for each in told["presence"]] == ["W" * 300, "Song", "Walk"]
    assert browser.console() == []
