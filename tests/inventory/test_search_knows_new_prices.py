"""Whatever makes a night cheaper is known to search with it: the cheaper hotel comes first at once."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import LazySettings

from apps.accounts.services import Access
from apps.inventory import services
from apps.inventory.models import Hotel, LowestRate, RatePlan, RoomType
from apps.inventory.policies import parse_party
from apps.inventory.services import Ordering
from apps.platform import clock
from apps.platform.money import Money
from tests.factories.inventory import HotelFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

ALL = Access(principal="user:revenue", is_administrator=True, permissions=frozenset())
FIRST = clock.now().date() + timedelta(days=5)
LAST = FIRST + timedelta(days=40)
CHEAP = Money(amount="10.00", currency="EUR")


@pytest.fixture(autouse=True)
def _horizon(settings: LazySettings) -> None:
    settings.INVENTORY_HORIZON_NIGHTS = 60


def _base_rate(hotel: Hotel) -> None:
    room_type = RoomType.objects.get(hotel=hotel)
    changes = services.RoomTypeChanges(base_rate=CHEAP)
    services.update_room_type(access=ALL, hotel_id=hotel.id, room_type_id=room_type.id, changes=changes)


def _room_type(hotel: Hotel) -> None:
    services.add_room_type(
        access=ALL, hotel_id=hotel.id, code="NEW", name="New", max_adults=2, room_count=2, base_rate=CHEAP
    )


def _derived_plan(hotel: Hotel) -> None:
    services.add_rate_plan(
        access=ALL,
        hotel_id=hotel.id,
        code="SAVE",
        name="Saver",
        parent_id=RatePlan.objects.get(hotel=hotel).id,
        adjustment=services.Adjustment(percent=Decimal(-90)),
    )


def _percent_of_plan(hotel: Hotel) -> None:
    plan = RatePlan.objects.get(hotel=hotel)
    changes = services.RatePlanChanges(percent=Decimal(10))
    services.update_rate_plan(access=ALL, hotel_id=hotel.id, rate_plan_id=plan.id, changes=changes)


def _season(hotel: Hotel) -> None:
    room_type, plan = RoomType.objects.get(hotel=hotel), RatePlan.objects.get(hotel=hotel)
    prices = [services.SeasonRate(room_type_id=room_type.id, rate_plan_id=plan.id, price=CHEAP)]
    services.add_season(access=ALL, hotel_id=hotel.id, name="Low", first=FIRST, last=LAST, prices=prices)


def _calendar(hotel: Hotel) -> None:
    price = services.PriceChange(amount=CHEAP)
    change = services.CalendarChange(first=FIRST, last=LAST, rate_plan_ids=(), price=price)
    services.change_calendar(access=ALL, hotel_id=hotel.id, changes=[change])


def _undone(hotel: Hotel) -> None:
    """A calendar that made all dear after the rate had become cheap, and is undone."""
    _base_rate(hotel)
    dear = services.PriceChange(amount=Money(amount="500.00", currency="EUR"))
    change = services.CalendarChange(first=FIRST, last=LAST, rate_plan_ids=(), price=dear)
    outcome = services.change_calendar(access=ALL, hotel_id=hotel.id, changes=[change])
    assert outcome.change_id is not None
    services.undo_change(access=ALL, hotel_id=hotel.id, change_id=outcome.change_id)


@pytest.mark.parametrize(
    "make_cheap", [_base_rate, _room_type, _derived_plan, _percent_of_plan, _season, _calendar, _undone]
)
def test_a_hotel_that_has_become_cheaper_comes_first(make_cheap: Callable[[Hotel], None]) -> None:
    for number in range(3):
        RoomTypeFactory.create(hotel=HotelFactory.create(name=str(number)), base_rate_minor=5_000 + number)
    dear = HotelFactory.create(name="dear")
    RoomTypeFactory.create(hotel=dear, base_rate_minor=10_000)
    services.fill_lowest_rates()

    make_cheap(dear)

    found = services.search_availability(
        services.AvailabilityQuery(
            city="Lisbon",
            arrival=FIRST + timedelta(days=1),
            departure=FIRST + timedelta(days=38),
            party=parse_party(["2"]),
            ordering=Ordering.TOTAL,
            limit=1,
        )
    )
    assert [one.hotel.name for one in found.results] == ["dear"]
    night = FIRST + timedelta(days=9)
    sums = LowestRate.objects.get(hotel=dear, month=night.replace(day=1)).for_two
    assert sums[night.day] - sums[night.day - 1] == 1_000
