"""What is to be changed of a booking, and what a change of it comes to, as the commands and previews say it."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from apps.bookings.services._orders import Override
from apps.bookings.services._views import Booker
from apps.inventory import services as inventory
from apps.platform.money import Money


@dataclass(frozen=True, kw_only=True)
class StayChange:
    """What is to be changed of one room stay; None leaves it as it is."""

    reservation_id: UUID
    arrival: date | None = None
    departure: date | None = None
    room_type_id: UUID | None = None
    rate_plan_id: UUID | None = None
    adults: int | None = None
    children_ages: tuple[int, ...] | None = None
    guest_name: str | None = None


@dataclass(frozen=True, kw_only=True)
class AmendBooking:
    """A booking is changed: its stays, its booker or what is asked for; None leaves that as it is.

    Which revision it was made for is said beside it: the command is the same when it is sent again.
    """

    operation: ClassVar[str] = "bookings.amend"

    booking_id: UUID
    reservations: tuple[StayChange, ...] = ()
    booker: Booker | None = None
    special_requests: str | None = None
    override: Override | None = None

    @property
    def says_something(self) -> bool:
        return bool(self.reservations) or self.booker is not None or self.special_requests is not None


@dataclass(frozen=True, kw_only=True)
class NightDifference:
    """One night of a stay before and after: what it costs, and who says so."""

    date: date
    before: Money | None
    after: Money | None
    source: str


@dataclass(frozen=True, kw_only=True)
class ChargesDifference:
    """The taxes and fees of a stay, before and after."""

    before: tuple[inventory.OfferedCharge, ...]
    after: tuple[inventory.OfferedCharge, ...]


@dataclass(frozen=True, kw_only=True)
class MoneyDifference:
    """An amount before and after."""

    before: Money
    after: Money


@dataclass(frozen=True, kw_only=True)
class TermsDifference:
    """What canceling costs, before and after."""

    before: inventory.Cancellation
    after: inventory.Cancellation


@dataclass(frozen=True, kw_only=True)
class StayDifference:
    """What an amendment changes of one room stay.

    :param changes: the names of what is another.
    :param kept: nights at the price they were sold for; `repriced`: nights that the stay had as another product, or
        for other people.
    """

    id: UUID
    number: str
    changes: tuple[str, ...]
    kept: tuple[NightDifference, ...]
    added: tuple[NightDifference, ...]
    removed: tuple[NightDifference, ...]
    repriced: tuple[NightDifference, ...]
    taxes: ChargesDifference
    fees: ChargesDifference
    total: MoneyDifference
    due_now: MoneyDifference
    cancellation: TermsDifference


@dataclass(frozen=True, kw_only=True)
class AmendmentPreview:
    """What an amendment would change of a booking, in its revision; nothing has been changed.

    :param changes: the names of what is another, of the booking and all its stays.
    :param penalty_so_far: what canceling would cost now; it is not escaped by an amendment.
    """

    booking_id: UUID
    revision: int
    changes: tuple[str, ...]
    reservations: tuple[StayDifference, ...]
    total: MoneyDifference
    due_now: MoneyDifference
    cancellation: TermsDifference
    penalty_so_far: Money

    @property
    def etag(self) -> str:
        return f'"{self.revision}"'
