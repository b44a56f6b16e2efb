"""Undoing a change of the calendar: what was before comes back, for every night or for none."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.accounts.services import Permission
from apps.inventory import services
from apps.inventory.models import NightlyRate, ProductRestriction, RoomNight, RoomType
from apps.platform import clock
from apps.platform.db import uuid7
from apps.platform.errors import Denied, NotFound
from apps.platform.models import AuditEntry
from tests.factories.inventory import RoomTypeFactory
from tests.inventory.nights import ALL, FIRST, LAST, change, euros, plan_of, priced, save, staff_with

pytestmark = pytest.mark.django_db

State = list[tuple[object, ...]]


@pytest.fixture
def room_type() -> RoomType:
    row: RoomType = RoomTypeFactory.create()
    return row


def undo(room_type: RoomType, outcome: services.CalendarOutcome, **given: object) -> services.CalendarOutcome:
    assert outcome.change_id is not None
    plain: dict[str, object] = {"access": ALL, "hotel_id": room_type.hotel_id, "change_id": outcome.change_id}
    return services.undo_change(**plain | given)  # type: ignore[arg-type]


def state() -> tuple[State, State, State]:
    nights = RoomNight.objects.order_by("night").values_list(
        "room_type_id", "night", "stop_sell", "restrictions", "overbooking_limit"
    )
    rates = NightlyRate.objects.order_by("night").values_list("rate_plan_id", "night", "amount_minor", "by_adults")
    rules = ProductRestriction.objects.order_by("night").values_list("rate_plan_id", "night", "rules")
    return list(nights), list(rates), list(rules)


def everything(room_type: RoomType) -> list[services.CalendarChange]:
    return [
        priced(room_type, by_adults=(euros("70.00"), euros("90.00")), restrictions={"min_stay": 2, "max_stay": None}),
        change(room_type, stop_sell=True, overbooking_limit=2, restrictions={"closed_to_arrival": True}),
    ]


def test_every_value_is_what_it_was_and_undoing_that_brings_the_change_back(room_type: RoomType) -> None:
    save(room_type, priced(room_type, "80.00", first=LAST, restrictions={"max_stay": 5}))
    before = state()
    saved = save(room_type, *everything(room_type))
    after = state()

    undone = undo(room_type, saved)
    assert state() == before
    assert undone.nights_changed == saved.nights_changed == 6
    assert undone.counts == saved.counts

    redone = undo(room_type, undone)
    assert state() == after
    undo(room_type, redone)
    assert state() == before


def test_an_undoing_is_told_as_a_change_of_its_own(room_type: RoomType) -> None:
    saved = save(room_type, priced(room_type, "80.00", last=FIRST))

    undone = undo(room_type, saved, access=staff_with(room_type, Permission.MANAGE_RATES))

    first, second = AuditEntry.objects.order_by("id")
    assert (first.batch, second.batch) == (saved.change_id, undone.change_id)
    assert (second.before, second.after) == (first.after, first.before)
    assert (first.actor, second.actor) == ("user:revenue", "user:staff")


def test_a_night_that_was_changed_since_keeps_all_of_them(room_type: RoomType) -> None:
    saved = save(room_type, *everything(room_type))
    save(room_type, priced(room_type, "85.00", first=LAST))
    now = state()

    with pytest.raises(services.ChangedSince) as refusal:
        undo(room_type, saved)

    (item,) = refusal.value.items
    assert (item["code"], item["pointer"], item["date"]) == ("changed", "/change_id", LAST.isoformat())
    assert (item["room_type_id"], item["rate_plan_id"]) == (str(room_type.id), str(plan_of(room_type).id))
    assert state() == now


def test_what_was_changed_beside_it_since_stays(room_type: RoomType) -> None:
    saved = save(room_type, change(room_type, restrictions={"min_stay": 2}, last=FIRST))
    save(room_type, change(room_type, restrictions={"max_stay": 5}, stop_sell=True, last=FIRST))

    undo(room_type, saved)

    row = RoomNight.objects.get(room_type=room_type, night=FIRST)
    assert (row.restrictions, row.stop_sell) == ({"max_stay": 5}, True)


def test_nothing_is_undone_twice_even_where_somebody_has_made_the_same_change_again(room_type: RoomType) -> None:
    saved = save(room_type, priced(room_type, "80.00"))
    undo(room_type, saved)
    save(room_type, priced(room_type, "80.00"))

    with pytest.raises(services.ChangedSince) as refusal:
        undo(room_type, saved)

    assert [item["code"] for item in refusal.value.items] == ["undone"]
    assert NightlyRate.objects.count() == 3


def test_a_limit_does_not_come_back_below_what_was_sold_since(room_type: RoomType) -> None:
    saved = save(room_type, change(room_type, overbooking_limit=2))
    RoomNight.objects.filter(room_type=room_type, night=LAST).update(sold=6)

    with pytest.raises(services.CapacityBelowSold) as refusal:
        undo(room_type, saved)

    assert [(item["pointer"], item["date"]) for item in refusal.value.items] == [("/change_id", LAST.isoformat())]
    assert not RoomNight.objects.filter(room_type=room_type, night=FIRST, overbooking_limit=0).exists()


def test_nights_that_are_history_by_now_stay_as_they_are() -> None:
    with clock.moved_to(datetime(2026, 7, 1, 12, tzinfo=UTC)):
        room_type = RoomTypeFactory.create()
        first = clock.now().date()
        saved = save(room_type, change(room_type, first=first, last=first + timedelta(days=1), stop_sell=True))

    with clock.moved_to(datetime(2026, 7, 2, 12, tzinfo=UTC)):
        undone = undo(room_type, saved)
    with clock.moved_to(datetime(2026, 7, 3, 12, tzinfo=UTC)), pytest.raises(services.ChangedSince):
        undo(room_type, undone)

    assert undone.nights_changed == 1
    closed = RoomNight.objects.filter(room_type=room_type, stop_sell=True).values_list("night", flat=True)
    assert list(closed) == [first]


def test_a_dry_run_tells_what_would_come_back(room_type: RoomType) -> None:
    saved = save(room_type, priced(room_type, "80.00", last=FIRST))

    outcome = undo(room_type, saved, dry_run=True)

    assert (outcome.change_id, outcome.dry_run) == (None, True)
    assert [(each.before, each.after) for each in outcome.changes] == [({"price": euros("80.00")}, {"price": None})]
    assert NightlyRate.objects.count() == 1
    assert AuditEntry.objects.count() == 1


def test_who_may_make_such_a_change_may_undo_it(room_type: RoomType) -> None:
    rates, stock = (
        staff_with(room_type, permission) for permission in (Permission.MANAGE_RATES, Permission.MANAGE_INVENTORY)
    )
    price = save(room_type, priced(room_type, "80.00"))
    sale = save(room_type, change(room_type, stop_sell=True))

    for access, outcome in ((stock, price), (rates, sale), (staff_with(room_type), price)):
        with pytest.raises(Denied):
            undo(room_type, outcome, access=access)
    with pytest.raises(NotFound):
        undo(room_type, price, access=staff_with(RoomTypeFactory.create(), Permission.MANAGE_RATES))
    undo(room_type, price, access=rates)
    undo(room_type, sale, access=stock)


def test_a_change_of_another_hotel_or_of_nothing_is_unknown(room_type: RoomType) -> None:
    other = RoomTypeFactory.create()
    saved = save(other, change(other, stop_sell=True))

    with pytest.raises(NotFound):
        undo(room_type, saved)
    with pytest.raises(NotFound):
        services.undo_change(access=ALL, hotel_id=room_type.hotel_id, change_id=uuid7())
