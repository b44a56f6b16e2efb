"""Why a hotel does not offer something, and what it could sell instead."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.inventory import services
from apps.inventory.models import Hotel, ProductRestriction, RatePlan, RoomNight, RoomType
from apps.inventory.policies import parse_party
from apps.platform import clock
from tests.factories.inventory import HotelFactory, RatePlanFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

ARRIVAL = clock.now().date() + timedelta(days=20)
DEPARTURE = ARRIVAL + timedelta(days=3)


@pytest.fixture(autouse=True)
def _horizon(settings: LazySettings) -> None:
    settings.INVENTORY_HORIZON_NIGHTS = 60


def _explained(hotel: Hotel, *occupancies: str, **given: Any) -> services.ExplainedOffers:
    party = parse_party(occupancies or ("2",))
    dates = {"arrival": ARRIVAL, "departure": DEPARTURE}
    return services.explained_offers_of(hotel_id=hotel.id, party=party, **{**dates, **given})


def _why(found: services.ExplainedOffers) -> dict[tuple[str, str], list[tuple[str, int | None, int | None]]]:
    """By product: the codes with how many days after the arrival, and the limit."""
    return {
        (one.room_type.code, one.rate_plan.code): [
            (reason.code, None if reason.date is None else (reason.date - ARRIVAL).days, reason.limit)
            for reason in one.reasons
        ]
        for one in found.not_sellable
    }


def _ways(found: services.ExplainedOffers) -> list[tuple[str, int, int]]:
    return [
        (one.kind.value, (one.arrival - ARRIVAL).days, (one.departure - DEPARTURE).days) for one in found.alternatives
    ]


def _nights(room_type: RoomType, *ahead: int) -> Any:
    nights = [ARRIVAL + timedelta(days=number) for number in ahead]
    return RoomNight.objects.filter(room_type=room_type, night__in=nights)


def test_each_product_says_which_rule_on_which_night_refuses() -> None:
    hotel = HotelFactory.create()
    root = RatePlan.objects.get()
    RatePlanFactory.create(hotel=hotel, code="LONG", ancestors=[root.id])
    double = RoomTypeFactory.create(hotel=hotel, code="DBL", room_count=2)
    single = RoomTypeFactory.create(hotel=hotel, code="SGL", max_adults=1)
    RoomTypeFactory.create(hotel=hotel, code="OPEN")
    _nights(double, 0).update(sold=2)
    _nights(double, 1).update(stop_sell=True)
    _nights(double, 2).delete()
    long_stays = RatePlan.objects.get(code="LONG")
    for ahead, rules in ((0, {"min_stay": 5, "closed_to_arrival": True}), (3, {"closed_to_departure": True})):
        night = ARRIVAL + timedelta(days=ahead)
        ProductRestriction.objects.create(room_type=single, rate_plan=long_stays, night=night, rules=rules)

    found = _explained(hotel)

    nights = [("sold_out", 0, None), ("not_on_sale", 1, None), ("not_on_sale", 2, None)]
    assert _why(found) == {
        ("DBL", "FLEX"): nights,
        ("DBL", "LONG"): nights,
        ("SGL", "FLEX"): [("occupancy", None, None)],
        ("SGL", "LONG"): [
            ("occupancy", None, None),
            ("closed_to_arrival", 0, None),
            ("min_stay", 0, 5),
            ("closed_to_departure", 3, None),
        ],
    }
    assert {offer.room_type.code for offer in found.results} == {"OPEN"}
    (limited,) = [reason for one in found.not_sellable for reason in one.reasons if reason.limit]
    assert limited.detail == "Stays that arrive on this date last at least 5 nights."


def test_where_another_room_type_is_free_that_is_the_nearest_alternative() -> None:
    hotel = HotelFactory.create()
    full = RoomTypeFactory.create(hotel=hotel, code="FULL", base_rate_minor=9_000, room_count=1)
    RoomTypeFactory.create(hotel=hotel, code="DBL", base_rate_minor=12_000)
    _nights(full, 1).update(sold=1)

    found = _explained(hotel)

    assert _ways(found) == [("room_type", 0, 0), ("shorter", 0, -1), ("longer", 0, 1)]
    (nearest, *_) = found.alternatives
    assert [room.room_type.code for room in nearest.rooms] == ["DBL"]
    assert nearest.total.amount == "360.00"


def test_where_nothing_is_free_the_nearest_dates_come_first() -> None:
    room_type = RoomTypeFactory.create(room_count=1)
    _nights(room_type, 2).update(sold=1)
    _nights(room_type, 6).update(stop_sell=True)

    found = _explained(room_type.hotel)

    assert _ways(found) == [
        ("shifted", -1, -1),
        ("shifted", -2, -2),
        ("shifted", -3, -3),
        ("shifted", 3, 3),
        ("shorter", 0, -1),
    ]
    for one in found.alternatives:
        offers = services.offers_of(
            hotel_id=room_type.hotel_id, arrival=one.arrival, departure=one.departure, party=parse_party(["2"])
        )
        assert offers.results[0].total == one.total


def test_a_stay_that_is_too_short_is_told_the_longer_one() -> None:
    room_type = RoomTypeFactory.create()
    for ahead in range(-7, 8):
        night = ARRIVAL + timedelta(days=ahead)
        plan = RatePlan.objects.get()
        ProductRestriction.objects.create(room_type=room_type, rate_plan=plan, night=night, rules={"min_stay": 4})

    found = _explained(room_type.hotel)

    assert _why(found) == {(room_type.code, "FLEX"): [("min_stay", 0, 4)]}
    assert _ways(found) == [("longer", 0, 1)]


def test_dates_before_today_are_no_alternative() -> None:
    room_type = RoomTypeFactory.create(room_count=1)
    today = services.business_date(services.get_hotel(room_type.hotel_id), clock.now())
    RoomNight.objects.filter(room_type=room_type, night=today).update(sold=1)

    found = _explained(room_type.hotel, arrival=today, departure=today + timedelta(days=1))

    assert all(one.arrival > today for one in found.alternatives)
    assert len(found.alternatives) > 1


def test_without_a_refusal_there_is_nothing_to_explain() -> None:
    found = _explained(RoomTypeFactory.create().hotel)

    assert (found.not_sellable, found.alternatives) == ((), ())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("types", [1, 6])
def test_the_statements_do_not_grow_with_the_products(types: int) -> None:
    hotel = HotelFactory.create()
    for _ in range(types):
        RoomTypeFactory.create(hotel=hotel, room_count=0)

    with CaptureQueriesContext(connection) as captured:
        found = _explained(hotel)

    assert len(found.not_sellable) == types
    assert len(captured) <= (1 + 1 + 5) + (1 + 1 + 6)


def test_over_http_only_who_asks_is_told() -> None:
    room_type = RoomTypeFactory.create(room_count=0)
    address = f"/api/v1/hotels/{room_type.hotel_id}/offers"
    dates = {"arrival": ARRIVAL.isoformat(), "departure": DEPARTURE.isoformat()}

    plain = APIClient().get(address, dates).json()
    told = APIClient().get(address, {**dates, "explain": "1"}).json()

    assert "not_sellable" not in plain
    assert told["not_sellable"][0]["reasons"][0] == {
        "code": "sold_out",
        "detail": "Sold out.",
        "date": ARRIVAL.isoformat(),
        "limit": None,
    }
    assert told["alternatives"] == []


def test_a_plan_by_code_is_offered_to_who_names_it_and_one_of_the_staff_to_nobody_else() -> None:
    room_type = RoomTypeFactory.create()
    RatePlan.objects.update(visibility="by_code")
    RatePlanFactory.create(hotel=room_type.hotel, code="HOUSE", visibility="staff")
    address = f"/api/v1/hotels/{room_type.hotel_id}/offers"
    dates = {"arrival": ARRIVAL.isoformat(), "departure": DEPARTURE.isoformat()}

    def codes(**given: str) -> list[str]:
        answer = APIClient().get(address, {**dates, **given})
        return [offer["rate_plan"]["code"] for offer in answer.json()["results"]]

    assert codes() == []
    assert codes(rate_code="FLEX") == ["FLEX"]
    assert codes(rate_code="HOUSE") == []
    staff = services.offers_of(
        hotel_id=room_type.hotel_id, arrival=ARRIVAL, departure=DEPARTURE, party=parse_party(["2"]), staff=True
    )
    assert {offer.rate_plan.code for offer in staff.results} == {"FLEX", "HOUSE"}
