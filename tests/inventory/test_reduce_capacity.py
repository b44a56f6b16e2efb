"""Fewer rooms than are sold: only with a reason, and then the nights are on the list of guests to be walked."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.services import Access, Permission
from apps.inventory import services
from apps.inventory.models import RoomNight, RoomType
from apps.platform import clock
from apps.platform.errors import Denied, NotFound
from apps.platform.models import AuditEntry
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db

ALL = Access(principal="user:test", is_administrator=True, permissions=frozenset())


@pytest.fixture
def double() -> Any:
    """Five rooms, of which four are taken in three days, and five the day after."""
    room_type = RoomTypeFactory.create(code="DBL", name="Double")
    nights = RoomNight.objects.filter(room_type=room_type)
    nights.filter(night=night_ahead(3)).update(sold=3, held=1)
    nights.filter(night=night_ahead(4)).update(sold=5)
    return room_type


def night_ahead(days: int) -> Any:
    return clock.now().date() + timedelta(days=days)


def resize(room_type: RoomType, rooms: int, access: Access = ALL, reason: str = "") -> None:
    services.update_room_type(
        access=access,
        hotel_id=room_type.hotel_id,
        room_type_id=room_type.id,
        changes=services.RoomTypeChanges(room_count=rooms),
        override_reason=reason,
    )


def test_with_a_reason_the_limits_of_those_nights_rise_by_what_is_needed(double: RoomType) -> None:
    resize(double, 3, reason="Two rooms become a spa")

    nights = RoomNight.objects.filter(room_type=double, overbooking_limit__gt=0).order_by("night")
    assert [(night.night, night.physical, night.overbooking_limit) for night in nights] == [
        (night_ahead(3), 3, 1),
        (night_ahead(4), 3, 2),
    ]
    entries = AuditEntry.objects.filter(operation="inventory.raise_limit").order_by("object_id")
    assert [(entry.after["overbooking_limit"], entry.reason) for entry in entries] == [
        (1, "Two rooms become a spa"),
        (2, "Two rooms become a spa"),
    ]


def test_a_limit_that_is_enough_already_stays(double: RoomType) -> None:
    RoomNight.objects.filter(room_type=double).update(overbooking_limit=1)

    resize(double, 4, reason="One room becomes an office")

    assert set(RoomNight.objects.values_list("overbooking_limit", flat=True)) == {1}
    assert not AuditEntry.objects.filter(operation="inventory.raise_limit").exists()


def test_a_reason_needs_the_permission_to_override(double: RoomType) -> None:
    granted = {Permission.VIEW_HOTEL, Permission.MANAGE_HOTEL, Permission.MANAGE_INVENTORY}
    access = Access(
        principal="user:staff",
        is_administrator=False,
        permissions=frozenset((permission, double.hotel_id) for permission in granted),
    )

    with pytest.raises(Denied):
        resize(double, 3, access, "Because")

    assert set(RoomNight.objects.values_list("physical", "overbooking_limit")) == {(5, 0)}


def test_the_list_of_guests_to_be_walked_names_night_and_reason(double: RoomType) -> None:
    resize(double, 3, reason="Two rooms become a spa")
    RoomNight.objects.filter(room_type=double, night=night_ahead(6)).update(sold=4, overbooking_limit=1)

    nights = services.overbooked_nights(access=ALL, hotel_id=double.hotel_id)

    assert [(one.night, one.available, one.sold, one.held, one.too_many, one.reason) for one in nights] == [
        (night_ahead(3), 3, 3, 1, 1, "Two rooms become a spa"),
        (night_ahead(4), 3, 5, 0, 2, "Two rooms become a spa"),
        (night_ahead(6), 3, 4, 0, 1, ""),
    ]
    assert (nights[0].room_type_code, nights[0].actor) == ("DBL", "user:test")


def test_a_limit_alone_walks_nobody(double: RoomType) -> None:
    RoomNight.objects.filter(room_type=double).update(overbooking_limit=2)

    assert services.overbooked_nights(access=ALL, hotel_id=double.hotel_id) == ()


def test_the_list_is_that_of_the_hotels_own_staff(double: RoomType) -> None:
    stranger = Access(principal="user:other", is_administrator=False, permissions=frozenset())

    with pytest.raises(NotFound):
        services.overbooked_nights(access=stranger, hotel_id=double.hotel_id)


def test_the_list_takes_two_statements_however_many_nights(double: RoomType) -> None:
    RoomNight.objects.filter(room_type=double).update(sold=6, held=0, overbooking_limit=1)

    with CaptureQueriesContext(connection) as statements:
        nights = services.overbooked_nights(access=ALL, hotel_id=double.hotel_id)

    assert len(nights) > 100
    assert len(statements) == 2
