"""Searching a city for a party."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.inventory import services
from apps.inventory.models import Hold, NightlyRate, RatePlan, RoomNight, RoomType
from apps.inventory.policies import parse_party
from apps.platform import clock
from apps.platform.db import uuid7
from apps.platform.errors import Invalid
from apps.platform.money import Money
from tests.factories.inventory import ChargeFactory, HotelFactory, RatePlanFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

ARRIVAL = clock.now().date() + timedelta(days=10)
NIGHTS = [ARRIVAL + timedelta(days=ahead) for ahead in range(3)]
DEPARTURE = ARRIVAL + timedelta(days=3)


HERE = services.Near(latitude=Decimal("38.7"), longitude=Decimal("-9.14"))


@pytest.fixture(autouse=True)
def _horizon(settings: LazySettings) -> None:
    settings.INVENTORY_HORIZON_NIGHTS = 60


def _search(*occupancies: str, **given: Any) -> services.AvailabilityPage:
    plain: dict[str, Any] = {"city": "lisbon", "arrival": ARRIVAL, "departure": DEPARTURE}
    party = parse_party(occupancies or ("2",))
    return services.search_availability(services.AvailabilityQuery(party=party, **plain | given))


def _names(page: services.AvailabilityPage) -> list[str]:
    return [found.hotel.name for found in page.results]


def _night(room_type: RoomType, position: int = 1) -> Any:
    return RoomNight.objects.filter(room_type=room_type, night=NIGHTS[position])


def test_a_hotel_shows_its_cheapest_way_with_each_night() -> None:
    hotel = HotelFactory.create(name="Harbour")
    double = RoomTypeFactory.create(hotel=hotel, code="DBL", base_rate_minor=10_000)
    RoomTypeFactory.create(hotel=hotel, code="STE", base_rate_minor=30_000)
    saver = RatePlanFactory.create(hotel=hotel, code="SAVE", percent=Decimal("89.99"))
    NightlyRate.objects.create(room_type=double, rate_plan=saver, night=NIGHTS[1], amount_minor=15_000)

    (found,) = _search().results

    (offer,) = found.offers
    assert (offer.room_type.code, offer.rate_plan.code) == ("DBL", "FLEX")
    assert found.total == offer.total == Money(amount="300.00", currency="EUR")
    assert [(night.date, night.amount.amount) for night in found.nights] == [(night, "100.00") for night in NIGHTS]

    NightlyRate.objects.update(amount_minor=9_000)
    (cheaper,) = _search().results
    assert cheaper.offers[0].rate_plan.code == "SAVE"
    assert [(night.amount.amount, night.source) for night in cheaper.offers[0].nights] == [
        ("89.99", "rate_plan"),
        ("90.00", "date"),
        ("89.99", "rate_plan"),
    ]
    assert cheaper.total.amount == "269.98"


def test_the_tightest_night_says_how_many_rooms_are_left() -> None:
    room_type = RoomTypeFactory.create(room_count=5)
    _night(room_type, 0).update(sold=1)
    _night(room_type, 1).update(sold=2, held=1, out_of_order=1, overbooking_limit=1)

    (found,) = _search().results

    assert found.rooms_left == 2


def test_the_night_of_departure_does_not_count() -> None:
    room_type = RoomTypeFactory.create(room_count=1)
    RoomNight.objects.filter(room_type=room_type, night=DEPARTURE).update(sold=1)

    assert len(_search().results) == 1


@pytest.mark.parametrize("fault", ["sold", "held", "out_of_order", "stop_sell"])
def test_one_night_full_or_closed_hides_the_room_type(fault: str) -> None:
    room_type = RoomTypeFactory.create(room_count=1)
    _night(room_type).update(**{fault: 1})

    assert _search().results == ()


def test_a_missing_night_is_not_sellable() -> None:
    _night(RoomTypeFactory.create()).delete()

    assert _search().results == ()


def test_an_overdue_hold_counts_as_free_and_a_running_one_does_not() -> None:
    room_type = RoomTypeFactory.create(room_count=1)
    RoomNight.objects.filter(room_type=room_type, night__in=NIGHTS[:2]).update(held=1)
    hold = Hold.objects.create(
        id=uuid7(),
        room_type=room_type,
        arrival=NIGHTS[0],
        departure=NIGHTS[2],
        expires_at=clock.now() + timedelta(minutes=5),
    )
    assert _search().results == ()

    with clock.moved_to(hold.expires_at):
        (found,) = _search().results

    assert found.rooms_left == 1


def test_a_party_is_housed_in_the_cheapest_mix_of_rooms() -> None:
    hotel = HotelFactory.create()
    RoomTypeFactory.create(hotel=hotel, code="SGL", base_rate_minor=6_000, max_adults=1, max_children=0, room_count=1)
    RoomTypeFactory.create(hotel=hotel, code="DBL", base_rate_minor=10_000, max_adults=2, room_count=2)

    (found,) = _search("1", "2-4", "1").results

    assert [offer.room_type.code for offer in found.offers] == ["SGL", "DBL", "DBL"]
    assert found.total.amount == "780.00"
    assert [night.amount.amount for night in found.nights] == ["260.00"] * 3
    assert _search("1", "2", "2", "1").results == ()
    assert _search("3").results == ()


def test_the_best_rated_comes_first_and_the_unrated_last() -> None:
    for name, average, count in [("b", "4.50", 3), ("none", None, 0), ("a", "4.50", 7), ("c", "4.49", 90)]:
        hotel = HotelFactory.create(name=name, rating_average=average, rating_count=count)
        RoomTypeFactory.create(hotel=hotel)

    assert _names(_search()) == ["a", "b", "c", "none"]
    assert _names(_search(min_rating=Decimal("4.5"))) == ["a", "b"]


def test_pages_follow_each_other_both_ways_without_gap_or_repetition() -> None:
    for position in range(5):
        RoomTypeFactory.create(hotel=HotelFactory.create(name=str(position), rating_average="4.00"))

    first = _search(limit=2)
    second = _search(limit=2, cursor=first.next_cursor)
    third = _search(limit=2, cursor=second.next_cursor)
    back = _search(limit=2, cursor=second.previous_cursor)

    assert [_names(page) for page in (first, second, third)] == [["0", "1"], ["2", "3"], ["4"]]
    assert (first.previous_cursor, third.next_cursor) == (None, None)
    assert _names(back) == ["0", "1"]


@pytest.mark.parametrize("cursor", ["x", "e30", "é", "W10"])
def test_a_cursor_that_is_none_of_ours_is_refused(cursor: str) -> None:
    RoomTypeFactory.create()

    with pytest.raises(Invalid) as refusal:
        _search(cursor=cursor)

    assert refusal.value.items[0]["parameter"] == "cursor"


def test_a_cursor_of_another_ordering_is_refused() -> None:
    for _ in range(2):
        RoomTypeFactory.create()
    cursor = _search(limit=1).next_cursor

    with pytest.raises(Invalid) as refusal:
        _search(cursor=cursor, ordering=services.Ordering.TOTAL)

    assert refusal.value.items[0]["parameter"] == "cursor"


def test_totals_are_compared_within_one_currency_only() -> None:
    RoomTypeFactory.create(hotel=HotelFactory.create(name="dear"), base_rate_minor=20_000)
    RoomTypeFactory.create(hotel=HotelFactory.create(name="cheap"), base_rate_minor=5_000)
    RoomTypeFactory.create(hotel=HotelFactory.create(name="yen", currency="JPY"), base_rate_minor=9_000)

    for given in ({"ordering": services.Ordering.TOTAL}, {"max_total": Decimal(150)}):
        with pytest.raises(Invalid) as refusal:
            _search(**given)
        assert refusal.value.items[0]["parameter"] == "currency"
    assert _names(_search(ordering=services.Ordering.TOTAL, currency="EUR")) == ["cheap", "dear"]
    assert _names(_search(max_total=Decimal("150.00"), currency="EUR")) == ["cheap"]
    assert _names(_search(max_total=Decimal("149.99"), currency="EUR")) == []
    assert _names(_search(currency="JPY")) == ["yen"]


def test_the_nearest_comes_first_and_farther_ones_can_be_left_out() -> None:
    for name, place in [
        ("far", ("38.80000", "-9.10000")),
        ("near", ("38.71000", "-9.14000")),
        ("nowhere", (None, None)),
    ]:
        RoomTypeFactory.create(hotel=HotelFactory.create(name=name, latitude=place[0], longitude=place[1]))
    here = services.Near(latitude=Decimal("38.7"), longitude=Decimal("-9.14"))

    page = _search(near=here, ordering=services.Ordering.DISTANCE)

    assert _names(page) == ["near", "far", "nowhere"]
    assert page.results[0].distance_km == pytest.approx(1.112, abs=0.001)
    within = services.Near(latitude=here.latitude, longitude=here.longitude, km=Decimal(5))
    assert _names(_search(near=within)) == ["near"]
    with pytest.raises(Invalid) as refusal:
        _search(ordering=services.Ordering.DISTANCE)
    assert refusal.value.items[0]["parameter"] == "near"


@pytest.mark.parametrize(
    ("arrival", "departure", "parameter"),
    [
        (10, 10, "departure"),
        (10, 9, "departure"),
        (1, 62, "departure"),
        (-3, 2, "arrival"),
        (-2, 2, "arrival"),
        (55, 63, "departure"),
        (55, 61, "departure"),
    ],
)
def test_dates_that_cannot_be_sold_are_refused(arrival: int, departure: int, parameter: str) -> None:
    RoomTypeFactory.create(hotel=HotelFactory.create(time_zone="UTC", business_day_rollover="00:00"))
    today = clock.now().date()

    with pytest.raises(Invalid) as refusal:
        _search(arrival=today + timedelta(days=arrival), departure=today + timedelta(days=departure))

    assert refusal.value.items[0]["parameter"] == parameter


def test_where_the_arrival_is_past_a_hotel_is_left_out() -> None:
    ahead = HotelFactory.create(name="ahead", time_zone="Pacific/Kiritimati", business_day_rollover="00:00")
    behind = HotelFactory.create(name="behind", time_zone="Pacific/Pago_Pago", business_day_rollover="00:00")
    room_type = RoomTypeFactory.create(hotel=ahead)
    RoomTypeFactory.create(hotel=behind)
    today_behind = services.business_date(services.get_hotel(behind.id), clock.now())
    RoomNight.objects.get_or_create(room_type=room_type, night=today_behind, defaults={"physical": 5})

    page = _search(arrival=today_behind, departure=today_behind + timedelta(days=1))

    assert _names(page) == ["behind"]


def test_archived_hotels_types_and_plans_are_not_offered() -> None:
    RoomTypeFactory.create(hotel=HotelFactory.create(archived_at=clock.now()))
    RoomTypeFactory.create(archived_at=clock.now())
    without_plan = RoomTypeFactory.create()
    RatePlan.objects.filter(hotel=without_plan.hotel).update(archived_at=clock.now())

    assert _search().results == ()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ordering", list(services.Ordering))
def test_a_page_costs_no_more_statements_where_there_are_more_hotels(ordering: services.Ordering) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            page = _search("1", "1", ordering=ordering, near=HERE, currency="EUR", limit=3)
        assert len(page.results) == 3
        return len(captured)

    for number in range(5):
        _rated(number)
    services.fill_lowest_rates()
    few = statements()
    for number in range(5, 40):
        _rated(number)
    services.fill_lowest_rates()

    assert statements() <= few
    # One for the candidates, by total another for their charges; free types, hotels and five of the rates for each lot
    # of hotels that is priced.
    assert few <= 1 + (ordering is services.Ordering.TOTAL) + 7


def _rated(number: int) -> None:
    """The higher the number, the worse rated, the farther away and the dearer."""
    place = {"latitude": Decimal("38.7") + Decimal(number) / 1000, "longitude": Decimal("-9.14")}
    hotel = HotelFactory.create(rating_average=Decimal(5) - Decimal(number) / 100, **place)
    RoomTypeFactory.create(hotel=hotel, base_rate_minor=10_000 + 100 * number)


@pytest.mark.parametrize("cheapest", ["A", "B", "C"])
def test_the_cheapest_room_type_is_found_wherever_it_stands_and_however_little_it_spares(cheapest: str) -> None:
    hotel = HotelFactory.create()
    ChargeFactory.create(hotel=hotel)
    for code in ("A", "B", "C"):
        RoomTypeFactory.create(hotel=hotel, code=code, base_rate_minor=10_000 - (code == cheapest))

    (found,) = _search().results

    assert [offer.room_type.code for offer in found.offers] == [cheapest]


def test_offers_are_all_the_products_that_fit_the_cheapest_first() -> None:
    hotel = HotelFactory.create()
    RoomTypeFactory.create(hotel=hotel, code="DBL", base_rate_minor=10_000)
    RoomTypeFactory.create(hotel=hotel, code="SGL", base_rate_minor=7_000, max_adults=1)
    RoomTypeFactory.create(hotel=hotel, code="FULL", base_rate_minor=1, room_count=0)
    RatePlanFactory.create(hotel=hotel, code="BB", meal_plan="breakfast", percent=120)

    found = services.offers_of(hotel_id=hotel.id, arrival=ARRIVAL, departure=DEPARTURE, party=parse_party(["2", "1"]))

    assert [(offer.room_type.code, offer.rate_plan.code, offer.total.amount) for offer in found.results] == [
        ("SGL", "FLEX", "210.00"),
        ("SGL", "BB", "252.00"),
        ("DBL", "FLEX", "300.00"),
        ("DBL", "FLEX", "300.00"),
        ("DBL", "BB", "360.00"),
        ("DBL", "BB", "360.00"),
    ]
    assert [offer.fits_rooms for offer in found.results] == [(1,), (1,), (0,), (1,), (0,), (1,)]
    assert found.results[0].due_at_property == found.results[0].total
    assert found.results[0].cancellation.timeline[1]["penalty"] == found.results[0].total
