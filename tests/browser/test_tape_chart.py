"""The scripts of the tape chart: keys, dragging with a preview, the dialog, a phone, without scripts, and on paper."""

# (Parts of selenium have no types.)
# mypy: disable-error-code="no-untyped-call"

import base64
import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from apps.bookings.models import Reservation, ReservationNight
from apps.inventory.models import Room, RoomType
from tests.admin.desk import booked, staff_of
from tests.bookings.orders import today_at
from tests.browser.conftest import OpenBrowser
from tests.factories.inventory import RoomFactory, RoomTypeFactory

selenium = pytest.importorskip("selenium", reason="selenium is not installed: make environment")

from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

pytestmark = pytest.mark.django_db(transaction=True)

NIGHTS = 14
FINGER_TARGET = 40


class ChartPage:
    """The chart as somebody at the desk uses it."""

    def __init__(self, browser: Any, url: str, room_type: RoomType, **query: str) -> None:
        self.browser = browser
        clerk = staff_of(room_type.hotel)
        browser.get(f"{url}/admin/login/")
        session = clerk.cookies[settings.SESSION_COOKIE_NAME].value
        browser.add_cookie({"name": settings.SESSION_COOKIE_NAME, "value": session})
        given = {"from": today_at(room_type).isoformat(), "nights": str(NIGHTS)} | query
        asked = "&".join(f"{name}={value}" for name, value in given.items())
        browser.get(f"{url}/admin/bookings/reservation/chart/?{asked}")

    def find(self, selector: str) -> Any:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def bar(self, stay: Reservation) -> Any:
        return self.find(f'[data-bar="{stay.id}"]')

    def lane(self, room: Room) -> Any:
        return self.find(f'[data-room="{room.id}"]')

    def wait_for(self, selector: str) -> Any:
        return WebDriverWait(self.browser, 20).until(
            lambda browser: browser.find_elements(By.CSS_SELECTOR, selector), f"nothing like {selector} came"
        )[0]

    def focused(self) -> Any:
        return self.browser.switch_to.active_element

    def drag(self, bar: Any, right: float, down: float) -> None:
        """By so many columns and pixels."""
        column = self.find("[data-lane]").size["width"] / NIGHTS
        hand = ActionChains(self.browser).click_and_hold(bar)
        hand.move_by_offset(int(right * column / 2), int(down / 2)).move_by_offset(
            int(right * column / 2), int(down / 2)
        )
        hand.release().perform()

    def below(self, bar: Any, room: Room) -> float:
        """How far a row is from a bar."""
        lane = self.lane(room)
        middle = lane.location["y"] + lane.size["height"] / 2
        return float(middle - bar.location["y"] - bar.size["height"] / 2)


@pytest.fixture
def double() -> RoomType:
    """Five double rooms."""
    return RoomTypeFactory.create(hotel__name="Our Inn", name="Double")


@pytest.fixture
def rooms(double: RoomType) -> list[Room]:
    return [RoomFactory.create(room_type=double, number=number) for number in ("101", "102", "103")]


@pytest.fixture
def ada(double: RoomType, rooms: list[Room]) -> Reservation:
    """Ada Lovelace has room 101, from the day after tomorrow on for three nights."""
    return in_room(booked(double, days_ahead=2, nights=3, name="Ada Lovelace").reservations.get(), rooms[0])


@pytest.fixture
def grace(double: RoomType, rooms: list[Room]) -> Reservation:
    """Grace Hopper has room 102 a few days later."""
    return in_room(booked(double, days_ahead=6, nights=2, name="Grace Hopper").reservations.get(), rooms[1])


@pytest.fixture
def page(open_browser: OpenBrowser, live_server: Any, double: RoomType, ada: Any, grace: Any) -> ChartPage:
    """The chart on a desk."""
    return ChartPage(open_browser(), live_server.url, double)


def in_room(stay: Reservation, room: Room) -> Reservation:
    ReservationNight.objects.filter(reservation=stay).update(room_id=room.id)
    return stay


def rooms_of(stay: Reservation) -> set[Any]:
    return set(ReservationNight.objects.filter(reservation=stay).values_list("room_id", flat=True))


def test_a_bar_dragged_to_another_row_is_previewed_and_then_moved(
    page: ChartPage, ada: Reservation, rooms: list[Room]
) -> None:
    page.drag(page.bar(ada), 0, page.below(page.bar(ada), rooms[2]))
    told = page.wait_for("dialog [data-answer]").text
    unmoved = rooms_of(ada)
    page.find("dialog [data-main]").click()
    WebDriverWait(page.browser, 20).until(lambda _: rooms_of(ada) == {rooms[2].id})

    page.wait_for(f'[data-room="{rooms[2].id}"] [data-bar="{ada.id}"]')
    assert told.startswith("101 → 103")
    assert unmoved == {rooms[0].id}
    assert "has room 103." in page.find("body").text
    assert page.focused().get_attribute("data-bar") == str(ada.id)


def test_a_bar_dragged_along_its_row_has_other_dates(page: ChartPage, ada: Reservation) -> None:
    page.drag(page.bar(ada), 2, 0)
    dates = [page.wait_for(f"dialog [data-deed=amend] input[name={name}]") for name in ("arrival", "departure")]
    wanted = [field.get_attribute("value") for field in dates]
    page.wait_for("dialog [data-main]").click()
    WebDriverWait(page.browser, 20).until(
        lambda _: Reservation.objects.get(id=ada.id).arrival == ada.arrival + timedelta(days=2)
    )

    assert wanted == [f"{ada.arrival + timedelta(days=2)}", f"{ada.departure + timedelta(days=2)}"]
    assert Reservation.objects.get(id=ada.id).departure == ada.departure + timedelta(days=2)


def test_a_bar_drawn_by_its_end_is_longer(page: ChartPage, ada: Reservation) -> None:
    bar = page.bar(ada)
    column = page.find("[data-lane]").size["width"] / NIGHTS
    hand = ActionChains(page.browser).move_to_element_with_offset(bar, bar.size["width"] // 2 - 3, 0).click_and_hold()
    hand.move_by_offset(int(column / 2), 0).move_by_offset(int(column / 2), 0).release().perform()

    departure = page.wait_for("dialog [data-deed=amend] input[name=departure]").get_attribute("value")
    arrival = page.find("dialog [data-deed=amend] input[name=arrival]").get_attribute("value")

    assert (arrival, departure) == (f"{ada.arrival}", f"{ada.departure + timedelta(days=1)}")


def test_a_drag_is_given_up_by_escape(page: ChartPage, ada: Reservation, rooms: list[Room]) -> None:
    page.bar(ada).send_keys("")
    down = page.below(page.bar(ada), rooms[2])
    ActionChains(page.browser).click_and_hold(page.bar(ada)).move_by_offset(0, int(down)).perform()
    ghost = page.browser.find_elements(By.CSS_SELECTOR, ".is-ghost")
    page.browser.execute_script("document.querySelector('[data-bar]').focus()")
    ActionChains(page.browser).send_keys(Keys.ESCAPE).release().perform()

    assert len(ghost) == 1
    assert page.browser.find_elements(By.CSS_SELECTOR, ".is-ghost, dialog[open]") == []
    assert rooms_of(ada) == {rooms[0].id}


def test_keys_go_from_bar_to_bar_and_open_them(page: ChartPage, ada: Reservation, grace: Reservation) -> None:
    page.browser.execute_script("document.querySelector('[data-bar][tabindex=\"0\"]').focus()")
    walked = [page.focused().get_attribute("data-bar")]
    for key in (Keys.ARROW_DOWN, Keys.ARROW_UP, Keys.ARROW_RIGHT, Keys.ARROW_LEFT):
        page.focused().send_keys(key)
        walked.append(page.focused().get_attribute("data-bar"))
    page.focused().send_keys(Keys.ENTER)
    page.wait_for("dialog[open] [data-deed=amend]")
    both = [form.get_attribute("data-deed") for form in page.browser.find_elements(By.CSS_SELECTOR, "[data-deed]")]
    ActionChains(page.browser).send_keys(Keys.ESCAPE).perform()
    back = page.focused().get_attribute("data-bar")

    assert walked == [str(stay.id) for stay in (ada, grace, ada, grace, ada)]
    assert both == ["move", "amend"]
    assert back == str(ada.id)


@pytest.mark.parametrize(("key", "field"), [("m", "room"), ("a", "arrival")])
def test_a_letter_begins_a_move_or_other_dates(key: str, field: str, page: ChartPage) -> None:
    page.browser.execute_script("document.querySelector('[data-bar][tabindex=\"0\"]').focus()")
    page.focused().send_keys(key)
    page.wait_for("dialog[open]")

    WebDriverWait(page.browser, 20).until(lambda _: page.focused().get_attribute("name") == field)


def test_on_a_phone_the_rooms_stay_in_sight_and_a_tap_opens_the_stay(
    open_browser: OpenBrowser, live_server: Any, double: RoomType, ada: Reservation
) -> None:
    phone = ChartPage(open_browser(phone=True), live_server.url, double)
    scrolled = phone.browser.execute_script(
        "const frame = document.querySelector('.chart-scroll'); frame.scrollLeft = 200; return frame.scrollLeft"
    )
    number = phone.find(".chart-row th").rect
    frame = phone.find(".chart-scroll").rect
    wider = phone.browser.execute_script("return document.documentElement.scrollWidth - innerWidth")
    low = phone.browser.execute_script(
        """return [...document.querySelectorAll(".tape .desk-button, .chart-spans a, .chart-bar")]
             .filter((part) => part.checkVisibility() && part.getBoundingClientRect().height < arguments[0])
             .map((part) => part.outerHTML.slice(0, 80))""",
        FINGER_TARGET,
    )
    phone.browser.execute_script("document.querySelector('.chart-scroll').scrollLeft = 0")
    phone.bar(ada).click()

    phone.wait_for("dialog[open] [data-deed=move]")
    assert scrolled == 200
    assert number["x"] == pytest.approx(frame["x"], abs=2)
    assert wider <= 0
    assert low == []


def test_without_scripts_a_bar_leads_to_a_page_that_does_the_same(
    open_browser: OpenBrowser, live_server: Any, double: RoomType, ada: Reservation
) -> None:
    page = ChartPage(open_browser(scripts=False), live_server.url, double)

    page.bar(ada).click()
    page.wait_for("[data-deed=move] button").click()
    page.wait_for("[data-main]").click()
    page.wait_for(".chart-grid")

    assert "has room 102." in page.find("body").text


def test_a_month_of_thirty_rooms_is_one_sheet_of_paper(
    open_browser: OpenBrowser, live_server: Any, double: RoomType, ada: Reservation
) -> None:
    for number in range(27):
        RoomFactory.create(room_type=double, number=str(200 + number))
    page = ChartPage(open_browser(), live_server.url, double, nights="31")

    printed = page.browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})

    assert len(re.findall(rb"/Type\s*/Page[^s]", base64.b64decode(printed["data"]))) == 1
