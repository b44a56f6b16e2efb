"""Changing many nights: prices, restrictions, stop-sell and limits, all of it or nothing."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.services import Permission
from apps.inventory import services
from apps.inventory.models import NightlyRate, ProductRestriction, RoomNight, RoomType
from apps.platform.errors import Denied, Invalid
from apps.platform.models import AuditEntry
from apps.platform.money import Money
from tests.factories.inventory import HotelFactory, RatePlanFactory, RoomTypeFactory
from tests.inventory.nights import FIRST, LAST, change, derived_plan, euros, faults, plan_of, priced, save, staff_with

pytestmark = pytest.mark.django_db

MIDDLE = FIRST + timedelta(days=1)


@pytest.fixture
def room_type() -> RoomType:
    row: RoomType = RoomTypeFactory.create()
    return row


def prices(**of: Any) -> dict[date, tuple[int, list[int] | None]]:
    rows = NightlyRate.objects.filter(**of).order_by("night")
    return {row.night: (row.amount_minor, row.by_adults) for row in rows}


def rules() -> list[dict[str, Any]]:
    return [row.rules for row in ProductRestriction.objects.order_by("night")]


def night(room_type: RoomType, day: date = FIRST) -> RoomNight:
    return RoomNight.objects.get(room_type=room_type, night=day)


# Prices ---------------------------------------------------------------------------------------------------------------


def test_a_price_is_set_on_each_night_and_taken_away_again(room_type: RoomType) -> None:
    save(room_type, priced(room_type, "80.00"), priced(room_type, "85.50", first=LAST))
    assert prices() == {FIRST: (8_000, None), MIDDLE: (8_000, None), LAST: (8_550, None)}

    save(room_type, priced(room_type, last=MIDDLE))

    assert prices() == {LAST: (8_550, None)}


def test_prices_by_adults_stand_beside_the_one_for_whom_the_room_includes(room_type: RoomType) -> None:
    save(room_type, priced(room_type, by_adults=(euros("70.00"), euros("90.00")), last=FIRST))
    assert prices() == {FIRST: (9_000, [7_000, 9_000])}

    save(room_type, priced(room_type, "75.00", last=FIRST))

    assert prices() == {FIRST: (7_500, None)}


@pytest.mark.parametrize(
    ("percent", "plus", "expected"),
    [
        (Decimal(10), None, 11_006),  # 110.055
        (Decimal("-50"), None, 5_003),  # 50.025
        (None, euros("-3.50"), 9_655),
        (Decimal("-100"), euros("20.00"), 2_000),
        (Decimal("-50"), euros("-60.00"), 0),
    ],
)
def test_a_relative_change_starts_from_the_price_that_is_effective_rounds_half_up_and_ends_at_zero(
    percent: Decimal | None, plus: Money | None, expected: int
) -> None:
    room_type = RoomTypeFactory.create(base_rate_minor=10_005)

    save(room_type, priced(room_type, percent=percent, plus=plus, last=FIRST))

    assert prices() == {FIRST: (expected, None)}


def test_each_change_finds_what_those_before_it_have_left(room_type: RoomType) -> None:
    save(room_type, priced(room_type, "80.00"), priced(room_type, percent=Decimal(50), first=MIDDLE, last=MIDDLE))

    assert [amount for amount, _ in prices().values()] == [8_000, 12_000, 8_000]


def test_a_relative_change_moves_each_price_by_adults(room_type: RoomType) -> None:
    save(room_type, priced(room_type, by_adults=(euros("70.00"), euros("90.00")), last=FIRST))

    save(room_type, priced(room_type, percent=Decimal(10), last=FIRST))

    assert prices() == {FIRST: (9_900, [7_700, 9_900])}


def test_what_derives_from_a_plan_in_the_same_change_goes_on_following_it(room_type: RoomType) -> None:
    flex = plan_of(room_type)
    follower = derived_plan(room_type, flex)
    beside = derived_plan(room_type, flex, code="HB")
    save(room_type, priced(room_type, "200.00", rate_plan_ids=(beside.id,), last=FIRST))

    save(room_type, priced(room_type, percent=Decimal(10), rate_plan_ids=(), last=FIRST))

    assert prices(rate_plan=flex) == {FIRST: (11_000, None)}
    assert prices(rate_plan=beside) == {FIRST: (22_000, None)}
    assert prices(rate_plan=follower) == {}


def test_a_derived_plan_that_is_changed_alone_gets_a_price_of_its_own(room_type: RoomType) -> None:
    follower = derived_plan(room_type, plan_of(room_type))

    save(room_type, priced(room_type, percent=Decimal(10), rate_plan_ids=(follower.id,), last=FIRST))

    assert prices() == {FIRST: (12_100, None)}


def test_the_least_prices_that_search_goes_by_follow(room_type: RoomType) -> None:
    services.fill_lowest_rates()
    before = _least()

    save(room_type, priced(room_type, "50.00", last=FIRST))
    halved = _least()
    save(room_type, priced(room_type, last=FIRST))

    assert (halved * 2, _least()) == (before, before)


def _least() -> int:
    """What search takes two adults to pay at the least for the first night: the difference of two sums."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT for_two[%(day)s + 1] - for_two[%(day)s] FROM inventory_lowestrate WHERE month = %(month)s",
            {"day": FIRST.day, "month": FIRST.replace(day=1)},
        )
        (least,) = cursor.fetchone()
    return int(least)


# Restrictions and what is on sale -------------------------------------------------------------------------------------


def test_restrictions_of_a_product_are_set_and_cleared_one_by_one(room_type: RoomType) -> None:
    flex = (plan_of(room_type).id,)
    save(room_type, change(room_type, rate_plan_ids=flex, restrictions={"min_stay": 2, "closed_to_arrival": True}))

    save(room_type, change(room_type, rate_plan_ids=flex, restrictions={"min_stay": None, "max_stay": 7}, last=FIRST))
    assert rules() == [
        {"closed_to_arrival": True, "max_stay": 7},
        {"closed_to_arrival": True, "min_stay": 2},
        {"closed_to_arrival": True, "min_stay": 2},
    ]

    save(room_type, change(room_type, rate_plan_ids=flex, restrictions=dict.fromkeys(rules()[0] | rules()[1])))
    assert rules() == []


def test_restrictions_of_a_room_type_stand_on_its_nights(room_type: RoomType) -> None:
    save(room_type, change(room_type, restrictions={"min_stay": 2, "stop_sell": True}))
    assert (night(room_type).restrictions, night(room_type).stop_sell) == ({"min_stay": 2}, True)

    save(room_type, change(room_type, restrictions={"min_stay": 0, "stop_sell": None}))

    assert (night(room_type).restrictions, night(room_type).stop_sell) == (None, False)


def test_stop_sell_closes_the_room_type_or_just_a_product(room_type: RoomType) -> None:
    save(room_type, change(room_type, stop_sell=True, last=MIDDLE))
    save(room_type, change(room_type, stop_sell=True, first=LAST, rate_plan_ids=()))
    assert [night(room_type, day).stop_sell for day in (FIRST, MIDDLE, LAST)] == [True, True, False]
    assert rules() == [{"stop_sell": True}]

    save(room_type, change(room_type, stop_sell=False), change(room_type, stop_sell=False, rate_plan_ids=()))

    assert not RoomNight.objects.filter(stop_sell=True).exists()
    assert rules() == []


def test_only_the_days_of_the_week_that_are_named(room_type: RoomType) -> None:
    weekend = frozenset({6, 7})

    save(room_type, change(room_type, last=FIRST + timedelta(days=13), weekdays=weekend, stop_sell=True))

    closed = RoomNight.objects.filter(stop_sell=True).values_list("night", flat=True)
    assert {day.isoweekday() for day in closed} == weekend
    assert len(closed) == 4


def test_no_ids_mean_all_that_are_not_archived(room_type: RoomType) -> None:
    other = RoomTypeFactory.create(hotel=room_type.hotel)
    elsewhere = RoomTypeFactory.create()
    RoomTypeFactory.create(hotel=room_type.hotel, archived_at="2026-01-01T00:00:00Z")
    RatePlanFactory.create(hotel=room_type.hotel, code="GONE", archived_at="2026-01-01T00:00:00Z")

    save(
        room_type,
        change(room_type, room_type_ids=(), last=FIRST, stop_sell=True),
        priced(room_type, "80.00", room_type_ids=(), rate_plan_ids=(), last=FIRST),
    )

    closed = RoomNight.objects.filter(stop_sell=True).values_list("room_type_id", flat=True)
    assert set(closed) == {room_type.id, other.id}
    assert {(row.room_type_id, row.rate_plan_id) for row in NightlyRate.objects.all()} == {
        (room_type.id, plan_of(room_type).id),
        (other.id, plan_of(room_type).id),
    }
    assert not night(elsewhere).stop_sell


def test_nights_that_were_not_made_yet_are_made_first(room_type: RoomType) -> None:
    RoomNight.objects.filter(room_type=room_type, night__gte=MIDDLE).delete()

    save(room_type, change(room_type, stop_sell=True))

    assert night(room_type, LAST).stop_sell
    assert night(room_type, LAST).physical == room_type.room_count


def test_an_archived_room_type_has_no_nights_to_make() -> None:
    room_type = RoomTypeFactory.create(archived_at="2026-01-01T00:00:00Z")

    with pytest.raises(Invalid) as refusal:
        save(room_type, change(room_type, stop_sell=True, last=FIRST))

    assert faults(refusal) == ["/changes/0/room_type_ids"]


# Limits ---------------------------------------------------------------------------------------------------------------


def test_a_limit_lets_more_rooms_be_sold(room_type: RoomType) -> None:
    save(room_type, change(room_type, overbooking_limit=2))

    assert night(room_type, LAST).overbooking_limit == 2


def test_a_limit_below_what_is_sold_is_refused_with_the_nights(room_type: RoomType) -> None:
    RoomNight.objects.filter(room_type=room_type).update(overbooking_limit=3)
    RoomNight.objects.filter(room_type=room_type, night=MIDDLE).update(sold=6, held=1)

    with pytest.raises(services.CapacityBelowSold) as refusal:
        save(room_type, change(room_type, stop_sell=True), change(room_type, overbooking_limit=1))

    (item,) = refusal.value.items
    assert (item["pointer"], item["date"]) == ("/changes/1/overbooking_limit", MIDDLE.isoformat())
    assert night(room_type).overbooking_limit == 3
    assert not night(room_type).stop_sell
    save(room_type, change(room_type, overbooking_limit=2))


def test_with_a_reason_a_limit_goes_as_low_as_what_is_sold_allows(room_type: RoomType) -> None:
    RoomNight.objects.filter(room_type=room_type).update(overbooking_limit=3)
    RoomNight.objects.filter(room_type=room_type, night=MIDDLE).update(sold=7)
    lower = change(room_type, overbooking_limit=0)
    staff = staff_with(room_type, Permission.MANAGE_INVENTORY)

    with pytest.raises(Denied):
        save(room_type, lower, access=staff, override_reason="a burst pipe")
    save(room_type, lower, override_reason="a burst pipe")

    assert [night(room_type, day).overbooking_limit for day in (FIRST, MIDDLE, LAST)] == [0, 2, 0]
    assert {entry.reason for entry in AuditEntry.objects.all()} == {"a burst pipe"}


# What comes of it -----------------------------------------------------------------------------------------------------


def test_a_dry_run_tells_each_night_and_changes_nothing(room_type: RoomType) -> None:
    flex = plan_of(room_type).id
    save(room_type, priced(room_type, "90.00", last=FIRST))
    told = AuditEntry.objects.count()

    outcome = save(
        room_type,
        priced(room_type, "80.00", last=MIDDLE, restrictions={"min_stay": 2}),
        change(room_type, last=FIRST, stop_sell=True, overbooking_limit=1),
        change(room_type, first=LAST, stop_sell=False),
        dry_run=True,
    )

    assert (outcome.change_id, outcome.dry_run, outcome.nights_changed) == (None, True, 3)
    assert outcome.counts == {"prices": 2, "restrictions": 2, "stop_sell": 1, "overbooking_limits": 1}
    assert [(each.rate_plan_id, each.date, each.before, each.after) for each in outcome.changes] == [
        (None, FIRST, {"overbooking_limit": 0, "stop_sell": False}, {"overbooking_limit": 1, "stop_sell": True}),
        (flex, FIRST, {"min_stay": None, "price": euros("90.00")}, {"min_stay": 2, "price": euros("80.00")}),
        (flex, MIDDLE, {"min_stay": None, "price": None}, {"min_stay": 2, "price": euros("80.00")}),
    ]
    assert prices() == {FIRST: (9_000, None)}
    assert not ProductRestriction.objects.exists()
    assert (night(room_type).stop_sell, night(room_type).overbooking_limit) == (False, 0)
    assert AuditEntry.objects.count() == told


def test_a_dry_run_locks_nothing_and_is_refused_like_the_change(room_type: RoomType) -> None:
    RoomNight.objects.filter(room_type=room_type, night=LAST).update(sold=6, overbooking_limit=1)

    with CaptureQueriesContext(connection) as captured, pytest.raises(services.CapacityBelowSold):
        save(room_type, change(room_type, overbooking_limit=0), dry_run=True)

    assert not [query for query in captured if "FOR NO KEY UPDATE" in (query["sql"] or "")]


def test_a_save_that_changes_nothing_has_no_id(room_type: RoomType) -> None:
    outcome = save(room_type, change(room_type, stop_sell=False))

    assert (outcome.change_id, outcome.nights_changed) == (None, 0)


def test_a_long_list_of_changes_is_cut(room_type: RoomType) -> None:
    for number in range(6):
        RatePlanFactory.create(hotel=room_type.hotel, code=f"P{number}")
    year = {"last": FIRST + timedelta(days=364), "rate_plan_ids": ()}

    outcome = save(room_type, priced(room_type, "80.00", **year), dry_run=True)

    assert (outcome.nights_changed, len(outcome.changes)) == (365 * 7, 2_000)


def test_a_year_of_twenty_products_takes_as_many_statements_as_a_night_of_one() -> None:
    hotel = HotelFactory.create()
    types = [RoomTypeFactory.create(hotel=hotel) for _ in range(4)]
    for number in range(4):
        RatePlanFactory.create(hotel=hotel, code=f"P{number}")
    services.fill_lowest_rates()

    def everything(last: date, ids: tuple[Any, ...], plans: tuple[Any, ...]) -> int:
        changes = [
            priced(types[0], percent=Decimal(10), room_type_ids=ids, rate_plan_ids=plans, last=last),
            change(types[0], restrictions={"min_stay": 2}, room_type_ids=ids, rate_plan_ids=plans, last=last),
            change(types[0], room_type_ids=ids, last=last, restrictions={"max_stay": 9}, overbooking_limit=1),
        ]
        with CaptureQueriesContext(connection) as captured:
            save(types[0], *changes)
        return len(captured)

    one = everything(FIRST, (types[0].id,), (plan_of(types[0]).id,))
    year = everything(FIRST + timedelta(days=364), (), ())

    assert (NightlyRate.objects.count(), ProductRestriction.objects.count()) == (7_300, 7_300)
    assert RoomNight.objects.filter(overbooking_limit=1).count() == 365 * 4
    # The hotel, SAVEPOINT, room types, five of rates, nights; prices, restrictions, nights; the least prices; the
    # audit log, RELEASE.
    assert year == one == 21
