"""Seasons: dates with prices of their own, which never overlap; all of a season or nothing."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.db import IntegrityError, transaction

from apps.accounts.services import Access, Permission
from apps.bookings import services as bookings
from apps.inventory import services
from apps.inventory.models import RatePlan, RoomType, Season, SeasonNight, SeasonPrice
from apps.inventory.services import SeasonRate
from apps.platform.db import uuid7
from apps.platform.errors import Denied, Invalid, NotFound, Problem
from apps.platform.models import AuditEntry
from apps.platform.money import Money
from tests.bookings.orders import caller_of, fresh_key, order, today_at
from tests.concurrency.crowd import all_at_once
from tests.factories.accounts import UserFactory
from tests.factories.inventory import RatePlanFactory, RoomTypeFactory

ALL = Access(principal="user:revenue", is_administrator=True, permissions=frozenset())
JUNE, AUGUST = date(2027, 6, 1), date(2027, 8, 31)


def euros(*amounts: str) -> tuple[Money, ...]:
    return tuple(Money(amount=amount, currency="EUR") for amount in amounts)


def plan_of(room_type: RoomType) -> UUID:
    return RatePlan.objects.filter(hotel=room_type.hotel, ancestors=[]).values_list("id", flat=True)[0]


def price(room_type: RoomType, amount: str, *weekdays: int, **more: Any) -> SeasonRate:
    given: dict[str, Any] = {"rate_plan_id": plan_of(room_type)} | more
    return SeasonRate(room_type_id=room_type.id, price=euros(amount)[0], weekdays=weekdays, **given)


def add(room_type: RoomType, *prices: SeasonRate, **more: Any) -> services.SeasonFacts:
    given: dict[str, Any] = {"name": "Summer", "first": JUNE, "last": AUGUST} | more
    return services.add_season(access=ALL, hotel_id=room_type.hotel_id, prices=prices, **given)


def replace(room_type: RoomType, season_id: UUID, *prices: SeasonRate, **more: Any) -> services.SeasonFacts:
    given: dict[str, Any] = {"name": "Summer", "first": JUNE, "last": AUGUST} | more
    return services.replace_season(access=ALL, hotel_id=room_type.hotel_id, season_id=season_id, prices=prices, **given)


def pointers(refusal: pytest.ExceptionInfo[Problem]) -> Sequence[str]:
    return [item["pointer"] for item in refusal.value.items]


@pytest.fixture
def double(db: None) -> RoomType:
    row: RoomType = RoomTypeFactory.create(code="DBL")
    return row


def test_a_season_has_a_price_for_each_day_of_the_week(double: RoomType) -> None:
    weekend = price(double, "150.00", 5, 6, by_adults=euros("120.00", "150.00"))

    season = add(double, price(double, "110.00", 1, 2, 3, 4, 7), weekend)

    assert season == services.get_season(hotel_id=double.hotel_id, season_id=season.id)
    assert [(one.weekdays, one.price.amount) for one in season.prices] == [
        ((1, 2, 3, 4, 7), "110.00"),
        ((5, 6), "150.00"),
    ]
    assert season.prices[1].by_adults == weekend.by_adults
    assert SeasonNight.objects.filter(season_id=season.id).count() == 92
    assert SeasonPrice.objects.filter(season_id=season.id).count() == 7


def test_a_price_without_days_is_for_all_of_them(double: RoomType) -> None:
    assert add(double, price(double, "110")).prices[0].weekdays == (1, 2, 3, 4, 5, 6, 7)


def test_two_years_of_twenty_products_are_written_set_by_set(double: RoomType, django_assert_num_queries: Any) -> None:
    types = [double, *(RoomTypeFactory.create(hotel=double.hotel) for _ in range(19))]
    prices = [price(room_type, "99") for room_type in types]

    # SAVEPOINT, the hotel, its room types and plans, overlaps, SAVEPOINT, the season, RELEASE, two deletes, two
    # inserts, seven for the lowest rates, the prices for the audit log, its entry, two reads of what is there, RELEASE.
    with django_assert_num_queries(24):
        season = add(double, *prices, last=JUNE + timedelta(days=730))

    assert (len(season.prices), SeasonNight.objects.count()) == (20, 731)


def test_a_season_is_replaced_as_a_whole(double: RoomType) -> None:
    season = add(double, price(double, "110"))

    replaced = replace(double, season.id, price(double, "90.00", 1), name="Spring", last=date(2027, 6, 30))

    assert replaced.id == season.id
    assert (replaced.name, replaced.last, [one.weekdays for one in replaced.prices]) == (
        "Spring",
        date(2027, 6, 30),
        [(1,)],
    )
    assert SeasonNight.objects.count() == 30


def test_a_season_that_is_taken_away_leaves_nothing(double: RoomType) -> None:
    season = add(double, price(double, "110"))

    services.remove_season(access=ALL, hotel_id=double.hotel_id, season_id=season.id)

    assert [rows.objects.count() for rows in (Season, SeasonNight, SeasonPrice)] == [0, 0, 0]
    with pytest.raises(NotFound):
        services.get_season(hotel_id=double.hotel_id, season_id=season.id)


@pytest.mark.parametrize(
    ("first", "last", "pointer"),
    [
        (AUGUST, AUGUST + timedelta(days=9), "/from"),
        (JUNE - timedelta(days=9), JUNE, "/to"),
        (JUNE + timedelta(days=9), JUNE + timedelta(days=9), "/from"),
    ],
)
def test_a_night_is_in_one_season_only(double: RoomType, first: date, last: date, pointer: str) -> None:
    add(double)

    with pytest.raises(Invalid) as refusal:
        add(double, name="Late summer", first=first, last=last)

    assert pointers(refusal) == [pointer]
    assert refusal.value.items[0]["detail"] == "Summer is from 2027-06-01 to 2027-08-31: seasons do not overlap."
    assert Season.objects.count() == 1


def test_seasons_may_touch_and_other_hotels_have_their_own(double: RoomType) -> None:
    add(double)

    add(double, name="Autumn", first=AUGUST + timedelta(days=1), last=date(2027, 10, 31))
    add(RoomTypeFactory.create())

    assert Season.objects.count() == 3


def test_the_table_itself_refuses_a_night_in_two_seasons(double: RoomType) -> None:
    """Statement of the house: what must never break is a constraint, whatever a service forgets."""
    season = add(double)

    with pytest.raises(IntegrityError), transaction.atomic():
        SeasonNight.objects.create(hotel=double.hotel, night=JUNE, season_id=season.id)


@pytest.mark.django_db(transaction=True)
def test_of_two_seasons_at_once_one_gets_the_nights() -> None:
    double = RoomTypeFactory.create()

    def added(name: str) -> list[str]:
        try:
            add(double, price(double, "110"), name=name)
        except Invalid as refusal:
            return [item["pointer"] for item in refusal.items]
        return []

    assert sorted(all_at_once(lambda: added("A"), lambda: added("B"))) == [[], ["/from"]]
    assert SeasonNight.objects.count() == 92


def test_what_cannot_be_right_is_named_price_by_price_and_changes_nothing(double: RoomType) -> None:
    derived = services.add_rate_plan(
        access=ALL, hotel_id=double.hotel_id, code="SAVER", name="Saver", parent_id=plan_of(double)
    )
    elsewhere = RoomTypeFactory.create()
    season = add(double, price(double, "110"))
    before = services.get_season(hotel_id=double.hotel_id, season_id=season.id)

    with pytest.raises(Invalid) as refusal:
        replace(
            double,
            season.id,
            price(double, "100", 1, 2),
            price(double, "120", 2),
            price(elsewhere, "100", rate_plan_id=uuid7()),
            price(double, "100", 3, rate_plan_id=derived.id),
            price(double, "-1", 4),
            price(double, "1.005", 5),
            price(double, "1", 6, by_adults=euros("1", "-2")),
            price(double, "1", 7, by_adults=euros("1", "2", "3")),
            price(double, "1", 8),
            SeasonRate(room_type_id=double.id, rate_plan_id=plan_of(double), price=Money(amount="1", currency="JPY")),
        )

    assert pointers(refusal) == [
        "/prices/1/weekdays",
        "/prices/2/room_type_id",
        "/prices/2/rate_plan_id",
        "/prices/3/rate_plan_id",
        "/prices/4/price/amount",
        "/prices/5/price/amount",
        "/prices/6/by_adults/1/amount",
        "/prices/7/by_adults",
        "/prices/8/weekdays",
        "/prices/9/price/currency",
    ]
    assert services.get_season(hotel_id=double.hotel_id, season_id=season.id) == before


@pytest.mark.parametrize(
    ("given", "pointer"),
    [({"name": " "}, "/name"), ({"last": JUNE - timedelta(days=1)}, "/to"), ({"last": date(2029, 6, 1)}, "/to")],
)
def test_a_season_has_a_name_and_at_most_two_years(double: RoomType, given: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        add(double, **given)

    assert pointers(refusal) == [pointer]


def test_names_are_unique_within_the_hotel(double: RoomType) -> None:
    add(double)

    with pytest.raises(services.CodeTaken):
        add(double, first=date(2028, 6, 1), last=date(2028, 6, 2))


def test_the_audit_log_tells_the_prices(double: RoomType) -> None:
    RatePlanFactory.create(hotel=double.hotel, code="RACK")
    season = add(double, price(double, "110", 5), price(double, "90", 6, by_adults=euros("80", "90")))

    replace(double, season.id, price(double, "120", 5))
    services.remove_season(access=ALL, hotel_id=double.hotel_id, season_id=season.id)

    added, replaced, removed = AuditEntry.objects.order_by("id")
    assert [entry.operation for entry in (added, replaced, removed)] == [
        f"inventory.{verb}_season" for verb in ("add", "update", "remove")
    ]
    assert added.after == {
        "name": "Summer",
        "first": "2027-06-01",
        "last": "2027-08-31",
        "DBL/FLEX": "Fri 110.00; Sat 90.00 (80.00, 90.00)",
    }
    assert (replaced.before, replaced.after) == (
        {"DBL/FLEX": "Fri 110.00; Sat 90.00 (80.00, 90.00)"},
        {"DBL/FLEX": "Fri 120.00"},
    )
    assert removed.before["DBL/FLEX"] == "Fri 120.00"


def test_bookings_keep_their_prices(double: RoomType) -> None:
    placed = bookings.place_booking(order(double), caller=caller_of(UserFactory.create()), key=fresh_key())
    first = today_at(double)

    add(double, price(double, "500"), first=first, last=first + timedelta(days=60))

    booking = bookings.get_booking(booking_id=UUID(orjson.loads(placed.body)["id"]))
    assert booking.total == euros("300.00")[0]


def test_seasons_are_for_those_who_set_rates(double: RoomType) -> None:
    desk = Access(
        principal="user:desk", is_administrator=False, permissions=frozenset({(Permission.VIEW_HOTEL, double.hotel_id)})
    )

    with pytest.raises(Denied):
        services.add_season(access=desk, hotel_id=double.hotel_id, name="Mine", first=JUNE, last=AUGUST)
