"""Reading a booking history: each line becomes a past booking, or a fault that says what is wrong with it.

The format is that of "Hotel booking demand datasets" (Antonio, de Almeida, Nunes 2019): one line is one booking at the
state of its last day. What a line cannot mean is a fault of that line and of no other: a day use (0 nights; a
reservation here has a night at least), nobody of age, a fate before the booking was made. A group on one line is read
as it stands: it takes as many rooms of its type as it needs.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from math import ceil
from pathlib import Path

SLEEPS_ADULTS = 4
SLEEPS_CHILDREN = 3
"""What a room holds: the largest parties that the history houses in one room. Larger ones are groups."""

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_COLUMNS = {
    *("hotel", "lead_time", "arrival_date_year", "arrival_date_month", "arrival_date_day_of_month"),
    *("stays_in_weekend_nights", "stays_in_week_nights", "adults", "children", "babies", "meal", "market_segment"),
    *("reserved_room_type", "assigned_room_type", "booking_changes", "deposit_type", "adr"),
    *("reservation_status", "reservation_status_date"),
}
_MEALS = {"BB", "HB", "FB", "SC", "Undefined"}


class NotAHistory(Exception):
    """The file as a whole cannot be read; the message says why."""


class Deposit(StrEnum):
    """What was asked for in advance, in the words of the file."""

    NONE = "No Deposit"
    REFUNDABLE = "Refundable"
    NON_REFUNDABLE = "Non Refund"


class Fate(StrEnum):
    """What became of a booking, in the words of the file."""

    STAYED = "Check-Out"
    CANCELED = "Canceled"
    NO_SHOW = "No-Show"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A line that cannot be replayed, and why."""

    line: int
    problem: str


@dataclass(frozen=True, kw_only=True)
class PartyOfRoom:
    """Who sleeps in one room."""

    adults: int
    children: int
    babies: int


@dataclass(frozen=True, kw_only=True)
class PastBooking:
    """One line of the history.

    :param assigned_type: the room type in which the guest slept, or would have.
    :param changes: how often it was changed before it became what the line says.
    """

    line: int
    room_type: str
    assigned_type: str
    meal: str
    deposit: Deposit
    changes: int
    segment: str
    booked_on: date
    arrival: date
    departure: date
    rooms: tuple[PartyOfRoom, ...]
    average_rate: Decimal
    fate: Fate
    fate_on: date

    @property
    def nights(self) -> range:
        """The ordinals of the dates slept."""
        return range(self.arrival.toordinal(), self.departure.toordinal())

    @property
    def open_until(self) -> date:
        """The last day on which it could still be changed: that of the arrival, or of the cancellation before it."""
        return min(self.arrival, self.fate_on) if self.fate is Fate.CANCELED else self.arrival


@dataclass(frozen=True, kw_only=True)
class History:
    """What a file says; `digest` tells it from every other file."""

    digest: str
    lines: int
    bookings: tuple[PastBooking, ...]
    faults: tuple[Fault, ...]


def read_history(path: Path) -> History:
    """Read a file whole.

    :raises NotAHistory: if there is no such file, or it is no history.
    """
    try:
        content = path.read_bytes()
        rows = csv.DictReader(content.decode("utf-8-sig").splitlines())
    except OSError as error:
        raise NotAHistory(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise NotAHistory(f"{path} is not UTF-8 text") from error
    missing = sorted(_COLUMNS - set(rows.fieldnames or ()))
    if missing:
        raise NotAHistory(f"{path} is no booking history: it has no column {', '.join(missing)}")
    bookings: list[PastBooking] = []
    faults: list[Fault] = []
    hotel = ""
    # (From the second line of the file: the first one holds the names of the columns.)
    for line, row in enumerate(rows, start=2):
        try:
            booking = _booking(line, row)
            hotel = hotel or row["hotel"]
            _require(row["hotel"] == hotel, f"this is {row['hotel']}, the lines before are {hotel}: replay each alone")
        except ValueError as problem:
            faults.append(Fault(line=line, problem=str(problem)))
        else:
            bookings.append(booking)
    return History(
        digest=hashlib.sha256(content).hexdigest()[:12],
        lines=len(bookings) + len(faults),
        bookings=tuple(bookings),
        faults=tuple(faults),
    )


def _booking(line: int, row: Mapping[str, str]) -> PastBooking:
    """The booking that a line describes.

    :raises ValueError: saying what is wrong with the line.
    """
    _require(None not in row and None not in row.values(), "the number of columns is not that of the first line")
    arrival = _date(row["arrival_date_year"], row["arrival_date_month"], row["arrival_date_day_of_month"])
    nights = _count(row, "stays_in_weekend_nights") + _count(row, "stays_in_week_nights")
    _require(nights > 0, "a day use of 0 nights: a reservation has one night at least")
    meal, rate = row["meal"].strip(), _rate(row["adr"])
    _require(meal in _MEALS, f"{meal!r} is no meal")
    booking = PastBooking(
        line=line,
        room_type=_letter(row["reserved_room_type"]),
        assigned_type=_letter(row["assigned_room_type"]),
        meal="SC" if meal == "Undefined" else meal,
        deposit=_deposit(row["deposit_type"]),
        changes=_count(row, "booking_changes"),
        segment=row["market_segment"],
        booked_on=arrival - timedelta(days=_count(row, "lead_time")),
        arrival=arrival,
        departure=arrival + timedelta(days=nights),
        rooms=_rooms(adults=_count(row, "adults"), children=_count(row, "children"), babies=_count(row, "babies")),
        average_rate=rate,
        fate=_fate(row["reservation_status"]),
        fate_on=_status_date(row["reservation_status_date"]),
    )
    _require_possible_fate(booking)
    return booking


def _rooms(*, adults: int, children: int, babies: int) -> tuple[PartyOfRoom, ...]:
    """The rooms of a party, as few as sleep it, with everybody spread evenly over them.

    :raises ValueError: if some room would have no adult.
    """
    _require(adults > 0, "0 adults: every room has one at least")
    count = max(ceil(adults / SLEEPS_ADULTS), ceil((children + babies) / SLEEPS_CHILDREN))
    party = f"{adults} adults with {children + babies} children"
    _require(count <= adults, f"{party} need {count} rooms, and every room has one adult at least")
    # One row of all of them, dealt out in turns: no room gets the odd child and the odd baby too.
    small = [position < children for position in range(children + babies)]
    return tuple(
        PartyOfRoom(
            adults=len(range(room, adults, count)),
            children=sum(small[room::count]),
            babies=len(small[room::count]) - sum(small[room::count]),
        )
        for room in range(count)
    )


def _require_possible_fate(booking: PastBooking) -> None:
    """:raises ValueError: if what became of the booking cannot have been then."""
    first = booking.booked_on if booking.fate is Fate.CANCELED else booking.arrival
    since = "it was booked" if booking.fate is Fate.CANCELED else "the arrival"
    _require(booking.fate_on >= first, f"{booking.fate} on {booking.fate_on}, before {since} on {first}")


def _require(holds: bool, problem: str) -> None:
    if not holds:
        raise ValueError(problem)


def _count(row: Mapping[str, str], column: str) -> int:
    text = row[column].strip()
    # (The published file has children as 2.0 in some editions.)
    _require(text.removesuffix(".0").isdecimal() and len(text) < 9, f"{column} is {text!r}, no number of that kind")  # noqa: PLR2004
    return int(text.removesuffix(".0"))


def _rate(text: str) -> Decimal:
    try:
        rate = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"adr is {text!r}, no amount") from error
    _require(rate.is_finite() and rate >= 0, f"adr is {text}, no price")
    return rate


def _letter(text: str) -> str:
    _require(bool(text.strip()), "no room type")
    return text.strip()


def _deposit(text: str) -> Deposit:
    _require(text.strip() in set(Deposit), f"deposit_type is {text!r}")
    return Deposit(text.strip())


def _fate(text: str) -> Fate:
    _require(text in set(Fate), f"reservation_status is {text!r}")
    return Fate(text)


def _date(year: str, month: str, day: str) -> date:
    try:
        return date(int(year), _MONTHS.index(month) + 1, int(day))
    except ValueError as error:
        raise ValueError(f"{day} {month} {year} is no date of arrival") from error


def _status_date(text: str) -> date:
    for form in ("%m/%d/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    raise ValueError(f"reservation_status_date is {text!r}, no date")


def peak_rooms(bookings: Sequence[PastBooking]) -> dict[str, int]:
    """By room type, the most rooms that were taken in one night by bookings that were not canceled; 1 at least.

    The hotel's real capacity is not published. It cannot have been smaller than this: neither than what was sold of a
    type nor, where guests stayed in another one than theirs, than what was slept in of it.
    """
    live = [booking for booking in bookings if booking.fate is not Fate.CANCELED]
    letters = {letter for booking in bookings for letter in (booking.room_type, booking.assigned_type)}
    sold = _peaks((booking.room_type, booking) for booking in live)
    slept_in = _peaks((booking.assigned_type, booking) for booking in live if booking.fate is Fate.STAYED)
    return {letter: max(1, sold[letter], slept_in[letter]) for letter in sorted(letters)}


def _peaks(taken: Iterable[tuple[str, PastBooking]]) -> Counter[str]:
    """By letter, the most rooms in one night."""
    rooms: Counter[tuple[str, int]] = Counter()
    for letter, booking in taken:
        for night in booking.nights:
            rooms[letter, night] += len(booking.rooms)
    peaks: Counter[str] = Counter()
    for (letter, _), count in rooms.items():
        peaks[letter] = max(peaks[letter], count)
    return peaks


Product = tuple[str, str]
"""A room type and a meal, by their letters."""


def mean_rates(bookings: Sequence[PastBooking]) -> dict[str, Decimal]:
    """By room type, the mean of the average daily rates that are not 0, in cents; 0 where all are.

    Of a type that nobody reserved the rates are those of who slept in it.
    """
    rates: dict[str, list[Decimal]] = {letter: [] for letter in peak_rooms(bookings)}
    reserved = {booking.room_type for booking in bookings}
    for booking in bookings:
        if booking.average_rate:
            rates[booking.room_type].append(booking.average_rate)
            if booking.assigned_type not in reserved:
                rates[booking.assigned_type].append(booking.average_rate)
    return {room_type: _mean(given) for room_type, given in rates.items()}


def monthly_rates(bookings: Sequence[PastBooking]) -> dict[date, dict[Product, Decimal]]:
    """By month, named by its first day, and product: the mean of what its room-nights cost, in cents.

    Nights at a rate of 0 count for nothing: they were given, or are not known.
    """
    rates: dict[date, dict[Product, list[Decimal]]] = {}
    for booking in bookings:
        if booking.average_rate:
            for night in booking.nights:
                month = date.fromordinal(night).replace(day=1)
                of_product = rates.setdefault(month, {}).setdefault((booking.room_type, booking.meal), [])
                of_product += [booking.average_rate] * len(booking.rooms)
    return {
        month: {product: _mean(given) for product, given in sorted(of_month.items())}
        for month, of_month in sorted(rates.items())
    }


def _mean(given: Sequence[Decimal]) -> Decimal:
    mean = sum(given, Decimal(0)) / len(given) if given else Decimal(0)
    return mean.quantize(Decimal("0.01"))
