"""The pages about accounts in a real browser: what their forms send is believed to be ours."""

from typing import Any

import pytest

from tests.browser.conftest import OpenBrowser

pytest.importorskip("selenium", reason="no selenium: it is for machines with a browser")
from selenium.webdriver.common.by import By

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_form_for_a_forgotten_password_comes_through(open_browser: OpenBrowser, live_server: Any) -> None:
    browser = open_browser()
    browser.implicitly_wait(5)
    browser.get(f"{live_server.url}/account/forgotten")

    browser.find_element(By.NAME, "email").send_keys("ada@guests.example")
    browser.find_element(By.CSS_SELECTOR, "main button").click()

    assert "on its way" in browser.find_element(By.CSS_SELECTOR, "[role=status]").text
