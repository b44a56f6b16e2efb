"""When a stay is cheapest: many arrival dates at once."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.inventory import services
from apps.inventory.models import Hotel, NightlyRate, ProductRestriction, RatePlan, RoomNight
from apps.inventory.policies import parse_party
from apps.inventory.services import WhyNone
from apps.platform import clock
from apps.platform.errors import Invalid, NotFound
from tests.factories.inventory import HotelFactory, RatePlanFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

FIRST = clock.now().date() + timedelta(days=5)


@pytest.fixture(autouse=True)
def _horizon(settings: LazySettings) -> None:
    settings.INVENTORY_HORIZON_NIGHTS = 70


def _lowest(hotel: Hotel, *occupancies: str, **given: Any) -> list[tuple[str | None, WhyNone | None]]:
    plain = {"first": FIRST, "nights": 2, "days": 5}
    party = parse_party(occupancies or ("2",))
    found = services.lowest_prices(hotel_id=hotel.id, party=party, **{**plain, **given})
    return [(None if one.total is None else one.total.amount, one.reason) for one in found.results]


def test_each_arrival_has_its_cheapest_total() -> None:
    room_type = RoomTypeFactory.create(base_rate_minor=10_000)
    plan = RatePlan.objects.get()
    for ahead, amount in ((1, 5_000), (3, 30_000)):
        NightlyRate.objects.create(
            room_type=room_type, rate_plan=plan, night=FIRST + timedelta(days=ahead), amount_minor=amount
        )

    assert [total for total, _ in _lowest(room_type.hotel)] == ["150.00", "150.00", "400.00", "400.00", "200.00"]


def test_an_arrival_without_a_total_says_why() -> None:
    room_type = RoomTypeFactory.create(room_count=1)
    nights = RoomNight.objects.filter(room_type=room_type)
    nights.filter(night=FIRST).update(sold=1)
    nights.filter(night=FIRST + timedelta(days=3)).update(stop_sell=True)
    ProductRestriction.objects.create(
        room_type=room_type, rate_plan=RatePlan.objects.get(), night=FIRST + timedelta(days=1), rules={"min_stay": 3}
    )

    assert [reason for _, reason in _lowest(room_type.hotel)] == [
        WhyNone.SOLD_OUT,
        WhyNone.RESTRICTED,
        WhyNone.NOT_ON_SALE,
        WhyNone.NOT_ON_SALE,
        None,
    ]
    assert {reason for _, reason in _lowest(room_type.hotel, "3")} == {WhyNone.OCCUPANCY}
    assert _lowest(room_type.hotel, "1", "1")[4] == (None, WhyNone.SOLD_OUT)


def test_beyond_the_horizon_nothing_is_on_sale() -> None:
    room_type = RoomTypeFactory.create()
    today = services.business_date(services.get_hotel(room_type.hotel_id), clock.now())

    found = _lowest(room_type.hotel, first=today + timedelta(days=67), nights=2, days=3)

    assert [reason for _, reason in found] == [None, None, WhyNone.NOT_ON_SALE]


def test_totals_are_those_of_the_offers() -> None:
    chosen = random.Random(4)
    hotel = HotelFactory.create()
    root = RatePlan.objects.get()
    RatePlanFactory.create(hotel=hotel, code="SAVE", ancestors=[root.id], adjustment_percent=-10)
    RatePlanFactory.create(hotel=hotel, code="CORP", ancestors=[root.id], adjustment_percent=-50, visibility="by_code")
    for code, adults in (("SGL", 1), ("DBL", 2), ("FAM", 4)):
        room_type = RoomTypeFactory.create(hotel=hotel, code=code, max_adults=adults, room_count=1)
        for ahead in chosen.sample(range(20), 8):
            night = FIRST + timedelta(days=ahead)
            amount = chosen.choice([4_000, 17_000])
            NightlyRate.objects.create(room_type=room_type, rate_plan=root, night=night, amount_minor=amount)
        full = [FIRST + timedelta(days=ahead) for ahead in chosen.sample(range(20), 5)]
        RoomNight.objects.filter(room_type=room_type, night__in=full).update(sold=1)

    for rate_code in ("", "CORP"):
        for ahead, (total, _) in enumerate(_lowest(hotel, "1", days=18, nights=3, rate_code=rate_code)):
            arrival = FIRST + timedelta(days=ahead)
            offers = services.offers_of(
                hotel_id=hotel.id,
                arrival=arrival,
                departure=arrival + timedelta(days=3),
                party=parse_party(["1"]),
                rate_code=rate_code,
            ).results
            assert total == (offers[0].total.amount if offers else None), arrival


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("days", [1, 60])
def test_as_many_statements_for_sixty_arrivals_as_for_one(days: int) -> None:
    room_type = RoomTypeFactory.create()
    RoomTypeFactory.create(hotel=room_type.hotel)

    with CaptureQueriesContext(connection) as captured:
        found = _lowest(room_type.hotel, days=days)

    assert len(found) == days
    # The hotel, its room types; then one round trip: nights, plans, prices of dates and seasons, restrictions, charges.
    assert len(captured) == 2 + 6


@pytest.mark.parametrize(
    ("parameter", "given"),
    [
        ("nights", {"nights": 0}),
        ("nights", {"nights": 31}),
        ("days", {"days": 0}),
        ("days", {"days": 61}),
        ("from", {"first": clock.now().date() - timedelta(days=3)}),
        ("from", {"first": clock.now().date() + timedelta(days=80)}),
    ],
)
def test_what_cannot_be_is_refused(parameter: str, given: dict[str, Any]) -> None:
    room_type = RoomTypeFactory.create()

    with pytest.raises(Invalid) as refusal:
        _lowest(room_type.hotel, **given)

    assert refusal.value.items[0]["parameter"] == parameter


def test_an_archived_hotel_has_none() -> None:
    with pytest.raises(NotFound):
        _lowest(HotelFactory.create(archived_at=clock.now()))


def test_over_http() -> None:
    room_type = RoomTypeFactory.create()
    address = f"/api/v1/hotels/{room_type.hotel_id}/lowest-prices"

    query: Any = {"from": FIRST.isoformat(), "nights": 2, "days": 2, "occupancy": ["1", "2-3"]}

    answer = APIClient().get(address, query)

    assert answer.status_code == 200
    assert answer.json()["results"][1] == {
        "arrival": (FIRST + timedelta(days=1)).isoformat(),
        "departure": (FIRST + timedelta(days=3)).isoformat(),
        "total": {"amount": "400.00", "currency": "EUR"},
        "rooms_left": 5,
        "reason": None,
    }
    query = {"nights": 2, "occupancy": "x"}
    refused = APIClient().get(address, query)
    assert {error["parameter"] for error in refused.json()["errors"]} == {"from", "occupancy"}
