"""Taxes and fees: what can be said of them, their versions, and what one is taken on."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from apps.accounts.services import Access, Permission
from apps.inventory import services
from apps.inventory.models import Charge, Hotel
from apps.inventory.services import ChargeChanges, ChargeDue, ChargeKind, ChargePer
from apps.platform.errors import Denied, Invalid, NotFound, Problem
from apps.platform.models import AuditEntry
from apps.platform.money import Money
from tests.factories.inventory import HotelFactory

ALL = Access(principal="user:admin", is_administrator=True, permissions=frozenset())


def euros(amount: str) -> Money:
    return Money(amount=amount, currency="EUR")


@pytest.fixture
def hotel(db: None) -> Hotel:
    row: Hotel = HotelFactory.create()
    return row


def add(hotel: Hotel, code: str = "VAT", **given: Any) -> services.ChargeFacts:
    plain: dict[str, Any] = {"name": code, "kind": ChargeKind.TAX}
    if not {"percent", "amount"} & given.keys():
        plain["percent"] = Decimal(10)
    return services.add_charge(access=ALL, hotel_id=hotel.id, code=code, **plain | given)


def change(hotel: Hotel, charge_id: UUID, **changes: Any) -> services.ChargeFacts:
    return services.update_charge(access=ALL, hotel_id=hotel.id, charge_id=charge_id, changes=ChargeChanges(**changes))


def pointers(refusal: pytest.ExceptionInfo[Problem]) -> list[str]:
    return [item["pointer"] for item in refusal.value.items]


def test_a_charge_says_all_of_itself(hotel: Hotel) -> None:
    given: dict[str, Any] = {
        "amount": euros("2.00"),
        "per": ChargePer.PERSON_NIGHT,
        "exempt_under_age": 13,
        "max_nights": 7,
        "first": date(2027, 1, 1),
        "due": ChargeDue.AT_PROPERTY,
    }

    charge = add(hotel, "CITY", **given)

    assert services.get_charge(hotel_id=hotel.id, charge_id=charge.id) == charge
    assert {name: getattr(charge, name) for name in given} == given
    assert (charge.percent, charge.inclusive, charge.last, charge.archived) == (None, False, None, False)


def test_a_percent_takes_the_place_of_an_amount_and_back(hotel: Hotel) -> None:
    charge = add(hotel, amount=euros("2.00"))

    as_percent = change(hotel, charge.id, percent=Decimal("7.5"))
    as_amount = change(hotel, charge.id, amount=euros("3.00"))

    assert (as_percent.percent, as_percent.amount) == (Decimal("7.5"), None)
    assert (as_amount.percent, as_amount.amount) == (None, euros("3.00"))


def test_what_is_left_out_stays_and_none_takes_away(hotel: Hotel) -> None:
    charge = add(hotel, max_nights=7, first=date(2027, 1, 1))

    changed = change(hotel, charge.id, max_nights=None)

    assert (changed.max_nights, changed.first, changed.percent) == (None, date(2027, 1, 1), Decimal(10))
    (_, entry) = AuditEntry.objects.order_by("id")
    assert (entry.operation, entry.before, entry.after) == (
        "inventory.update_charge",
        {"max_nights": 7},
        {"max_nights": None},
    )


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"code": " ", "name": "VAT"}, "/code"),
        ({"percent": None}, "/amount"),
        ({"percent": Decimal(5), "amount": euros("2")}, "/amount"),
        ({"percent": Decimal(-1)}, "/percent"),
        ({"percent": Decimal(101)}, "/percent"),
        ({"percent": Decimal(5), "per": ChargePer.NIGHT}, "/per"),
        ({"percent": Decimal(5), "on_room": False}, "/on_room"),
        ({"amount": euros("-2")}, "/amount/amount"),
        ({"amount": euros("2.005")}, "/amount/amount"),
        ({"amount": Money(amount="200", currency="JPY")}, "/amount/currency"),
        ({"amount": euros("2"), "on_charges": ("FEE",)}, "/on_charges"),
        ({"exempt_under_age": 19}, "/exempt_under_age"),
        ({"max_nights": 0}, "/max_nights"),
        ({"first": date(2027, 2, 1), "last": date(2027, 1, 1)}, "/to"),
        ({"on_charges": ("NOWHERE",)}, "/on_charges/0"),
        ({"on_charges": ("VAT",)}, "/on_charges"),
    ],
)
def test_what_cannot_be_right_is_named(hotel: Hotel, given: dict[str, Any], pointer: str) -> None:
    add(hotel, "FEE")

    with pytest.raises(Invalid) as refusal:
        add(hotel, **{"code": "VAT"} | given)

    assert pointers(refusal) == [pointer]
    assert Charge.objects.count() == 1


def test_versions_of_a_charge_follow_each_other_without_overlap(hotel: Hotel) -> None:
    add(hotel, percent=Decimal(7), last=date(2027, 12, 31))
    newer = add(hotel, percent=Decimal(9), first=date(2028, 1, 1))

    with pytest.raises(Invalid) as refusal:
        change(hotel, newer.id, first=date(2027, 12, 31))
    with pytest.raises(Invalid) as without_dates:
        add(hotel, percent=Decimal(8))

    assert pointers(refusal) == ["/from"]
    assert pointers(without_dates) == ["/from", "/from"]


def test_versions_are_all_contained_in_the_prices_or_none(hotel: Hotel) -> None:
    add(hotel, last=date(2027, 12, 31))

    with pytest.raises(Invalid) as refusal:
        add(hotel, first=date(2028, 1, 1), inclusive=True)

    assert pointers(refusal) == ["/inclusive"]


def test_an_archived_version_is_in_nobodys_way(hotel: Hotel) -> None:
    old = add(hotel)
    change(hotel, old.id, archived=True)
    add(hotel, percent=Decimal(9))

    with pytest.raises(Invalid) as refusal:
        change(hotel, old.id, archived=False)

    assert pointers(refusal) == ["/from"]


def test_no_charge_is_taken_on_itself_over_others(hotel: Hotel) -> None:
    service = add(hotel, "SERVICE")
    add(hotel, "VAT", on_charges=("SERVICE",))

    with pytest.raises(Invalid) as refusal:
        change(hotel, service.id, on_charges=("VAT",))

    assert [item["code"] for item in refusal.value.items] == ["circular"]


@pytest.mark.parametrize(("changes", "pointer"), [({"archived": True}, "/archived"), ({"code": "SVC"}, "/code")])
def test_what_another_charge_is_taken_on_stays(hotel: Hotel, changes: dict[str, Any], pointer: str) -> None:
    service = add(hotel, "SERVICE")
    add(hotel, "VAT", on_charges=("SERVICE",))

    with pytest.raises(Invalid) as refusal:
        change(hotel, service.id, **changes)

    assert pointers(refusal) == [pointer]
    assert Charge.objects.filter(code="SERVICE", archived_at__isnull=True).exists()


def test_charges_of_another_hotel_are_not_found(hotel: Hotel) -> None:
    charge = add(HotelFactory.create())

    with pytest.raises(NotFound):
        change(hotel, charge.id, name="Mine")


def test_who_sets_rates_does_not_set_taxes(hotel: Hotel) -> None:
    rights = {(Permission.VIEW_HOTEL, hotel.id), (Permission.MANAGE_RATES, hotel.id)}
    revenue = Access(principal="user:revenue", is_administrator=False, permissions=frozenset(rights))

    with pytest.raises(Denied):
        services.add_charge(
            access=revenue, hotel_id=hotel.id, code="VAT", name="VAT", kind=ChargeKind.TAX, percent=Decimal(10)
        )
