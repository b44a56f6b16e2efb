"""What belongs to others does not exist: statements 18, 20, 21, 24 and 25 of docs/security.md."""

from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache

from apps.accounts import services as accounts
from apps.accounts.services import Role
from apps.bookings.models import Booking
from apps.inventory.models import RatePlan, Room, RoomType
from tests.bookings.orders import fresh_key
from tests.security.world import World, made_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    cache.clear()
    return made_world()


def body_of(world: World) -> dict[str, Any]:
    first = world.first
    return {
        "hotel_id": str(first.hotel.id),
        "arrival": "2026-12-24",
        "departure": "2026-12-26",
        "rooms": [
            {
                "room_type_id": str(first.room_type.id),
                "rate_plan_id": str(first.hotel.rate_plans.order_by("id")[0].id),
                "adults": 1,
            }
        ],
        "booker": {"full_name": "Ada Lovelace", "email": "ada@guests.example"},
    }


def test_the_booking_of_a_is_nowhere_for_b(world: World) -> None:
    """Statement 18: not by its address, in lists, filters or search."""
    booking = world.first.booking
    b, number = world.api("guest_b"), booking["confirmation_number"]
    addresses = [f"/api/v1/bookings/{booking['id']}", f"/api/v1/bookings/{booking['id']}/cancellation"]
    lists = [
        "/api/v1/bookings",
        f"/api/v1/bookings?confirmation_number={number}",
        f"/api/v1/bookings?hotel_id={world.first.hotel.id}",
        f"/api/v1/reservations?hotel_id={world.first.hotel.id}",
    ]

    assert [b.get(address).status_code for address in addresses] == [404, 404]
    moves = [
        b.post(f"{addresses[0]}/{verb}", {}, headers={"Idempotency-Key": fresh_key()}) for verb in ("confirm", "cancel")
    ]
    assert [answer.status_code for answer in moves] == [404, 404]
    assert all(booking["id"] not in b.get(address).content.decode() for address in lists)
    assert world.api("guest_a").get(f"/api/v1/bookings?confirmation_number={number}").json()["results"]


def test_staff_write_nothing_into_another_hotel(world: World) -> None:
    """Statement 20: neither by the address of another hotel nor by its ids in a body."""
    first, second, staff = world.first, world.second, world.api("staff_1")
    before = [model.objects.count() for model in (RoomType, RatePlan, Room, Booking)]
    theirs, ours = f"/api/v1/hotels/{second.hotel.id}", f"/api/v1/hotels/{first.hotel.id}"
    room_type = {"code": "NEW", "name": "New", "max_adults": 2, "max_children": 0, "room_count": 1}

    answers = [
        staff.post(f"{theirs}/room-types", room_type | {"base_rate": {"amount": "1.00", "currency": "EUR"}}),
        staff.post(f"{theirs}/rate-plans", {"code": "X", "name": "X", "percent": "1.00"}),
        staff.post(f"{theirs}/rooms", {"room_type_id": str(second.room_type.id), "number": "1"}),
        staff.post(f"{ours}/rooms", {"room_type_id": str(second.room_type.id), "number": "1"}),
        staff.patch(f"{ours}/rooms/{first.room.id}", {"room_type_id": str(second.room_type.id)}),
        staff.patch(f"{ours}/room-types/{second.room_type.id}", {"name": "Mine"}),
        staff.patch(theirs, {"name": "Mine"}),
    ]

    assert {answer.status_code for answer in answers} <= {400, 404}
    assert [model.objects.count() for model in (RoomType, RatePlan, Room, Booking)] == before
    second.hotel.refresh_from_db()
    assert second.hotel.name != "Mine"


@pytest.mark.parametrize(
    "more",
    [{"status": "confirmed"}, {"total": {"amount": "0.01", "currency": "EUR"}}, {"user": "x"}, {"account_id": "x"}],
)
def test_a_booking_takes_no_field_that_is_the_servers(world: World, more: dict[str, Any]) -> None:
    """Statements 21 and 28: state, price and owner are not the client's."""
    answer = world.api("guest_b").post(
        "/api/v1/bookings", body_of(world) | more, headers={"Idempotency-Key": fresh_key()}
    )

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "unknown_field"
    assert Booking.objects.count() == 2


@pytest.mark.parametrize(
    "more", [{"is_staff": True}, {"is_superuser": True}, {"roles": ["platform_admin"]}, {"email": "x@y.example"}]
)
def test_nobody_raises_themselves(world: World, more: dict[str, Any]) -> None:
    """Statement 21: a profile takes a name and nothing else."""
    api = world.api("guest_a")

    answer = api.patch("/api/v1/me", {"full_name": "Ada"} | more)

    assert answer.status_code == 400
    assert accounts.access_of(world.users["guest_a"].id).permissions == frozenset()


def test_ids_tell_nothing_but_their_time(world: World) -> None:
    """Statement 24: every id that a client sees is a UUID of version 7, of which 74 bits are random."""
    booking = world.first.booking
    seen = [booking["id"], booking["reservations"][0]["id"], str(world.first.hotel.id), str(world.first.key.key.id)]

    assert [UUID(one).version for one in seen] == [7] * 4
    assert len({UUID(one).int & (2**62 - 1) for one in seen}) == 4


def test_a_key_of_a_shows_b_nothing_of_a(world: World) -> None:
    """Statement 25: idempotency keys are each caller's own."""
    key = fresh_key()
    first = world.api("guest_a").post("/api/v1/bookings", body_of(world), headers={"Idempotency-Key": key})

    second = world.api("guest_b").post("/api/v1/bookings", body_of(world), headers={"Idempotency-Key": key})

    assert [answer.status_code for answer in (first, second)] == [201, 201]
    assert "Idempotent-Replayed" not in second.headers
    assert first.json()["id"] != second.json()["id"]


def test_a_replay_after_losing_access_is_not_found(world: World) -> None:
    """Statement 25: the stored answer is for those who may still see the booking."""
    address, key = f"/api/v1/bookings/{world.first.booking['id']}/confirm", fresh_key()
    staff = world.api("staff_1")
    done = staff.post(address, {}, headers={"Idempotency-Key": key})
    again = staff.post(address, {}, headers={"Idempotency-Key": key})

    accounts.revoke_role(user_id=world.users["staff_1"].id, role=Role.HOTEL_ADMIN, scope_id=world.first.hotel.id)
    lost = staff.post(address, {}, headers={"Idempotency-Key": key})

    assert [done.status_code, again.status_code, lost.status_code] == [200, 200, 404]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert world.first.booking["confirmation_number"] not in lost.content.decode()
