"""Reports in the admin: drawings that say what they show, the table beneath them, the file, within the walls."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from apps.accounts.services import Role
from apps.inventory.models import RoomType
from apps.platform import clock
from tests.admin.desk import booked, staff_of
from tests.bookings.orders import today_at
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db

PAGE = "/admin/bookings/reservation/reports/"


@pytest.fixture
def double() -> RoomType:
    """Five doubles at 100.00, on sale for more than a year, with a stay a year ago, one now and one to come."""
    with clock.moved_to(clock.now() - timedelta(weeks=52, days=5)):
        room_type = RoomTypeFactory.create(hotel__name="Our Inn")
        booked(room_type, days_ahead=5, nights=1)
    booked(room_type, days_ahead=0, nights=1)
    booked(room_type, days_ahead=2, nights=1)
    return room_type


def shown(client: Client, room_type: RoomType, **query: str) -> Any:
    """Two days back to four ahead, unless told otherwise."""
    today = today_at(room_type)
    dates = {"from": f"{today - timedelta(days=2)}", "to": f"{today + timedelta(days=4)}"}
    page = client.get(PAGE, {"hotel": str(room_type.hotel_id), **dates, **query})
    assert page.status_code == 200
    return page


def test_each_measure_is_drawn_and_says_what_it_shows(double: RoomType) -> None:
    page = shown(staff_of(double.hotel), double)

    charts = {chart.name: chart for chart in page.context["charts"]}
    assert list(charts) == ["occupancy", "adr", "revpar", "pick-up"]
    assert charts["occupancy"].figure == "5.7 %"
    assert charts["occupancy"].beside == "2.9 % 52 weeks before"
    assert charts["adr"].figure == "100.00"
    assert charts["pick-up"].figure == "+2"
    assert f'aria-label="{charts["revpar"].said}"' in page.content.decode()
    assert charts["revpar"].said.startswith("RevPAR, EUR of 7 nights, in all 5.71; a year before 2.86.")


def test_columns_are_as_high_as_their_values(double: RoomType) -> None:
    booked(double, days_ahead=2, nights=1)

    charts = shown(staff_of(double.hotel), double).context["charts"]

    now, ahead = (column for column in charts[0].columns if column.height)
    assert ahead.height == pytest.approx(2 * now.height, abs=0.02)
    assert ahead.text.endswith("40.0 %")
    assert {(column.tone, column.text.split(": ")[1]) for column in charts[3].columns} == {
        ("back-30", "+1 in the last 30 days"),
        ("back-7", "+1 in the last 7 days"),
        ("back-1", "+1 in the last day"),
        ("back-30", "+2 in the last 30 days"),
        ("back-7", "+2 in the last 7 days"),
        ("back-1", "+2 in the last day"),
    }


def test_the_table_has_each_figure(double: RoomType) -> None:
    page = shown(staff_of(double.hotel), double)

    row = page.context["rows"][2]
    assert (row["night"].date, row["night"].figures.rooms_sold) == (today_at(double), 1)
    assert row["now"] == {"occupancy_percent": "20.0 %", "revenue": "100.00", "adr": "100.00", "revpar": "20.00"}
    assert row["before"]["occupancy_percent"] == "20.0 %"
    assert row["pick_up"] == ["+1", "+1", "+1"]


def test_a_period_that_is_over_has_no_pick_up(double: RoomType) -> None:
    today = today_at(double)

    page = shown(staff_of(double.hotel), double, to=f"{today - timedelta(days=1)}")

    assert [chart.name for chart in page.context["charts"]] == ["occupancy", "adr", "revpar"]
    assert "Pick-up in the last" not in page.content.decode()


def test_the_file_has_plain_figures(double: RoomType) -> None:
    answer = shown(staff_of(double.hotel), double, format="csv")

    rows = list(csv.DictReader(StringIO(answer.content.decode())))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    assert len(rows) == 7
    assert rows[2] | {"date": ""} == {
        "date": "",
        "currency": "EUR",
        "rooms_available": "5",
        "rooms_sold": "1",
        "occupancy_percent": "20.00",
        "revenue": "100.00",
        "adr": "100.00",
        "revpar": "20.00",
        "last_year_rooms_available": "5",
        "last_year_rooms_sold": "1",
        "last_year_occupancy_percent": "20.00",
        "last_year_revenue": "100.00",
        "last_year_adr": "100.00",
        "last_year_revpar": "20.00",
        "pick_up_1_booked": "1",
        "pick_up_1_given_back": "0",
        "pick_up_7_booked": "1",
        "pick_up_7_given_back": "0",
        "pick_up_30_booked": "1",
        "pick_up_30_given_back": "0",
    }
    assert rows[0]["pick_up_1_booked"] == ""


@pytest.mark.parametrize(
    "query", [{"from": "soon"}, {"to": "2020-01-01"}, {"from": "1000-01-01", "to": "1000-01-02"}, {"to": "9999-12-31"}]
)
def test_dates_that_make_no_period_are_told_and_the_month_is_shown(query: dict[str, str], double: RoomType) -> None:
    page = shown(staff_of(double.hotel), double, **query)

    assert page.context["refused"]
    assert page.context["report"].first == today_at(double).replace(day=1)


def test_the_reports_of_another_hotel_do_not_exist_and_housekeeping_has_none(ours: RoomType, theirs: RoomType) -> None:
    answers = [
        staff_of(ours.hotel).get(PAGE, {"hotel": str(theirs.hotel_id)}),
        staff_of(ours.hotel).get(PAGE, {"hotel": str(theirs.hotel_id), "format": "csv"}),
        staff_of(ours.hotel, role=Role.HOUSEKEEPING).get(PAGE),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 403]
