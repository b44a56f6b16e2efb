"""Bookings that want a deposit, and what tests do with money."""

from typing import Any
from uuid import UUID

import orjson
from django.db.models import F, Sum
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Payment
from apps.inventory.models import RatePlan, RoomType
from apps.platform.idempotency import Outcome
from apps.platform.models import OutboxMessage
from apps.platform.outbox import Message, handlers_of
from tests.bookings.orders import fresh_key, order
from tests.bookings.provider import Told
from tests.factories.inventory import RoomTypeFactory


def with_deposit(percent: int = 50, **fields: Any) -> RoomType:
    """A room type at 100.00 a night, of which so much is to be paid before it is confirmed."""
    room_type: RoomType = RoomTypeFactory.create(**fields)
    RatePlan.objects.filter(hotel_id=room_type.hotel_id).update(prepayment_percent=percent)
    return room_type


def placed(caller: accounts.Caller, *room_types: RoomType, **fields: Any) -> UUID:
    """The id of a booking that was just placed: 300.00 a room."""
    outcome = services.place_booking(order(*room_types, **fields), caller=caller, key=fresh_key())
    assert outcome.code == "booked", outcome.body
    return UUID(orjson.loads(outcome.body)["id"])


def paid(booking_id: UUID, caller: accounts.Caller, *, method: str = "tok_ok", key: str = "", **fields: Any) -> Outcome:
    """Pay what is due."""
    command = services.PayForBooking(booking_id=booking_id, method=method, **fields)
    return services.pay(command, caller=caller, key=key or fresh_key())


def payment_in(outcome: Outcome) -> dict[str, Any]:
    """The payment that an outcome shows."""
    assert outcome.code == "payment_begun", outcome.body
    payment: dict[str, Any] = orjson.loads(outcome.body)
    return payment


def heard(told: Told) -> Any:
    """The answer to a message of the provider."""
    return APIClient().generic(
        "POST",
        "/api/v1/payments/webhooks/online",
        told.body.decode(),
        content_type="application/json",
        headers=told.headers,
    )


def let_handlers_run() -> None:
    """Let the handlers of this app hear what was told and not heard yet, as a worker would; each message once."""
    while waiting := list(OutboxMessage.objects.filter(done_at=None).order_by("created_at", "sequence")):
        for row in waiting:
            message = Message(
                id=row.id,
                topic=row.topic,
                payload=row.payload,
                aggregate_id=row.aggregate_id,
                sequence=row.sequence,
                created_at=row.created_at,
            )
            for handler in handlers_of(row.topic):
                if handler.name.startswith("bookings."):
                    handler.function(message)
            OutboxMessage.objects.filter(id=row.id).update(done_at=row.created_at)


def money_of(booking_id: UUID) -> int:
    """What has come for a booking, less what went back."""
    sums = Payment.objects.filter(booking_id=booking_id).aggregate(
        net=Sum(F("captured_minor") - F("refunded_minor"), default=0)
    )
    return int(sums["net"])


def topics() -> list[str]:
    """What was told, in order."""
    return list(OutboxMessage.objects.order_by("id").values_list("topic", flat=True))
