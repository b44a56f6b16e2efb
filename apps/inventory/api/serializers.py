"""Bodies and queries that come in. They translate and bound; the rules stand in the services."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from apps.inventory import policies
from apps.inventory.services import (
    ChildPrice,
    HotelChanges,
    Near,
    NoShowBy,
    NoShowNights,
    Ordering,
    RoomChanges,
    RoomCondition,
    RoomTypeChanges,
)
from apps.platform.http.fields import MoneyBody, OneLineField
from apps.platform.http.requests import StrictSerializer

_MAX_LIMIT = 100
_MAX_COUNT = 10_000
_MAX_PLACE = 64


class NearField(serializers.CharField):
    """A place: latitude and longitude, perhaps with a radius in kilometres."""

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            # (A limit of the field itself would be asked of what comes out of here.)
            if len(text) > _MAX_PLACE:
                raise ValueError(f"At most {_MAX_PLACE} characters.")
            return policies.parse_near(text)
        except ValueError as error:
            raise serializers.ValidationError(str(error), "invalid") from error


class HotelBody(StrictSerializer):
    """A new hotel. The zone and the currency are fixed once there is a reservation."""

    name = OneLineField(max_length=200)
    address = OneLineField(max_length=300)
    city = OneLineField(max_length=100)
    country = serializers.CharField(min_length=2, max_length=2, help_text="ISO 3166-1 alpha-2.")
    time_zone = OneLineField(max_length=64, help_text="IANA name, like Europe/Lisbon.")
    currency = serializers.CharField(min_length=3, max_length=3, help_text="ISO 4217.")
    description = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    latitude = serializers.DecimalField(max_digits=8, decimal_places=5, min_value=-90, max_value=90, required=False)
    longitude = serializers.DecimalField(max_digits=8, decimal_places=5, min_value=-180, max_value=180, required=False)
    check_in_time = serializers.TimeField(required=False)
    check_out_time = serializers.TimeField(required=False)
    business_day_rollover = serializers.TimeField(required=False, help_text="When the hotel's day begins, like 03:00.")
    no_show_cutoff = serializers.TimeField(
        required=False, help_text="When, on the day after arrival, nobody is waited for any more; 03:00 by default."
    )
    no_show_by = serializers.ChoiceField(
        choices=[by.value for by in NoShowBy], required=False, help_text="Who records no-shows then."
    )
    no_show_nights = serializers.ChoiceField(
        choices=[nights.value for nights in NoShowNights],
        required=False,
        help_text="When their later nights are free: at noon of the day after arrival (by default), or at once.",
    )
    amenities = serializers.ListField(child=OneLineField(max_length=40), max_length=50, required=False)
    stars = serializers.IntegerField(min_value=1, max_value=5, required=False)
    is_sandbox = serializers.BooleanField(
        required=False, help_text="For trying things out: no search finds it, and its clock can be advanced. For good."
    )

    def validate_no_show_by(self, value: str) -> NoShowBy:
        return NoShowBy(value)

    def validate_no_show_nights(self, value: str) -> NoShowNights:
        return NoShowNights(value)

    def validate_amenities(self, value: list[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value))


class PartialBody(StrictSerializer):
    """A body of which each field may be left out; what is left out stays as it is."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields


class HotelChangesBody(PartialBody, HotelBody):
    """What is to change of a hotel."""

    archived = serializers.BooleanField()
    staff_need_second_factor = serializers.BooleanField()

    def to_internal_value(self, data: Any) -> Any:
        return {"changes": HotelChanges(**super().to_internal_value(data))}


class ChildBandBody(StrictSerializer):
    """What a child of at most this age at arrival pays for a night."""

    to_age = serializers.IntegerField(min_value=0, max_value=17)
    amount = MoneyBody()

    def to_internal_value(self, data: Any) -> Any:
        return ChildPrice(**super().to_internal_value(data))


class RoomTypeBody(StrictSerializer):
    """A new room type; its nights are on sale at once."""

    code = OneLineField(max_length=20)
    name = OneLineField(max_length=100)
    description = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    max_adults = serializers.IntegerField(min_value=1, max_value=20)
    max_children = serializers.IntegerField(min_value=0, max_value=20, required=False)
    room_count = serializers.IntegerField(min_value=0, max_value=_MAX_COUNT)
    base_rate = MoneyBody()
    included_adults = serializers.IntegerField(
        min_value=1, max_value=20, required=False, help_text="How many adults a price is for; else all that fit."
    )
    extra_adult = MoneyBody(required=False, help_text="What each further adult pays for a night.")
    child_bands = serializers.ListField(
        child=ChildBandBody(), max_length=18, required=False, help_text="By rising age; none: children are free."
    )

    def validate_child_bands(self, value: list[ChildPrice]) -> tuple[ChildPrice, ...]:
        return tuple(value)


class OverrideReasonBody(StrictSerializer):
    """Why staff who may override leave fewer rooms than are sold. It is written down."""

    reason = OneLineField(max_length=500)


class RoomTypeChangesBody(PartialBody, RoomTypeBody):
    """What is to change of a room type."""

    archived = serializers.BooleanField()
    override = OverrideReasonBody()

    def to_internal_value(self, data: Any) -> Any:
        given = super().to_internal_value(data)
        reason = override_reason(given)
        return {"changes": RoomTypeChanges(**given), "override_reason": reason}


def override_reason(given: dict[str, Any]) -> str:
    """Takes the override out of what is given; services want its reason alone."""
    reason: str = given.pop("override", {}).get("reason", "")
    return reason


class RoomBody(StrictSerializer):
    """A room with the number on its door."""

    room_type_id = serializers.UUIDField()
    number = OneLineField(max_length=20)
    floor = OneLineField(max_length=20, required=False, allow_blank=True)


class RoomChangesBody(PartialBody, RoomBody):
    """What is to change of a room."""

    condition = serializers.ChoiceField(choices=[condition.value for condition in RoomCondition])
    archived = serializers.BooleanField()
    override = OverrideReasonBody()

    def validate_condition(self, value: str) -> RoomCondition:
        return RoomCondition(value)

    def to_internal_value(self, data: Any) -> Any:
        given = super().to_internal_value(data)
        reason = override_reason(given)
        return {"changes": RoomChanges(**given), "override_reason": reason}


class HotelsQuery(StrictSerializer):
    """Which hotels to list."""

    city = serializers.CharField(max_length=100, required=False)
    country = serializers.CharField(min_length=2, max_length=2, required=False)
    min_rating = serializers.DecimalField(max_digits=3, decimal_places=2, min_value=0, max_value=5, required=False)
    amenities = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, help_text="Repeat it: a hotel has them all."
    )
    near = NearField(required=False, help_text="latitude,longitude,kilometres: no farther from there.")
    updated_since = serializers.DateTimeField(required=False, help_text="Also shows hotels archived since.")

    def validate_near(self, value: Near) -> Near:
        if value.km is None:
            raise serializers.ValidationError("Say within how many kilometres of the place.", "invalid")
        return value


class NoQuery(StrictSerializer):
    """No parameters but those of the page."""


class NoBody(StrictSerializer):
    """Nothing needs to be said."""


class OccupancyField(serializers.ListField):
    """The rooms of a party, one for each occupancy."""

    child = serializers.CharField(max_length=64)

    def __init__(self, **options: Any) -> None:
        text = "Adults and the ages of children in one room, like 2 or 2-4,9; repeat it for more rooms."
        super().__init__(**{"default": ["2"], "help_text": text} | options)

    def to_internal_value(self, data: Any) -> Any:
        try:
            return policies.parse_party(super().to_internal_value(data))
        except ValueError as error:
            raise serializers.ValidationError(str(error), "invalid") from error

    def get_default(self) -> Any:
        return self.to_internal_value(super().get_default())


class StayQuery(StrictSerializer):
    """A stay of a party: one `occupancy` for each room, adults[-age,age...]."""

    arrival = serializers.DateField(help_text="In the hotel's zone.")
    departure = serializers.DateField(help_text="The day of leaving: its night is not part of the stay.")
    occupancy = OccupancyField()


class OffersQuery(StayQuery):
    """What to offer, and whether to explain what is not."""

    rate_code = serializers.CharField(
        max_length=20, required=False, help_text="The code of a plan that is sold only to who names it."
    )
    explain = serializers.BooleanField(
        default=False, help_text="Also say what is not sellable and why, with the nearest alternatives."
    )


class LowestPricesQuery(StrictSerializer):
    """Stays of so many nights, from many dates on."""

    nights = serializers.IntegerField(min_value=1, default=1, help_text="How long each stay is.")
    days = serializers.IntegerField(min_value=1, default=60, help_text="How many arrival dates; at most 60.")
    occupancy = OccupancyField()
    rate_code = serializers.CharField(max_length=20, required=False)

    def get_fields(self) -> dict[str, Any]:
        first = serializers.DateField(source="first", help_text="The first arrival, in the hotel's zone.")
        return {"from": first} | super().get_fields()


class AvailabilityQueryParameters(StayQuery):
    """What a guest looks for in a city, or around a place."""

    city = serializers.CharField(max_length=100, required=False, help_text="Or `near` with a radius.")
    currency = serializers.CharField(
        min_length=3, max_length=3, required=False, help_text="Needed to compare totals where several are in use."
    )
    min_total = serializers.DecimalField(max_digits=18, decimal_places=4, min_value=0, required=False)
    max_total = serializers.DecimalField(max_digits=18, decimal_places=4, min_value=0, required=False)
    stars = serializers.IntegerField(min_value=1, max_value=5, required=False, help_text="At least so many.")
    amenities = serializers.ListField(
        child=serializers.CharField(max_length=40),
        required=False,
        max_length=50,
        help_text="Repeat it: a hotel has them all.",
    )
    min_rating = serializers.DecimalField(max_digits=3, decimal_places=2, min_value=0, max_value=5, required=False)
    near = NearField(required=False, help_text="latitude,longitude or with ,kilometres: the radius.")
    ordering = serializers.ChoiceField(choices=[ordering.value for ordering in Ordering], default="rating")
    limit = serializers.IntegerField(min_value=1, default=20, help_text=f"At most {_MAX_LIMIT}.")
    cursor = serializers.CharField(max_length=500, required=False)

    def validate_amenities(self, value: list[str]) -> tuple[str, ...]:
        return tuple(value)

    def validate_ordering(self, value: str) -> Ordering:
        return Ordering(value)

    def validate_limit(self, value: int) -> int:
        return min(value, _MAX_LIMIT)

    # The currency's own decimals are known later; trailing zeros must not count against them.
    def validate_min_total(self, value: Decimal) -> Decimal:
        return value.normalize()

    def validate_max_total(self, value: Decimal) -> Decimal:
        return value.normalize()


class DatesBody(StrictSerializer):
    """`from` and `to`, both included: words that Python keeps for itself."""

    are_required = True

    def get_fields(self) -> dict[str, Any]:
        dates = {
            "from": serializers.DateField(required=self.are_required, source="first"),
            "to": serializers.DateField(required=self.are_required, source="last", help_text="Included."),
        }
        return dates | super().get_fields()
