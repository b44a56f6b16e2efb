"""What a night costs, and when canceling costs something."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

import pytest

from apps.inventory.policies import cancellation_of, cancellation_terms, price_of_night
from apps.inventory.types import HotelFacts
from apps.platform.money import Money


def test_the_price_of_the_date_wins_even_when_it_is_nothing() -> None:
    assert price_of_night(10_000, Decimal(100), 0).amount_minor == 0
    assert price_of_night(10_000, Decimal(100), 7_500).source == "date"


@pytest.mark.parametrize(
    ("base", "percent", "expected"),
    [
        (12_900, Decimal("100.00"), 12_900),
        (12_900, Decimal("90"), 11_610),
        (333, Decimal("50"), 167),  # 166.5
        (1, Decimal("49.99"), 0),  # 0.4999
        (1, Decimal("50"), 1),  # 0.5
        (999_999_999_999_999, Decimal("33.33"), 333_300_000_000_000),
    ],
)
def test_the_plans_percent_is_rounded_half_up(base: int, percent: Decimal, expected: int) -> None:
    price = price_of_night(base, percent, None)

    assert (price.amount_minor, price.source) == (expected, "rate_plan")


def test_canceling_is_free_until_check_in_and_costs_everything_from_then_on() -> None:
    hotel = HotelFacts(
        id=UUID(int=1),
        name="H",
        description="",
        address="A",
        city="C",
        country="JP",
        latitude=None,
        longitude=None,
        time_zone="Asia/Tokyo",
        currency="JPY",
        check_in_time=time(15),
        check_out_time=time(11),
        business_day_rollover=time(3),
        amenities=(),
        stars=None,
        rating_average=None,
        rating_count=0,
        archived=False,
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    )

    free, whole = cancellation_of(
        cancellation_terms(arrival=date(2026, 7, 1), check_in_time=hotel.check_in_time, time_zone=hotel.time_zone),
        30_000,
        "JPY",
    ).timeline

    check_in = datetime(2026, 7, 1, 6, tzinfo=UTC)
    assert free == {"from": None, "until": check_in, "penalty": Money(amount="0", currency="JPY")}
    assert whole == {"from": check_in, "until": None, "penalty": Money(amount="30000", currency="JPY")}
