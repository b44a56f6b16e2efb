"""A real browser for what scripts do: Debian's chromium with its driver, headless. Without one, tests say so."""

# (Parts of selenium have no types.)
# mypy: disable-error-code="no-untyped-call"

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

_BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_DRIVER = shutil.which("chromedriver")
_OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-proxy-server",
    "--force-prefers-reduced-motion",
)
_PHONE = {
    "deviceMetrics": {"width": 420, "height": 860, "pixelRatio": 1, "touch": True},
    "userAgent": "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/150.0 Mobile Safari/537.36",
}

OpenBrowser = Callable[..., Any]


@pytest.fixture
def open_browser() -> Iterator[OpenBrowser]:
    """Open a browser, on a desk unless it is to be a phone or one without scripts; closed at the end.

    No page may leave an error in its console: a script that fails, or one that the page's policy stops.
    """
    if not (_BROWSER and _DRIVER):
        pytest.skip("no browser: install chromium and chromium-driver (apt-get install chromium chromium-driver)")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    opened = []

    def open_one(*, phone: bool = False, scripts: bool = True) -> Any:
        options = webdriver.ChromeOptions()
        options.binary_location = _BROWSER
        for option in (*_OPTIONS, "--window-size=1280,900"):
            options.add_argument(option)
        if phone:
            options.add_experimental_option("mobileEmulation", _PHONE)
        if not scripts:
            options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        # (With the driver named, selenium looks for none on the internet.)
        opened.append(webdriver.Chrome(options=options, service=Service(_DRIVER)))
        return opened[-1]

    try:
        yield open_one
        said = [line["message"] for browser in opened for line in browser.get_log("browser")]
    finally:
        for browser in opened:
            browser.quit()
    assert said == []
