"""Bodies of what revenue managers set up: rate plans, seasons, taxes and fees. The rules stand in the services."""

from typing import Any

from rest_framework import serializers

from apps.inventory.api.serializers import DatesBody, PartialBody
from apps.inventory.services import (
    Adjustment,
    CancellationTier,
    ChargeChanges,
    ChargeDue,
    ChargeKind,
    ChargePer,
    Guarantee,
    MealPlan,
    PenaltyTerms,
    RatePlanChanges,
    Rounding,
    SeasonRate,
    Visibility,
)
from apps.platform.http.fields import MoneyBody, OneLineField
from apps.platform.http.requests import StrictSerializer

_MAX_ADULTS = 20
_MAX_PRICES = 1_000


class EnumField(serializers.ChoiceField):
    """One of the words of an enum, as its member."""

    def __init__(self, enum: Any, **options: Any) -> None:
        self.enum = enum
        super().__init__(choices=[member.value for member in enum], **options)

    def to_internal_value(self, data: Any) -> Any:
        return self.enum(super().to_internal_value(data))


class SignedMoneyBody(MoneyBody):
    """Money that may be below zero: what is taken off a price."""

    amount = serializers.RegexField(r"\A-?[0-9]{1,15}(\.[0-9]{1,4})?\Z", max_length=21)


class AdjustmentBody(StrictSerializer):
    """How a derived plan makes its price of its parent's: percent first, then the amount, then rounding."""

    percent = serializers.DecimalField(max_digits=6, decimal_places=2, required=False, help_text="-10 is a tenth less.")
    amount = SignedMoneyBody(required=False, allow_null=True)
    per_person = serializers.BooleanField(required=False, help_text="The amount is for each person in the room.")
    rounding_step = MoneyBody(required=False, allow_null=True, help_text="The price becomes a multiple of it.")
    rounding = EnumField(Rounding, required=False)

    def to_internal_value(self, data: Any) -> Any:
        return Adjustment(**super().to_internal_value(data))


class PenaltyBody(StrictSerializer):
    """One of the three: percent of the total, the first nights, or an amount."""

    percent = serializers.DecimalField(max_digits=5, decimal_places=2, required=False, allow_null=True)
    nights = serializers.IntegerField(required=False, allow_null=True)
    amount = MoneyBody(required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        return PenaltyTerms(**super().to_internal_value(data))


class TierBody(StrictSerializer):
    """From so many days before the arrival, at this time of the hotel's clock, canceling costs this."""

    days_before = serializers.IntegerField(allow_null=True, help_text="Null: from the booking on.")
    at = serializers.TimeField(required=False, allow_null=True, default=None, help_text="Null: when check-in begins.")
    penalty = PenaltyBody()

    def to_internal_value(self, data: Any) -> Any:
        return CancellationTier(**super().to_internal_value(data))


class RatePlanBody(StrictSerializer):
    """A new rate plan: with prices of its own, or with a `parent_id` one that makes its price of its parent's."""

    code = OneLineField(max_length=20)
    name = OneLineField(max_length=100)
    meal_plan = EnumField(MealPlan, required=False)
    percent = serializers.DecimalField(
        max_digits=6, decimal_places=2, min_value=0, max_value=1000, required=False, help_text="Of the base rate."
    )
    parent_id = serializers.UUIDField(required=False)
    adjustment = AdjustmentBody(required=False)
    visibility = EnumField(Visibility, required=False)
    guarantee = EnumField(Guarantee, required=False)
    prepayment_percent = serializers.IntegerField(min_value=0, max_value=100, required=False)
    grace_hours = serializers.IntegerField(
        min_value=0,
        max_value=168,
        required=False,
        help_text="After booking: canceling is free, whatever the tiers say.",
    )
    cancellation_tiers = serializers.ListField(
        child=TierBody(), max_length=10, required=False, help_text="In the order of time; none: always free."
    )
    no_show_penalty = PenaltyBody(required=False)

    def validate_cancellation_tiers(self, value: list[CancellationTier]) -> tuple[CancellationTier, ...]:
        return tuple(value)


class RatePlanChangesBody(PartialBody, RatePlanBody):
    """What is to change of a rate plan."""

    archived = serializers.BooleanField()

    def to_internal_value(self, data: Any) -> Any:
        return {"changes": RatePlanChanges(**super().to_internal_value(data))}


class SeasonRateBody(StrictSerializer):
    """The price of a product in the season on these days of the week."""

    room_type_id = serializers.UUIDField()
    rate_plan_id = serializers.UUIDField(help_text="A plan with prices of its own.")
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=7),
        max_length=7,
        required=False,
        help_text="1 for Monday to 7 for Sunday; none: all of them.",
    )
    price = MoneyBody()
    by_adults = serializers.ListField(
        child=MoneyBody(), max_length=_MAX_ADULTS, required=False, help_text="Explicit prices for 1, 2, ... adults."
    )

    def to_internal_value(self, data: Any) -> Any:
        given = super().to_internal_value(data)
        given |= {name: tuple(given.get(name, ())) for name in ("weekdays", "by_adults")}
        return SeasonRate(**given)


class SeasonBody(DatesBody):
    """Some dates with prices of their own. No night is in two seasons."""

    name = OneLineField(max_length=60)
    prices = serializers.ListField(child=SeasonRateBody(), max_length=_MAX_PRICES, required=False)


class ChargeBody(StrictSerializer):
    """A tax or fee: a percent of prices, or an amount per something."""

    code = OneLineField(max_length=20)
    name = OneLineField(max_length=100)
    kind = EnumField(ChargeKind)
    per = EnumField(ChargePer, required=False, help_text="What an amount is taken for.")
    percent = serializers.DecimalField(
        max_digits=7, decimal_places=4, min_value=0, max_value=100, required=False, allow_null=True
    )
    amount = MoneyBody(required=False, allow_null=True)
    inclusive = serializers.BooleanField(required=False, help_text="Contained in the prices, not added to them.")
    on_room = serializers.BooleanField(required=False, help_text="A percent is taken on the prices of the nights.")
    on_charges = serializers.ListField(
        child=OneLineField(max_length=20), max_length=20, required=False, help_text="Codes it is taken on, too."
    )
    exempt_under_age = serializers.IntegerField(min_value=0, max_value=18, required=False)
    max_nights = serializers.IntegerField(min_value=1, max_value=365, required=False, allow_null=True)
    due = EnumField(ChargeDue, required=False)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for name, source in (("from", "first"), ("to", "last")):
            fields[name] = serializers.DateField(
                required=False, allow_null=True, source=source, help_text="Stay dates, both ends included."
            )
        return fields

    def validate_on_charges(self, value: list[str]) -> tuple[str, ...]:
        return tuple(value)


class ChargeChangesBody(PartialBody, ChargeBody):
    """What is to change of a charge; null takes a value away."""

    archived = serializers.BooleanField()

    def to_internal_value(self, data: Any) -> Any:
        return {"changes": ChargeChanges(**super().to_internal_value(data))}
