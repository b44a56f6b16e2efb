"""What staff change of prices and stock is told by the audit log, with what was before and what is since."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command

from apps.inventory import services
from apps.inventory.models import RoomNight
from apps.platform import audit
from apps.platform.models import AuditEntry
from apps.platform.money import Money
from tests.factories.inventory import RoomFactory, RoomTypeFactory
from tests.inventory.nights import ALL, FIRST, change, plan_of, priced, save

pytestmark = pytest.mark.django_db


def entries() -> list[AuditEntry]:
    return list(AuditEntry.objects.order_by("id"))


def test_a_base_rate_and_a_room_count() -> None:
    """Statement 40 of docs/security.md: each staff change of price and stock leaves a row."""
    room_type = RoomTypeFactory.create(room_count=5, base_rate_minor=10_000)
    changes = services.RoomTypeChanges(room_count=4, base_rate=Money(amount="120.00", currency="EUR"))

    with audit.because("a burst pipe"):
        services.update_room_type(access=ALL, hotel_id=room_type.hotel_id, room_type_id=room_type.id, changes=changes)

    (entry,) = entries()
    assert (entry.operation, entry.object_id) == ("inventory.update_room_type", str(room_type.id))
    assert entry.before == {"room_count": 5, "base_rate_minor": 10_000}
    assert entry.after == {"room_count": 4, "base_rate_minor": 12_000}
    assert (entry.actor, entry.scope_id, entry.reason) == ("user:revenue", room_type.hotel_id, "a burst pipe")


def test_every_way_to_set_a_hotel_up() -> None:
    hotel = services.create_hotel(
        access=ALL, name="Inn", address="1", city="Lisbon", country="PT", time_zone="Europe/Lisbon", currency="EUR"
    )
    services.update_hotel(access=ALL, hotel_id=hotel.id, changes=services.HotelChanges(stars=4))
    room_type = services.add_room_type(
        access=ALL,
        hotel_id=hotel.id,
        code="DBL",
        name="Double",
        max_adults=2,
        room_count=1,
        base_rate=Money(amount="100", currency="EUR"),
    )
    plan = services.add_rate_plan(access=ALL, hotel_id=hotel.id, code="BB", name="Breakfast")
    services.update_rate_plan(
        access=ALL, hotel_id=hotel.id, rate_plan_id=plan.id, changes=services.RatePlanChanges(percent=Decimal(110))
    )
    room = services.add_room(access=ALL, hotel_id=hotel.id, room_type_id=room_type.id, number="1")
    services.update_room(access=ALL, hotel_id=hotel.id, room_id=room.id, changes=services.RoomChanges(archived=True))

    told = [(entry.operation, entry.scope_id) for entry in entries()]
    assert told == [
        (f"inventory.{verb}", hotel.id)
        for verb in "add_hotel update_hotel add_room_type add_rate_plan update_rate_plan add_room update_room".split()
    ]
    assert entries()[4].after == {"percent": "110"}


def test_a_year_of_nights_is_an_entry_for_each_and_all_of_one_save_share_a_batch() -> None:
    room_type = RoomTypeFactory.create()
    RoomNight.objects.filter(room_type=room_type, night=FIRST).update(stop_sell=True)
    last = FIRST + timedelta(days=364)

    saved = save(room_type, change(room_type, last=last, stop_sell=True), priced(room_type, "99.00", last=last))

    stopped = AuditEntry.objects.filter(operation="inventory.set_stop_sell")
    prices = AuditEntry.objects.filter(operation="inventory.set_price").order_by("id")
    # (The one that was stopped before has not changed.)
    assert (stopped.count(), prices.count()) == (364, 365)
    assert prices[0].object_id == f"{room_type.id}/{plan_of(room_type).id}/{FIRST}"
    assert (prices[0].before, prices[0].after) == ({"amount_minor": None}, {"amount_minor": 9_900})
    assert {entry.batch for entry in entries()} == {saved.change_id}


def test_another_price_and_taking_it_away_tell_the_one_before() -> None:
    room_type = RoomTypeFactory.create()

    for amount in ("99.00", "120.00", None):
        save(room_type, priced(room_type, amount, last=FIRST))

    amounts = [(entry.before["amount_minor"], entry.after["amount_minor"]) for entry in entries()]
    assert amounts == [(None, 9_900), (9_900, 12_000), (12_000, None)]


def test_restrictions_and_limits_are_told_under_their_own_names() -> None:
    room_type = RoomTypeFactory.create()
    flex = plan_of(room_type)

    save(room_type, change(room_type, last=FIRST, restrictions={"min_stay": 2}, overbooking_limit=1))
    save(room_type, change(room_type, last=FIRST, rate_plan_ids=(flex.id,), stop_sell=True))

    of_type, of_product = f"{room_type.id}/{FIRST}", f"{room_type.id}/{flex.id}/{FIRST}"
    assert [(entry.operation, entry.object_id, entry.before, entry.after) for entry in entries()] == [
        ("inventory.set_overbooking_limit", of_type, {"overbooking_limit": 0}, {"overbooking_limit": 1}),
        ("inventory.set_restrictions", of_type, {"min_stay": None}, {"min_stay": 2}),
        ("inventory.set_stop_sell", of_product, {"stop_sell": None}, {"stop_sell": True}),
    ]


def test_what_is_refused_or_changes_nothing_is_not_told() -> None:
    room = RoomFactory.create()
    taken = RoomFactory.create(room_type=room.room_type)

    services.update_room(
        access=ALL, hotel_id=room.hotel_id, room_id=room.id, changes=services.RoomChanges(number=room.number)
    )
    with pytest.raises(services.CodeTaken):
        services.update_room(
            access=ALL, hotel_id=room.hotel_id, room_id=room.id, changes=services.RoomChanges(number=taken.number)
        )

    assert entries() == []


def test_nights_that_a_person_or_a_command_generates_are_told_and_those_of_the_daily_job_are_not() -> None:
    room_types = [RoomTypeFactory.create(nights=False) for _ in range(3)]

    services.generate_inventory_of(access=ALL, hotel_id=room_types[0].hotel_id)
    call_command("generate_inventory", hotel=room_types[1].hotel_id, verbosity=0)
    services.generate_inventory()

    told = [(entry.actor, entry.scope_id) for entry in entries()]
    assert told == [
        ("user:revenue", room_types[0].hotel_id),
        ("system:generate_inventory", room_types[1].hotel_id),
    ]
    assert entries()[0].after["nights_added"] > 0
