"""Setting a hotel up: what can be set, what is refused, and by whom."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from apps.accounts.services import Access, Permission
from apps.inventory import services
from apps.inventory.models import Hold, RatePlan, RoomNight, RoomType
from apps.platform import clock
from apps.platform.db import uuid7
from apps.platform.errors import Denied, Invalid, NotFound, Problem
from apps.platform.money import Money
from tests.factories.inventory import ChargeFactory, HotelFactory, RatePlanFactory, RoomFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

ALL = Access(principal="user:test", is_administrator=True, permissions=frozenset())
HOTEL: dict[str, Any] = {
    "name": "Harbour House",
    "address": "Rua do Alecrim 12",
    "city": "Lisbon",
    "country": "pt",
    "time_zone": "Europe/Lisbon",
    "currency": "EUR",
}


def _pointers(problem: Problem) -> set[str]:
    return {item["pointer"] for item in problem.items}


def test_a_minimal_hotel_has_a_flexible_rate_plan_from_the_start() -> None:
    hotel = services.create_hotel(access=ALL, **HOTEL)

    assert (hotel.country, hotel.check_in_time.hour, hotel.rating_count) == ("PT", 15, 0)
    assert RatePlan.objects.get(hotel_id=hotel.id).code == "FLEX"
    assert services.get_hotel(hotel.id) == hotel


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("country", "XX"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "localtime"),
        ("currency", "EURO"),
        ("currency", "XXX"),
        ("name", "  "),
    ],
)
def test_a_field_that_cannot_be_right_is_named(field: str, value: str) -> None:
    with pytest.raises(Invalid) as refusal:
        services.create_hotel(access=ALL, **HOTEL | {field: value})

    assert _pointers(refusal.value) == {f"/{field}"}


def test_only_who_may_found_a_hotel_founds_one() -> None:
    staff = Access(
        principal="user:test", is_administrator=False, permissions=frozenset({(Permission.MANAGE_HOTEL, uuid7())})
    )

    with pytest.raises(Denied):
        services.create_hotel(access=staff, **HOTEL)


def test_a_new_room_type_is_on_sale_at_once() -> None:
    hotel = HotelFactory.create()
    today = services.business_date(services.get_hotel(hotel.id), clock.now())

    room_type = _add_room_type(hotel)

    nights = RoomNight.objects.filter(room_type_id=room_type.id, physical=3)
    assert room_type.base_rate == Money(amount="129.00", currency="EUR")
    assert nights.count() == 500
    assert nights.filter(night=today).exists()


def test_a_code_is_taken_within_the_hotel_only() -> None:
    hotel = HotelFactory.create()
    _add_room_type(hotel)
    _add_room_type(HotelFactory.create())

    with pytest.raises(services.CodeTaken):
        _add_room_type(hotel)


@pytest.mark.parametrize(
    ("amount", "currency", "pointer"),
    [
        ("129.00", "USD", "/base_rate/currency"),
        ("129.001", "EUR", "/base_rate/amount"),
        ("-1", "EUR", "/base_rate/amount"),
        ("NaN", "EUR", "/base_rate/amount"),
        ("1e30", "EUR", "/base_rate/amount"),
    ],
)
def test_a_price_is_one_of_the_hotels_currency(amount: str, currency: str, pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        _add_room_type(HotelFactory.create(), base_rate=Money(amount=amount, currency=currency))

    assert _pointers(refusal.value) == {pointer}
    assert not RoomType.objects.exists()


def test_another_number_of_rooms_holds_from_the_business_date_on() -> None:
    room_type = RoomTypeFactory.create()
    today = clock.now().date()
    past = RoomNight.objects.create(room_type=room_type, night=today - timedelta(days=5), physical=5)

    _resize(room_type, 8)

    past.refresh_from_db()
    assert past.physical == 5
    assert set(room_type.roomnight_set.filter(night__gt=today).values_list("physical", flat=True)) == {8}


def test_fewer_rooms_than_are_sold_are_refused_with_the_nights() -> None:
    room_type = RoomTypeFactory.create()
    full, fitting = clock.now().date() + timedelta(days=3), clock.now().date() + timedelta(days=4)
    RoomNight.objects.filter(room_type=room_type, night=full).update(sold=3, held=1)
    RoomNight.objects.filter(room_type=room_type, night=fitting).update(sold=4, overbooking_limit=1)

    with pytest.raises(services.CapacityBelowSold) as refusal:
        _resize(room_type, 3)

    assert [item["date"] for item in refusal.value.items] == [full.isoformat()]
    room_type.refresh_from_db()
    assert room_type.room_count == 5
    assert not RoomNight.objects.filter(room_type=room_type, physical=3).exists()


def test_a_room_type_has_no_more_numbers_than_rooms() -> None:
    room_type = RoomTypeFactory.create(room_count=1)
    RoomFactory.create(room_type=room_type, number="101")

    with pytest.raises(services.AllRoomsNumbered):
        services.add_room(access=ALL, hotel_id=room_type.hotel_id, room_type_id=room_type.id, number="102")
    with pytest.raises(services.AllRoomsNumbered):
        _resize(room_type, 0)


def test_a_room_is_archived_and_its_number_stays_taken() -> None:
    room = RoomFactory.create(room_type=RoomTypeFactory.create(room_count=1), number="101")
    where: dict[str, Any] = {"access": ALL, "hotel_id": room.hotel_id}

    services.update_room(room_id=room.id, changes=services.RoomChanges(archived=True), **where)

    with pytest.raises(services.CodeTaken):
        services.add_room(room_type_id=room.room_type_id, number="101", **where)
    added = services.add_room(room_type_id=room.room_type_id, number="102", **where)
    assert added.number == "102"
    with pytest.raises(services.AllRoomsNumbered):
        services.update_room(room_id=room.id, changes=services.RoomChanges(archived=False), **where)


def test_a_room_of_another_hotels_type_is_refused() -> None:
    with pytest.raises(NotFound):
        services.add_room(
            access=ALL,
            hotel_id=HotelFactory.create().id,
            room_type_id=RoomTypeFactory.create().id,
            number="1",
        )


@pytest.mark.parametrize("changes", [{"time_zone": "Asia/Tokyo"}, {"currency": "USD"}])
@pytest.mark.parametrize("trace", ["sold", "held", "hold"])
def test_zone_and_currency_are_fixed_once_there_is_a_reservation(changes: dict[str, str], trace: str) -> None:
    room_type = RoomTypeFactory.create()
    day = clock.now().date() + timedelta(days=3)
    if trace == "hold":
        until = clock.now()
        Hold.objects.create(
            id=uuid7(), room_type=room_type, arrival=day, departure=day + timedelta(days=1), expires_at=until
        )
    else:
        RoomNight.objects.filter(room_type=room_type, night=day).update(**{trace: 1})

    with pytest.raises(services.FixedOnceReserved):
        _change(room_type.hotel_id, **changes)


def test_zone_and_currency_can_change_before() -> None:
    room_type = RoomTypeFactory.create()

    hotel = _change(room_type.hotel_id, time_zone="Pacific/Pago_Pago", currency="USD")

    assert (hotel.time_zone, hotel.currency) == ("Pacific/Pago_Pago", "USD")
    today = services.business_date(hotel, clock.now())
    assert RoomNight.objects.filter(room_type=room_type, night__gte=today).count() >= 500


def test_a_currency_with_another_unit_does_not_reread_the_prices() -> None:
    room_type = RoomTypeFactory.create()

    with pytest.raises(Invalid) as refusal:
        _change(room_type.hotel_id, currency="JPY")

    assert _pointers(refusal.value) == {"/currency"}


@pytest.mark.parametrize("priced", ["charge", "derived plan", "terms"])
def test_amounts_of_charges_and_plans_are_not_reread_either(priced: str) -> None:
    hotel = HotelFactory.create()
    plan = hotel.rate_plans.get()
    if priced == "charge":
        ChargeFactory.create(hotel=hotel)
    elif priced == "terms":
        RatePlan.objects.filter(id=plan.id).update(no_show_penalty={"amount_minor": 8_000})
    else:
        RatePlanFactory.create(hotel=hotel, code="SAVER", ancestors=[plan.id])

    with pytest.raises(Invalid) as refusal:
        _change(hotel.id, currency="JPY")

    assert _pointers(refusal.value) == {"/currency"}


def test_what_is_not_named_stays_and_the_change_is_dated() -> None:
    hotel = HotelFactory.create(stars=4)
    later = clock.now() + timedelta(hours=1)

    with clock.moved_to(later):
        changed = _change(hotel.id, name="New name")

    assert (changed.name, changed.stars, changed.city, changed.updated_at) == ("New name", 4, "Lisbon", later)


def test_a_rating_is_kept_with_the_hotel() -> None:
    hotel = HotelFactory.create()

    services.set_hotel_rating(hotel_id=hotel.id, average=Decimal("4.33"), count=3)

    facts = services.get_hotels([hotel.id, uuid4()])
    assert list(facts) == [hotel.id]
    assert (facts[hotel.id].rating_average, facts[hotel.id].rating_count) == (Decimal("4.33"), 3)


def test_staff_of_another_hotel_find_nothing_and_staff_without_the_role_are_denied() -> None:
    hotel = HotelFactory.create()
    stranger = Access(
        principal="user:test", is_administrator=False, permissions=frozenset({(Permission.MANAGE_HOTEL, uuid7())})
    )
    desk = Access(
        principal="user:test", is_administrator=False, permissions=frozenset({(Permission.VIEW_HOTEL, hotel.id)})
    )

    with pytest.raises(NotFound):
        _add_room_type(hotel, access=stranger)
    with pytest.raises(Denied):
        _add_room_type(hotel, access=desk)


def _add_room_type(hotel: Any, **given: Any) -> services.RoomTypeFacts:
    plain: dict[str, Any] = {
        "access": ALL,
        "hotel_id": hotel.id,
        "code": "DBL",
        "name": "Double",
        "max_adults": 2,
        "room_count": 3,
        "base_rate": Money(amount="129.00", currency="EUR"),
    }
    return services.add_room_type(**plain | given)


def _resize(room_type: RoomType, rooms: int) -> None:
    services.update_room_type(
        access=ALL,
        hotel_id=room_type.hotel_id,
        room_type_id=room_type.id,
        changes=services.RoomTypeChanges(room_count=rooms),
    )


def _change(hotel_id: Any, **changes: Any) -> services.HotelFacts:
    return services.update_hotel(access=ALL, hotel_id=hotel_id, changes=services.HotelChanges(**changes))
