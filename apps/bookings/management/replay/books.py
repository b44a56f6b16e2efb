"""The books of a replay at its end: what its bookings come to, read from the database, and whether all is paid."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from apps.bookings import services
from apps.bookings.management.replay.asking import Standing
from apps.bookings.management.replay.history import Fault
from apps.bookings.management.replay.tally import Tally
from apps.platform.money import Money, to_minor

_AT_ONCE = 200
_NOT_STAYED = {"canceled", "no_show"}


@dataclass(kw_only=True)
class Books:
    """Sums in minor units over all bookings that were accepted, canceled ones too.

    :param rooms: what their nights cost; `charges`: taxes and fees that these prices do not contain.
    :param totals: what they were sold for.
    :param stays: what those come to that were stayed; `penalties`: what those owe that were not.
    :param paid: what came less what went back.
    :param unbalanced: each booking that does not owe exactly what was paid.
    """

    rooms: int = 0
    charges: int = 0
    totals: int = 0
    stays: int = 0
    penalties: int = 0
    paid: int = 0
    unbalanced: list[Fault] = field(default_factory=list)

    def differences(self, tally: Tally) -> Iterator[str]:
        """What does not come to the same, to the minor unit."""
        if self.totals != self.rooms + self.charges:
            yield "what was sold is not the sum of its nights and charges"
        if self.unbalanced:
            yield f"{len(self.unbalanced)} bookings were not paid exactly what they owe"
        if self.paid != tally.captured_minor - tally.refunded_minor:
            yield "what came less what went back is not what the payments say"
        if self.paid != self.stays + self.penalties:
            yield "what was paid is not the sum of stays and penalties"


def close_books(accepted: Mapping[int, Standing]) -> Books:
    """Read all bookings of a replay, and add them up."""
    books = Books()
    lines = {standing.id: line for line, standing in accepted.items()}
    ids = list(lines)
    for first in range(0, len(ids), _AT_ONCE):
        for booking_id, view in services.get_bookings(ids[first : first + _AT_ONCE]).items():
            _enter(view, lines[booking_id], books)
    return books


def _enter(view: services.BookingView, line: int, books: Books) -> None:
    for stay in view.reservations:
        books.rooms += sum(_minor(night.amount) for night in stay.nights)
        books.charges += sum(_minor(charge.amount) for charge in (*stay.taxes, *stay.fees) if not charge.included)
        if stay.status in _NOT_STAYED:
            books.penalties += _minor(stay.penalty) if stay.penalty else 0
        else:
            books.stays += _minor(stay.total)
    books.totals += _minor(view.total)
    books.paid += _minor(view.amounts.paid)
    if _minor(view.amounts.balance):
        problem = f"{view.amounts.balance.amount} {view.amounts.balance.currency} are not paid"
        books.unbalanced.append(Fault(line=line, problem=problem))


def _minor(amount: Money) -> int:
    return to_minor(amount.amount, amount.currency)
