"""The page of a guest without an account, without any script, on phone and desk: forms work, nothing overflows."""

from typing import Any
from uuid import UUID

import orjson
import pytest

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Reservation
from apps.platform import principals
from tests.bookings.orders import fresh_key, order
from tests.browser.conftest import OpenBrowser
from tests.factories.inventory import ChargeFactory, HotelFactory, RoomTypeFactory

pytest.importorskip("selenium", reason="no selenium: it is for machines with a browser")
from selenium.webdriver.common.by import By

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def path() -> str:
    """The page of two rooms on hold, placed by nobody in particular."""
    hotel = HotelFactory.create(name="Hotel Miramar", city="Lisbon", time_zone="Europe/Lisbon")
    ChargeFactory.create(hotel=hotel)
    double = RoomTypeFactory.create(hotel=hotel, name="Double with a view of the sea", room_count=5)
    nobody = accounts.Caller(principal=principals.guest("ada@guests.example"))
    outcome = services.place_booking(order(double, double), caller=nobody, key=fresh_key())
    path = services.manage_path(UUID(orjson.loads(outcome.body)["id"]))
    assert path is not None
    return path


def statuses() -> list[str]:
    return list(Reservation.objects.order_by("position").values_list("status", flat=True))


def press(browser: Any, label: str) -> None:
    [found] = [one for one in browser.find_elements(By.CSS_SELECTOR, "button, a.button, .room a") if label in one.text][
        :1
    ]
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
    found.click()


@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desk"])
def test_a_guest_confirms_and_cancels_a_room(
    open_browser: OpenBrowser, live_server: Any, path: str, phone: bool
) -> None:
    browser = open_browser(phone=phone)
    browser.implicitly_wait(10)  # each form leads to another page
    browser.get(f"{live_server.url}{path}")
    assert "Hotel Miramar" in browser.title
    overflow = browser.execute_script("return document.documentElement.scrollWidth > window.innerWidth")

    press(browser, "Confirm the booking")
    confirmed = browser.find_element(By.CSS_SELECTOR, "[role=status]").text
    press(browser, "Cancel this room")
    question = browser.find_element(By.CSS_SELECTOR, ".figure").text
    press(browser, "Cancel, free of charge")
    canceled = browser.find_element(By.CSS_SELECTOR, "[role=status]").text

    assert not overflow
    assert "confirmed" in confirmed
    assert "free of charge" in question
    assert "Canceled" in canceled
    assert statuses() == ["canceled", "confirmed"]


def test_on_a_phone_what_is_pressed_is_large_enough(open_browser: OpenBrowser, live_server: Any, path: str) -> None:
    browser = open_browser(phone=True)
    browser.get(f"{live_server.url}{path}")

    buttons = browser.find_elements(By.CSS_SELECTOR, ".does button, .does .button")
    heights = [button.size["height"] for button in buttons]

    press(browser, "Change dates or name")
    browser.implicitly_wait(10)
    browser.find_element(By.NAME, "departure")
    narrow = {"width": 375, "height": 812, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)

    assert browser.execute_script("return document.documentElement.scrollWidth") == 375
    assert heights
    assert min(heights) >= 44
