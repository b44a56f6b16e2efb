"""Stays that overlap, booked and canceled at once, under the plan that makes a careless UPDATE deadlock."""

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.db import connection, connections

from apps.bookings import services
from apps.bookings.models import ReservationNight
from apps.inventory.models import RoomNight
from tests.bookings.orders import caller_of, fresh_key, order
from tests.concurrency.crowd import all_at_once
from tests.factories.accounts import UserFactory
from tests.factories.inventory import HotelFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS = 16
BOOKINGS_EACH = 8


@pytest.fixture
def no_index_scans() -> Iterator[None]:
    """Every connection of this database plans without index scans: rows come in the order of the heap or a bitmap."""
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" SET enable_indexscan = off')
        cursor.execute(f'ALTER DATABASE "{name}" SET enable_indexonlyscan = off')
    connections.close_all()
    yield
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" RESET ALL')
    connections.close_all()


def scatter_rows() -> None:
    """Rewrite the nights in a random order, so that the order of the heap is not the order of the key."""
    rows = list(RoomNight.objects.all())
    random.Random(7).shuffle(rows)
    RoomNight.objects.all().delete()
    RoomNight.objects.bulk_create(rows)


def deadlocks() -> int:
    """How many PostgreSQL has resolved in this database: the runner's retries would hide them from a client."""
    connections.close_all()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def test_no_deadlock_reaches_a_client_and_no_night_is_oversold(no_index_scans: None, settings: Any) -> None:
    settings.PENDING_BOOKINGS_PER_GUEST = 1_000
    hotel = HotelFactory.create()
    room_types = [RoomTypeFactory.create(hotel=hotel, room_count=7) for _ in range(3)]
    RoomNight.objects.filter(night__gt=order(room_types[0], days_ahead=30).arrival).delete()
    scatter_rows()
    callers = [caller_of(UserFactory.create()) for _ in range(CLIENTS)]

    before = deadlocks()

    def book_and_cancel(client: int) -> Counter[str]:
        dice, seen = random.Random(client), Counter[str]()
        for _ in range(BOOKINGS_EACH):
            types = dice.sample(room_types, k=dice.randint(1, 3))
            wish = order(*types, days_ahead=dice.randint(5, 12), nights=dice.randint(1, 7))
            outcome = services.place_booking(wish, caller=callers[client], key=fresh_key())
            seen[outcome.code] += 1
            if outcome.code == "booked" and dice.random() < 0.5:
                command = services.CancelBooking(booking_id=UUID(orjson.loads(outcome.body)["id"]))
                seen[services.cancel_booking(command, caller=callers[client], key=fresh_key()).code] += 1
        return seen

    results = all_at_once(*[lambda client=client: book_and_cancel(client) for client in range(CLIENTS)])

    total: Counter[str] = sum(results, Counter())
    assert set(total) <= {"booked", "no_rooms_left", "canceled"}
    assert total["booked"] > 0
    assert deadlocks() == before
    live = Counter(ReservationNight.objects.filter(released_at__isnull=True).values_list("room_type_id", "night"))
    held = {(n.room_type_id, n.night): n.held for n in RoomNight.objects.filter(held__gt=0)}
    assert held == dict(live)
    assert max(held.values()) <= 7
