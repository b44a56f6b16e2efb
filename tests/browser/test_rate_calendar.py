"""The scripts of the rate calendar: choosing cells by mouse, keyboard and finger, preview, saving, undoing."""

# (Parts of selenium have no types.)
# mypy: disable-error-code="no-untyped-call"

from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings

from apps.accounts.services import Role
from apps.inventory.models import NightlyRate, RoomNight, RoomType
from tests.admin.desk import staff_of
from tests.bookings.orders import today_at
from tests.browser.conftest import OpenBrowser
from tests.factories.inventory import RoomTypeFactory

selenium = pytest.importorskip("selenium", reason="selenium is not installed: make environment")

from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.actions.action_builder import ActionBuilder  # noqa: E402
from selenium.webdriver.common.actions.pointer_input import PointerInput  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

pytestmark = pytest.mark.django_db(transaction=True)

ROOMS, RATES = 0, 1  # the rows of the one room type: itself, and its rate plan
FINGER_TARGET = 44


class CalendarPage:
    """The page as somebody at the hotel uses it."""

    def __init__(self, browser: Any, url: str, room_type: RoomType) -> None:
        self.browser = browser
        self.today = today_at(room_type)
        manager = staff_of(room_type.hotel, role=Role.REVENUE_MANAGER)
        address = f"{url}/admin/inventory/hotel/calendar/?from={self.today - timedelta(days=2)}"
        browser.get(f"{url}/admin/login/")
        session = manager.cookies[settings.SESSION_COOKIE_NAME].value
        browser.add_cookie({"name": settings.SESSION_COOKIE_NAME, "value": session})
        browser.get(address)

    def cell(self, row: int, ahead: int) -> Any:
        night = (self.today + timedelta(days=ahead)).isoformat()
        return self.browser.find_elements(By.CSS_SELECTOR, f'[role=gridcell][data-night="{night}"]')[row]

    def chosen(self) -> list[date]:
        """The nights of the cells that are chosen, row by row."""
        cells = self.browser.find_elements(By.CSS_SELECTOR, '[role=gridcell][aria-selected="true"]')
        return [date.fromisoformat(cell.get_attribute("data-night")) for cell in cells]

    def nights(self, first: int, last: int) -> list[date]:
        return [self.today + timedelta(days=ahead) for ahead in range(first, last + 1)]

    def drag(self, start: Any, *over: Any) -> None:
        hand = ActionChains(self.browser).click_and_hold(start)
        for cell in over:
            hand.move_to_element(cell)
        hand.release().perform()

    def field(self, name: str) -> Any:
        return self.browser.find_element(By.NAME, name)

    def press(self, do: str) -> None:
        self.browser.find_element(By.CSS_SELECTOR, f"button[value={do}]").click()

    def wait_for(self, selector: str) -> Any:
        return WebDriverWait(self.browser, 20).until(
            lambda browser: browser.find_elements(By.CSS_SELECTOR, selector), f"nothing like {selector} came"
        )[0]

    def is_shown(self, selector: str) -> bool:
        return bool(self.browser.find_element(By.CSS_SELECTOR, selector).is_displayed())

    def focused(self) -> Any:
        return self.browser.switch_to.active_element

    def send(self, *keys: str) -> None:
        self.focused().send_keys(*keys)


@pytest.fixture
def double() -> RoomType:
    """A double room under a flexible rate."""
    return RoomTypeFactory.create(hotel__name="Our Inn", name="Double")


@pytest.fixture
def page(open_browser: OpenBrowser, live_server: Any, double: RoomType) -> CalendarPage:
    """The calendar on a desk."""
    return CalendarPage(open_browser(), live_server.url, double)


@pytest.fixture
def phone(open_browser: OpenBrowser, live_server: Any, double: RoomType) -> CalendarPage:
    """The calendar on a phone."""
    return CalendarPage(open_browser(phone=True), live_server.url, double)


def test_nights_are_drawn_with_the_mouse_previewed_saved_and_put_back(page: CalendarPage, double: RoomType) -> None:
    page.drag(page.cell(RATES, 2), page.cell(RATES, 3), page.cell(RATES, 5))
    drawn = page.chosen()

    page.field("price").send_keys("120.50")
    page.press("preview")
    told = page.wait_for("#preview").text
    unsaved = NightlyRate.objects.count()
    page.press("save")
    saved = page.wait_for(".rates-done").text
    rates = dict(NightlyRate.objects.filter(room_type=double).values_list("night", "amount_minor"))
    page.browser.find_element(By.CSS_SELECTOR, ".rates-done button").click()
    page.wait_for(".rates-history li:nth-child(2)")

    assert drawn == page.nights(2, 5)
    assert told == "4 nights would change: 4 prices"
    assert unsaved == 0
    assert "Saved. Double FLEX" in saved
    assert rates == dict.fromkeys(page.nights(2, 5), 12_050)
    assert NightlyRate.objects.count() == 0


def test_a_drawing_goes_over_several_rows_and_a_click_with_shift_extends_it(page: CalendarPage) -> None:
    page.drag(page.cell(ROOMS, 1), page.cell(RATES, 2))
    over_two_rows = page.chosen()
    page.cell(RATES, 3).click()
    ActionChains(page.browser).key_down(Keys.SHIFT).click(page.cell(RATES, 6)).key_up(Keys.SHIFT).perform()

    assert over_two_rows == [*page.nights(1, 2), *page.nights(1, 2)]
    assert page.chosen() == page.nights(3, 6)
    assert (page.field("first").get_attribute("value"), page.field("last").get_attribute("value")) == (
        page.nights(3, 3)[0].isoformat(),
        page.nights(6, 6)[0].isoformat(),
    )


def test_what_is_over_is_not_chosen(page: CalendarPage) -> None:
    page.drag(page.cell(RATES, 1), page.cell(RATES, 0), page.cell(RATES, -2))

    assert page.chosen() == page.nights(0, 1)


def test_the_keyboard_moves_extends_opens_and_closes(page: CalendarPage) -> None:
    page.browser.execute_script("document.querySelector('[role=gridcell][tabindex=\"0\"]').focus()")
    page.send(Keys.ARROW_DOWN)
    page.send(Keys.ARROW_RIGHT)
    page.send(Keys.SHIFT, Keys.ARROW_RIGHT)
    page.send(Keys.SHIFT, Keys.ARROW_RIGHT)
    chosen, closed = page.chosen(), page.is_shown(".rates-panel")
    page.send(Keys.ENTER)
    opened, in_form = page.is_shown(".rates-panel"), page.focused().get_attribute("name")
    page.send(Keys.ESCAPE)

    assert chosen == page.nights(1, 3)
    assert (closed, opened, in_form) == (False, True, "price_do")
    assert page.chosen() == []
    assert not page.is_shown(".rates-panel")
    assert page.focused().get_attribute("data-night") == page.nights(3, 3)[0].isoformat()


def test_a_fault_stands_beside_its_field_and_what_was_typed_stays(page: CalendarPage) -> None:
    page.drag(page.cell(RATES, 2), page.cell(RATES, 3))
    page.field("price").send_keys("cheap")
    page.field("reason").send_keys("Fair")

    page.press("preview")

    assert page.wait_for(".rates-error[id^=error-price]").text
    assert [page.field(name).get_attribute("value") for name in ("price", "reason")] == ["cheap", "Fair"]
    assert page.chosen() == page.nights(2, 3)


def test_days_of_the_week_are_taken_out_of_the_choice(page: CalendarPage) -> None:
    page.drag(page.cell(RATES, 0), page.cell(RATES, 3), page.cell(RATES, 7))

    page.browser.find_element(By.CSS_SELECTOR, '.rates-days input[value="6"]').click()

    assert {night.isoweekday() for night in page.chosen()} == {6}


def test_a_finger_held_on_a_night_draws_and_all_targets_are_large_enough(phone: CalendarPage, double: RoomType) -> None:
    finger = ActionBuilder(phone.browser, mouse=PointerInput("touch", "finger"))
    hand = finger.pointer_action.move_to(phone.cell(ROOMS, 0)).pointer_down().pause(0.7)
    hand.move_to(phone.cell(ROOMS, 1)).pause(0.2).move_to(phone.cell(ROOMS, 2)).pause(0.2).pointer_up()
    finger.perform()
    drawn, opened = phone.chosen(), phone.is_shown(".rates-panel")
    phone.browser.find_element(By.CSS_SELECTOR, "[data-act=open]").click()

    small = phone.browser.execute_script(
        """return [...document.querySelectorAll(".rates button, .rates select, .rates label, .rates input[type=text],"
             + ".rates input[type=date], .rates summary, .rates-span a, .rate")]
             .filter((part) => part.checkVisibility() && part.getBoundingClientRect().height < arguments[0])
             .map((part) => part.outerHTML.slice(0, 80))""",
        FINGER_TARGET,
    )
    phone.browser.find_element(By.CSS_SELECTOR, ".rates-choice label:nth-child(2)").click()
    phone.press("save")
    phone.wait_for(".rates-done")

    assert (drawn, opened) == (phone.nights(0, 2), False)
    assert small == []
    assert RoomNight.objects.filter(room_type=double, stop_sell=True).count() == 3


def test_without_scripts_the_form_is_there_and_previews(
    open_browser: OpenBrowser, live_server: Any, double: RoomType
) -> None:
    page = CalendarPage(open_browser(scripts=False), live_server.url, double)

    page.browser.find_element(By.CSS_SELECTOR, "input[name=row]").click()
    for name in ("first", "last"):
        page.field(name).send_keys(page.nights(2, 2)[0].strftime("%m%d%Y"))
    page.browser.find_element(By.CSS_SELECTOR, ".rates-choice label:nth-child(2)").click()
    page.press("preview")

    assert page.wait_for("#preview").text == "1 night would change: 1 stop-sell"
