"""Bodies and queries of the calendar that staff keep."""

from typing import Any

from rest_framework import serializers

from apps.inventory import policies
from apps.inventory.api.serializers import DatesBody
from apps.inventory.services import CalendarChange, PriceChange, Restriction
from apps.platform.http.fields import MoneyBody, OneLineField, SignedMoneyBody
from apps.platform.http.requests import StrictSerializer

_MAX_IDS = 200


class CalendarQuery(DatesBody):
    """Which nights to show; two weeks from the hotel's business date on unless told."""

    are_required = False


class PriceChangeBody(StrictSerializer):
    """What becomes of prices: `amount` or `by_adults` sets them, `percent` and `plus` change those of now."""

    amount = MoneyBody(required=False, help_text="For as many adults as the room type includes.")
    by_adults = serializers.ListField(
        child=MoneyBody(), required=False, allow_empty=False, max_length=20, help_text="For 1, 2, ... adults."
    )
    percent = serializers.DecimalField(max_digits=6, decimal_places=2, min_value=-100, max_value=1000, required=False)
    plus = SignedMoneyBody(required=False, help_text="After the percent; may be negative.")

    def to_internal_value(self, data: Any) -> PriceChange:
        given = super().to_internal_value(data)
        if not given:
            raise serializers.ValidationError("Say amount, by_adults, percent or plus; null takes the price away.")
        return PriceChange(**given | {"by_adults": tuple(given.get("by_adults", ()))})


class RestrictionsBody(StrictSerializer):
    """Restrictions to set; null takes one away, false and 0 lift what a product inherits."""

    def get_fields(self) -> dict[str, Any]:
        return {
            restriction.value: serializers.BooleanField(required=False, allow_null=True)
            if restriction in policies.FLAGS
            else serializers.IntegerField(
                required=False, allow_null=True, min_value=0, max_value=policies.MAX_RULE, help_text="Nights or days."
            )
            for restriction in Restriction
        }


class CalendarChangeBody(DatesBody):
    """What is to change on some nights, of room types or of what is sold of them. What is left out stays."""

    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=7),
        required=False,
        max_length=7,
        help_text="Only nights on these: 1 for Monday to 7 for Sunday.",
    )
    room_type_ids = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=_MAX_IDS, help_text="Without any: all."
    )
    rate_plan_ids = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        allow_null=True,
        max_length=_MAX_IDS,
        help_text="Products under these plans; an empty list: under all. Left out: the room types themselves.",
    )
    price = PriceChangeBody(required=False, allow_null=True, help_text="Null takes the products' own price away.")
    restrictions = RestrictionsBody(required=False)
    stop_sell = serializers.BooleanField(required=False, allow_null=True)
    overbooking_limit = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=policies.MAX_LIMIT
    )

    def to_internal_value(self, data: Any) -> CalendarChange:
        given = super().to_internal_value(data)
        if "price" in given:
            given["price"] = given["price"] or PriceChange()
        plans = given.get("rate_plan_ids")
        given |= {
            "weekdays": frozenset(given.get("weekdays", ())),
            "room_type_ids": tuple(given.get("room_type_ids", ())),
            "rate_plan_ids": None if plans is None else tuple(plans),
        }
        return CalendarChange(**given)


class CalendarBody(StrictSerializer):
    """Changes of the calendar, one after the other; all of them or none."""

    changes = serializers.ListField(child=CalendarChangeBody(), allow_empty=False, max_length=policies.MAX_CHANGES)
    dry_run = serializers.BooleanField(default=False, help_text="Change nothing, and answer what would be changed.")
    override_reason = OneLineField(
        max_length=500,
        required=False,
        help_text="Lets a limit go as low as what is sold allows where that is too low; takes the right to override.",
    )


class UndoBody(StrictSerializer):
    """Which change of the calendar to undo."""

    change_id = serializers.UUIDField()
    dry_run = serializers.BooleanField(default=False, help_text="Change nothing, and answer what would be changed.")
