"""Bodies and queries of this app: they translate and bound, and know no rules."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from apps.bookings.types import Status
from apps.platform.http.fields import MoneyBody, OneLineField
from apps.platform.http.requests import StrictSerializer

_MAX_ENTRIES = 50
_MAX_NAME = 40


class GuestBody(StrictSerializer):
    full_name = OneLineField(max_length=200)


class RoomBody(StrictSerializer):
    """One room: an offer that was made for it, or a product and who stays in it."""

    offer_id = serializers.CharField(
        max_length=8000, required=False, help_text="Of GET offers: its price and terms hold for 15 minutes."
    )
    room_type_id = serializers.UUIDField(required=False, help_text="Without offer_id: what is booked.")
    rate_plan_id = serializers.UUIDField(required=False, help_text="Without offer_id: on which conditions.")
    adults = serializers.IntegerField(min_value=1, max_value=20, required=False, help_text="Without offer_id.")
    children_ages = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=17), max_length=10, required=False
    )
    guest = GuestBody(required=False)
    nightly_price = MoneyBody(required=False, help_text="Staff who may override: what was agreed on for each night.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        product = ("room_type_id", "rate_plan_id", "adults")
        if "offer_id" in attrs:
            given = [name for name in (*product, "children_ages", "nightly_price") if name in attrs]
            said = dict.fromkeys(given, ErrorDetail("The offer says it: leave it out.", "unexpected"))
        else:
            said = {name: ErrorDetail("Required where no offer_id is given.", "required") for name in product}
            said = {name: detail for name, detail in said.items() if name not in attrs}
        if said:
            raise serializers.ValidationError(said)
        return attrs


class BookerBody(StrictSerializer):
    full_name = OneLineField(max_length=200)
    email = serializers.EmailField()
    phone = OneLineField(max_length=32, required=False, default="", allow_blank=True)


class OverrideBody(StrictSerializer):
    """What staff who may override set aside, and why. It is written down with the reason."""

    reason = OneLineField(max_length=500)
    restrictions = serializers.BooleanField(required=False, default=False)
    overbooking = serializers.BooleanField(required=False, default=False)


class PlaceBookingBody(StrictSerializer):
    hotel_id = serializers.UUIDField()
    arrival = serializers.DateField()
    departure = serializers.DateField()
    rooms = serializers.ListField(child=RoomBody(), min_length=1, max_length=20)
    booker = BookerBody()
    confirm = serializers.BooleanField(required=False, default=False)
    rate_code = OneLineField(
        max_length=20, required=False, default="", allow_blank=True, help_text="Of a rate that is sold by its code."
    )
    override = OverrideBody(required=False)
    # A field of that name, not the option of a field that DRF calls so.
    source = OneLineField(max_length=40, required=False, default="", allow_blank=True)  # type: ignore[assignment]
    external_id = OneLineField(max_length=100, required=False, default="", allow_blank=True)
    special_requests = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)
    metadata = serializers.DictField(
        child=serializers.CharField(max_length=500, allow_blank=True), required=False, default=dict
    )

    def validate_metadata(self, value: dict[str, str]) -> dict[str, str]:
        if len(value) > _MAX_ENTRIES or any(len(name) > _MAX_NAME for name in value):
            raise serializers.ValidationError(
                f"At most {_MAX_ENTRIES} entries, with names of at most {_MAX_NAME} characters."
            )
        return value


class CancelBody(StrictSerializer):
    expected_penalty = MoneyBody(required=False)
    waiver = OneLineField(
        max_length=500, required=False, allow_blank=False, help_text="Staff who may override: why no penalty is due."
    )


class NoBody(StrictSerializer):
    """Nothing is to be said."""


class NoQuery(StrictSerializer):
    """Nothing is to be asked."""


class BookingsQuery(StrictSerializer):
    confirmation_number = serializers.CharField(max_length=12, required=False)
    external_id = serializers.CharField(max_length=100, required=False)
    hotel_id = serializers.UUIDField(required=False)
    status = serializers.ChoiceField(choices=[status.value for status in Status], required=False)
    updated_since = serializers.DateTimeField(required=False)
    claimable = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Instead: what one's verified address has booked without an account.",
    )


class ReservationsQuery(StrictSerializer):
    hotel_id = serializers.UUIDField(required=False)
    arrival = serializers.DateField(required=False)
    departure = serializers.DateField(required=False)
    status = serializers.ChoiceField(choices=[status.value for status in Status], required=False)
