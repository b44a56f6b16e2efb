"""What a replay says at its end, for a terminal."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from apps.bookings.management.replay.books import Books
from apps.bookings.management.replay.history import History
from apps.bookings.management.replay.house import House
from apps.bookings.management.replay.tally import Tally
from apps.bookings.management.replay.timetable import Kind
from apps.inventory import services as inventory

_BAR = 40
_PAGE = timedelta(days=360)


@dataclass(kw_only=True)
class Sold:
    """What the calendar of the hotel says in the end.

    :param months: room-nights sold, and those there were.
    :param overbooked: nights of a room type of which more rooms were sold than there are.
    """

    months: dict[str, tuple[int, int]] = field(default_factory=dict)
    overbooked: int = 0


def summary(tally: Tally, books: Books, sold: Sold, *, revenue: Decimal, seconds: float) -> list[str]:
    """The figures of a replay.

    :param revenue: what the history says that the accepted bookings cost.
    """
    done = tally.done
    others = {code: count for code, count in tally.refused.items() if code != "no_rooms_left"}
    return [
        f"accepted                   {tally.accepted:>7,}",
        f"refused for lack of rooms  {tally.refused['no_rooms_left']:>7,}",
        *_refusals("refused", others),
        f"changes of bookings        {tally.changes['amended']:>7,}",
        *_refusals("changes refused", tally.changes, done="amended"),
        f"canceled                   {done[Kind.CANCELLATION]:>7,}",
        f"no-shows                   {done[Kind.NO_SHOW]:>7,}",
        f"arrivals                   {done[Kind.ARRIVAL]:>7,}",
        f"in another type of room    {tally.moves['moved']:>7,}",
        *_refusals("moves refused", tally.moves, done="moved"),
        f"departures                 {done[Kind.DEPARTURE]:>7,}",
        f"room-nights                {sum(nights for nights, _ in sold.months.values()):>7,}",
        f"overbooked                 {sold.overbooked:>7,}",
        _money("room revenue", books.rooms, f"(in the history {revenue:,.2f})"),
        _money("taxes and fees", books.charges, "(beside those that the prices contain)"),
        _money("sold for", books.totals, f"({_amount(books.totals - books.rooms - books.charges)} apart)"),
        _money("stays", books.stays, "(of those who came)"),
        _money("penalties", books.penalties, "(of those who did not)"),
        _money("payments captured", tally.captured_minor),
        _money("refunded", tally.refunded_minor),
        _money("paid", books.paid, f"({_amount(books.paid - books.stays - books.penalties)} apart from what is owed)"),
        f"{tally.accepted / seconds:,.1f} bookings/s, with all that became of them",
        f"{tally.commands:,} commands in {seconds:,.1f} s, {tally.commands / seconds:,.0f}/s",
    ]


def _refusals(what: str, counts: Mapping[str, int], *, done: str = "") -> Iterator[str]:
    for code, count in sorted(counts.items()):
        if code != done:
            yield f"{f'{what}: {code}':<26} {count:>7,}"


def _money(what: str, minor: int, remark: str = "") -> str:
    return f"{what:<19} EUR {_amount(minor):>14}  {remark}".rstrip()


def _amount(minor: int) -> str:
    return f"{Decimal(minor).scaleb(-2):,.2f}"


def revenue_of(history: History, accepted: Container[int]) -> Decimal:
    """What the history says that the bookings of these lines cost."""
    return sum(
        (
            booking.average_rate * len(booking.nights) * len(booking.rooms)
            for booking in history.bookings
            if booking.line in accepted
        ),
        Decimal(0),
    )


def what_was_sold(history: History, house: House) -> Sold:
    """What was sold from the first arrival to the last departure."""
    found = Sold()
    if not history.bookings:
        return found
    first = min(booking.arrival for booking in history.bookings)
    last = max(booking.departure for booking in history.bookings) - timedelta(days=1)
    while first <= last:
        until = min(first + _PAGE, last)
        calendar = inventory.calendar_of(access=house.access, hotel_id=house.hotel.id, first=first, last=until)
        for night in (night for row in calendar.room_types for night in row.nights):
            sold, rooms = found.months.get(f"{night.date:%Y-%m}", (0, 0))
            found.months[f"{night.date:%Y-%m}"] = (sold + night.sold, rooms + night.physical)
            found.overbooked += night.sold + night.held > night.physical - night.out_of_order
        first = until + timedelta(days=1)
    return found


def chart(months: dict[str, tuple[int, int]]) -> Iterator[str]:
    """Occupancy by month as bars: sold room-nights among those there were."""
    for month, (sold, rooms) in sorted(months.items()):
        share = sold / rooms if rooms else 0.0
        yield f"{month}  {'█' * round(share * _BAR):<{_BAR}} {share:>4.0%}  {sold:>6,} of {rooms:,}"
