"""Staff at their desks: signed-in browsers, stays in the state that a test needs, and what a page tells."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
from django.contrib.messages import get_messages
from django.db import transaction
from django.test import Client

from apps.accounts.services import Role
from apps.bookings import services
from apps.bookings.models import Booking
from apps.inventory.models import Hotel, RoomType
from apps.platform import audit
from apps.platform.audit import Change
from apps.platform.models import AuditEntry
from apps.reviews.models import Review
from tests.bookings.orders import caller_of, fresh_key, order
from tests.factories.accounts import MembershipFactory, UserFactory


def staff_of(*hotels: Hotel, role: Role = Role.FRONT_DESK) -> Client:
    """A browser in which somebody with this role at these hotels is signed in."""
    user = UserFactory.create()
    for hotel in hotels:
        MembershipFactory.create(user=user, role=role, scope_id=hotel.id)
    return signed_in(user)


def administrator() -> Client:
    """A browser in which a platform administrator is signed in."""
    return signed_in(MembershipFactory.create(role=Role.PLATFORM_ADMIN).user)


def signed_in(user: Any) -> Client:
    """A browser with a session of this user."""
    client = Client()
    client.force_login(user)
    return client


def booked(*room_types: RoomType, name: str = "Ada Lovelace", confirm: bool = True, **when: Any) -> Booking:
    """A booking of a guest, confirmed unless told otherwise; arriving today for two nights."""
    command = order(*room_types, **{"days_ahead": 0, "nights": 2, "confirm": confirm} | when)
    email = f"{name.split(' ', maxsplit=1)[0].lower()}@guests.example"
    command = replace(command, booker=services.Booker(full_name=name, email=email))
    outcome = services.place_booking(command, caller=caller_of(UserFactory.create()), key=fresh_key())
    return Booking.objects.get(id=orjson.loads(outcome.body)["id"])


def reviewed(booking: Booking) -> Review:
    """What the guest of a booking said of the stay."""
    assert booking.account_id
    return Review.objects.create(
        hotel_id=booking.hotel_id,
        reservation_id=booking.reservations.all()[0].id,
        account_id=booking.account_id,
        guest_name=booking.booker_name,
        rating=4,
        state="published",
        created_at=booking.created_at,
    )


def changed(room_type: RoomType) -> AuditEntry:
    """The trace of a change that somebody has made at the hotel of a room type."""
    change = Change(
        operation="inventory.update_hotel",
        kind="hotel",
        object_id=room_type.hotel_id,
        scope_id=room_type.hotel_id,
        before={"city": "Old town"},
        after={"city": f"New town of {room_type.name}"},
    )
    with transaction.atomic():
        audit.record([change], actor="user:somebody")
    return AuditEntry.objects.latest("id")


def ask(client: Client, action: str, *ids: UUID, **more: str) -> Any:
    """The page that asks before these bookings or rooms move."""
    return client.get(f"/admin/bookings/booking/do/{action}/", {"id": [str(id_) for id_ in ids], **more})


def agree(client: Client, page: Any) -> Any:
    """Press the button of that page; returns the page that comes after it."""
    context = page.context
    data: dict[str, Any] = {"key": context["key"], "next": context["next"]}
    data["id"] = [str(subject["row"].id) for subject in context["subjects"]]
    for subject in context["subjects"]:
        if subject["penalty"]:
            penalty = subject["penalty"]
            data[f"penalty-{subject['row'].id}"] = f"{penalty.amount} {penalty.currency}"
    return client.post(f"/admin/bookings/booking/do/{context['transition'].action}/", data)


def told(response: Any) -> list[str]:
    """The messages that the next page shows."""
    return [str(message) for message in get_messages(response.wsgi_request)]
