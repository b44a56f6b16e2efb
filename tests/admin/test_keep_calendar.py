"""The calendar of nights: what is left on each, and the switch that stops the sale."""

from datetime import UTC, date, datetime, timedelta

import pytest

from apps.accounts.services import Role
from apps.inventory.models import RoomNight, RoomType
from apps.platform import clock
from tests.admin.desk import booked, staff_of, told
from tests.bookings.orders import today_at
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db


def test_each_night_shows_what_is_left_and_why() -> None:
    with clock.moved_to(datetime(2026, 7, 10, 12, tzinfo=UTC)):
        double = RoomTypeFactory.create(name="Double", room_count=2)
        booked(double, days_ahead=1, nights=1)
        booked(double, double, days_ahead=3, nights=1)
        RoomNight.objects.filter(room_type=double, night=date(2026, 7, 20)).update(stop_sell=True)

        page = staff_of(double.hotel).get("/admin/inventory/hotel/calendar/")

    states = {cell.night.date.day: cell.state for cell in page.context["rows"][0].cells}
    assert len(states) == 31
    assert {day: states[day] for day in (9, 10, 11, 13, 20)} == {
        9: "past",
        10: "open",
        11: "open",
        13: "full",
        20: "stopped",
    }
    assert 'aria-label="Double, 11 July: 1 of 2 left, 1 sold, 0 held"' in page.content.decode()


@pytest.mark.parametrize("month", ["", "rubbish", "2026-13", "0001-01", "9999-12"])
def test_a_month_that_is_none_is_the_current_one(month: str, ours: RoomType) -> None:
    page = staff_of(ours.hotel).get("/admin/inventory/hotel/calendar/", {"month": month})

    assert page.status_code == 200
    assert page.context["view"].first == today_at(ours).replace(day=1)


def test_the_sale_of_some_nights_is_stopped_and_opened_again(ours: RoomType) -> None:
    client = staff_of(ours.hotel, role=Role.REVENUE_MANAGER)
    first = today_at(ours) + timedelta(days=2)
    data = {
        "hotel": str(ours.hotel_id),
        "room_type": str(ours.id),
        "first": first.isoformat(),
        "last": (first + timedelta(days=1)).isoformat(),
    }

    stopped = client.post("/admin/inventory/hotel/calendar/", data | {"stop_sell": "1"})
    nights = list(RoomNight.objects.filter(room_type=ours, stop_sell=True).order_by("night"))
    client.post("/admin/inventory/hotel/calendar/", data | {"stop_sell": "0"})

    assert told(stopped) == ["Sale stopped for 2 nights."]
    assert [night.night for night in nights] == [first, first + timedelta(days=1)]
    assert not RoomNight.objects.filter(stop_sell=True).exists()


def test_the_front_desk_looks_and_does_not_switch(ours: RoomType) -> None:
    client = staff_of(ours.hotel, role=Role.FRONT_DESK)
    night = today_at(ours).isoformat()
    data = {"hotel": str(ours.hotel_id), "room_type": str(ours.id), "first": night, "last": night, "stop_sell": "1"}

    page = client.get("/admin/inventory/hotel/calendar/", {"room_type": str(ours.id), "night": night})
    refused = client.post("/admin/inventory/hotel/calendar/", data)

    assert page.context["chosen"]["cell"].night.date.isoformat() == night
    assert "Stop the sale" not in page.content.decode()
    assert "Permission denied" in told(refused)[0]
    assert not RoomNight.objects.filter(stop_sell=True).exists()
