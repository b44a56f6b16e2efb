"""Whoever changes what nights cost leaves the least prices that search orders by as a fresh look would find them."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.accounts.services import Access
from apps.inventory import services
from apps.inventory.models import LowestRate, RatePlan, RoomType
from apps.platform.money import Money
from tests.bookings.orders import today_at
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db

ALL = Access(principal="user:revenue", is_administrator=True, permissions=frozenset())


def euros(amount: str) -> Money:
    return Money(amount=amount, currency="EUR")


def rates(room_type: RoomType) -> list[Any]:
    rows = LowestRate.objects.filter(hotel=room_type.hotel).order_by("month")
    return list(rows.values_list("month", "for_one", "for_two", "for_more"))


def summer(room_type: RoomType) -> dict[str, Any]:
    plan = RatePlan.objects.get(hotel=room_type.hotel)
    price = services.SeasonRate(room_type_id=room_type.id, rate_plan_id=plan.id, price=euros("60"))
    first = today_at(room_type) + timedelta(days=40)
    dates = {"first": first, "last": first + timedelta(days=40)}
    return {"access": ALL, "hotel_id": room_type.hotel_id, "name": "Summer", "prices": [price]} | dates


def _room_type(room_type: RoomType) -> None:
    services.update_room_type(
        access=ALL,
        hotel_id=room_type.hotel_id,
        room_type_id=room_type.id,
        changes=services.RoomTypeChanges(base_rate=euros("55")),
    )


def _new_room_type(room_type: RoomType) -> None:
    services.add_room_type(
        access=ALL, hotel_id=room_type.hotel_id, code="X", name="X", max_adults=3, room_count=1, base_rate=euros("20")
    )


def _plan(room_type: RoomType) -> None:
    services.update_rate_plan(
        access=ALL,
        hotel_id=room_type.hotel_id,
        rate_plan_id=RatePlan.objects.get(hotel=room_type.hotel).id,
        changes=services.RatePlanChanges(percent=Decimal(90)),
    )


def _new_plan(room_type: RoomType) -> None:
    services.add_rate_plan(
        access=ALL,
        hotel_id=room_type.hotel_id,
        code="SAVER",
        name="Saver",
        parent_id=RatePlan.objects.get(hotel=room_type.hotel).id,
        adjustment=services.Adjustment(percent=Decimal(-20)),
    )


def _season(room_type: RoomType) -> None:
    services.add_season(**summer(room_type))


def _moved_season(room_type: RoomType) -> None:
    season = services.add_season(**summer(room_type))
    later = summer(room_type) | {"first": season.last + timedelta(days=60), "last": season.last + timedelta(days=70)}
    services.replace_season(**later, season_id=season.id)


CHANGES = (_room_type, _new_room_type, _plan, _new_plan, _season, _moved_season)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_every_change_of_prices_is_seen_at_once(change: Callable[[RoomType], None]) -> None:
    room_type = RoomTypeFactory.create()
    services.refresh_lowest_rates(room_type.hotel_id)
    before = rates(room_type)

    change(room_type)

    after = rates(room_type)
    services.refresh_lowest_rates(room_type.hotel_id)
    assert before != after == rates(room_type)


def test_a_season_that_is_taken_away_leaves_no_trace() -> None:
    room_type = RoomTypeFactory.create()
    services.refresh_lowest_rates(room_type.hotel_id)
    before = rates(room_type)

    season = services.add_season(**summer(room_type))
    services.remove_season(access=ALL, hotel_id=room_type.hotel_id, season_id=season.id)

    assert rates(room_type) == before
