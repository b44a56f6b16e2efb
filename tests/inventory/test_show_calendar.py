"""The calendar as staff see it: counters, prices with who says so, restrictions."""

from datetime import timedelta
from typing import Any

import pytest

from apps.inventory import services
from apps.inventory.models import RoomNight, RoomType
from apps.platform.errors import Invalid, NotFound
from tests.factories.inventory import HotelFactory, RatePlanFactory, RoomTypeFactory
from tests.inventory.nights import ALL, FIRST, LAST, change, derived_plan, euros, plan_of, priced, save, staff_with

pytestmark = pytest.mark.django_db


def _nights(room_type: RoomType) -> tuple[services.CalendarNight, ...]:
    calendar = services.calendar_of(access=ALL, hotel_id=room_type.hotel_id, first=FIRST, last=LAST)
    (row,) = calendar.room_types
    return row.nights


def test_the_calendar_shows_counters_and_the_nights_that_are_missing() -> None:
    room_type = RoomTypeFactory.create()
    nights = RoomNight.objects.filter(room_type=room_type)
    nights.filter(night=FIRST).update(sold=2, held=1, out_of_order=1, overbooking_limit=1)
    nights.filter(night=LAST).delete()

    tight, free, missing = _nights(room_type)

    assert (tight.sold, tight.held, tight.rooms_left) == (2, 1, 2)
    assert (free.rooms_left, free.generated, free.stop_sell) == (5, True, False)
    assert (missing.rooms_left, missing.generated, missing.stop_sell) == (0, False, True)


def test_a_price_is_shown_with_who_says_so_and_what_each_number_of_adults_pays() -> None:
    room_type = RoomTypeFactory.create()
    flex = plan_of(room_type)
    save(room_type, priced(room_type, "80.00", last=FIRST))
    save(room_type, priced(room_type, by_adults=(euros("70.00"), euros("90.00")), first=LAST))
    derived_plan(room_type, flex)

    nights = _nights(room_type)

    shown = [[(p.amount.amount, p.source, [m.amount for m in p.by_adults]) for p in night.prices] for night in nights]
    assert shown == [
        [("90.00", "derived", []), ("80.00", "date", [])],
        [("110.00", "derived", []), ("100.00", "rate_plan", [])],
        [("100.00", "derived", ["80.00", "100.00"]), ("90.00", "date", ["70.00", "90.00"])],
    ]


def test_restrictions_are_shown_as_they_are_set_and_as_they_hold() -> None:
    room_type = RoomTypeFactory.create()
    flex = plan_of(room_type)
    derived_plan(room_type, flex)
    save(room_type, change(room_type, restrictions={"min_stay": 2}, last=FIRST))
    save(room_type, change(room_type, rate_plan_ids=(flex.id,), restrictions={"min_stay": 3, "max_stay": 7}))
    save(room_type, change(room_type, stop_sell=True, first=LAST))

    first, _, last = _nights(room_type)

    of_derived, of_flex = first.prices
    assert first.restrictions == {"min_stay": 2}
    assert of_flex.restrictions == {"min_stay": 3, "max_stay": 7}
    assert of_derived.restrictions == {}
    assert of_derived.effective_restrictions == of_flex.effective_restrictions == {"min_stay": 3, "max_stay": 7}
    assert last.stop_sell
    assert last.prices[0].effective_restrictions == {"min_stay": 3, "max_stay": 7, "stop_sell": True}


def test_the_plans_are_named_and_archived_ones_left_out() -> None:
    room_type = RoomTypeFactory.create()
    RatePlanFactory.create(hotel=room_type.hotel, code="GONE", archived_at="2026-01-01T00:00:00Z")

    calendar = services.calendar_of(access=ALL, hotel_id=room_type.hotel_id)

    assert [plan.code for plan in calendar.rate_plans] == ["FLEX"]
    assert [price.rate_plan_id for price in calendar.room_types[0].nights[0].prices] == [plan_of(room_type).id]


def test_without_dates_the_calendar_shows_two_weeks_from_the_business_date(settings: Any) -> None:
    calendar = services.calendar_of(access=ALL, hotel_id=RoomTypeFactory.create().hotel_id)

    assert calendar.first == calendar.business_date
    assert len(calendar.room_types[0].nights) == 14
    assert (calendar.horizon - calendar.business_date).days == settings.INVENTORY_HORIZON_NIGHTS - 1


def test_a_quarter_of_many_products_takes_no_more_statements_than_a_day_of_one(django_assert_num_queries: Any) -> None:
    hotel = HotelFactory.create()
    for number in range(4):
        RoomTypeFactory.create(hotel=hotel)
        RatePlanFactory.create(hotel=hotel, code=f"P{number}")

    # The hotel, the nights, and in one round trip: plans, prices of dates and of seasons, restrictions, charges.
    with django_assert_num_queries(7):
        services.calendar_of(access=ALL, hotel_id=hotel.id, first=FIRST, last=FIRST + timedelta(days=90))


@pytest.mark.parametrize("last", [FIRST - timedelta(days=1), FIRST + timedelta(days=400)])
def test_dates_out_of_order_or_too_many_are_refused(last: Any) -> None:
    room_type = RoomTypeFactory.create()

    with pytest.raises(Invalid) as refusal:
        services.calendar_of(access=ALL, hotel_id=room_type.hotel_id, first=FIRST, last=last)

    assert refusal.value.items[0]["parameter"] == "to"


def test_the_calendar_of_another_hotel_does_not_exist() -> None:
    staff = staff_with(RoomTypeFactory.create())

    with pytest.raises(NotFound):
        services.calendar_of(access=staff, hotel_id=HotelFactory.create().id)
