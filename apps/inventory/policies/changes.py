"""What may become of the calendar: whether a change can be right, and what it makes of a price."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from apps.inventory.types import CalendarChange, PriceChange, Restriction, Rules
from apps.platform.money import Money, to_minor

MAX_CALENDAR_NIGHTS = 400
MAX_CHANGES = 200
MAX_RULE = 999
MAX_LIMIT = 10_000
MAX_PRICES_BY_ADULTS = 20

FLAGS = frozenset({Restriction.STOP_SELL, Restriction.CLOSED_TO_ARRIVAL, Restriction.CLOSED_TO_DEPARTURE})
BOUNDS = (
    (Restriction.MIN_STAY, Restriction.MAX_STAY),
    (Restriction.MIN_STAY_THROUGH, Restriction.MAX_STAY_THROUGH),
    (Restriction.MIN_ADVANCE, Restriction.MAX_ADVANCE),
)
"""The restrictions between which a stay has to fit."""

Fault = tuple[str, str]
"""Where in the change, as a JSON pointer, and what is wrong there."""

_MIN_PERCENT, _MAX_PERCENT = Decimal(-100), Decimal(1000)


def nights_of_change(change: CalendarChange) -> list[date]:
    """The nights from the first to the last that are on the weekdays of the change."""
    days = (change.first + timedelta(days=ahead) for ahead in range((change.last - change.first).days + 1))
    return [day for day in days if not change.weekdays or day.isoweekday() in change.weekdays]


def faults_of_change(change: CalendarChange, *, today: date, horizon: date, currency: str) -> Iterator[Fault]:
    """All that is wrong with a change whatever the calendar looks like.

    :param today: the business date of the hotel; `horizon`: the last night on sale.
    """
    yield from _faults_of_dates(change, today, horizon)
    yield from _faults_of_object(change)
    yield from faults_of_rules(change.restrictions)
    if change.price is not None:
        yield from _faults_of_price(change.price, currency)
    if change.overbooking_limit is not None and not 0 <= change.overbooking_limit <= MAX_LIMIT:
        yield "/overbooking_limit", f"0 to {MAX_LIMIT}."


def _faults_of_dates(change: CalendarChange, today: date, horizon: date) -> Iterator[Fault]:
    if change.first < today:
        yield "/from", f"It is {today} at the hotel: nights before that are history."
    if change.last < change.first:
        yield "/to", "The last night is not before the first."
    elif (change.last - change.first).days >= MAX_CALENDAR_NIGHTS:
        yield "/to", f"At most {MAX_CALENDAR_NIGHTS} nights at once."
    elif change.last > horizon:
        yield "/to", f"Nights are on sale up to {horizon}."
    elif not change.weekdays <= set(range(1, 8)):
        yield "/weekdays", "1 for Monday to 7 for Sunday."
    elif not nights_of_change(change):
        yield "/weekdays", "None of the nights is on these days of the week."


def _faults_of_object(change: CalendarChange) -> Iterator[Fault]:
    """A price is one of products, a limit one of room types; and something is to change at all."""
    of_products = change.rate_plan_ids is not None
    if change.price is not None and not of_products:
        yield "/price", "A price is that of a rate plan: name some in `rate_plan_ids`, or none of them for all."
    if change.overbooking_limit is not None and of_products:
        yield "/overbooking_limit", "A limit is that of a room type: leave `rate_plan_ids` out."
    if change.stop_sell is not None and Restriction.STOP_SELL in change.restrictions:
        yield "/stop_sell", "Say it here or among the restrictions."
    asked = (change.price, change.overbooking_limit, change.stop_sell)
    if not change.restrictions and all(value is None for value in asked):
        yield "", "Nothing is to change."


def faults_of_rules(rules: Mapping[str, bool | int | None]) -> Iterator[Fault]:
    """Names that are no restriction, and values that theirs cannot have."""
    for name, value in rules.items():
        place = "/restrictions/" + name.replace("~", "~0").replace("/", "~1")
        if name not in set(Restriction):
            yield place, "There is no such restriction."
        elif value is None:
            continue
        elif name in FLAGS:
            if not isinstance(value, bool):
                yield place, "True, false, or null to take it away."
        elif isinstance(value, bool) or not 0 <= value <= MAX_RULE:
            yield place, f"A number from 0 to {MAX_RULE}, or null to take it away."


def contradiction(rules: Rules) -> tuple[Restriction, Restriction] | None:
    """Two restrictions that no stay can meet both, if there are such."""
    for least, most in BOUNDS:
        low, high = rules.get(least), rules.get(most)
        if low and high and low > high:
            return least, most
    return None


def _faults_of_price(price: PriceChange, currency: str) -> Iterator[Fault]:
    is_absolute = price.amount is not None or bool(price.by_adults)
    if is_absolute and (price.percent is not None or price.plus is not None):
        yield "/price", "Set it, or change it by a percent or an amount: not both."
    if price.amount is not None:
        yield from _faults_of_amount(price.amount, currency, "/price/amount")
    for position, amount in enumerate(price.by_adults):
        yield from _faults_of_amount(amount, currency, f"/price/by_adults/{position}")
    if len(price.by_adults) > MAX_PRICES_BY_ADULTS:
        yield "/price/by_adults", f"At most {MAX_PRICES_BY_ADULTS}."
    if price.percent is not None and not _MIN_PERCENT <= price.percent <= _MAX_PERCENT:
        yield "/price/percent", f"{_MIN_PERCENT} to {_MAX_PERCENT}."
    if price.plus is not None:
        yield from _faults_of_amount(price.plus, currency, "/price/plus", is_signed=True)


def _faults_of_amount(amount: Money, currency: str, place: str, *, is_signed: bool = False) -> Iterator[Fault]:
    if amount.currency != currency:
        yield f"{place}/currency", f"The hotel's prices are in {currency}."
        return
    try:
        minor = to_minor(amount.amount, currency)
    except ValueError as error:
        yield f"{place}/amount", f"{error}."
        return
    if minor < 0 and not is_signed:
        yield f"{place}/amount", "A price is not negative."


def changed_price(amount_minor: int, percent: Decimal, plus_minor: int) -> int:
    """So many percent more, then so much more; rounded half up, never negative."""
    exact = Decimal(amount_minor) * (100 + percent) / 100 + plus_minor
    return max(0, int(exact.quantize(Decimal(1), ROUND_HALF_UP)))
