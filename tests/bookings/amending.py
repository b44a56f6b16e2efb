"""Bookings that tests amend, and what they look at afterwards."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Booking, Reservation, ReservationNight
from apps.inventory.models import Hold, Movement, NightlyRate, RatePlan, RoomNight
from apps.platform.models import AuditEntry, OutboxMessage
from tests.bookings.orders import fresh_key, order

ONE_DAY = timedelta(days=1)


def booked(caller: accounts.Caller, *room_types: Any, confirm: bool = True, **fields: Any) -> UUID:
    outcome = services.place_booking(order(*room_types, confirm=confirm, **fields), caller=caller, key=fresh_key())
    assert outcome.code == "booked", outcome.body
    return UUID(orjson.loads(outcome.body)["id"])


def stay_of(booking_id: UUID, position: int = 1) -> Reservation:
    return Reservation.objects.get(booking_id=booking_id, position=position)


def change(booking_id: UUID, position: int = 1, **fields: Any) -> services.AmendBooking:
    """The command that changes one room of a booking."""
    stay = services.StayChange(reservation_id=stay_of(booking_id, position).id, **fields)
    return services.AmendBooking(booking_id=booking_id, reservations=(stay,))


def amend(command: services.AmendBooking, caller: accounts.Caller, key: str = "", revision: int = 0) -> tuple[str, Any]:
    seen = revision or Booking.objects.get(id=command.booking_id).revision
    outcome = services.amend_booking(command, caller=caller, key=key or fresh_key(), expected_revision=seen)
    return outcome.code, orjson.loads(outcome.body)


def prices(booking_id: UUID, position: int = 1) -> list[int]:
    nights = ReservationNight.objects.filter(reservation=stay_of(booking_id, position)).order_by("night")
    return list(nights.values_list("amount_minor", flat=True))


def taken(room_type: Any) -> dict[date, tuple[int, int]]:
    """What is sold and held of a room type, night by night."""
    rows = RoomNight.objects.filter(room_type=room_type).order_by("night").values_list("night", "sold", "held")
    return {night: (sold, held) for night, sold, held in rows if sold or held}


def set_price(room_type: Any, first: date, amount_minor: int, *, nights: int = 30) -> None:
    """Another price for each night from `first` on."""
    plan = RatePlan.objects.get(hotel=room_type.hotel, code="FLEX")
    NightlyRate.objects.filter(room_type=room_type, rate_plan=plan).delete()
    for day in range(nights):
        NightlyRate.objects.create(
            room_type=room_type, rate_plan=plan, night=first + timedelta(days=day), amount_minor=amount_minor
        )


def everything(booking_id: UUID) -> list[Any]:
    """All rows that an amendment may change."""
    return [
        list(Booking.objects.filter(id=booking_id).values()),
        list(Reservation.objects.filter(booking_id=booking_id).order_by("position").values()),
        list(ReservationNight.objects.filter(reservation__booking_id=booking_id).order_by("pk").values()),
        list(RoomNight.objects.order_by("room_type_id", "night").values()),
        list(Hold.objects.order_by("id").values()),
        list(Movement.objects.order_by("id").values()),
        OutboxMessage.objects.count(),
        AuditEntry.objects.exclude(object_kind="account").count(),
    ]


def tier(days_before: int | None, percent: int, at: str | None = "12:00") -> dict[str, Any]:
    return {
        "days_before": days_before,
        "at": at if days_before is not None else None,
        "penalty": {"percent": str(percent)},
    }


def penalties(booking_id: UUID) -> list[int]:
    return [step["penalty_minor"] for step in stay_of(booking_id).cancellation_terms]


def begins(booking_id: UUID, step: int) -> datetime:
    """When a step of the terms of a stay begins."""
    return datetime.fromisoformat(stay_of(booking_id).cancellation_terms[step]["from"])
