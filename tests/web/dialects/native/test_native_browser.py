"""/v2 in Chromium: a browser's own EventSource over a killed server, and the badge in a page of another origin."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.clients import stored, until
from tests.serving import Served, command, start, user_add
from tests.web.dialects.native.publishing import call, claim
from tests.wire import wire_to
from web.dialects.native.routes import BADGE

pytest.importorskip("selenium")

from tests.browser import Browser, browse, needs_chromium

pytestmark = [pytest.mark.live, needs_chromium]

STREAM_PAGE = """<!doctype html><title>stream</title><pre id=view></pre><ol id=events></ol><script>
const view = {}, source = new EventSource("%s/v2/events?user=alice&user=bob");
const note = (text) => events.append(Object.assign(document.createElement("li"), { textContent: text }));
source.onmessage = ({ data }) => {
  const { type, presence, recovered } = JSON.parse(data);
  if (presence) view[presence.user] = presence.activities.map((each) => each.name).join() || presence.status;
  document.getElementById("view").textContent = JSON.stringify(view);
  note(type + " " + recovered);
};
source.onerror = () => note("lost");
</script>"""

BADGE_PAGE = """<!doctype html><title>badges</title><body>
<presence-badge user=alice></presence-badge> <presence-badge user=bob label=Robert theme=dark></presence-badge>
<p id=seen></p>
<script>
let opened = 0;
window.EventSource = class extends EventSource { constructor(address) { super(address); opened += 1; } };
</script>
<script type=module src="%s/v2/badge.js"></script>
<script type=module>
const badges = [...document.querySelectorAll("presence-badge")];
const text = ({ shadowRoot }) => [...shadowRoot.querySelectorAll("span span")]
  .map((span) => span.ariaLabel ?? span.textContent).join("|");
const show = () => (document.getElementById("seen").textContent = badges.map(text).join(" and "));
const all = { subtree: true, childList: true, characterData: true, attributes: true };
for (const { shadowRoot } of badges) new MutationObserver(show).observe(shadowRoot, all);
show();
</script>"""
SEEN = "document.getElementById('seen').textContent"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browse(tmp_path_factory.mktemp("profile")) as window:
        yield window


def elsewhere(folder: Path, page: str) -> str:
    """The address of a page of another origin: a file has one of its own."""
    written = folder / "page.html"
    written.write_text(page, "utf-8")
    return written.as_uri()


@contextlib.contextmanager
def served(data: Path) -> Iterator[tuple[Served, str, str]]:
    """A server that knows alice and bob, and their tokens."""
    alice, bob = (user_add(data, name).token for name in ("alice", "bob"))
    with start(data) as server:
        yield server, alice, bob


def test_an_event_source_survives_a_kill_and_ends_with_the_right_picture(browser: Browser, tmp_path: Path) -> None:
    view = "document.getElementById('view').textContent"
    events = "[...document.querySelectorAll('#events li')].map(each => each.textContent)"
    with served(tmp_path / "data") as (server, alice, bob):
        claim(server, alice, "alice", "Chess")
        claim(server, bob, "bob", "Go")
        browser.open(elsewhere(tmp_path, STREAM_PAGE % server.url))
        browser.until(f"""{view} === '{{"alice":"Chess","bob":"Go"}}'""")
        until(lambda: bool(list(stored(server, "Chess"))) and bool(list(stored(server, "Go"))))
        server.kill9()
        browser.until(f"{events}.includes('lost')")
        assert browser.run(view) == '{"alice":"Chess","bob":"Go"}'
        with start(server.data, port=server.port) as again:
            claim(again, alice, "alice", "Bridge")
            assert call(again, "DELETE", "/v2/users/bob/claims/test", token=bob).status == 204
            browser.until(f"""{view} === '{{"alice":"Bridge","bob":"offline"}}'""")
            claim(again, bob, "bob", "Whist")
            browser.until(f"""{view} === '{{"alice":"Bridge","bob":"Whist"}}'""")
        heard = browser.run(events)
    assert heard[:3] == ["snapshot false", "snapshot false", "lost"]
    assert set(heard[2:]) - {"snapshot false", "lost"} == {"change undefined"}
    assert heard.count("snapshot false") == 4, "both once more, since the new server cannot know what was missed"


def test_an_event_source_whose_connection_breaks_gets_what_it_missed(browser: Browser, tmp_path: Path) -> None:
    events = "[...document.querySelectorAll('#events li')].map(each => each.textContent)"
    with served(tmp_path / "data") as (server, alice, _), wire_to(server.port) as wire:
        browser.open(elsewhere(tmp_path, STREAM_PAGE % f"http://127.0.0.1:{wire.port}"))
        browser.until(f"{events}.length === 2")
        claim(server, alice, "alice", "Chess")
        browser.until(f"{events}.length === 3")
        wire.cut()
        for name in ("Go", "Whist"):
            claim(server, alice, "alice", name)
        browser.until(f"view.alice === 'Whist' && {events}.includes('resumed true')")
        heard = browser.run(events)
    told = ["snapshot false", "snapshot false", "change undefined", "lost", "change undefined", "change undefined"]
    assert sorted(heard) == sorted([*told, "resumed true"]), "each once, and no second snapshot"


def test_badges_on_a_page_of_another_origin(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path / "data") as (server, alice, bob):
        body = {"lease_seconds": 600, "status": "dnd", "activities": [{"name": "<b>Chess", "type": "playing"}]}
        assert call(server, "PUT", "/v2/users/alice/claims/x", body, token=alice).status == 200
        browser.wear("light", 800)
        browser.open(elsewhere(tmp_path, BADGE_PAGE % server.url))
        browser.until(f"{SEEN} === 'do not disturb|alice|playing <b>Chess and offline|Robert|offline'")
        claim(server, bob, "bob", "Go")
        browser.until(f"{SEEN}.endsWith('online|Robert|Go')")
        assert browser.run("opened") == 1, "badges share one stream"
        box = "getComputedStyle(document.querySelectorAll('presence-badge')[{}].shadowRoot.firstChild)"
        assert browser.run(box.format(0) + ".color") == "rgb(31, 35, 40)"
        assert browser.run(box.format(1) + ".color") == "rgb(240, 243, 246)"
        browser.wear("dark", 800)
        assert browser.run(box.format(0) + ".color") == "rgb(240, 243, 246)"
        dot = "getComputedStyle(document.querySelectorAll('presence-badge')[1].shadowRoot.querySelector('.dot'))"
        assert browser.run(f"{dot}.animationName") == "pulse"
        still = [{"name": "prefers-reduced-motion", "value": "reduce"}]
        browser.tool("Emulation.setEmulatedMedia", features=still)
        assert browser.run(f"{dot}.animationName") == "none"
        assert ("image", "do not disturb") in accessible(browser)
        assert browser.console() == []
        browser.run("document.querySelector('presence-badge').setAttribute('user', 'nobody') ?? 0")
        browser.until(f"{SEEN} === 'offline|nobody|offline and online|Robert|Go'")
        server.kill9()
        browser.until("document.querySelector('presence-badge').shadowRoot.firstChild.classList.contains('lost')")
        with start(server.data, port=server.port) as again:
            claim(again, bob, "bob", "Whist")
            browser.until(f"{SEEN} === 'offline|nobody|offline and online|Robert|Whist'")


def accessible(browser: Browser) -> set[tuple[str, str]]:
    """What an assistive technology is told: role and name of each thing."""
    browser.tool("Accessibility.enable")
    nodes = browser.tool("Accessibility.getFullAXTree")["nodes"]
    return {(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if "role" in node}


def test_a_page_shows_300_people_and_says_where_it_shows_no_more(browser: Browser, tmp_path: Path) -> None:
    """Seen to fail when all after the hundredth stayed as if offline."""
    names = [f"member-{number:03}-of-a-long-list" for number in range(305)]
    badges = "".join(f"<presence-badge user={name}></presence-badge>" for name in (*names, names[250]))
    page = f"<!doctype html><title>members</title><body>{badges}<script type=module src='%s/v2/badge.js'></script>"
    text = "[...document.querySelectorAll('presence-badge')].map(each => each.shadowRoot.textContent)"
    data, crowded = tmp_path / "data", "too many badges here"
    token = command(data, "token", "first-party")["token"]
    with start(data) as server:
        for number in (0, 99, 100, 250, 299, 300):
            claim(server, token, names[number], f"Chess {number}")
        browser.open(elsewhere(tmp_path, page % server.url))
        shown = "document.querySelectorAll('presence-badge')[{}].shadowRoot.textContent.endsWith('{}')".format
        browser.until(" && ".join(shown(number, f"Chess {number}") for number in (0, 99, 100, 250, 299)))
        said = browser.run(text)
        assert said[305] == said[250], "two badges of one"
        assert [words.endswith(crowded) for words in said] == [300 <= number < 305 for number in range(306)]
        claim(server, token, names[299], "Go")
        browser.until(shown(299, "Go"))
        browser.run("document.querySelector('presence-badge').remove() ?? 0")
        browser.until(shown(299, "Chess 300"))
        assert browser.console() == []


def test_the_badge_is_small() -> None:
    assert len(BADGE) <= 5_000
