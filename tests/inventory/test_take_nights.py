"""Taking nights: every one of them or none, and never against the database's own constraint."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from apps.inventory import services
from apps.inventory.models import Hold, RoomNight, RoomType
from apps.platform import clock
from apps.platform.locks import StaleFence
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create(room_count=2)


def wanted(room_type: RoomType, *, nights: int = 3, after: int = 5) -> services.StayNights:
    arrival = first_night(room_type) + timedelta(days=after)
    return services.StayNights(
        reservation_id=uuid4(),
        room_type_id=room_type.id,
        arrival=arrival,
        departure=arrival + timedelta(days=nights),
    )


def first_night(room_type: RoomType) -> date:
    return RoomNight.objects.filter(room_type=room_type).order_by("night").values_list("night", flat=True)[0]


def take(*stays: services.StayNights, sell: bool = False, fence: int | None = None) -> None:
    hold_until = None if sell else clock.now() + timedelta(minutes=15)
    services.take_nights(stays=stays, hold_until=hold_until, fence=fence, cause="place")


def taken() -> dict[date, tuple[int, int]]:
    """(sold, held) of each night that is not free."""
    nights = RoomNight.objects.exclude(sold=0, held=0)
    return {night.night: (night.sold, night.held) for night in nights}


def test_held_nights_count_as_held_and_sold_ones_as_sold(double: Any) -> None:
    held, sold = wanted(double, nights=1), wanted(double, nights=2)

    take(held)
    take(sold, sell=True)

    assert taken() == {held.arrival: (1, 1), held.arrival + timedelta(days=1): (1, 0)}
    assert list(Hold.objects.values_list("id", flat=True)) == [held.reservation_id]


@pytest.mark.parametrize("obstacle", ["missing", "closed", "full"])
def test_one_night_that_cannot_be_had_leaves_all_the_others(double: Any, obstacle: str) -> None:
    stay = wanted(double)
    middle = RoomNight.objects.filter(room_type=double, night=stay.arrival + timedelta(days=1))
    if obstacle == "missing":
        middle.delete()
    else:
        middle.update(stop_sell=obstacle == "closed", out_of_order=2 if obstacle == "full" else 0)

    with pytest.raises(services.NoRoomsLeft) as refusal:
        take(stay)

    assert [item["date"] for item in refusal.value.items] == [(stay.arrival + timedelta(days=1)).isoformat()]
    assert taken() == {}
    assert not Hold.objects.exists()


def test_rooms_of_one_order_add_up(double: Any) -> None:
    with pytest.raises(services.NoRoomsLeft):
        take(wanted(double), wanted(double), wanted(double))

    take(wanted(double), wanted(double))
    assert set(taken().values()) == {(0, 2)}


def test_overbooking_is_allowed_up_to_its_limit(double: Any) -> None:
    RoomNight.objects.update(overbooking_limit=1)

    take(wanted(double), wanted(double), wanted(double))

    with pytest.raises(services.NoRoomsLeft):
        take(wanted(double))


def test_a_token_must_be_newer_than_the_last_holders(double: Any) -> None:
    take(wanted(double), fence=7)

    with pytest.raises(StaleFence):
        take(wanted(double), fence=7)
    take(wanted(double), fence=8)

    assert set(RoomNight.objects.filter(held__gt=0).values_list("fence", flat=True)) == {8}
    assert set(taken().values()) == {(0, 2)}


def test_without_a_token_the_fence_stays(double: Any) -> None:
    take(wanted(double), fence=7)

    take(wanted(double))

    assert set(RoomNight.objects.filter(held__gt=0).values_list("fence", flat=True)) == {7}


def test_releasing_another_ones_nights_is_refused(double: Any) -> None:
    take(wanted(double))

    with pytest.raises(RuntimeError), transaction.atomic():
        services.release_held([wanted(double)], cause="cancel")

    assert set(taken().values()) == {(0, 1)}


@pytest.mark.parametrize("change", [{"sold": F("physical") + 1}, {"held": -1}, {"out_of_order": F("physical") + 1}])
def test_the_database_itself_refuses_an_oversold_night(double: Any, change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RoomNight.objects.filter(room_type=double).update(**change)
