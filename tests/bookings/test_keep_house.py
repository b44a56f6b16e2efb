"""The rooms as housekeeping sees them, arrivals that get rooms, rooms that are withdrawn, and overbooked nights."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.accounts import services as accounts
from apps.bookings import services
from apps.inventory import services as inventory
from apps.inventory.models import RoomNight
from apps.platform import clock
from apps.platform.errors import Denied, NotFound
from apps.platform.models import OutboxMessage
from tests.bookings.desk import assign, check_in, doors, rooms, staff_of, stay
from tests.bookings.orders import caller_of, fresh_key, today_at
from tests.factories.accounts import UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db
ADMINISTRATOR = accounts.Access(principal="user:test", is_administrator=True, permissions=frozenset())


@pytest.fixture
def double() -> Any:
    return RoomTypeFactory.create()


@pytest.fixture
def desk(double: Any) -> accounts.Caller:
    return staff_of(double.hotel_id)


def close(room: Any, *, first: int = 0, nights: int = 1, kind: str = "out_of_service") -> None:
    beginning = today_at(room.room_type) + timedelta(days=first)
    inventory.close_room(
        access=ADMINISTRATOR,
        hotel_id=room.hotel_id,
        room_id=room.id,
        first=beginning,
        last=beginning + timedelta(days=nights - 1),
        kind=inventory.ClosureKind(kind),
        reason="A burst pipe",
    )


def test_the_board_tells_what_is_to_be_done_where(double: Any, desk: accounts.Caller) -> None:
    leaving, staying, coming, broken, _ = rooms(double, "101", "102", "103", "104", "105")
    check_in(stay(double, nights=1), desk, leaving)
    check_in(stay(double, nights=3), desk, staying)
    due_in = stay(double, days_ahead=1)
    assign(due_in, desk, coming)
    housekeeping = staff_of(double.hotel_id, accounts.Role.HOUSEKEEPING)

    with clock.moved_to(clock.now() + timedelta(days=1)):
        close(broken, kind="out_of_order")
        board = services.housekeeping_board(double.hotel_id, caller=housekeeping)

    assert [(room.number, room.occupancy.value, room.due_in, room.service.value) for room in board.rooms] == [
        ("101", "due_out", False, "in_service"),
        ("102", "stays_over", False, "in_service"),
        ("103", "vacant", True, "in_service"),
        ("104", "vacant", False, "out_of_order"),
        ("105", "vacant", False, "in_service"),
    ]


def test_housekeeping_says_how_a_room_was_left(double: Any) -> None:
    [room] = rooms(double, "101")
    clean = inventory.RoomCondition.INSPECTED

    for role in (accounts.Role.HOUSEKEEPING, accounts.Role.FRONT_DESK):
        access = accounts.rights_of(staff_of(double.hotel_id, role))
        facts = inventory.set_room_condition(access=access, hotel_id=double.hotel_id, room_id=room.id, condition=clean)
        assert facts.condition is clean
    revenue = accounts.rights_of(staff_of(double.hotel_id, accounts.Role.REVENUE_MANAGER))
    with pytest.raises(Denied):
        inventory.set_room_condition(access=revenue, hotel_id=double.hotel_id, room_id=room.id, condition=clean)


def test_strangers_see_no_board(double: Any) -> None:
    with pytest.raises(NotFound):
        services.housekeeping_board(double.hotel_id, caller=caller_of(UserFactory.create()))


def test_all_who_arrive_get_rooms_and_a_second_run_changes_nothing(double: Any, desk: accounts.Caller) -> None:
    rooms(double, "101", "102", "103")
    arriving = [stay(double, days_ahead=2, nights=nights) for nights in (1, 2, 3, 4)]
    day = today_at(double) + timedelta(days=2)

    first = services.assign_arrivals(double.hotel_id, day=day, caller=desk, key=fresh_key())
    second = services.assign_arrivals(double.hotel_id, day=day, caller=desk, key=fresh_key())

    assert (first.assigned, len(first.left), second.assigned) == (3, 1, 0)
    # The longest come first.
    assert doors(arriving[0]) == [None]
    assert len({doors(booked)[0] for booked in arriving}) == 4


def test_a_room_that_is_closed_is_taken_from_who_has_not_come(double: Any, desk: accounts.Caller) -> None:
    [room, other] = rooms(double, "101", "102")
    here, ahead, later = stay(double, nights=2), stay(double, days_ahead=2), stay(double, days_ahead=9)
    check_in(here, desk, room)
    for booked in (ahead, later):
        assign(booked, desk, room)

    close(room, nights=4)
    [told] = OutboxMessage.objects.filter(topic="room.withdrawn")
    facts = told.payload["data"]
    first, last = today_at(double), today_at(double) + timedelta(days=3)
    assert (UUID(facts["room_id"]), facts["first"], facts["last"]) == (room.id, first.isoformat(), last.isoformat())
    vacated = [services.vacate_room(room.id, first=first, last=last) for _ in range(2)]

    assert vacated == [1, 0]
    assert (doors(here), doors(ahead), doors(later)) == ([room.id] * 2, [None, None], [room.id] * 2)
    assert other.id not in doors(ahead)
    assert services.check_invariants() == ()


def test_an_overbooked_night_proposes_who_could_give_way(double: Any, desk: accounts.Caller) -> None:
    suite = RoomTypeFactory.create(hotel=double.hotel, name="Suite", room_count=1)
    full = RoomTypeFactory.create(hotel=double.hotel, name="Twin", room_count=1)
    stay(full, nights=9)
    promised, first, last = stay(double, nights=1), stay(double, nights=1), stay(double, nights=1)
    room, *_ = rooms(double, "101", "102", "103")
    assign(promised, desk, room, do_not_move=True)
    tonight = RoomNight.objects.filter(room_type=double, night=today_at(double))
    tonight.update(physical=2, overbooking_limit=1)

    [need] = services.proposals_for(double.hotel_id, caller=desk)

    assert [proposal.reservation_id for proposal in need.proposals] == [last, first, promised]
    assert {tuple(kind.id for kind in proposal.room_types) for proposal in need.proposals} == {(suite.id,)}
    assert {proposal.way for proposal in need.proposals} == {services.Way.UPGRADE}


def test_where_no_other_type_has_room_guests_are_walked(double: Any, desk: accounts.Caller) -> None:
    stay(double)
    RoomNight.objects.filter(room_type=double).update(physical=0, overbooking_limit=1)

    ways = {
        proposal.way for need in services.proposals_for(double.hotel_id, caller=desk) for proposal in need.proposals
    }

    assert ways == {services.Way.WALK}
