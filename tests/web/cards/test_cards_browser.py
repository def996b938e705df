"""Cards in Chromium: an image in somebody's README that is fresh, holds its texts, and follows the reader's colours."""

import json
import urllib.request

import pytest

from tests.serving import start, user_add

pytest.importorskip("selenium")

from tests.browser import browse, needs_chromium, quoted
from tests.web.cards.faces import CARDS, drawn

pytestmark = [pytest.mark.live, needs_chromium]

OVERFLOWING = """[...document.querySelectorAll('svg[role=img] text')].filter(text => {
  const card = text.closest('svg[role=img]').getBoundingClientRect(), box = text.getBoundingClientRect();
  const frame = text.parentNode.tagName === 'svg' ? text.parentNode : null;
  const slot = frame && !frame.hasAttribute('role') ? frame.getAttribute('width') : 600;
  return box.right > card.right - 24 || box.left < card.left + 20 || box.width > +slot;
}).map(text => text.textContent)"""
TOUCHING = """[...document.querySelectorAll('svg[role=img]')].flatMap(card => {
  const boxes = [...card.querySelectorAll('text')].map(text => [text.getBoundingClientRect(), text.textContent]);
  return boxes.flatMap(([a, one], i) => boxes.slice(i + 1)
    .filter(([b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top + 5 < b.bottom && b.top + 5 < a.bottom)
    .map(([, other]) => [one, other]));
})"""
PREVIEW = "document.getElementById('preview')"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with browse(tmp_path_factory.mktemp("profile")) as window:
        yield window


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A server with alice in it, and a function that publishes for her."""
    data = tmp_path_factory.mktemp("cards") / "data"
    token = user_add(data, "alice", "--discord", "100000000000000001").token
    # Nobody listens at port 9: no test reaches for Discord.
    with start(data, config='[presenti]\nexpires_ms = 600000\n[discord]\ncdn_base = "http://127.0.0.1:9"\n') as server:
        session = f"{server.url}/session?token={token}"
        with urllib.request.urlopen(session) as answer:
            session += f"&id={json.load(answer)['sessionID']}"

        def put(*presences):
            body = json.dumps({"presences": presences}).encode()
            with urllib.request.urlopen(urllib.request.Request(session, body, method="PUT")) as answer:
                assert answer.status == 200

        yield server, put


def loaded(browser):
    browser.until("[...document.images].every(image => image.complete && image.naturalWidth)")


def test_a_readme_shows_what_changed_when_it_is_opened_again(browser, town, tmp_path):
    """A page of another origin, in a browser that keeps what it may keep."""
    server, put = town
    card = f"{server.url}/api/v1/users/100000000000000001?svg=1&amp;theme=auto"
    readme = tmp_path / "readme.html"
    readme.write_text(f'<!DOCTYPE html><img src="{card}" alt="">', "utf-8")
    heights = []
    for presences in ([], [], [{"title": "Reading", "largeText": "A book"}], []):
        put(*presences)
        browser.open(readme.as_uri())
        loaded(browser)
        heights.append(browser.run("document.images[0].naturalHeight"))
    assert heights[0] == heights[1] == heights[3] != heights[2]
    assert browser.run("document.images[0].naturalWidth") == 600
    assert browser.console() == []


def test_opened_by_itself_it_keeps_its_colours_and_pictures_under_its_policy(browser, town):
    server, put = town
    pixel = "data:image/gif;base64,R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs="
    put({"title": "Reading", "image": pixel})
    browser.wear("light", 700)
    browser.open(f"{server.url}/u/alice/card.svg")
    assert browser.run("getComputedStyle(document.querySelector('.panel')).fill") == "rgb(23, 23, 28)"
    assert browser.run("document.querySelector('image').getAttribute('href').slice(0, 15)") == "data:image/jpeg"
    assert browser.console() == []


def test_every_text_stays_in_its_slot_and_clear_of_the_others(browser, tmp_path):
    page = tmp_path / "cards.html"
    page.write_text("<!DOCTYPE html><meta charset=utf-8>" + "".join(drawn(name).decode() for name in CARDS), "utf-8")
    browser.wear("light", 1300)
    browser.open(page.as_uri())
    assert browser.run("document.querySelectorAll('svg[role=img]').length") == len(CARDS)
    assert browser.run(OVERFLOWING) == []
    assert browser.run(TOUCHING) == []


@pytest.mark.parametrize("font", ["DejaVu Sans", "Liberation Serif"])
def test_a_reader_without_our_fonts_sees_the_same_lengths(browser, tmp_path, font):
    page = tmp_path / "cards.html"
    style = f"<style>svg[role=img] {{ font-family: '{font}' }}</style>"
    cards = (drawn(name).decode() for name in CARDS if name != "right-to-left")
    page.write_text(f"<!DOCTYPE html><meta charset=utf-8>{style}" + "".join(cards), "utf-8")
    browser.open(page.as_uri())
    assert browser.run(TOUCHING) == []


def test_auto_follows_the_readers_colours_inside_an_image(browser, tmp_path):
    (tmp_path / "card.svg").write_bytes(drawn("auto"))
    page = tmp_path / "page.html"
    page.write_text("<!DOCTYPE html><body style='margin:0;background:#808080'><img src=card.svg>", "utf-8")
    seen = []
    for scheme in ("light", "dark"):
        browser.wear(scheme, 700)
        browser.open(page.as_uri())
        loaded(browser)
        browser.picture(tmp_path / f"{scheme}.png")
        seen.append((tmp_path / f"{scheme}.png").read_bytes())
    assert seen[0] != seen[1]


@pytest.mark.parametrize(
    ("name", "flags", "moves"),
    [("moving", (), True), ("moving", ("--force-prefers-reduced-motion",), False), ("still", (), False)],
)
def test_an_avatar_moves_inside_an_image_for_whoever_likes_it(tmp_path, name, flags, moves):
    """Chromium tells images of the reader's wish only where it is the system's, not where DevTools plays it."""
    (tmp_path / "card.svg").write_bytes(drawn(name))
    (tmp_path / "page.html").write_text("<!DOCTYPE html><body style='margin:0'><img src=card.svg>", "utf-8")
    with browse(tmp_path / "profile", *flags) as window:
        window.wear("light", 700, 300)
        window.open((tmp_path / "page.html").as_uri())
        loaded(window)
        seen = set()
        for _ in range(60 if moves else 15):
            window.picture(tmp_path / "seen.png")
            seen.add((tmp_path / "seen.png").read_bytes())
            if len(seen) == 3:
                break
        assert len(seen) == (3 if moves else 1)
        assert window.console() == []


def test_the_page_makes_the_snippet_as_the_form_is_filled_in(browser, town):
    server, put = town
    put({"title": "Reading", "largeText": "A book"})
    browser.wear("light", 1100, 900)
    browser.open(f"{server.url}/u/alice/embed")
    loaded(browser)
    browser.run("document.forms[0].elements.theme.value = 'light'")
    browser.run("document.forms[0].elements.alt.value = 'See [me] <now>'")
    browser.run("document.forms[0].elements.noActivityTitle.value = 'Gone (out)'")
    browser.run("document.forms[0].elements.hideBadges.click()")
    card = f"{server.url}/u/alice/card.svg?theme=light&noActivityTitle=Gone%20%28out%29&hideBadges=1"
    browser.until(f"{PREVIEW}.src.startsWith({quoted(card)}) && {PREVIEW}.complete")
    markdown, html = (browser.run(f"document.getElementById('{each}').value") for each in ("markdown", "html"))
    assert markdown == f"[![See \\[me\\] \\<now\\>]({card})]({server.url}/u/alice)"
    escaped = card.replace("&", "&amp;")
    image = f'<img src="{escaped}" alt="See [me] &lt;now&gt;" width="600">'
    assert html == f'<a href="{server.url}/u/alice">{image}</a>'
    with urllib.request.urlopen(card) as answer:
        assert answer.status == 200
    assert browser.console() == []


def test_the_preview_lives(browser, town):
    server, put = town
    put()
    browser.open(f"{server.url}/u/alice/embed")
    loaded(browser)
    before = browser.run(f"{PREVIEW}.naturalHeight")
    put({"title": "Reading", "largeText": "A book"})
    browser.until(f"{PREVIEW}.complete && {PREVIEW}.naturalHeight > {before}")


def test_what_is_wrong_with_an_option_is_said(browser, town):
    server, _ = town
    browser.open(f"{server.url}/u/alice/embed?theme=light&bg=zz")
    loaded(browser)
    assert "hexadecimal digits" in browser.run("document.getElementById('fault').textContent")
    assert "theme" not in browser.run("document.getElementById('markdown').value")


@pytest.mark.parametrize(("scheme", "width"), [("dark", 390), ("light", 1100)])
def test_the_page_fits_a_phone_and_every_control_has_words(browser, town, scheme, width):
    server, _ = town
    browser.wear(scheme, width)
    browser.open(f"{server.url}/u/alice/embed")
    loaded(browser)
    assert browser.run("document.documentElement.scrollWidth") <= width
    controls = "[...document.querySelectorAll('input, select, textarea')]"
    assert browser.run(f"{controls}.filter(each => !each.labels.length).length") == 0
    small = "[...document.querySelectorAll('button:not([hidden]), select, label.switch')]"
    assert browser.run(f"{small}.filter(each => each.getBoundingClientRect().height < 44).length") == 0
    assert browser.console() == []


def test_the_page_works_without_script(browser, town):
    server, _ = town
    browser.without_script()
    try:
        browser.open(f"{server.url}/u/alice/embed?theme=light&alt=Hello&hideBadges=1&noActivityTitle=")
        assert browser.driver.find_element("id", "send").is_displayed()
        text = browser.driver.find_element("id", "markdown").get_property("value")
        address = f"{server.url}/u/alice/card.svg?theme=light&hideBadges=1"
        assert text == f"[![Hello]({address})]({server.url}/u/alice)"
    finally:
        browser.tool("Emulation.setScriptExecutionDisabled", value=False)
