"""What to do about nights with more rooms sold than there are: whom to give another room type, whom to walk."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from apps.accounts import services as accounts
from apps.inventory import services as inventory
from apps.platform.db import fetch_all

MOST_PROPOSED = 5


class Way(StrEnum):
    """What can be done with one stay of an overbooked night."""

    UPGRADE = "upgrade"
    """Another room type has a room on all its nights: `POST /reservations/{id}/move`."""
    WALK = "walk"
    """Another house takes the guest; the stay is canceled, with a waiver."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """One stay that could give up its room, and how. The first ones hurt least.

    :param room_types: which have a room on all nights of the stay that are left.
    """

    way: Way
    reservation_id: UUID
    number: str
    guest_name: str
    arrival: date
    departure: date
    room_types: tuple[inventory.ProductName, ...]


@dataclass(frozen=True, kw_only=True)
class NightInNeed:
    """An overbooked night of a room type, and the stays that could give way."""

    night: inventory.OverbookedNight
    proposals: tuple[Proposal, ...]


# Who has come stays; who was promised a room, or pays for being waited for all night, is asked last; of the others
# those who have booked last.
_CANDIDATES = """
SELECT stay.id, booking.confirmation_number || '-' || stay.position AS number, stay.guest_name, stay.arrival,
       stay.departure, night.room_type_id, night.night
  FROM bookings_reservationnight AS night
  JOIN bookings_reservation AS stay ON stay.id = night.reservation_id
  JOIN bookings_booking AS booking ON booking.id = stay.booking_id
  JOIN unnest(%(types)s::uuid[], %(nights)s::date[]) AS wanted (room_type_id, night)
    ON wanted.room_type_id = night.room_type_id AND wanted.night = night.night
 WHERE night.released_at IS NULL AND stay.status = 'confirmed'
 ORDER BY night.night, stay.do_not_move, stay.guarantee = 'all_night', stay.arrival < night.night,
          booking.created_at DESC, stay.id
"""


def proposals_for(hotel_id: UUID, *, caller: accounts.Caller) -> tuple[NightInNeed, ...]:
    """The overbooked nights of a hotel from its business date on, each with what can be done about it.

    :raises NotFound: if the caller is not of the hotel's staff.
    :raises Denied: if the caller may not see its bookings.
    """
    access = accounts.rights_of(caller)
    inventory.require(access, accounts.Permission.VIEW_BOOKINGS, hotel_id)
    nights = inventory.overbooked_nights(access=access, hotel_id=hotel_id)
    if not nights:
        return ()
    parameters = {"types": [night.room_type_id for night in nights], "nights": [night.night for night in nights]}
    stays = fetch_all(_CANDIDATES, parameters)
    last = max((stay["departure"] for stay in stays), default=nights[-1].night)
    house = inventory.house_of(hotel_id=hotel_id, first=nights[0].night, last=last)
    left = {kind.id: {night.date: night.rooms_left for night in kind.nights} for kind in house if not kind.archived}
    names = {kind.id: inventory.ProductName(id=kind.id, code=kind.code, name=kind.name) for kind in house}
    return tuple(
        NightInNeed(night=night, proposals=tuple(_proposals(night, stays, left, names))[:MOST_PROPOSED])
        for night in nights
    )


def _proposals(
    overbooked: inventory.OverbookedNight,
    stays: Sequence[Mapping[str, Any]],
    left: Mapping[UUID, Mapping[date, int]],
    names: Mapping[UUID, inventory.ProductName],
) -> Iterable[Proposal]:
    """Whoever another room type has room for comes first; the others would have to be walked."""
    of_night = [
        stay for stay in stays if (stay["room_type_id"], stay["night"]) == (overbooked.room_type_id, overbooked.night)
    ]
    found = [(stay, _types_with_room(stay, overbooked, left)) for stay in of_night]
    for stay, types in sorted(found, key=lambda pair: not pair[1]):
        yield Proposal(
            way=Way.UPGRADE if types else Way.WALK,
            reservation_id=stay["id"],
            number=stay["number"],
            guest_name=stay["guest_name"],
            arrival=stay["arrival"],
            departure=stay["departure"],
            room_types=tuple(names[type_] for type_ in types),
        )


def _types_with_room(
    stay: Mapping[str, Any], overbooked: inventory.OverbookedNight, left: Mapping[UUID, Mapping[date, int]]
) -> list[UUID]:
    """From the overbooked night on: a stay can change its room in the middle."""
    first = overbooked.night
    nights = [first + timedelta(days=ahead) for ahead in range((stay["departure"] - first).days)]
    return [
        room_type_id
        for room_type_id, rooms in left.items()
        if room_type_id != overbooked.room_type_id and all(rooms.get(night, 0) > 0 for night in nights)
    ]
