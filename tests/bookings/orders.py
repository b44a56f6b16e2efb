"""Orders that tests place: valid unless a test says otherwise."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from apps.accounts import services as accounts
from apps.bookings import services
from apps.inventory.models import RatePlan, RoomType
from apps.inventory.policies import business_date
from apps.platform import clock


def today_at(room_type: RoomType) -> date:
    """The business date of the room type's hotel."""
    hotel = room_type.hotel
    return business_date(clock.now(), hotel.time_zone, hotel.business_day_rollover)


def order(*room_types: RoomType, days_ahead: int = 10, nights: int = 3, **fields: Any) -> services.PlaceBooking:
    """One room of each of these types for the same dates."""
    arrival = today_at(room_types[0]) + timedelta(days=days_ahead)
    return services.PlaceBooking(
        hotel_id=room_types[0].hotel_id,
        arrival=arrival,
        departure=arrival + timedelta(days=nights),
        rooms=tuple(
            services.RoomRequest(
                room_type_id=room_type.id,
                rate_plan_id=RatePlan.objects.filter(hotel_id=room_type.hotel_id).values_list("id", flat=True)[0],
                adults=2,
            )
            for room_type in room_types
        ),
        booker=services.Booker(full_name="Ada Lovelace", email="ada@guests.example"),
        **fields,
    )


def body_of(command: services.PlaceBooking) -> dict[str, Any]:
    """The same order as the JSON that a client sends."""
    return {
        "hotel_id": str(command.hotel_id),
        "arrival": command.arrival.isoformat(),
        "departure": command.departure.isoformat(),
        "rooms": [
            {"room_type_id": str(room.room_type_id), "rate_plan_id": str(room.rate_plan_id), "adults": room.adults}
            for room in command.rooms
        ],
        "booker": {"full_name": command.booker.full_name, "email": command.booker.email},
    }


def fresh_key() -> str:
    """A key that nobody has used."""
    return uuid4().hex


def caller_of(user: Any) -> accounts.Caller:
    """The caller that a signed-in user is."""
    return accounts.caller_for(user.pk)
