"""What guests ask for, as commands: a booking as somebody wants it, and changes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from apps.bookings import services
from apps.bookings.management.replay.drafts import Draft
from apps.bookings.management.replay.history import PartyOfRoom, PastBooking
from apps.bookings.management.replay.house import House
from apps.bookings.management.replay.tally import Clerk
from apps.bookings.management.replay.timetable import Step

# Agents and portals send what they have sold; everybody else is asked to confirm what is held for them.
_SOLD_AT_ONCE = {"Online TA", "Offline TA/TO"}
_CHILD_AGE, _BABY_AGE = 8, 1


@dataclass(kw_only=True)
class Standing:
    """A booking that was accepted, as the hotel knows it now.

    :param draft: what its stays are like.
    :param drafts: what they are after each of its changes that changes them.
    :param stays: those of its rooms that are still to be lived.
    """

    id: UUID
    draft: Draft
    drafts: Sequence[Draft]
    stays: list[UUID]


def order_of(booking: PastBooking, draft: Draft, clerk: Clerk) -> services.PlaceBooking:
    """The order of a booking as it is wanted at first."""
    house = clerk.house
    return services.PlaceBooking(
        hotel_id=house.hotel.id,
        arrival=draft.arrival,
        departure=draft.departure,
        rooms=tuple(
            services.RoomRequest(
                room_type_id=house.room_types[draft.room_type],
                rate_plan_id=house.rate_plans[draft.meal, draft.deposit],
                adults=room.adults,
                children_ages=_ages(room),
            )
            for room in draft.rooms
        ),
        booker=services.Booker(full_name=f"Guest of line {booking.line}", email=f"line-{booking.line}@guests.example"),
        confirm=booking.segment in _SOLD_AT_ONCE,
        source=f"replay:{clerk.digest}",
        external_id=str(booking.line),
    )


def change(step: Step, standing: Standing, clerk: Clerk) -> None:
    """One change of a booking. Where it is refused, because rooms are missing, the booking stays as it is."""
    wanted = standing.drafts[min(step.number + 1, len(standing.drafts) - 1)]
    command = _words(step, standing) if wanted == standing.draft else _stays_as(wanted, standing, house=clerk.house)
    outcome = services.amend_booking(
        command,
        caller=clerk.house.staff,
        key=clerk.key(step, "amend"),
        expected_revision=services.get_booking(standing.id).revision,
    )
    clerk.tally.commands += 1
    clerk.tally.changes[outcome.code] += 1
    if not outcome.refused:
        standing.draft = wanted


def _stays_as(wanted: Draft, standing: Standing, *, house: House) -> services.AmendBooking:
    return services.AmendBooking(
        booking_id=standing.id,
        reservations=tuple(
            services.StayChange(
                reservation_id=stay_id,
                arrival=wanted.arrival,
                departure=wanted.departure,
                room_type_id=house.room_types[wanted.room_type],
                rate_plan_id=house.rate_plans[wanted.meal, wanted.deposit],
                adults=room.adults,
                children_ages=_ages(room),
            )
            for stay_id, room in zip(standing.stays, wanted.rooms, strict=True)
        ),
    )


def _words(step: Step, standing: Standing) -> services.AmendBooking:
    """A change of what is asked for, or of who comes: every other time."""
    if step.number % 2:
        guest = services.StayChange(reservation_id=standing.stays[0], guest_name=f"Guest {step.number} in their place")
        return services.AmendBooking(booking_id=standing.id, reservations=(guest,))
    return services.AmendBooking(booking_id=standing.id, special_requests=f"Request {step.number}: a quiet room")


def _ages(room: PartyOfRoom) -> tuple[int, ...]:
    """The history counts children and babies without their ages: these stand for them."""
    return (_CHILD_AGE,) * room.children + (_BABY_AGE,) * room.babies
