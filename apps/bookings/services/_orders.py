"""What is ordered: rooms of one hotel for some dates, as the command that places a booking says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from apps.bookings.services._views import Booker
from apps.inventory import services as inventory
from apps.platform.canonical import ADDED_LATER
from apps.platform.errors import Invalid
from apps.platform.money import Money


@dataclass(frozen=True, kw_only=True)
class RoomRequest:
    """One room of the order.

    :param offer_id: the offer that it accepts: for a while its price and terms hold, whatever the rates say.
    :param nightly_price: what staff have agreed on for each night; it needs the permission to override.
    """

    room_type_id: UUID
    rate_plan_id: UUID
    adults: int
    children_ages: tuple[int, ...] = ()
    guest_name: str = ""
    offer_id: str = field(default="", metadata=ADDED_LATER)
    nightly_price: Money | None = field(default=None, metadata=ADDED_LATER)


def room_of_offer(
    offer_id: str,
    *,
    hotel_id: UUID,
    arrival: date,
    departure: date,
    pointer: str,
    guest_name: str = "",
) -> RoomRequest:
    """The room of an order that accepts an offer.

    :param pointer: where the offer stands in the request.
    :raises OfferUnknown: if it is none of ours.
    :raises Invalid: if it was made for another hotel or other dates.
    """
    offer = inventory.read_offer_id(offer_id)
    if (offer.hotel_id, offer.arrival, offer.departure) != (hotel_id, arrival, departure):
        detail = "The offer is for another hotel or for other dates."
        raise Invalid(detail, items=[{"code": "other_stay", "detail": detail, "pointer": pointer}])
    return RoomRequest(
        room_type_id=offer.room_type_id,
        rate_plan_id=offer.rate_plan_id,
        adults=offer.occupancy.adults,
        children_ages=offer.occupancy.children_ages,
        guest_name=guest_name,
        offer_id=offer_id,
    )


@dataclass(frozen=True, kw_only=True)
class Override:
    """What staff set aside for one order, and why: reality wins, never silently.

    :param restrictions: stays that the hotel's restrictions forbid, also where the sale is stopped.
    :param overbooking: more rooms than there are; the limits of the nights rise with the sale.
    """

    reason: str
    restrictions: bool = False
    overbooking: bool = False


@dataclass(frozen=True, kw_only=True)
class PlaceBooking:
    """Order rooms of one hotel for the same dates; `confirm` sells them at once instead of holding them."""

    operation: ClassVar[str] = "bookings.place"

    hotel_id: UUID
    arrival: date
    departure: date
    rooms: tuple[RoomRequest, ...]
    booker: Booker
    confirm: bool = False
    source: str = ""
    external_id: str = ""
    special_requests: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    rate_code: str = field(default="", metadata=ADDED_LATER)
    override: Override | None = field(default=None, metadata=ADDED_LATER)

    @property
    def overrides_something(self) -> bool:
        return self.override is not None or any(room.nightly_price for room in self.rooms)
