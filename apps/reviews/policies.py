"""The rules of reviews and ratings. Plain Python: no database, no clock."""

from decimal import ROUND_HALF_UP, Decimal

_HUNDREDTH = Decimal("0.01")


def average_rating(*, total: int, count: int) -> Decimal | None:
    """The mean of `count` ratings that add up to `total`, to two places, halves up; None where there is none."""
    if not count:
        return None
    return (Decimal(total) / count).quantize(_HUNDREDTH, rounding=ROUND_HALF_UP)


def public_name(full_name: str) -> str:
    """How a guest is named in public: the first name and the initial of the last, `Ana P.`."""
    first, *others = full_name.split() or ["Guest"]
    return f"{first} {others[-1][0]}." if others else first
