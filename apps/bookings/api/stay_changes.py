"""Changing a room on the guest's page: other dates or another name, looked at first and then sent."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.api.stay_shown import in_words
from apps.platform.errors import Invalid, Problem
from apps.platform.http.fields import OneLineField
from apps.platform.http.requests import StrictSerializer
from apps.platform.money import Money

FIELDS = ("arrival", "departure", "guest_name")


class ChangeForm(StrictSerializer):
    """What a guest may want otherwise of a room."""

    arrival = serializers.DateField()
    departure = serializers.DateField()
    guest_name = OneLineField(max_length=200)


def change_of(
    given: Mapping[str, Any], booking: services.BookingView, room: services.ReservationView
) -> services.AmendBooking:
    """The command that a form asks for.

    :raises Invalid: if a field of it cannot be right.
    """
    form = ChangeForm(data={name: given.get(name, "") for name in FIELDS})
    if not form.is_valid():
        names = ", ".join(str(name).replace("_", " ") for name in form.errors)
        raise Invalid(f"Please look at these again: {names}.")
    return services.AmendBooking(
        booking_id=booking.id,
        reservations=(services.StayChange(reservation_id=room.id, **form.validated_data),),
    )


def asked_change(
    given: Mapping[str, Any], booking: services.BookingView, room: services.ReservationView, caller: accounts.Caller
) -> dict[str, Any]:
    """The context of the page that asks: the fields, and where they are filled in, what the change comes to."""
    fields = {"arrival": room.arrival.isoformat(), "departure": room.departure.isoformat()}
    fields["guest_name"] = room.guest.full_name
    context: dict[str, Any] = {"room": room, "fields": fields}
    if any(name in given for name in FIELDS):
        context["fields"] = {name: given.get(name, "") for name in FIELDS}
        try:
            command = change_of(given, booking, room)
            preview = services.preview_amendment(command, caller=caller, expected_revision=booking.revision)
        except Problem as refused:
            details = [refused.detail, *(str(item["detail"]) for item in refused.items[:3])]
            context["faults"] = list(dict.fromkeys(details))
        else:
            context["difference"] = _shown(preview)
    return context


def _shown(preview: services.AmendmentPreview) -> dict[str, Any]:
    stays = preview.reservations
    return {
        "changes": bool(preview.changes),
        "before": preview.total.before,
        "after": preview.total.after,
        "added": [_night(night.date, night.after) for stay in stays for night in stay.added],
        "removed": [_night(night.date, night.before) for stay in stays for night in stay.removed],
        "kept": sum(len(stay.kept) for stay in stays),
        "terms": preview.cancellation.after,
    }


def _night(day: Any, amount: Money | None) -> dict[str, Any]:
    return {"date": in_words(day), "amount": amount}
