"""What a booking was before it became what the file says: of its changes the file has only the number.

So each change is made up, always the same way for the same line of the same file, and always so that the last one
leads to what the file says: another departure, an earlier arrival, another party, another meal, another room type.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from apps.bookings.management.replay.history import SLEEPS_ADULTS, Deposit, PartyOfRoom, PastBooking

MOST_DRAFTS = 6
"""So many changes of one booking change its stays; more of them only change words."""

LONGER_BY = 7
"""Nights by which no draft is longer than the booking that it becomes."""

_MEALS = ("BB", "FB", "HB", "SC")
_ASPECTS = ("arrival", "departure", "meal", "party", "room_type")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The stays of a booking, as somebody wanted them at a time."""

    room_type: str
    meal: str
    deposit: Deposit
    arrival: date
    departure: date
    rooms: tuple[PartyOfRoom, ...]


def in_the_end(booking: PastBooking) -> Draft:
    """What the file says."""
    return Draft(
        room_type=booking.room_type,
        meal=booking.meal,
        deposit=booking.deposit,
        arrival=booking.arrival,
        departure=booking.departure,
        rooms=booking.rooms,
    )


def drafts_of(booking: PastBooking, *, seed: str, room_types: Sequence[str]) -> tuple[Draft, ...]:
    """What the booking was at first and after each of its changes, the last one being what the file says.

    Each draft arrives when the booking does, or before it but after all changes, and sleeps there in that night:
    whatever is refused on the way, what became of the booking in the end can still become of it.

    :param seed: what tells the file from every other one.
    """
    chance = Random(f"{seed}:{booking.line}")  # noqa: S311 - not for secrets; it is to be the same each time
    drafts = [in_the_end(booking)]
    for _ in range(min(booking.changes, MOST_DRAFTS)):
        drafts.append(_before(drafts[-1], booking, chance, room_types))
    return tuple(reversed(drafts))


def days_of_changes(booking: PastBooking) -> Iterator[date]:
    """When the booking was changed: evenly spread from its first day to its last one, where there are days enough."""
    days = (booking.open_until - booking.booked_on).days
    for number in range(1, booking.changes + 1):
        yield booking.booked_on + timedelta(days=days * number // (booking.changes + 1))


def _before(draft: Draft, booking: PastBooking, chance: Random, room_types: Sequence[str]) -> Draft:
    """One thing of the draft is another one."""
    for aspect in chance.sample(_ASPECTS, len(_ASPECTS)):
        others = _others(aspect, draft, booking, room_types)
        if others:
            return chance.choice(others)
    raise AssertionError("there is always another meal")


def _others(aspect: str, draft: Draft, booking: PastBooking, room_types: Sequence[str]) -> list[Draft]:
    if aspect == "meal":
        return [replace(draft, meal=meal) for meal in _MEALS if meal != draft.meal]
    if aspect == "room_type":
        return [replace(draft, room_type=letter) for letter in room_types if letter != draft.room_type]
    if aspect == "party":
        return [replace(draft, rooms=rooms) for rooms in _other_parties(draft.rooms)]
    if aspect == "arrival":
        last_change = max(days_of_changes(booking))
        earlier = (draft.arrival - timedelta(days=days) for days in (1, 2, 3))
        return [replace(draft, arrival=day) for day in earlier if day >= last_change and _is_short(draft, booking, day)]
    departures = (draft.departure + timedelta(days=days) for days in (-2, -1, 1, 2, 3))
    return [
        replace(draft, departure=day)
        for day in departures
        if day > booking.arrival and _is_short(draft, booking, draft.arrival, day)
    ]


def _is_short(draft: Draft, booking: PastBooking, arrival: date, departure: date | None = None) -> bool:
    return ((departure or draft.departure) - arrival).days <= len(booking.nights) + LONGER_BY


def _other_parties(rooms: tuple[PartyOfRoom, ...]) -> Iterator[tuple[PartyOfRoom, ...]]:
    """One adult more or less in one of the rooms."""
    for position, room in enumerate(rooms):
        for adults in (room.adults - 1, room.adults + 1):
            if 1 <= adults <= SLEEPS_ADULTS:
                yield (*rooms[:position], replace(room, adults=adults), *rooms[position + 1 :])
