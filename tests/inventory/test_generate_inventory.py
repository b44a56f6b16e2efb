"""The generation of nights."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, connections, transaction

from apps.inventory import services
from apps.inventory.models import RoomNight
from apps.inventory.services import _generation
from apps.inventory.tasks import generate, heal_gaps
from apps.platform import clock
from tests.factories.inventory import HotelFactory, RoomTypeFactory

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@contextmanager
def _at(instant: datetime) -> Iterator[None]:
    with clock.moved_to(instant):
        yield


@pytest.fixture(autouse=True)
def _horizon(settings: LazySettings) -> None:
    settings.INVENTORY_HORIZON_NIGHTS = 30


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("Europe/Lisbon", date(2026, 6, 1)),
        ("Pacific/Kiritimati", date(2026, 6, 1)),  # 02:00 on the second, before the rollover
        ("Pacific/Pago_Pago", date(2026, 5, 31)),  # 01:00 on the first, before the rollover
    ],
)
def test_nights_run_from_the_business_date_to_the_horizon(zone: str, first: date) -> None:
    room_type = RoomTypeFactory.create(hotel=HotelFactory.create(time_zone=zone), room_count=7, nights=False)

    with _at(NOON):
        added = services.generate_inventory()

    nights = RoomNight.objects.filter(room_type=room_type, physical=7, sold=0, held=0, stop_sell=False)
    assert added == 30
    assert list(nights.order_by("night").values_list("night", flat=True)) == [
        first + timedelta(days=ahead) for ahead in range(30)
    ]


@pytest.mark.django_db
def test_a_second_run_adds_nothing_and_the_next_day_adds_one_night() -> None:
    with _at(NOON):
        RoomTypeFactory.create()
        again = services.generate_inventory()

    with _at(NOON + timedelta(days=1)):
        next_day = services.generate_inventory()

    assert (again, next_day) == (0, 1)


@pytest.mark.django_db
def test_gaps_heal_and_what_was_set_or_sold_stays() -> None:
    with _at(NOON):
        room_type = RoomTypeFactory.create()
        nights = RoomNight.objects.filter(room_type=room_type)
        nights.filter(night__range=("2026-06-05", "2026-06-09")).delete()
        kept = {"physical": 4, "out_of_order": 1, "overbooking_limit": 2, "sold": 2, "held": 1, "stop_sell": True}
        nights.filter(night="2026-06-10").update(**kept, fence=9)

        added = services.generate_inventory()

    assert added == 5
    assert nights.count() == 30
    assert nights.filter(night="2026-06-10", fence=9, **kept).exists()


@pytest.mark.django_db
def test_a_week_without_runs_heals_in_one() -> None:
    with _at(NOON):
        RoomTypeFactory.create()

    with _at(NOON + timedelta(days=7)):
        generate(unknown_to_this_version=1)

    assert RoomNight.objects.filter(night__gte="2026-06-08").count() == 30


@pytest.mark.django_db
def test_the_frequent_job_reads_no_night_before_the_last_one_and_the_hourly_one_heals_gaps() -> None:
    with _at(NOON):
        room_type = RoomTypeFactory.create()
        nights = RoomNight.objects.filter(room_type=room_type)
        nights.filter(night="2026-06-05").delete()
    with _at(NOON + timedelta(days=2)):
        generate()
        after_the_frequent_one = nights.count()
        heal_gaps(unknown_to_this_version=1)

    assert (after_the_frequent_one, nights.count()) == (31, 32)


@pytest.mark.django_db
def test_a_room_type_that_has_nights_is_not_deleted() -> None:
    room_type = RoomTypeFactory.create()

    with (
        pytest.raises(IntegrityError, match="archive it"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM inventory_roomtype WHERE id = %s", [room_type.id])

    RoomNight.objects.filter(room_type=room_type).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM inventory_roomtype WHERE id = %s", [room_type.id])


@pytest.mark.django_db
def test_archived_hotels_and_room_types_get_no_nights() -> None:
    RoomTypeFactory.create(hotel=HotelFactory.create(archived_at=NOON), nights=False)
    RoomTypeFactory.create(archived_at=NOON, nights=False)

    added = services.generate_inventory()

    assert added == 0


@pytest.mark.django_db
def test_one_hotel_can_be_filled_alone(capsys: pytest.CaptureFixture[str]) -> None:
    here, elsewhere = RoomTypeFactory.create(nights=False), RoomTypeFactory.create(nights=False)

    call_command("generate_inventory", hotel=here.hotel_id)

    assert RoomNight.objects.filter(room_type=here).count() == 30
    assert not RoomNight.objects.filter(room_type=elsewhere).exists()
    assert "30 nights added for 1 hotels" in capsys.readouterr().out


@pytest.mark.django_db
def test_the_command_refuses_a_hotel_that_is_not_there() -> None:
    with pytest.raises(CommandError, match="no such hotel"):
        call_command("generate_inventory", hotel="0199f3a2-7c1e-7d3a-9a52-3f6b8f1c2d4e")


@pytest.mark.django_db(transaction=True)
def test_five_runs_at_once_leave_each_night_once() -> None:
    room_types = [RoomTypeFactory.create(nights=False) for _ in range(4)]
    together = Barrier(5)

    def run(_: int) -> int:
        try:
            together.wait(timeout=10)
            return services.generate_inventory()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as threads:
        added = list(threads.map(run, range(5)))

    assert sum(added) == 4 * 30
    for room_type in room_types:
        assert RoomNight.objects.filter(room_type=room_type).count() == 30


@pytest.mark.django_db(transaction=True)
def test_a_run_beside_another_one_leaves_the_work_to_it_but_a_new_room_type_gets_its_nights() -> None:
    waiting = RoomTypeFactory.create(nights=False)

    with ThreadPoolExecutor(1) as thread, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_generation._GENERATION_LOCK])

        def beside() -> tuple[int, int]:
            try:
                run = services.generate_inventory()
                return run, RoomNight.objects.filter(room_type=RoomTypeFactory.create()).count()
            finally:
                connections.close_all()

        added, nights_of_the_new = thread.submit(beside).result(timeout=20)

    assert (added, nights_of_the_new) == (0, 30)
    assert not RoomNight.objects.filter(room_type=waiting).exists()
