"""How a hotel's rating is reckoned."""

from decimal import Decimal

import pytest

from apps.reviews import policies


@pytest.mark.parametrize(
    ("total", "count", "average"),
    [(5, 1, "5.00"), (9, 2, "4.50"), (14, 3, "4.67"), (13, 3, "4.33"), (17, 8, "2.13"), (33, 8, "4.13")],
)
def test_the_mean_has_two_places_with_halves_rounded_up(total: int, count: int, average: str) -> None:
    assert policies.average_rating(total=total, count=count) == Decimal(average)


def test_without_ratings_there_is_no_mean() -> None:
    assert policies.average_rating(total=0, count=0) is None
