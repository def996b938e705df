"""The account in a browser that runs no script: sign up, change the password, log out, sign in and be led back."""

import os
from pathlib import Path

import pytest

from tests.serving import start

pytest.importorskip("selenium")

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser import browse, needs_chromium

pytestmark = [pytest.mark.live, needs_chromium]

PASSWORD, NEW_PASSWORD = "correct horse battery", "staple of another stable"
SEEN = [(scheme, width) for scheme in ("light", "dark") for width in (360, 1280)]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    config = "[presenti]\nregistration = true\n"
    with start(tmp_path_factory.mktemp("unscripted") / "data", config=config) as served:
        yield served


@pytest.fixture
def window(tmp_path):
    with browse(tmp_path / "profile") as browser:
        browser.without_script()
        yield browser


def press(window, by, what):
    """Press it, and wait until the page is another one; in between the driver may find neither of them."""
    before = window.driver.find_element(By.TAG_NAME, "html")
    window.driver.find_element(by, what).click()
    WebDriverWait(window.driver, 10, ignored_exceptions=[WebDriverException]).until(staleness_of(before))


def fill(window, **fields):
    for name, text in fields.items():
        box = window.driver.find_element(By.NAME, name)
        box.clear()
        box.send_keys(text)
    press(window, By.CSS_SELECTOR, "main button[type=submit]")


def path(window):
    return "/" + window.driver.current_url.split("/", 3)[3]


def look(window, name, folder):
    """Nothing is wider than its window; where `folder` is named, a person looks at pictures too."""
    for scheme, width in SEEN:
        window.wear(scheme, width)
        wide = window.tool("Page.getLayoutMetrics")["cssContentSize"]["width"]
        assert wide <= width, (name, width)
        if folder:
            window.picture(Path(folder) / f"{name}-{scheme}-{width}.png")


def text(window, selector):
    return window.driver.find_element(By.CSS_SELECTOR, selector).text


def test_an_account_is_used_without_script(server, window):
    folder = os.environ.get("PICTURES")
    window.open(f"{server.url}/signup")
    look(window, "signup", folder)
    fill(window, id="refresh", password=PASSWORD)
    assert "no reserved word" in text(window, "[role=alert]")
    assert window.driver.switch_to.active_element.get_attribute("id") == "id"
    look(window, "refused", folder)
    fill(window, id="gerda", password=PASSWORD)
    assert (path(window), text(window, "h1")) == ("/panel", "gerda")
    look(window, "panel", folder)
    assert window.driver.find_element(By.LINK_TEXT, "Make a key").is_displayed()

    press(window, By.LINK_TEXT, "Change password")
    look(window, "changepw", folder)
    fill(window, password="not the one", newPassword=NEW_PASSWORD)
    assert text(window, "[role=alert]") == "Invalid credentials."
    look(window, "wrong", folder)
    fill(window, password=PASSWORD, newPassword=NEW_PASSWORD)
    assert text(window, "[role=status]").startswith("Your password is changed.")
    look(window, "changed", folder)

    press(window, By.LINK_TEXT, "Your panel")
    press(window, By.ID, "leave")
    assert path(window) == "/"
    window.open(f"{server.url}/changepw")
    assert text(window, "h1") == "Sign in"
    fill(window, id="gerda", password=PASSWORD)
    assert text(window, "[role=alert]") == "Invalid credentials."
    assert window.driver.switch_to.active_element.get_attribute("id") == "password"
    look(window, "login", folder)
    fill(window, password=NEW_PASSWORD)
    assert (path(window), text(window, "h1")) == ("/changepw", "Change your password")
    assert window.console() == []
