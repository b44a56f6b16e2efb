"""How well a house sells: occupancy, ADR and RevPAR from plain counts, in hundredths of a percent and minor units."""

from decimal import ROUND_HALF_UP, Decimal

_HUNDREDTHS = Decimal("0.01")


def occupancy_percent(*, sold: int, available: int) -> Decimal | None:
    """Rooms sold of those available, as a percentage; above 100 where more are sold. None where none is available."""
    if not available:
        return None
    return (Decimal(100 * sold) / available).quantize(_HUNDREDTHS, ROUND_HALF_UP)


def average_minor(*, revenue_minor: int, rooms: int) -> int | None:
    """Revenue for each room, half up: of the rooms sold the ADR, of those available the RevPAR. None without any."""
    if not rooms:
        return None
    return int((Decimal(revenue_minor) / rooms).quantize(Decimal(1), ROUND_HALF_UP))
