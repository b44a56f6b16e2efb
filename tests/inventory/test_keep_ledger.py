"""The ledger of a night's counters: a row for each stay and change, which nobody alters."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from apps.inventory import services
from apps.inventory.models import Movement, RoomNight
from apps.platform import clock
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create(room_count=2)


def stay_in(room_type: Any, *, after: int = 5, nights: int = 3) -> services.StayNights:
    first = RoomNight.objects.filter(room_type=room_type).order_by("night")[0].night
    arrival = first + timedelta(days=after)
    return services.StayNights(
        reservation_id=uuid4(),
        room_type_id=room_type.id,
        arrival=arrival,
        departure=arrival + timedelta(days=nights),
    )


def hold(*stays: services.StayNights) -> None:
    until = clock.now() + timedelta(minutes=15)
    services.take_nights(stays=stays, hold_until=until, fence=None, cause="place")


def movements() -> list[tuple[UUID | None, date, date, int, int, str]]:
    names = ("reservation_id", "arrival", "departure", "held_delta", "sold_delta", "cause")
    return list(Movement.objects.order_by("id").values_list(*names))


def test_each_change_of_a_stay_is_one_row_with_its_cause(double: Any) -> None:
    stay = stay_in(double)

    hold(stay)
    services.sell_held([stay], cause="confirm")
    services.release_sold([stay], cause="cancel")

    dates = (stay.arrival, stay.departure)
    assert movements() == [
        (stay.reservation_id, *dates, 1, 0, "place"),
        (stay.reservation_id, *dates, -1, 1, "confirm"),
        (stay.reservation_id, *dates, 0, -1, "cancel"),
    ]


def test_the_sums_of_the_movements_are_the_counters_of_every_night(double: Any) -> None:
    first, second = stay_in(double), stay_in(double, after=6)

    hold(first)
    services.take_nights(stays=[second], hold_until=None, fence=None, cause="place")
    services.release_held([first], cause="expire")

    assert [(told.night, told.sold, told.held) for told in services.told_nights()] == [
        (counted.night, counted.sold, counted.held) for counted in services.counted_nights()
    ]
    assert Movement.objects.aggregate(held=Sum("held_delta")) == {"held": 0}


def test_several_rooms_of_one_order_are_a_row_each(double: Any) -> None:
    stays = [stay_in(double), stay_in(double)]

    hold(*stays)

    assert {row[0] for row in movements()} == {stay.reservation_id for stay in stays}


def test_a_take_that_is_refused_leaves_no_row(double: Any) -> None:
    stays = [stay_in(double) for _ in range(3)]

    with pytest.raises(services.NoRoomsLeft), transaction.atomic():
        hold(*stays)

    assert movements() == []


def test_nights_given_back_one_by_one_are_one_row_for_each_run_of_them(double: Any) -> None:
    stay, other = uuid4(), uuid4()
    day = date(2026, 7, 1)
    nights = [(stay, double.id, day + timedelta(days=ahead)) for ahead in (4, 0, 1, 2)]

    found = services.stays_of([*nights, (other, double.id, day + timedelta(days=3))])

    runs = {(one.reservation_id, one.arrival.day, one.departure.day) for one in found}
    assert runs == {(stay, 1, 4), (stay, 5, 6), (other, 4, 5)}


def test_taking_and_giving_back_are_one_statement_each_as_before(double: Any) -> None:
    stays = [stay_in(double), stay_in(double)]

    with CaptureQueriesContext(connection) as statements:
        hold(*stays)
        services.sell_held(stays, cause="confirm")
        services.release_sold(stays, cause="cancel")

    assert len(statements) == 3


@pytest.mark.parametrize("attack", [lambda rows: rows.update(held_delta=0), lambda rows: rows.delete()])
def test_the_database_refuses_to_alter_the_ledger(double: Any, attack: Callable[[Any], object]) -> None:
    hold(stay_in(double))

    with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
        attack(Movement.objects.all())

    assert len(movements()) == 1


def test_one_night_is_found_without_reading_the_whole_ledger(double: Any) -> None:
    hold(stay_in(double))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT 1 FROM inventory_movement WHERE room_type_id = %s AND arrival <= %s", [double.id, date.max]
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "movement_of_night" in plan
