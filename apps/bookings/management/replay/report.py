"""What a replay says at its end, for a terminal."""

from collections.abc import Iterator
from datetime import date, timedelta

from apps.bookings.management.replay.history import History
from apps.bookings.management.replay.house import House
from apps.bookings.management.replay.living import Tally
from apps.bookings.management.replay.timetable import Kind
from apps.inventory import services as inventory

_BAR = 40
_PAGE = timedelta(days=360)


def summary(tally: Tally, *, room_nights: int, seconds: float) -> list[str]:
    """The figures of a replay."""
    done = tally.done
    others = {code: count for code, count in tally.refused.items() if code != "no_rooms_left"}
    return [
        f"accepted                   {tally.accepted:>7,}",
        f"refused for lack of rooms  {tally.refused['no_rooms_left']:>7,}",
        *(f"refused: {code:<17} {count:>7,}" for code, count in sorted(others.items())),
        f"canceled                   {done[Kind.CANCELLATION]:>7,}",
        f"no-shows                   {done[Kind.NO_SHOW]:>7,}",
        f"arrivals                   {done[Kind.ARRIVAL]:>7,}",
        f"departures                 {done[Kind.DEPARTURE]:>7,}",
        f"room-nights                {room_nights:>7,}",
        f"room revenue        EUR {tally.room_revenue:>14,}  (in the history {tally.revenue_of_history:,.2f})",
        f"taxes and fees      EUR {tally.charges:>14,}  (beside those that the prices contain)",
        f"sold for            EUR {tally.totals:>14,}  ({tally.totals - tally.room_revenue - tally.charges} apart)",
        f"{tally.accepted / seconds:,.1f} bookings/s, with all that became of them",
        f"{tally.commands:,} commands in {seconds:,.1f} s, {tally.commands / seconds:,.0f}/s",
    ]


def sold_by_month(history: History, house: House) -> dict[str, tuple[int, int]]:
    """By month, from the first arrival to the last departure: room-nights sold, and those there were."""
    last = max((booking.departure for booking in history.bookings), default=date.min) - timedelta(days=1)
    first = min((booking.arrival for booking in history.bookings), default=date.max)
    months: dict[str, tuple[int, int]] = {}
    while first <= last:
        until = min(first + _PAGE, last)
        calendar = inventory.calendar_of(access=house.access, hotel_id=house.hotel.id, first=first, last=until)
        for night in (night for row in calendar.room_types for night in row.nights):
            sold, rooms = months.get(f"{night.date:%Y-%m}", (0, 0))
            months[f"{night.date:%Y-%m}"] = (sold + night.sold, rooms + night.physical)
        first = until + timedelta(days=1)
    return months


def chart(months: dict[str, tuple[int, int]]) -> Iterator[str]:
    """Occupancy by month as bars: sold room-nights among those there were."""
    for month, (sold, rooms) in sorted(months.items()):
        share = sold / rooms if rooms else 0.0
        yield f"{month}  {'█' * round(share * _BAR):<{_BAR}} {share:>4.0%}  {sold:>6,} of {rooms:,}"
