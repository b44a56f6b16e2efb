"""The calendar: what staff see and set."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.services import Access, Permission
from apps.inventory import services
from apps.inventory.models import NightlyRate, RoomNight, RoomType
from apps.platform import clock
from apps.platform.errors import Denied, Invalid, NotFound
from apps.platform.money import Money
from tests.factories.inventory import HotelFactory, RatePlanFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

ALL = Access(principal="user:test", is_administrator=True, permissions=frozenset())
FIRST = clock.now().date() + timedelta(days=5)
LAST = FIRST + timedelta(days=2)


@pytest.fixture
def room_type() -> RoomType:
    row: RoomType = RoomTypeFactory.create()
    return row


def _set(room_type: RoomType, **given: Any) -> None:
    plain: dict[str, Any] = {
        "access": ALL,
        "hotel_id": room_type.hotel_id,
        "room_type_id": room_type.id,
        "first": FIRST,
        "last": LAST,
    }
    services.set_nights(**plain | given)


def _price(room_type: RoomType, amount: str | None) -> services.PriceForDates:
    plan = room_type.hotel.rate_plans.get()
    return services.PriceForDates(
        rate_plan_id=plan.id, price=None if amount is None else Money(amount=amount, currency="EUR")
    )


def test_nights_close_and_open_from_the_first_to_the_last(room_type: RoomType) -> None:
    _set(room_type, stop_sell=True)

    closed = RoomNight.objects.filter(room_type=room_type, stop_sell=True).order_by("night")
    assert [row.night for row in closed] == [FIRST, FIRST + timedelta(days=1), LAST]

    _set(room_type, first=LAST, stop_sell=False)
    assert closed.all().count() == 2


def test_a_price_for_dates_shows_in_the_calendar_until_it_is_taken_away(room_type: RoomType) -> None:
    _set(room_type, prices=[_price(room_type, "80.00")])
    _set(room_type, first=LAST, prices=[_price(room_type, "85.50")])

    calendar = services.calendar_of(access=ALL, hotel_id=room_type.hotel_id, first=FIRST - timedelta(days=1), last=LAST)

    prices = [night.prices[0] for night in calendar.room_types[0].nights]
    assert [(price.amount.amount, price.source) for price in prices] == [
        ("100.00", "rate_plan"),
        ("80.00", "date"),
        ("80.00", "date"),
        ("85.50", "date"),
    ]
    _set(room_type, prices=[_price(room_type, None)])
    assert not NightlyRate.objects.exists()


def test_the_calendar_shows_counters_and_the_nights_that_are_missing(room_type: RoomType) -> None:
    nights = RoomNight.objects.filter(room_type=room_type)
    nights.filter(night=FIRST).update(sold=2, held=1, out_of_order=1, overbooking_limit=1)
    nights.filter(night=LAST).delete()

    calendar = services.calendar_of(access=ALL, hotel_id=room_type.hotel_id, first=FIRST, last=LAST)

    tight, free, missing = calendar.room_types[0].nights
    assert (tight.sold, tight.held, tight.rooms_left) == (2, 1, 2)
    assert (free.rooms_left, free.generated, free.stop_sell) == (5, True, False)
    assert (missing.rooms_left, missing.generated, missing.stop_sell) == (0, False, True)


def test_without_dates_the_calendar_shows_two_weeks_from_the_business_date(room_type: RoomType) -> None:
    calendar = services.calendar_of(access=ALL, hotel_id=room_type.hotel_id)

    assert calendar.first == calendar.business_date
    assert len(calendar.room_types[0].nights) == 14


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"last": FIRST - timedelta(days=1)}, "/to"),
        ({"last": FIRST + timedelta(days=400)}, "/to"),
        ({"first": FIRST - timedelta(days=8)}, "/from"),
    ],
)
def test_dates_out_of_order_too_many_or_past_are_refused(
    room_type: RoomType, given: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        _set(room_type, stop_sell=True, **given)

    assert refusal.value.items[0]["pointer"] == pointer


def test_a_change_with_one_wrong_price_changes_nothing(room_type: RoomType) -> None:
    elsewhere = RatePlanFactory.create(hotel=HotelFactory.create(plan=False))
    wrong = services.PriceForDates(rate_plan_id=elsewhere.id, price=Money(amount="1.00", currency="EUR"))

    with pytest.raises(Invalid) as refusal:
        _set(room_type, stop_sell=True, prices=[_price(room_type, "80.00"), wrong])

    assert refusal.value.items[0]["pointer"] == "/prices/1/rate_plan_id"
    assert not RoomNight.objects.filter(stop_sell=True).exists()
    assert not NightlyRate.objects.exists()


def test_each_part_needs_its_own_permission(room_type: RoomType) -> None:
    rates_only = Access(
        principal="user:test",
        is_administrator=False,
        permissions=frozenset(
            {(Permission.MANAGE_RATES, room_type.hotel_id), (Permission.VIEW_HOTEL, room_type.hotel_id)}
        ),
    )
    _set(room_type, access=rates_only, prices=[_price(room_type, "80.00")])

    with pytest.raises(Denied):
        _set(room_type, access=rates_only, stop_sell=True)
    with pytest.raises(NotFound):
        services.calendar_of(access=rates_only, hotel_id=HotelFactory.create().id)
