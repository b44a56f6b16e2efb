"""Rooms out of order and out of service: what they take off sale, and what stands in their way."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction

from apps.accounts.services import Access, Permission
from apps.inventory import services
from apps.inventory.models import ClosedNight, Room, RoomClosure, RoomNight
from apps.inventory.services import ClosureKind
from apps.platform import clock
from apps.platform.errors import Denied, Invalid, NotFound
from apps.platform.models import AuditEntry
from tests.concurrency.crowd import all_at_once
from tests.factories.inventory import RoomFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

ALL = Access(principal="user:test", is_administrator=True, permissions=frozenset())
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TODAY = date(2026, 6, 1)


@contextmanager
def _on(day: date) -> Iterator[None]:
    with clock.moved_to(datetime(day.year, day.month, day.day, 12, tzinfo=UTC)):
        yield


@pytest.fixture(autouse=True)
def _june(settings: LazySettings) -> Iterator[None]:
    settings.INVENTORY_HORIZON_NIGHTS = 30
    with clock.moved_to(NOON):
        yield


@pytest.fixture
def room() -> Any:
    """One of two doubles."""
    return RoomFactory.create(room_type=RoomTypeFactory.create(room_count=2))


def day(number: int) -> date:
    return date(2026, 6, number)


def close(room: Room, first: int, last: int, **fields: Any) -> services.ClosureFacts:
    given = {"kind": ClosureKind.OUT_OF_ORDER, "reason": "Burst pipe"} | fields
    return services.close_room(
        access=ALL, hotel_id=room.hotel_id, room_id=room.id, first=day(first), last=day(last), **given
    )


def change(room: Room, closure: services.ClosureFacts, **changes: Any) -> services.ClosureFacts:
    return services.update_closure(
        access=ALL,
        hotel_id=room.hotel_id,
        room_id=room.id,
        closure_id=closure.id,
        changes=services.ClosureChanges(**changes),
    )


def end(room: Room, closure: services.ClosureFacts) -> None:
    services.end_closure(access=ALL, hotel_id=room.hotel_id, room_id=room.id, closure_id=closure.id)


def out_of_order(room_type_id: Any) -> list[int]:
    """The days of June on which a room of the type is out of order."""
    nights = RoomNight.objects.filter(room_type_id=room_type_id, out_of_order=1)
    return [night.night.day for night in nights.order_by("night")]


def test_a_room_out_of_order_is_one_less_to_sell_on_each_of_its_nights(room: Room) -> None:
    closure = close(room, 10, 12)

    assert out_of_order(room.room_type_id) == [10, 11, 12]
    assert (closure.kind, closure.created_by, closure.ended_at) == (ClosureKind.OUT_OF_ORDER, "user:test", None)
    entry = AuditEntry.objects.get(operation="inventory.add_room_closure")
    assert (entry.scope_id, entry.after["reason"]) == (room.hotel_id, "Burst pipe")


def test_a_room_out_of_service_is_sold_all_the_same(room: Room) -> None:
    close(room, 10, 12, kind=ClosureKind.OUT_OF_SERVICE)

    assert out_of_order(room.room_type_id) == []


def test_two_closures_of_a_room_do_not_share_a_night(room: Room) -> None:
    close(room, 10, 12, kind=ClosureKind.OUT_OF_SERVICE)

    with pytest.raises(services.RoomClosed) as refusal:
        close(room, 8, 11)
    close(room, 13, 14)

    assert [item["date"] for item in refusal.value.items] == ["2026-06-10", "2026-06-11"]
    assert out_of_order(room.room_type_id) == [13, 14]
    assert RoomClosure.objects.count() == 2


def test_the_database_itself_refuses_a_second_closure_of_a_night(room: Room) -> None:
    closure = close(room, 10, 10)

    with pytest.raises(IntegrityError), transaction.atomic():
        ClosedNight.objects.create(
            room=room, night=day(10), closure_id=closure.id, room_type_id=room.room_type_id, out_of_order=True
        )


@pytest.mark.django_db(transaction=True)
def test_of_two_who_close_the_same_room_at_once_one_does(room: Room) -> None:
    def attempt() -> object:
        try:
            with clock.moved_to(NOON):
                return close(room, 10, 12)
        except services.RoomClosed as refusal:
            return refusal

    answers = all_at_once(attempt, attempt)

    assert sorted(type(answer).__name__ for answer in answers) == ["ClosureFacts", "RoomClosed"]
    assert out_of_order(room.room_type_id) == [10, 11, 12]


def test_another_room_of_the_type_may_be_closed_as_well(room: Room) -> None:
    other = RoomFactory.create(room_type=room.room_type)

    close(room, 10, 11)
    close(other, 11, 12)

    nights = RoomNight.objects.filter(room_type_id=room.room_type_id, out_of_order__gt=0).order_by("night")
    assert [(night.night.day, night.out_of_order) for night in nights] == [(10, 1), (11, 2), (12, 1)]


def test_a_changed_closure_counts_on_its_new_nights_only(room: Room) -> None:
    closure = close(room, 10, 12)

    change(room, closure, first=day(12), last=day(14))
    moved = out_of_order(room.room_type_id)
    change(room, closure, kind=ClosureKind.OUT_OF_SERVICE)

    assert moved == [12, 13, 14]
    assert out_of_order(room.room_type_id) == []
    assert ClosedNight.objects.count() == 3


def test_what_was_closed_before_today_stays_closed(room: Room) -> None:
    closure = close(room, 10, 14)

    with _on(day(12)):
        with pytest.raises(Invalid):
            change(room, closure, first=day(11))
        change(room, closure, last=day(12))

    assert out_of_order(room.room_type_id) == [10, 11, 12]


def test_ended_early_a_room_is_there_again_from_today_on(room: Room) -> None:
    closure = close(room, 10, 14)

    with _on(day(12)):
        end(room, closure)
        with pytest.raises(services.ClosureEnded):
            end(room, closure)

    row = RoomClosure.objects.get()
    assert out_of_order(room.room_type_id) == [10, 11]
    assert row.last == day(11)
    assert row.ended_at is not None


def test_a_closure_that_ends_before_it_begins_leaves_nothing_but_its_row(room: Room) -> None:
    end(room, close(room, 10, 14))

    assert out_of_order(room.room_type_id) == []
    assert not ClosedNight.objects.exists()
    assert RoomClosure.objects.get().ended_at is not None
    close(room, 10, 14)


def test_nights_that_are_generated_later_count_the_closures_that_cover_them(room: Room) -> None:
    closure = services.close_room(
        access=ALL,
        hotel_id=room.hotel_id,
        room_id=room.id,
        first=day(30),
        last=date(2026, 7, 3),
        kind=ClosureKind.OUT_OF_ORDER,
        reason="New bathroom",
    )

    with _on(day(5)):
        services.generate_inventory()

    nights = RoomNight.objects.filter(room_type_id=room.room_type_id, out_of_order=1).order_by("night")
    assert [night.night for night in nights] == [closure.first + timedelta(days=ahead) for ahead in range(4)]


def test_a_room_that_comes_to_another_type_takes_its_closures_along(room: Room) -> None:
    suite = RoomTypeFactory.create(hotel=room.hotel, room_count=1)
    close(room, 10, 12)

    with _on(day(11)):
        services.update_room(
            access=ALL,
            hotel_id=room.hotel_id,
            room_id=room.id,
            changes=services.RoomChanges(room_type_id=suite.id),
        )

    assert out_of_order(room.room_type_id) == [10]
    assert out_of_order(suite.id) == [11, 12]


def test_a_closed_room_does_not_come_to_a_type_that_is_sold_out(room: Room) -> None:
    suite = RoomTypeFactory.create(hotel=room.hotel, room_count=1)
    RoomNight.objects.filter(room_type=suite, night=day(11)).update(sold=1)
    close(room, 10, 12)
    move: dict[str, Any] = {
        "access": ALL,
        "hotel_id": room.hotel_id,
        "room_id": room.id,
        "changes": services.RoomChanges(room_type_id=suite.id),
    }

    with pytest.raises(services.CapacityBelowSold) as refusal:
        services.update_room(**move)
    left = out_of_order(room.room_type_id)
    services.update_room(**move, override_reason="The wall between them is down")

    assert [item["date"] for item in refusal.value.items] == ["2026-06-11"]
    assert left == [10, 11, 12]
    assert out_of_order(suite.id) == [10, 11, 12]


def test_archiving_a_room_ends_its_closures(room: Room) -> None:
    close(room, 10, 12)
    close(room, 20, 20)

    with _on(day(11)):
        services.update_room(
            access=ALL, hotel_id=room.hotel_id, room_id=room.id, changes=services.RoomChanges(archived=True)
        )
        with pytest.raises(Invalid):
            close(room, 25, 25)

    assert out_of_order(room.room_type_id) == [10]
    assert not RoomClosure.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize(
    ("first", "last", "fields", "pointer"),
    [
        (date(2026, 5, 31), day(2), {}, "/from"),
        (day(10), day(9), {}, "/to"),
        (day(10), date(2030, 6, 1), {}, "/to"),
        (day(10), day(10), {"reason": "  "}, "/reason"),
    ],
)
def test_a_field_that_cannot_be_right_is_named(
    room: Room, first: date, last: date, fields: dict[str, Any], pointer: str
) -> None:
    given = {"kind": ClosureKind.OUT_OF_ORDER, "reason": "Paint"} | fields

    with pytest.raises(Invalid) as refusal:
        services.close_room(access=ALL, hotel_id=room.hotel_id, room_id=room.id, first=first, last=last, **given)

    assert [item["pointer"] for item in refusal.value.items] == [pointer]
    assert not RoomClosure.objects.exists()


def test_a_room_without_which_more_is_sold_than_there_is_stays_open(room: Room) -> None:
    RoomNight.objects.filter(night=day(11)).update(sold=1, held=1)

    with pytest.raises(services.CapacityBelowSold) as refusal:
        close(room, 10, 12)

    assert [item["date"] for item in refusal.value.items] == ["2026-06-11"]
    assert out_of_order(room.room_type_id) == []
    assert not RoomClosure.objects.exists()


def test_reality_wins_with_a_reason_and_the_limit_rises(room: Room) -> None:
    RoomNight.objects.filter(night=day(11)).update(sold=2)

    close(room, 10, 12, override_reason="Burst pipe in 101")

    limits = RoomNight.objects.filter(overbooking_limit__gt=0).values_list("night", "overbooking_limit")
    assert list(limits) == [(day(11), 1)]
    entry = AuditEntry.objects.get(operation="inventory.raise_limit")
    assert (entry.before, entry.after, entry.reason) == (
        {"overbooking_limit": 0},
        {"overbooking_limit": 1},
        "Burst pipe in 101",
    )
    assert entry.object_id == f"{room.room_type_id}/2026-06-11"


@pytest.mark.parametrize(
    ("permissions", "refusal"),
    [
        (set(), NotFound),
        ({Permission.VIEW_HOTEL}, Denied),
        ({Permission.VIEW_HOTEL, Permission.MANAGE_INVENTORY}, Denied),
    ],
)
def test_who_may_not_override_does_not(room: Room, permissions: set[Permission], refusal: type[Exception]) -> None:
    access = Access(
        principal="user:staff",
        is_administrator=False,
        permissions=frozenset((permission, room.hotel_id) for permission in permissions),
    )

    with pytest.raises(refusal):
        services.close_room(
            access=access,
            hotel_id=room.hotel_id,
            room_id=room.id,
            first=day(10),
            last=day(10),
            kind=ClosureKind.OUT_OF_ORDER,
            reason="Burst pipe",
            override_reason="Burst pipe",
        )

    assert not RoomClosure.objects.exists()


def test_a_closure_of_another_room_is_not_found(room: Room) -> None:
    closure, other = close(room, 10, 12), RoomFactory.create(room_type=room.room_type)

    with pytest.raises(NotFound):
        end(other, closure)
    with pytest.raises(NotFound):
        services.end_closure(access=ALL, hotel_id=uuid4(), room_id=room.id, closure_id=closure.id)
