"""The whole way in Chromium: sign up, copy the key, publish, be watched, change the password, be cut off."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving import ROOT, SECONDS, start

pytest.importorskip("selenium")

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser import browse, needs_chromium, quoted

pytestmark = [pytest.mark.live, needs_chromium]

SCRIPT = ROOT / "docs" / "examples" / "now_playing.py"
PASSWORD, NEW_PASSWORD = "correct horse battery", "staple of another stable"
SHOWN = "document.getElementById('activities').textContent"


def fill(browser, **fields):
    for name, text in fields.items():
        box = browser.driver.find_element(By.NAME, name)
        box.clear()
        box.send_keys(text)


def press(browser, selector):
    browser.driver.find_element(By.CSS_SELECTOR, selector).click()


def shown(browser, selector, words):
    """Wait until this element says so."""
    found = f"[...document.querySelectorAll({quoted(selector)})].some((each) => !each.hidden && each.textContent"
    browser.until(f"{found}.includes({quoted(words)}))")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    config = "[presenti]\nregistration = true\n"
    with start(tmp_path_factory.mktemp("walk") / "data", config=config) as served:
        yield served


@pytest.fixture
def browser(tmp_path):
    with browse(tmp_path / "profile") as window:
        yield window


@pytest.fixture
def player(server):
    """Start the shipped script with this key; answered with its process, whose input is what a player prints."""
    started = []

    def play(key: str) -> subprocess.Popen[str]:
        given = {**os.environ, "PRESENTLY_TOKEN": key}
        command = [sys.executable, str(SCRIPT), "--url", f"ws://127.0.0.1:{server.port}/remote"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        started.append(subprocess.Popen(command, env=given, text=True, bufsize=1, **pipes))
        return started[-1]

    yield play
    for process in started:
        process.kill()
        process.communicate(timeout=SECONDS)


def test_from_signing_up_to_being_cut_off(server, browser, player, tmp_path: Path):
    browser.tool("Browser.grantPermissions", permissions=["clipboardSanitizedWrite"], origin=server.url)
    browser.open(server.url)
    press(browser, "a[href='/signup']")
    browser.until("document.getElementById('sign')")
    fill(browser, id="gerda", password=PASSWORD)
    press(browser, "button[type=submit]")
    browser.until("location.pathname === '/panel' && document.querySelector('h1').textContent === 'gerda'")

    press(browser, "#mint")
    browser.until("document.activeElement.id === 'copy'")
    press(browser, "#copy")
    shown(browser, "#copied", "Copied.")
    key = browser.run("document.getElementById('key').value")
    assert len(key) >= 43
    press(browser, "a[href='/changepw']")
    browser.until("location.pathname === '/changepw' && document.getElementById('newPassword')")
    elsewhere = browser.driver.find_element(By.ID, "newPassword")
    elsewhere.send_keys(Keys.CONTROL, "v")  # as into a terminal
    assert browser.run("document.getElementById('newPassword').value") == key
    elsewhere.clear()

    here = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("window")
    there = browser.driver.current_window_handle
    browser.open(f"{server.url}/u/gerda")
    browser.until("!document.getElementById('nothing').hidden")

    process = player(key)
    process.stdin.write("Suite No. 1\tJ. S. Bach\tCello Suites\n")
    browser.until(f"{SHOWN}.includes('Suite No. 1') && {SHOWN}.includes('J. S. Bach')")
    assert browser.run("document.title") == "gerda: online"
    process.stdin.write("Partita\tJ. S. Bach\n")
    browser.until(f"{SHOWN}.includes('Partita')")

    browser.driver.switch_to.window(here)
    fill(browser, password="not the one", newPassword=NEW_PASSWORD)
    press(browser, "#change button")
    shown(browser, "#change [role=alert]", "Invalid credentials.")
    assert browser.run("document.activeElement.name") == "password"
    assert process.poll() is None
    fill(browser, password=PASSWORD, newPassword=NEW_PASSWORD)
    press(browser, "#change button")
    shown(browser, "[role=status]", "Your password is changed")
    browser.driver.switch_to.window(there)
    browser.until("document.title === 'gerda: offline' && !document.getElementById('nothing').hidden")
    assert process.wait(SECONDS) == 1
    assert "the server refuses PRESENTLY_TOKEN" in process.stderr.read()
    assert browser.console() == []

    browser.driver.switch_to.window(here)
    press(browser, "a[href='/panel']")
    browser.until("document.getElementById('leave')")
    press(browser, "#leave")
    browser.until("location.pathname === '/'")
    browser.open(f"{server.url}/panel")
    browser.until("document.getElementById('sign')")
    for password, words in ((PASSWORD, "Invalid credentials."), (NEW_PASSWORD, "")):
        fill(browser, id="gerda", password=password)
        press(browser, "button[type=submit]")
        if words:
            shown(browser, "[role=alert]", words)
    browser.until("location.pathname === '/panel' && document.querySelector('h1').textContent === 'gerda'")
    browser.open(f"{server.url}/login")
    browser.until("location.pathname === '/panel'")  # who is signed in need not


def test_what_is_wrong_is_said_where_it_is(server, browser):
    browser.open(f"{server.url}/signup")
    for name, words in (("gerda-too", ""), ("gerda-too", "already exists"), ("refresh", "no reserved word")):
        browser.open(f"{server.url}/signup")
        fill(browser, id=name, password=PASSWORD)
        press(browser, "button[type=submit]")
        if words:
            shown(browser, "[role=alert]", words)
            assert browser.run("document.activeElement.tagName") in {"INPUT", "BUTTON"}
        else:
            browser.until("location.pathname === '/panel'")


def test_whoever_tries_too_often_is_told_how_long_to_wait(server, browser):
    browser.open(f"{server.url}/login")
    tried = "fetch('/api/user/auth', { method: 'POST', body: JSON.stringify({ id: 'hans', password: 'x' }) })"
    browser.driver.execute_async_script(f"Promise.all([...Array(21)].map(() => {tried})).then(arguments[0])")
    fill(browser, id="hans", password=PASSWORD)
    press(browser, "button[type=submit]")
    shown(browser, "[role=alert]", "Too many tries. Please wait ")


def test_the_landing_page_follows_who_comes_and_goes(server, browser, player):
    added = server.user_add("ida")
    browser.open(server.url)
    browser.until("!document.getElementById('nothing').hidden")
    process = player(added.token)
    process.stdin.write("Aria\tBach\n")
    browser.until("document.querySelector('#here .about')?.textContent === 'Aria · Bach'")
    assert browser.run("document.querySelector('#here .person').getAttribute('href')") == "/u/ida"
    assert browser.run("document.getElementById('nothing').hidden")
    assert browser.run("document.getElementById('gone').hidden")
    process.stdin.close()
    browser.until("!document.getElementById('nothing').hidden && !document.querySelector('#here .person')")
    assert browser.run("document.querySelector('#away .name').textContent") == "ida"
    assert process.wait(SECONDS) == 0
    assert browser.console() == []
