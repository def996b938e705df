"""/docs/ in Chromium: every operation is there, one is tried out, and the page's policy is never broken."""

import json
import urllib.request

import pytest

from tests.serving import start

pytest.importorskip("selenium")

from selenium.webdriver.common.keys import Keys

from tests.browser import browse, needs_chromium, quoted

pytestmark = [pytest.mark.live, needs_chromium]

SHOWN = "document.querySelectorAll('.opblock').length"
SNAPSHOT = "document.getElementById('operations-presenti-get_api_presence_name')"


def part(selector):
    return f"{SNAPSHOT}.querySelector({quoted(selector)})"


def test_the_page_shows_the_document_and_asks_the_server(tmp_path):
    with start(tmp_path / "data") as server, browse(tmp_path / "profile") as browser:
        with urllib.request.urlopen(f"{server.url}/openapi.json") as answer:
            operations = sum(len(methods) for methods in json.load(answer)["paths"].values())
        browser.open(f"{server.url}/docs")
        browser.until(f"{SHOWN} === {operations}")
        assert browser.run("document.querySelector('.information-container').innerText").count("Warning") == 0
        assert browser.run("document.querySelectorAll('.version-pragma, .errors-wrapper').length") == 0
        for button in (".opblock-summary-control", ".try-out__btn"):
            browser.until(part(button))
            browser.run(f"{part(button)}.click()")
        browser.until(part("input[placeholder=name]:enabled"))
        browser.run(part("input[placeholder=name]")).send_keys("ann", Keys.TAB)
        browser.run(f"{part('.execute')}.click()")
        browser.until(f"({part('.live-responses-table')} || {{innerText: ''}}).innerText.includes('\"presences\": []')")
        assert f"{server.url}/api/presence/ann" in browser.run(f"{part('.live-responses-table')}.parentNode.innerText")
        assert browser.console() == []
