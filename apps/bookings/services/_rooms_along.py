"""Which room the added nights of an amendment have: that of the night beside them, where it is free."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from apps.bookings import policies
from apps.bookings.services._amended_stays import AmendedStay
from apps.inventory import services as inventory
from apps.platform.db import array_of, fetch_all

Run = tuple[UUID, UUID, list[date]]
"""A reservation, a room, and the added nights that are beside a night in it."""

_TAKEN = """
SELECT room_id, night FROM bookings_reservationnight
 WHERE room_id = ANY(%(rooms)s::uuid[]) AND night = ANY(%(nights)s::date[]) AND released_at IS NULL
"""


def rooms_along(hotel_id: UUID, stays: Sequence[AmendedStay]) -> Mapping[tuple[UUID, date], UUID]:
    """The room of each added night that gets one: for all nights in a row, or for none of them.

    The rooms are locked, before any night is: as where the front desk moves a guest.
    """
    runs = [run for stay in stays for run in _runs(stay)]
    if not runs:
        return {}
    wanted = {room_id for _, room_id, _ in runs}
    since = min(night for _, _, nights in runs for night in nights)
    rooms = {room.id: room for room in inventory.lock_rooms(hotel_id=hotel_id, room_ids=wanted, since=since).rooms}
    parameters = {"rooms": array_of(wanted), "nights": array_of(night for _, _, nights in runs for night in nights)}
    taken = {(row["room_id"], row["night"]) for row in fetch_all(_TAKEN, parameters)}
    found: dict[tuple[UUID, date], UUID] = {}
    for reservation_id, room_id, nights in runs:
        closed = rooms[room_id].closed if room_id in rooms else frozenset(nights)
        if closed.isdisjoint(nights) and taken.isdisjoint((room_id, night) for night in nights):
            found |= dict.fromkeys(((reservation_id, night) for night in nights), room_id)
            taken |= {(room_id, night) for night in nights}
    return found


def _runs(stay: AmendedStay) -> Iterator[Run]:
    staying: dict[date, Mapping[str, Any]] = {
        night["night"]: night for night in stay.before["nights"] if night["night"] in stay.staying
    }
    for first, last, room_type_id in policies.runs_of([(night, type_id) for type_id, night in stay.taken]):
        nights = [night for _, night in stay.taken if first <= night < last]
        beside = staying.get(date.fromordinal(first.toordinal() - 1)) or staying.get(last)
        if beside and beside["room_id"] and beside["room_type_id"] == room_type_id:
            yield stay.before["id"], beside["room_id"], nights
