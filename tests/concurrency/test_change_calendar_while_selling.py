"""Many nights are changed while they are sold, under the plan that makes a careless UPDATE deadlock."""

import random
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from apps.accounts.services import Access
from apps.bookings import services
from apps.inventory import services as inventory
from apps.inventory.models import RoomNight
from apps.platform.models import AuditEntry
from tests.bookings.orders import caller_of, fresh_key, order
from tests.concurrency.crowd import all_at_once
from tests.concurrency.test_overlapping_stays import deadlocks, no_index_scans, scatter_rows
from tests.factories.accounts import UserFactory
from tests.factories.inventory import HotelFactory, RoomTypeFactory

__all__ = ["no_index_scans"]

pytestmark = pytest.mark.django_db(transaction=True)

GUESTS, MANAGERS, ROUNDS = 8, 3, 6


def test_sales_and_changes_of_the_same_nights_never_deadlock(no_index_scans: None, settings: Any) -> None:
    settings.PENDING_BOOKINGS_PER_GUEST = 1_000
    hotel = HotelFactory.create()
    room_types = [RoomTypeFactory.create(hotel=hotel, room_count=7) for _ in range(3)]
    first = order(room_types[0], days_ahead=0).arrival
    RoomNight.objects.filter(night__gt=first + timedelta(days=30)).delete()
    scatter_rows()
    callers = [caller_of(UserFactory.create()) for _ in range(GUESTS)]
    manager = Access(principal="user:revenue", is_administrator=True, permissions=frozenset())
    before = deadlocks()

    def sell(client: int) -> Counter[str]:
        dice, seen = random.Random(client), Counter[str]()
        for _ in range(ROUNDS):
            types = dice.sample(room_types, k=dice.randint(1, 3))
            wish = order(*types, days_ahead=dice.randint(5, 12), nights=dice.randint(1, 7))
            outcome = services.place_booking(wish, caller=callers[client], key=fresh_key())
            seen[outcome.code] += 1
            if outcome.code == "booked" and dice.random() < 0.5:
                command = services.CancelBooking(booking_id=UUID(orjson.loads(outcome.body)["id"]))
                seen[services.cancel_booking(command, caller=callers[client], key=fresh_key()).code] += 1
        return seen

    def manage(number: int) -> Counter[str]:
        dice, seen = random.Random(100 + number), Counter[str]()
        for _ in range(ROUNDS):
            kinds = dice.sample(room_types, k=dice.randint(1, 3))
            change = inventory.CalendarChange(
                first=first + timedelta(days=dice.randint(0, 6)),
                last=first + timedelta(days=dice.randint(7, 25)),
                room_type_ids=tuple(kind.id for kind in kinds),
                restrictions={"max_advance": dice.randint(100, 200)},
                overbooking_limit=dice.randint(0, 2),
            )
            seen[_tried(hotel.id, manager, change)] += 1
        return seen

    jobs = [lambda client=client: sell(client) for client in range(GUESTS)]
    results = all_at_once(*jobs, *[lambda number=number: manage(number) for number in range(MANAGERS)])

    total: Counter[str] = sum(results, Counter())
    assert set(total) <= {
        "booked",
        "no_rooms_left",
        "canceled",
        "saved",
        "undone",
        "capacity_below_sold",
        "changed_since",
    }
    assert total["booked"] > 0
    assert total["saved"] + total["undone"] > 0
    assert deadlocks() == before
    assert _told(hotel.id) == {
        (night.room_type_id, night.night): night.overbooking_limit
        for night in RoomNight.objects.filter(overbooking_limit__gt=0)
    }


def _tried(hotel_id: UUID, access: Access, change: inventory.CalendarChange) -> str:
    """Save, and take every other one back."""
    try:
        saved = inventory.change_calendar(access=access, hotel_id=hotel_id, changes=[change])
        if saved.change_id is None or saved.nights_changed % 2:
            return "saved"
        inventory.undo_change(access=access, hotel_id=hotel_id, change_id=saved.change_id)
    except (inventory.CapacityBelowSold, inventory.ChangedSince) as refusal:
        return refusal.code
    return "undone"


def _told(hotel_id: UUID) -> dict[tuple[UUID, Any], int]:
    """The limits that the audit log tells of, entry by entry: each begins where the one before it has ended."""
    limits: dict[str, int] = {}
    rows = AuditEntry.objects.filter(scope_id=hotel_id, operation="inventory.set_overbooking_limit").order_by("id")
    for row in rows:
        assert limits.get(row.object_id, 0) == row.before["overbooking_limit"]
        limits[row.object_id] = row.after["overbooking_limit"]
    names = {
        f"{night.room_type_id}/{night.night}": (night.room_type_id, night.night) for night in RoomNight.objects.all()
    }
    return {names[name]: limit for name, limit in limits.items() if limit}
