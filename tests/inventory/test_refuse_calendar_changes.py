"""Changes of the calendar that cannot be: each is refused with its place, and nothing of the save is applied."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.accounts.services import Permission
from apps.inventory import services
from apps.inventory.models import NightlyRate, RoomNight, RoomType
from apps.platform.db import uuid7
from apps.platform.errors import Denied, Invalid, NotFound
from apps.platform.models import AuditEntry
from apps.platform.money import Money
from tests.factories.inventory import HotelFactory, RoomTypeFactory
from tests.inventory.nights import FIRST, change, euros, faults, plan_of, priced, save, staff_with

pytestmark = pytest.mark.django_db

MIDDLE = FIRST + timedelta(days=1)


@pytest.fixture
def room_type() -> RoomType:
    row: RoomType = RoomTypeFactory.create()
    return row


_PRICE = {"rate_plan_ids": ()}


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"stop_sell": True, "last": FIRST - timedelta(days=1)}, "/to"),
        ({"stop_sell": True, "last": FIRST + timedelta(days=400)}, "/to"),
        ({"stop_sell": True, "last": FIRST + timedelta(days=499)}, "/to"),
        (
            {"stop_sell": True, "first": FIRST + timedelta(days=480), "last": FIRST + timedelta(days=500)},
            "/to",
        ),
        ({"stop_sell": True, "first": FIRST - timedelta(days=8)}, "/from"),
        ({"stop_sell": True, "weekdays": frozenset({0})}, "/weekdays"),
        ({"stop_sell": True, "last": FIRST, "weekdays": frozenset({FIRST.isoweekday() % 7 + 1})}, "/weekdays"),
        ({}, ""),
        ({"rate_plan_ids": ()}, ""),
        ({"stop_sell": True, "room_type_ids": (uuid7(),)}, "/room_type_ids/0"),
        ({"stop_sell": True, "rate_plan_ids": (uuid7(),)}, "/rate_plan_ids/0"),
        ({"stop_sell": True, "restrictions": {"stop_sell": False}}, "/stop_sell"),
        ({"restrictions": {"no_pets": True}}, "/restrictions/no_pets"),
        ({"restrictions": {"a/b": True}}, "/restrictions/a~1b"),
        ({"restrictions": {"min_stay": -1}}, "/restrictions/min_stay"),
        ({"restrictions": {"min_stay": True}}, "/restrictions/min_stay"),
        ({"restrictions": {"max_advance": 1000}}, "/restrictions/max_advance"),
        ({"restrictions": {"closed_to_arrival": 1}}, "/restrictions/closed_to_arrival"),
        ({"restrictions": {"min_stay": 4, "max_stay": 3}}, "/restrictions/min_stay"),
        ({"overbooking_limit": -1}, "/overbooking_limit"),
        ({"overbooking_limit": 1, "rate_plan_ids": ()}, "/overbooking_limit"),
        ({"price": services.PriceChange(amount=euros("80.00"))}, "/price"),
        (_PRICE | {"price": services.PriceChange(amount=euros("80.00"), percent=Decimal(10))}, "/price"),
        (_PRICE | {"price": services.PriceChange(amount=euros("-1.00"))}, "/price/amount/amount"),
        (_PRICE | {"price": services.PriceChange(amount=euros("1.005"))}, "/price/amount/amount"),
        (
            _PRICE | {"price": services.PriceChange(amount=Money(amount="1", currency="USD"))},
            "/price/amount/currency",
        ),
        (
            _PRICE | {"price": services.PriceChange(by_adults=(euros("1"), euros("-1")))},
            "/price/by_adults/1/amount",
        ),
        (_PRICE | {"price": services.PriceChange(percent=Decimal("-101"))}, "/price/percent"),
        (_PRICE | {"price": services.PriceChange(plus=Money(amount="1", currency="KWD"))}, "/price/plus/currency"),
        (_PRICE | {"price": services.PriceChange(plus=euros("10000000000000.00"))}, "/price"),
    ],
)
def test_what_can_not_be_right_is_refused_with_its_place_and_nothing_is_applied(
    room_type: RoomType, given: dict[str, Any], pointer: str
) -> None:
    right = [change(room_type, stop_sell=True), priced(room_type, "80.00")]

    with pytest.raises(Invalid) as refusal:
        save(room_type, *right, change(room_type, **given))

    assert faults(refusal) == [f"/changes/2{pointer}"]
    assert not RoomNight.objects.filter(stop_sell=True).exists()
    assert not NightlyRate.objects.exists()
    assert not AuditEntry.objects.exists()


def test_the_currency_says_how_fine_a_price_is() -> None:
    room_type = RoomTypeFactory.create(hotel=HotelFactory.create(currency="JPY"))
    yen = services.PriceChange(amount=Money(amount="80.5", currency="JPY"))

    with pytest.raises(Invalid) as refusal:
        save(room_type, change(room_type, rate_plan_ids=(), price=yen))

    assert faults(refusal) == ["/changes/0/price/amount/amount"]


def test_all_faults_are_named_at_once(room_type: RoomType) -> None:
    with pytest.raises(Invalid) as refusal:
        save(room_type, change(room_type, overbooking_limit=-1, restrictions={"x": 1}), change(room_type))

    assert faults(refusal) == ["/changes/0/restrictions/x", "/changes/0/overbooking_limit", "/changes/1"]


def test_restrictions_against_what_was_set_before_are_refused_with_the_night(room_type: RoomType) -> None:
    save(room_type, change(room_type, first=MIDDLE, restrictions={"max_stay": 3}))

    with pytest.raises(Invalid) as refusal:
        save(room_type, change(room_type, restrictions={"min_stay": 4}))

    (item,) = refusal.value.items
    assert (item["pointer"], item["date"]) == ("/changes/0/restrictions/min_stay", MIDDLE.isoformat())
    save(room_type, change(room_type, restrictions={"min_stay": 4}), change(room_type, restrictions={"max_stay": 9}))


def test_products_of_other_hotels_are_none_of_this_one(room_type: RoomType) -> None:
    other = RoomTypeFactory.create()
    of_both = change(room_type, stop_sell=True, room_type_ids=(room_type.id, other.id))
    plan = change(room_type, stop_sell=True, rate_plan_ids=(plan_of(other).id,))

    with pytest.raises(Invalid) as refusal:
        save(room_type, of_both, plan)

    assert faults(refusal) == ["/changes/0/room_type_ids/1", "/changes/1/rate_plan_ids/0"]
    assert not RoomNight.objects.filter(stop_sell=True).exists()


@pytest.mark.parametrize("number", [0, 201])
def test_there_is_something_to_change_and_not_too_much(room_type: RoomType, number: int) -> None:
    with pytest.raises(Invalid) as refusal:
        save(room_type, *[change(room_type, stop_sell=True)] * number)

    assert faults(refusal) == ["/changes"]


def test_more_nights_than_fit_into_one_transaction_are_refused(room_type: RoomType) -> None:
    year = change(room_type, stop_sell=True, last=FIRST + timedelta(days=364))

    with pytest.raises(Invalid) as refusal:
        save(room_type, *[year] * 150)

    assert faults(refusal) == ["/changes"]


def test_each_part_needs_its_own_permission(room_type: RoomType) -> None:
    rates, stock = (
        staff_with(room_type, permission) for permission in (Permission.MANAGE_RATES, Permission.MANAGE_INVENTORY)
    )
    close = change(room_type, stop_sell=True, rate_plan_ids=())

    save(room_type, priced(room_type, "80.00"), access=rates)
    save(room_type, close, access=stock)
    for access, changes in ((stock, [priced(room_type, "1.00")]), (rates, [priced(room_type, "1.00"), close])):
        with pytest.raises(Denied):
            save(room_type, *changes, access=access)
    with pytest.raises(Denied):
        save(room_type, priced(room_type, "1.00", restrictions={"min_stay": 2}), access=rates)
    with pytest.raises(NotFound):
        save(RoomTypeFactory.create(), close, access=stock)
