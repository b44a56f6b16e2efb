"""The rate calendar in the admin: what it shows, and a form that previews, saves in one go, and is undone."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.services import Role
from apps.inventory.models import NightlyRate, ProductRestriction, RatePlan, RoomNight, RoomType
from apps.platform import clock
from apps.platform.models import AuditEntry
from tests.admin.desk import booked, staff_of, told
from tests.bookings.orders import today_at
from tests.factories.inventory import RatePlanFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

PAGE = "/admin/inventory/hotel/calendar/"


def plan_of(room_type: RoomType) -> RatePlan:
    """The flexible rate plan of its hotel."""
    return RatePlan.objects.get(hotel=room_type.hotel, code="FLEX")


def row_of(room_type: RoomType, plan: RatePlan | None = None) -> str:
    """How the form names a row of the grid."""
    return f"{room_type.id}/{plan.id}" if plan else str(room_type.id)


def typed(room_type: RoomType, *rows: str, ahead: int = 3, nights: int = 2, **fields: str) -> dict[str, Any]:
    """What a filled form sends: by default two nights, three days from now."""
    first = today_at(room_type) + timedelta(days=ahead)
    last = first + timedelta(days=nights - 1)
    return {
        "hotel": str(room_type.hotel_id),
        "first": first.isoformat(),
        "last": last.isoformat(),
        "row": list(rows),
        **fields,
    }


def prices(room_type: RoomType) -> dict[date, int]:
    """The prices of single dates that a room type has."""
    return dict(NightlyRate.objects.filter(room_type=room_type).values_list("night", "amount_minor"))


def recorded() -> QuerySet[AuditEntry]:
    """What the audit log tells of nights."""
    return AuditEntry.objects.filter(object_kind="night")


def errors(page: Any) -> dict[str, list[str]]:
    """What stands beside the fields."""
    return {name: list(texts) for name, texts in page.context["form"].errors.items()}


def manager_of(room_type: RoomType) -> Client:
    return staff_of(room_type.hotel, role=Role.REVENUE_MANAGER)


# What it shows --------------------------------------------------------------------------------------------------------


def test_each_night_shows_what_is_left_and_why() -> None:
    with clock.moved_to(datetime(2026, 7, 10, 12, tzinfo=UTC)):
        double = RoomTypeFactory.create(name="Double", room_count=2)
        booked(double, days_ahead=1, nights=1)
        booked(double, double, days_ahead=3, nights=1)
        RoomNight.objects.filter(room_type=double, night=date(2026, 7, 20)).update(stop_sell=True)

        page = staff_of(double.hotel).get(PAGE, {"month": "2026-07"})

    cells = {cell.night.day: cell for cell in page.context["groups"][0].room_type.cells}
    assert len(cells) == 31
    assert {day: cells[day].states.split()[0] for day in (9, 10, 11, 13, 20)} == {
        9: "is-past",
        10: "is-open",
        11: "is-open",
        13: "is-full",
        20: "is-stopped",
    }
    assert [cells[day].is_open for day in (9, 10)] == [False, True]
    assert 'aria-label="Double, Sat 11 July: 1 of 2 left, 1 sold, 0 held"' in page.content.decode()


def test_a_price_says_where_it_comes_from_and_which_restrictions_hold(ours: RoomType) -> None:
    plan = plan_of(ours)
    RatePlanFactory.create(
        hotel=ours.hotel, code="NR", name="Non-refundable", ancestors=[plan.id], adjustment_percent=-10
    )
    night = today_at(ours) + timedelta(days=2)
    NightlyRate.objects.create(room_type=ours, rate_plan=plan, night=night, amount_minor=14_050)
    ProductRestriction.objects.create(room_type=ours, rate_plan=plan, night=night, rules={"min_stay": 3})

    page = staff_of(ours.hotel).get(PAGE, {"from": night.isoformat()})

    flexible, derived = (row.cells[0] for row in page.context["groups"][0].plans)
    assert (flexible.figure, flexible.source, flexible.badges) == ("140.50", "D", ("≥3",))
    assert (derived.figure, derived.source, derived.badges) == ("126.45", "%", ("≥3",))
    assert "140.50 EUR, from a price of this date, at least 3 nights if arriving" in flexible.label


@pytest.mark.parametrize("month", ["", "rubbish", "2026-13", "0001-01", "9999-12"])
def test_a_month_that_is_none_is_the_current_one(month: str, ours: RoomType) -> None:
    page = staff_of(ours.hotel).get(PAGE, {"month": month})

    assert page.status_code == 200
    assert page.context["view"].first == today_at(ours).replace(day=1)


def test_a_phone_begins_with_two_weeks_from_today(ours: RoomType) -> None:
    client = staff_of(ours.hotel)

    page = client.get(PAGE, headers={"user-agent": "Mozilla/5.0 (Linux; Android 16) Mobile Safari/537.36"})

    days = [day.date for day in page.context["days"]]
    assert (days[0], len(days), page.context["days"][0].is_today) == (today_at(ours), 14, True)


def test_more_products_are_no_more_statements(ours: RoomType) -> None:
    client = manager_of(ours)
    with CaptureQueriesContext(connection) as few:
        client.get(PAGE)
    for number in range(4):
        RatePlanFactory.create(hotel=ours.hotel, code=f"P{number}")
        RoomTypeFactory.create(hotel=ours.hotel)
    with CaptureQueriesContext(connection) as many:
        page = client.get(PAGE)

    assert sum(len(group.plans) for group in page.context["groups"]) == 25
    assert len(many) == len(few)
    assert len(many) <= 15


# Preview, save, undo --------------------------------------------------------------------------------------------------


def test_a_preview_shows_what_would_change_and_changes_nothing(ours: RoomType) -> None:
    row = row_of(ours, plan_of(ours))
    data = typed(ours, row, price_do="percent", price="10", min_stay_do="set", min_stay="2", do="preview")

    page = manager_of(ours).post(PAGE, data)

    preview = page.context["preview"]
    assert (preview.nights, preview.counts, preview.more) == (2, ("2 prices", "2 restrictions"), 0)
    shown = {(each.what, each.before, each.after) for each in preview.lines[0].differences}
    assert shown == {("price", "100.00 by its plan", "110.00"), ("min stay", "not set", "2")}
    assert page.context["form"]["price"].value() == "10"
    assert (prices(ours), list(recorded())) == ({}, [])


def test_a_long_preview_shows_the_first_nights_and_how_many_more(ours: RoomType) -> None:
    data = typed(ours, row_of(ours, plan_of(ours)), nights=100, price_do="set", price="90", do="preview")

    page = manager_of(ours).post(PAGE, data)

    assert (page.context["preview"].nights, page.context["preview"].more) == (100, 88)
    assert "and 88 more" in page.content.decode()


def test_what_is_saved_is_told_and_undone_with_one_press(ours: RoomType) -> None:
    client = manager_of(ours)
    data = typed(ours, row_of(ours, plan_of(ours)), price_do="set", price="120.50", reason="Fair", do="save")

    saved = client.post(PAGE, data)
    page = client.get(saved["Location"])
    done = page.context["done"]
    priced = prices(ours)
    undone = client.post(PAGE, {"hotel": str(ours.hotel_id), "change": str(done.id), "do": "undo"})
    after = client.get(PAGE)

    first = today_at(ours) + timedelta(days=3)
    assert priced == {first: 12_050, first + timedelta(days=1): 12_050}
    what = f"Our double FLEX, {first:%-d %B} to {first + timedelta(days=1):%-d %B %Y}: prices"
    assert (done.text, done.by, done.reason) == (what, "you", "Fair")
    assert told(undone) == ["Undone: 2 nights as before the change."]
    assert prices(ours) == {}
    assert [change.text for change in after.context["changes"]] == [
        f"Undoing of {what}",
        f"{what} (undone)",
    ]
    assert [change.may_undo for change in after.context["changes"]] == [False, False]


def test_all_of_it_is_saved_in_one_go(ours: RoomType) -> None:
    other = RoomTypeFactory.create(hotel=ours.hotel, name="Suite")
    plan = plan_of(ours)
    rows = (row_of(ours), row_of(ours, plan), row_of(other, plan))
    data = typed(
        ours,
        *rows,
        nights=14,
        price_do="set",
        price="99",
        overbooking_limit="1",
        closed_to_arrival_do="set",
        do="save",
    )

    answer = manager_of(ours).post(PAGE, data | {"weekday": ["6", "7"]})

    assert answer.status_code == 302
    assert (len(prices(ours)), len(prices(other))) == (4, 4)
    assert {night.isoweekday() for night in prices(ours)} == {6, 7}
    limited = RoomNight.objects.filter(overbooking_limit=1)
    assert [night.restrictions for night in limited.filter(room_type=ours)] == [{"closed_to_arrival": True}] * 4
    # Where the room type is chosen itself, its products need no restriction of their own.
    assert set(ProductRestriction.objects.values_list("room_type_id", flat=True)) == {other.id}
    assert recorded().values("batch").distinct().count() == 1


def test_prices_are_set_by_the_number_of_adults_and_taken_away(ours: RoomType) -> None:
    client = manager_of(ours)
    row = row_of(ours, plan_of(ours))

    client.post(PAGE, typed(ours, row, nights=1, price_do="set", adults_1="80", adults_2="95", do="save"))
    named = [(rate.amount_minor, rate.by_adults) for rate in NightlyRate.objects.all()]
    client.post(PAGE, typed(ours, row, nights=1, price_do="clear", do="save"))

    assert named == [(9_500, [8_000, 9_500])]
    assert prices(ours) == {}


def test_the_sale_is_stopped_and_opened_again(ours: RoomType) -> None:
    client = manager_of(ours)

    client.post(PAGE, typed(ours, row_of(ours), stop_sell="1", do="save"))
    stopped = RoomNight.objects.filter(stop_sell=True).count()
    client.post(PAGE, typed(ours, row_of(ours), stop_sell="0", do="save"))

    assert (stopped, RoomNight.objects.filter(stop_sell=True).count()) == (2, 0)


def test_what_is_there_already_is_no_change(ours: RoomType) -> None:
    answer = manager_of(ours).post(PAGE, typed(ours, row_of(ours), stop_sell="0", do="save"))

    assert told(answer) == ["Nothing differs from what is there: no night has changed."]
    assert not recorded().exists()


def test_a_change_that_was_changed_again_is_not_undone(ours: RoomType) -> None:
    client = manager_of(ours)
    row = row_of(ours, plan_of(ours))
    client.post(PAGE, typed(ours, row, price_do="set", price="120", do="save"))
    client.post(PAGE, typed(ours, row, price_do="set", price="130", do="save"))
    first = client.get(PAGE).context["changes"][1]

    refused = client.post(PAGE, {"hotel": str(ours.hotel_id), "change": str(first.id), "do": "undo"})

    assert "changed since" in told(refused)[0]
    assert set(prices(ours).values()) == {13_000}


def test_the_script_gets_the_form_alone(ours: RoomType) -> None:
    data = typed(ours, row_of(ours, plan_of(ours)), price_do="set", price="120", do="preview")

    panel = manager_of(ours).post(PAGE, data, headers={"x-requested-with": "fetch"})

    text = panel.content.decode()
    assert panel["X-Rates"] == "panel"
    assert "2 nights would change: 2 prices" in text
    assert "<html" not in text


# Refusals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"price": "cheap"}, "price"),
        ({"price": "12.345"}, "price"),
        ({"price": "-1"}, "price"),
        ({"price": ""}, "price"),
        ({"first": "yesterday"}, "first"),
        ({"first": "2020-01-01", "last": "2020-01-02"}, "first"),
        ({"last": "2020-01-01"}, "last"),
        ({"last": "9999-12-31"}, "last"),
        ({"row": []}, "row"),
        ({"row": ["rubbish"]}, "row"),
        ({"weekday": ["8"]}, "weekday"),
        ({"min_stay_do": "set", "min_stay": "-2"}, "min_stay"),
        ({"min_stay_do": "set", "min_stay": "5", "max_stay_do": "set", "max_stay": "2"}, "min_stay"),
        ({"adults_2": "many"}, "adults_2"),
        ({"price_do": "", "price": ""}, "__all__"),
    ],
)
@pytest.mark.parametrize("do", ["preview", "save"])
def test_what_cannot_be_stands_beside_its_field_and_nothing_is_lost(
    do: str, wrong: dict[str, Any], field: str, ours: RoomType
) -> None:
    data = typed(ours, row_of(ours, plan_of(ours)), price_do="set", price="77", reason="Fair", do=do) | wrong

    page = manager_of(ours).post(PAGE, data)

    assert page.status_code == 200
    assert list(errors(page)) == [field]
    assert page.context["form"]["reason"].value() == "Fair"
    assert {name: page.context["form"][name].value() for name in wrong} == wrong
    assert (prices(ours), list(recorded())) == ({}, [])


def test_a_price_wants_a_rate_plan_and_a_limit_a_room_type(ours: RoomType) -> None:
    client = manager_of(ours)

    of_type = client.post(PAGE, typed(ours, row_of(ours), price_do="set", price="77", do="save"))
    of_plan = client.post(PAGE, typed(ours, row_of(ours, plan_of(ours)), overbooking_limit="1", do="save"))

    assert (list(errors(of_type)), list(errors(of_plan))) == (["price"], ["overbooking_limit"])


def test_a_limit_below_what_is_sold_takes_an_override_with_a_reason(ours: RoomType) -> None:
    client = manager_of(ours)
    booked(*[ours] * 5, days_ahead=3, nights=1)
    client.post(PAGE, typed(ours, row_of(ours), nights=1, overbooking_limit="3", do="save"))
    booked(ours, name="Grace Hopper", days_ahead=3, nights=1)
    data = typed(ours, row_of(ours), nights=1, overbooking_limit="0", do="save")

    refused = client.post(PAGE, data)
    unexplained = client.post(PAGE, data | {"override": "on"})
    allowed = client.post(PAGE, data | {"override": "on", "reason": "A burst pipe"})

    night = RoomNight.objects.get(room_type=ours, night=today_at(ours) + timedelta(days=3))
    assert "overbooking_limit" in errors(refused)
    assert list(errors(unexplained)) == ["reason"]
    assert (allowed.status_code, night.overbooking_limit) == (302, 1)
    assert set(recorded().values_list("reason", flat=True)) == {"", "A burst pipe"}


# Who may --------------------------------------------------------------------------------------------------------------


def test_the_front_desk_looks_and_changes_nothing(ours: RoomType) -> None:
    client = staff_of(ours.hotel, role=Role.FRONT_DESK)
    manager_of(ours).post(PAGE, typed(ours, row_of(ours), stop_sell="1", do="save"))

    page = client.get(PAGE)
    refused = [client.post(PAGE, typed(ours, row_of(ours), stop_sell="0", do=do)) for do in ("preview", "save", "undo")]

    assert (page.context["form"], page.context["changes"]) == (None, [])
    assert b"<form" not in page.content.partition(b"data-rates")[2].partition(b"</body>")[0]
    assert [answer.status_code for answer in refused] == [403, 403, 403]
    assert RoomNight.objects.filter(stop_sell=True).count() == 2


@pytest.mark.parametrize("do", ["preview", "save", "undo"])
def test_the_calendar_of_another_hotel_does_not_exist(do: str, ours: RoomType, theirs: RoomType) -> None:
    data = typed(theirs, row_of(theirs), stop_sell="1", do=do)

    answer = manager_of(ours).post(PAGE, data)

    assert answer.status_code == 404
    assert not RoomNight.objects.filter(stop_sell=True).exists()


def test_rows_and_changes_of_another_hotel_are_not_reached_through_ones_own(ours: RoomType, theirs: RoomType) -> None:
    manager_of(theirs).post(PAGE, typed(theirs, row_of(theirs), stop_sell="1", do="save"))
    change = recorded().latest("id").batch
    client = manager_of(ours)

    row = client.post(PAGE, typed(ours, row_of(theirs), stop_sell="0", do="save"))
    undone = client.post(PAGE, {"hotel": str(ours.hotel_id), "change": str(change), "do": "undo"})
    rubbish = client.post(PAGE, {"hotel": str(ours.hotel_id), "change": "rubbish", "do": "undo"})

    assert list(errors(row)) == ["row"]
    assert (undone.status_code, rubbish.status_code) == (404, 404)
    assert client.get(PAGE).context["changes"] == []
    assert RoomNight.objects.filter(stop_sell=True).count() == 2


@pytest.mark.parametrize("do", ["preview", "save", "undo"])
def test_another_site_cannot_make_a_browser_change_anything(do: str, ours: RoomType) -> None:
    client = manager_of(ours)
    client.handler.enforce_csrf_checks = True

    answer = client.post(PAGE, typed(ours, row_of(ours), stop_sell="1", do=do))

    assert answer.status_code == 403
    assert not RoomNight.objects.filter(stop_sell=True).exists()
