"""A headless Chromium for tests, driven through chromedriver; what it shows is waited for, never slept for."""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import JavascriptException, TimeoutException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
needs_chromium = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver")

STRIDE = 2.0
"""Seconds for which one page is looked at before it is made sure that it is still the one."""
LONGEST_SCRIPT = 60.0

_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --force-color-profile=srgb"
)
_UNTIL = """
const [condition, seconds, done] = arguments, holds = new Function(`return (${condition})`);
if (holds()) return done(true);
const look = () => { if (holds()) finish(true); };
const watcher = new MutationObserver(look);
const late = setTimeout(() => finish(false), seconds * 1000);
function finish(answer) {
  watcher.disconnect();
  document.removeEventListener("load", look, true);
  clearTimeout(late);
  done(answer);
}
document.addEventListener("load", look, true);
watcher.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
"""


class Browser:
    """One window."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, url: str) -> None:
        """Load a page, with a clean console: the one before may have lost its server."""
        self.driver.get("about:blank")
        self.console()
        self.driver.get(url)

    def until(self, condition: str, seconds: float = 20.0) -> None:
        """Wait until this JavaScript expression is true; it is looked at after every change and load.

        A page that is left takes the script that looks at it along: then the next page is looked at.
        """
        end, holds, error = time.monotonic() + seconds, False, None
        while not holds and (left := end - time.monotonic()) > 0:
            self.driver.set_script_timeout(min(left, STRIDE) + 1.0)
            try:
                holds = self.driver.execute_async_script(_UNTIL, condition, min(left, STRIDE))
            except (JavascriptException, TimeoutException) as failure:
                error = failure
        self.driver.set_script_timeout(LONGEST_SCRIPT)
        if not holds:
            raise AssertionError(f"not within {seconds} s: {condition}; the page says\n{self.text()}") from error

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        return self.driver.execute_script(f"return ({expression})")

    def text(self) -> str:
        """What a reader sees."""
        return str(self.run("document.body.innerText"))

    def console(self) -> list[str]:
        """Warnings and errors since the last call: failed requests, exceptions, violations of the policy."""
        return [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def wear(self, scheme: str, width: int, height: int = 700) -> None:
        """Prefer `dark` or `light`, in a window this wide, as pixels of the page."""
        self.tool("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.tool("Emulation.setDeviceMetricsOverride", **size)

    def without_script(self) -> None:
        """Load pages as a browser that runs no script."""
        self.tool("Emulation.setScriptExecutionDisabled", value=True)

    def picture(self, path: Path) -> None:
        """Write what is seen as a PNG."""
        path.write_bytes(self.driver.get_screenshot_as_png())

    def tool(self, command: str, **given: Any) -> Any:
        """A command of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(command, given)


@contextmanager
def browse(profile: Path, *flags: str) -> Iterator[Browser]:
    """A browser with a fresh profile in this folder and these flags beside ours; ended with the block."""
    options = Options()
    options.binary_location = CHROMIUM or ""
    for flag in (*_FLAGS.split(), *flags, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, Service(DRIVER))
    driver.set_script_timeout(LONGEST_SCRIPT)
    try:
        yield Browser(driver)
    finally:
        driver.quit()


def quoted(text: str) -> str:
    """A text as JavaScript writes it."""
    return json.dumps(text)
