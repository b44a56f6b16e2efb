"""When it is cheapest: the least total for each of many arrival dates."""

from datetime import date, timedelta
from uuid import UUID

from django.conf import settings

from apps.inventory import policies, selectors
from apps.inventory.services._checks import hotel_of
from apps.inventory.services._offers import invalid
from apps.inventory.services._window import Window
from apps.inventory.types import LowestPrice, LowestPrices, Party, WhyNone
from apps.platform import clock
from apps.platform.errors import NotFound
from apps.platform.money import from_minor

MAX_ARRIVALS = 60
MAX_FLEXIBLE_NIGHTS = 30


def lowest_prices(
    *, hotel_id: UUID, first: date, nights: int, party: Party, days: int = MAX_ARRIVALS, rate_code: str = ""
) -> LowestPrices:
    """The cheapest total for the party for each arrival from `first` on, or why there is none.

    All nights, prices and restrictions are read at once, however many arrivals there are.

    :param nights: how long the party stays.
    :param rate_code: the code of a plan that is sold only to who names it.
    :raises NotFound: if there is no such hotel.
    :raises Invalid: naming the parameter that cannot be right.
    """
    if not 1 <= nights <= MAX_FLEXIBLE_NIGHTS:
        raise invalid("nights", f"1 to {MAX_FLEXIBLE_NIGHTS}.")
    if not 1 <= days <= MAX_ARRIVALS:
        raise invalid("days", f"1 to {MAX_ARRIVALS}.")
    hotel = selectors.hotel_facts(hotel_of(hotel_id))
    if hotel.archived:
        raise NotFound("There is no such hotel.")
    today = policies.business_date(clock.now(), hotel.time_zone, hotel.business_day_rollover)
    if not today <= first <= today + timedelta(days=settings.INVENTORY_HORIZON_NIGHTS):
        raise invalid("from", f"It is {today} at the hotel, which sells {settings.INVENTORY_HORIZON_NIGHTS} nights.")
    window = Window(hotel, first=first, last=first + timedelta(days=days - 1 + nights), code=rate_code)
    return LowestPrices(
        hotel_id=hotel_id,
        time_zone=hotel.time_zone,
        currency=hotel.currency,
        nights=nights,
        results=tuple(_lowest(window, first + timedelta(days=ahead), nights, party) for ahead in range(days)),
    )


def _lowest(window: Window, arrival: date, nights: int, party: Party) -> LowestPrice:
    departure = arrival + timedelta(days=nights)
    way = window.way(arrival, departure, party) if window.is_on_sale(arrival, departure) else None
    return LowestPrice(
        arrival=arrival,
        departure=departure,
        total=None if way is None else from_minor(way.total_minor, window.hotel.currency),
        rooms_left=None if way is None else min(one.rooms_left for one, _ in way.rooms),
        reason=_why_none(window, arrival, departure, party) if way is None else None,
    )


def _why_none(window: Window, arrival: date, departure: date, party: Party) -> WhyNone:
    """What stands in the way that a guest cannot go round: the first of these that holds."""
    if not window.sleeps(party):
        return WhyNone.OCCUPANCY
    if not window.is_on_sale(arrival, departure):
        return WhyNone.NOT_ON_SALE
    fitting = [one for one in window.types if any(one.fits(room) for room in party)]
    free = [one for one in window.free_types(arrival, departure) if any(one.fits(room) for room in party)]
    if not free:
        closed = all(any(closed for _, closed in window.missing_nights(one, arrival, departure)) for one in fitting)
        return WhyNone.NOT_ON_SALE if closed else WhyNone.SOLD_OUT
    plans = list(window.sale(arrival, departure).plans_of(window.hotel.id))
    if not plans:
        return WhyNone.NOT_ON_SALE
    is_restricted = any(window.broken(one, plan, arrival, departure) for one in free for plan in plans)
    return WhyNone.RESTRICTED if is_restricted else WhyNone.SOLD_OUT
