"""What a room type asks for more people than its price includes."""

from typing import Any

import pytest

from apps.accounts.services import Access
from apps.inventory import services
from apps.inventory.models import RoomType
from apps.inventory.services import ChildPrice, RoomTypeChanges
from apps.platform.errors import Invalid
from apps.platform.models import AuditEntry
from apps.platform.money import Money
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db

ALL = Access(principal="user:revenue", is_administrator=True, permissions=frozenset())


def euros(amount: str) -> Money:
    return Money(amount=amount, currency="EUR")


def changed(room_type: RoomType, **changes: Any) -> services.RoomTypeFacts:
    return services.update_room_type(
        access=ALL, hotel_id=room_type.hotel_id, room_type_id=room_type.id, changes=RoomTypeChanges(**changes)
    )


def test_extra_adults_and_children_by_age() -> None:
    room_type = RoomTypeFactory.create(max_adults=4)
    bands = (ChildPrice(to_age=2, amount=euros("0.00")), ChildPrice(to_age=12, amount=euros("15.00")))

    facts = changed(room_type, included_adults=2, extra_adult=euros("30"), child_bands=bands)

    assert (facts.included_adults, facts.extra_adult, facts.child_bands) == (2, euros("30.00"), bands)
    entry = AuditEntry.objects.get()
    assert entry.after["extra_adult_minor"] == 3_000
    assert entry.after["child_bands"] == [{"to_age": 2, "amount_minor": 0}, {"to_age": 12, "amount_minor": 1_500}]


def test_a_price_is_for_as_many_as_the_room_sleeps_unless_it_says_otherwise() -> None:
    room_type = RoomTypeFactory.create(max_adults=3)

    assert changed(room_type, max_adults=4).included_adults == 4


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"included_adults": 0}, "/included_adults"),
        ({"included_adults": 3}, "/included_adults"),
        ({"extra_adult": euros("-1")}, "/extra_adult/amount"),
        ({"extra_adult": euros("0.005")}, "/extra_adult/amount"),
        ({"extra_adult": Money(amount="5", currency="JPY")}, "/extra_adult/currency"),
        ({"child_bands": (ChildPrice(to_age=18, amount=euros("1")),)}, "/child_bands/0/to_age"),
        ({"child_bands": (ChildPrice(to_age=5, amount=euros("-1")),)}, "/child_bands/0/amount/amount"),
        (
            {"child_bands": (ChildPrice(to_age=5, amount=euros("1")), ChildPrice(to_age=5, amount=euros("2")))},
            "/child_bands/1/to_age",
        ),
    ],
)
def test_what_cannot_be_right_is_named(given: dict[str, Any], pointer: str) -> None:
    room_type = RoomTypeFactory.create(max_adults=2)

    with pytest.raises(Invalid) as refusal:
        changed(room_type, name="Renamed", **given)

    assert [item["pointer"] for item in refusal.value.items] == [pointer]
    assert RoomType.objects.get().name == "Double"
