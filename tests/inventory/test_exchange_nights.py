"""Exchanging nights for others: only what differs counts, all of it or nothing, and the ledger knows."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.inventory import services
from apps.inventory.models import Hold, Movement, RoomNight
from apps.platform import clock
from apps.platform.db import uuid7
from apps.platform.locks import StaleFence
from tests.bookings.orders import today_at
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def single() -> Any:
    return RoomTypeFactory.create(room_count=1)


@pytest.fixture
def first(single: Any) -> date:
    return today_at(single) + timedelta(days=5)


def nights(room_type: Any, arrival: date, count: int, *, of: UUID | None = None) -> services.StayNights:
    return services.StayNights(
        reservation_id=of or uuid7(),
        room_type_id=room_type.id,
        arrival=arrival,
        departure=arrival + timedelta(days=count),
    )


def sold(stay: services.StayNights) -> services.StayNights:
    services.take_nights(stays=[stay], hold_until=None, fence=None, cause="place")
    return stay


def counted(room_type: Any, first: date, days: int, column: str = "sold") -> list[int]:
    found = dict(RoomNight.objects.filter(room_type=room_type).values_list("night", column))
    return [found[first + timedelta(days=ahead)] for ahead in range(days)]


def test_a_stay_moves_onto_its_own_last_room(single: Any, first: date) -> None:
    stay = sold(nights(single, first, 3))
    moved = nights(single, first + timedelta(days=1), 3, of=stay.reservation_id)

    services.exchange_nights(given=[stay], taken=[moved], cause="amend")

    assert counted(single, first, 4) == [0, 1, 1, 1]
    assert [(row.sold_delta, row.cause) for row in Movement.objects.order_by("id")] == [
        (1, "place"),
        (-1, "amend"),
        (1, "amend"),
    ]


def test_one_full_night_and_nothing_changes(single: Any, first: date) -> None:
    stay = sold(nights(single, first, 2))
    sold(nights(single, first + timedelta(days=2), 1))
    longer = nights(single, first, 3, of=stay.reservation_id)

    with pytest.raises(services.NoRoomsLeft) as refusal:
        services.exchange_nights(given=[stay], taken=[longer], cause="amend")

    assert [item["date"] for item in refusal.value.items] == [(first + timedelta(days=2)).isoformat()]
    assert counted(single, first, 3) == [1, 1, 1]
    assert Movement.objects.filter(cause="amend").count() == 0


def test_what_is_kept_needs_no_sale_that_goes_on(single: Any, first: date) -> None:
    stay = sold(nights(single, first, 2))
    RoomNight.objects.filter(room_type=single).update(stop_sell=True)
    shorter = nights(single, first, 1, of=stay.reservation_id)

    services.exchange_nights(given=[stay], taken=[shorter], cause="amend")

    assert counted(single, first, 2) == [1, 0]


def test_what_is_held_stays_held_and_its_hold_follows(single: Any, first: date) -> None:
    stay, until = nights(single, first, 2), clock.now() + timedelta(minutes=10)
    other = RoomTypeFactory.create(hotel=single.hotel)
    services.take_nights(stays=[stay], hold_until=until, fence=None, cause="place")
    moved = nights(other, first, 3, of=stay.reservation_id)

    services.exchange_nights(given=[stay], taken=[moved], holds=[moved], cause="amend")

    hold = Hold.objects.get()
    assert (hold.room_type_id, hold.arrival, hold.departure) == (other.id, moved.arrival, moved.departure)
    assert (counted(single, first, 3, "held"), counted(other, first, 3, "held")) == ([0, 0, 0], [1, 1, 1])
    assert counted(other, first, 3) == [0, 0, 0]


def test_a_lock_holder_who_is_late_exchanges_nothing(single: Any, first: date) -> None:
    stay = sold(nights(single, first, 1))
    RoomNight.objects.filter(room_type=single).update(fence=7)
    longer = nights(single, first, 2, of=stay.reservation_id)

    with pytest.raises(StaleFence):
        services.exchange_nights(given=[stay], taken=[longer], cause="amend", fence=7)

    services.exchange_nights(given=[stay], taken=[longer], cause="amend", fence=8)
    assert counted(single, first, 2) == [1, 1]
    assert RoomNight.objects.filter(room_type=single, fence=8).count() == 2
