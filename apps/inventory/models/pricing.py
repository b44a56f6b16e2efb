"""Under which conditions room types are sold, what they cost and what is added to it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.inventory.models.catalogue import Hotel, RoomType
from apps.inventory.types import ChargeDue, ChargeKind, ChargePer, Guarantee, MealPlan, Rounding, Visibility
from apps.platform import clock
from apps.platform.db import Entity


class RatePlan(Entity):
    """Conditions under which room types are sold: what is served, who sees it, what it costs, what canceling costs.

    A root plan sells at `percent` of the base rate where neither a date nor a season has a price of its own. A derived
    plan makes its price of its parent's.
    """

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="rate_plans")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    meal_plan = models.CharField(
        max_length=16, choices=[(m.value, m.value) for m in MealPlan], default=MealPlan.ROOM_ONLY.value
    )
    percent = models.DecimalField(
        max_digits=6, decimal_places=2, default=100, help_text="Percent of the room type's base rate."
    )
    ancestors = ArrayField(
        models.UUIDField(),
        db_default=[],
        default=list,
        blank=True,
        help_text="The plans above a derived one, the root first; empty for a root plan.",
    )
    adjustment_percent = models.DecimalField(max_digits=6, decimal_places=2, db_default=0, default=0)
    adjustment_minor = models.BigIntegerField(db_default=0, default=0)
    adjustment_per_person = models.BooleanField(db_default=False, default=False)
    rounding_step_minor = models.BigIntegerField(db_default=1, default=1)
    rounding = models.CharField(
        max_length=8,
        choices=[(r.value, r.value) for r in Rounding],
        db_default=Rounding.NEAREST.value,
        default=Rounding.NEAREST.value,
    )
    visibility = models.CharField(
        max_length=8,
        choices=[(v.value, v.value) for v in Visibility],
        db_default=Visibility.PUBLIC.value,
        default=Visibility.PUBLIC.value,
    )
    guarantee = models.CharField(
        max_length=16,
        choices=[(g.value, g.value.replace("_", " ")) for g in Guarantee],
        db_default=Guarantee.ALL_NIGHT.value,
        default=Guarantee.ALL_NIGHT.value,
    )
    prepayment_percent = models.PositiveSmallIntegerField(
        db_default=0, default=0, help_text="Of what is not due at the property: to be paid before confirmation."
    )
    cancellation_tiers = models.JSONField(
        null=True, blank=True, help_text="Empty: free until check-in begins, the whole stay from then on."
    )
    grace_hours = models.PositiveSmallIntegerField(
        db_default=0, default=0, help_text="After booking: canceling is free, whatever the tiers say."
    )
    no_show_penalty = models.JSONField(null=True, blank=True, help_text="Empty: the whole stay.")
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hotel", "code"], name="rate_plan_code"),
            models.CheckConstraint(condition=models.Q(percent__gte=0), name="rate_plan_percent_not_negative"),
            models.CheckConstraint(condition=models.Q(rounding_step_minor__gte=1), name="rate_plan_rounds_to_a_step"),
            models.CheckConstraint(condition=models.Q(prepayment_percent__lte=100), name="rate_plan_prepays_a_share"),
            models.CheckConstraint(condition=models.Q(ancestors__len__lte=4), name="rate_plan_depth"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Season(Entity):
    """Some dates of a hotel with prices of their own."""

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="seasons")
    name = models.CharField(max_length=60)
    first = models.DateField()
    last = models.DateField(help_text="Included.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hotel", "name"], name="season_name"),
            models.CheckConstraint(condition=models.Q(last__gte=models.F("first")), name="season_has_a_night"),
        ]

    def __str__(self) -> str:
        return self.name


class SeasonNight(models.Model):
    """To which season a night belongs: by its key to one at most, so that seasons cannot overlap."""

    pk = models.CompositePrimaryKey("hotel_id", "night")
    hotel = models.ForeignKey(Hotel, on_delete=models.CASCADE, db_index=False)
    night = models.DateField()
    season = models.ForeignKey(Season, on_delete=models.CASCADE)


class SeasonPrice(models.Model):
    """The price of a product in a season on one day of the week."""

    pk = models.CompositePrimaryKey("season_id", "room_type_id", "rate_plan_id", "weekday")
    season = models.ForeignKey(Season, on_delete=models.CASCADE, db_index=False, related_name="prices")
    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE)
    rate_plan = models.ForeignKey(RatePlan, on_delete=models.CASCADE)
    weekday = models.PositiveSmallIntegerField(help_text="1 for Monday to 7 for Sunday (ISO 8601).")
    amount_minor = models.BigIntegerField()
    by_adults = ArrayField(models.BigIntegerField(), null=True, help_text="Explicit prices for 1, 2, ... adults.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_minor__gte=0) & models.Q(weekday__gte=1) & models.Q(weekday__lte=7),
                name="season_price_possible",
            )
        ]


class NightlyRate(models.Model):
    """The price of a product on one date, where it differs from what the rate plan says."""

    pk = models.CompositePrimaryKey("room_type_id", "rate_plan_id", "night")
    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, db_index=False)
    rate_plan = models.ForeignKey(RatePlan, on_delete=models.CASCADE)
    night = models.DateField()
    amount_minor = models.BigIntegerField()
    by_adults = ArrayField(models.BigIntegerField(), null=True, help_text="Explicit prices for 1, 2, ... adults.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="nightly_rate_not_negative")
        ]


class ProductRestriction(models.Model):
    """What keeps a product from being sold on one night although there are rooms; derived plans inherit it."""

    pk = models.CompositePrimaryKey("room_type_id", "rate_plan_id", "night")
    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, db_index=False)
    rate_plan = models.ForeignKey(RatePlan, on_delete=models.CASCADE)
    night = models.DateField()
    rules = models.JSONField(help_text="By name; what is not named is inherited.")


class Charge(Entity):
    """A tax or fee of a hotel. Rows of one code with other stay dates are versions of the same charge."""

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="charges")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=3, choices=[(k.value, k.value) for k in ChargeKind])
    per = models.CharField(
        max_length=12, choices=[(p.value, p.value.replace("_", " ")) for p in ChargePer], default=ChargePer.STAY.value
    )
    percent = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    amount_minor = models.BigIntegerField(default=0)
    inclusive = models.BooleanField(default=False, help_text="Contained in the prices rather than added to them.")
    on_room = models.BooleanField(default=True, help_text="A percent is taken on the nights' prices.")
    on_charges = ArrayField(
        models.CharField(max_length=20), default=list, blank=True, help_text="Codes of charges it is taken on too."
    )
    exempt_under_age = models.PositiveSmallIntegerField(default=0)
    max_nights = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Only the first nights count.")
    first = models.DateField(null=True, blank=True, help_text="The first stay date to which it applies.")
    last = models.DateField(null=True, blank=True, help_text="The last stay date to which it applies.")
    due = models.CharField(
        max_length=12, choices=[(d.value, d.value.replace("_", " ")) for d in ChargeDue], default=ChargeDue.NOW.value
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_minor__gte=0)
                & (models.Q(percent__isnull=True) | models.Q(percent__gte=0, amount_minor=0)),
                name="charge_is_a_percent_or_an_amount",
            ),
            models.CheckConstraint(
                condition=models.Q(last__isnull=True)
                | models.Q(first__isnull=True)
                | models.Q(last__gte=models.F("first")),
                name="charge_dates_in_order",
            ),
        ]
        indexes = [models.Index(fields=["hotel"], name="charge_of_hotel", condition=models.Q(archived_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class LowestRate(models.Model):
    """What the nights of one month cost at a hotel at the very least: search prices the most promising hotels first.

    Each array has the sums of the nights before each day of the month, and before the day after: so the nights from
    the `a`th to before the `b`th cost at least `[b] - [a]`. A missing row means 0: never too much, only slower.
    """

    pk = models.CompositePrimaryKey("month", "hotel_id")
    hotel = models.ForeignKey(Hotel, on_delete=models.CASCADE, db_index=False)
    month = models.DateField(help_text="Its first day.")
    for_one = ArrayField(models.BigIntegerField(), help_text="For a room with an adult or more.")
    for_two = ArrayField(models.BigIntegerField(), help_text="For a room with two adults or more.")
    for_more = ArrayField(models.BigIntegerField(), help_text="For a room with three adults or more.")
