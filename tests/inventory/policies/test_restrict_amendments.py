"""Which broken restrictions stand against an amendment: only what is new of a stay is asked."""

from datetime import date, timedelta

import pytest

from apps.inventory.policies import broken_anew, nights_of
from apps.inventory.types import BrokenRestriction, Restriction

FIRST = date(2027, 3, 26)
DAY = timedelta(days=1)
WAS = (FIRST, FIRST + 3 * DAY)


def asked(restriction: Restriction, day: date, will_be: tuple[date, date], *, other_product: bool = False) -> bool:
    """Whether a restriction that the new stay breaks on that date stands against it."""
    broken = [BrokenRestriction(restriction=restriction, date=day)]
    sold = frozenset[date]() if other_product else frozenset(nights_of(*WAS))
    return bool(broken_anew(broken, was=WAS, will_be=will_be, sold=sold))


LONGER, SHORTER = (FIRST, FIRST + 4 * DAY), (FIRST, FIRST + 2 * DAY)
LATER = (FIRST + DAY, FIRST + 4 * DAY)


@pytest.mark.parametrize(
    ("restriction", "day", "will_be", "stands"),
    [
        (Restriction.STOP_SELL, FIRST, LONGER, False),
        (Restriction.STOP_SELL, WAS[1], LONGER, True),
        (Restriction.CLOSED_TO_ARRIVAL, FIRST, LONGER, False),
        (Restriction.CLOSED_TO_ARRIVAL, LATER[0], LATER, True),
        (Restriction.MIN_ADVANCE, FIRST, SHORTER, False),
        (Restriction.MAX_ADVANCE, LATER[0], LATER, True),
        (Restriction.CLOSED_TO_DEPARTURE, WAS[1], WAS, False),
        (Restriction.CLOSED_TO_DEPARTURE, SHORTER[1], SHORTER, True),
        (Restriction.MIN_STAY, FIRST, SHORTER, True),
        (Restriction.MIN_STAY, FIRST, LONGER, False),
        (Restriction.MIN_STAY, LATER[0], LATER, True),
        (Restriction.MAX_STAY, FIRST, SHORTER, False),
        (Restriction.MAX_STAY, FIRST, LONGER, True),
        (Restriction.MIN_STAY_THROUGH, FIRST, LONGER, False),
        (Restriction.MIN_STAY_THROUGH, WAS[1], LONGER, True),
        (Restriction.MIN_STAY_THROUGH, FIRST, SHORTER, True),
        (Restriction.MAX_STAY_THROUGH, FIRST, SHORTER, False),
        (Restriction.MAX_STAY_THROUGH, FIRST, LONGER, True),
    ],
)
def test_only_what_is_new_is_asked(
    restriction: Restriction, day: date, will_be: tuple[date, date], stands: bool
) -> None:
    assert asked(restriction, day, will_be) is stands


@pytest.mark.parametrize("restriction", list(Restriction))
def test_of_another_product_everything_is_asked(restriction: Restriction) -> None:
    day = WAS[1] if restriction is Restriction.CLOSED_TO_DEPARTURE else FIRST

    assert asked(restriction, day, WAS, other_product=True)
