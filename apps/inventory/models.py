"""What a hotel sells. The rules that must never break are constraints of the tables."""

from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Func

from apps.inventory.types import (
    ChargeDue,
    ChargeKind,
    ChargePer,
    ClosureKind,
    Guarantee,
    MealPlan,
    RoomCondition,
    Rounding,
    Visibility,
)
from apps.platform import clock
from apps.platform.db import Entity


class Hotel(Entity):
    """A sellable establishment with its own calendar and currency."""

    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    address = models.CharField(max_length=300)
    city = models.CharField(max_length=100)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2.")
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    time_zone = models.CharField(max_length=64, help_text="IANA name; fixed once there is a reservation.")
    currency = models.CharField(max_length=3, help_text="ISO 4217; fixed once there is a reservation.")
    check_in_time = models.TimeField(default=time(15))
    check_out_time = models.TimeField(default=time(11))
    business_day_rollover = models.TimeField(default=time(3))
    amenities = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    stars = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(5)])
    rating_average = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True)
    rating_count = models.PositiveIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        indexes = [
            models.Index(models.functions.Lower("city"), name="hotel_city"),
            models.Index(fields=["updated_at"], name="hotel_updated"),
            # The order of search by rating, for a page to start anywhere in it.
            models.Index(
                models.functions.Lower("city"),
                models.functions.Coalesce(
                    models.functions.Cast(models.F("rating_average") * -100, models.IntegerField()), 1
                ),
                models.F("rating_count") * -1,
                "id",
                name="hotel_city_rating",
            ),
            models.Index(fields=["latitude", "longitude"], name="hotel_place"),
        ]

    def __str__(self) -> str:
        return self.name


class RoomType(Entity):
    """What guests buy: so many rooms of one kind."""

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="room_types")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    max_adults = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    max_children = models.PositiveSmallIntegerField(default=0)
    room_count = models.PositiveIntegerField(help_text="Physical rooms of this type.")
    base_rate_minor = models.BigIntegerField(help_text="Price of a night in the currency's smallest unit.")
    included_adults = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How many adults a price is for; empty: as many as the room sleeps."
    )
    extra_adult_minor = models.BigIntegerField(db_default=0, default=0)
    child_bands = models.JSONField(
        db_default=[], default=list, blank=True, help_text="What children pay by age at arrival; none: nothing."
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hotel", "code"], name="room_type_code"),
            models.CheckConstraint(condition=models.Q(base_rate_minor__gte=0), name="room_type_rate_not_negative"),
            models.CheckConstraint(condition=models.Q(max_adults__gte=1), name="room_type_sleeps_somebody"),
            models.CheckConstraint(
                condition=models.Q(extra_adult_minor__gte=0), name="room_type_extra_adult_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Room(Entity):
    """A physical room with its number on the door."""

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="rooms")
    room_type = models.ForeignKey(RoomType, on_delete=models.PROTECT, related_name="rooms")
    number = models.CharField(max_length=20)
    floor = models.CharField(max_length=20, blank=True)
    condition = models.CharField(
        max_length=16, choices=[(c.value, c.value) for c in RoomCondition], default=RoomCondition.CLEAN.value
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hotel", "number"], name="room_number")]

    def __str__(self) -> str:
        return self.number


class RoomClosure(Entity):
    """A physical room that nobody can stay in from one night to another: out of order, or only out of service."""

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, db_index=False)
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="closures")
    first = models.DateField()
    last = models.DateField(help_text="Included.")
    kind = models.CharField(
        max_length=16,
        choices=[(k.value, k.value.replace("_", " ")) for k in ClosureKind],
        help_text="Out of order: one room less to sell. Out of service: counted and sold all the same.",
    )
    reason = models.CharField(max_length=500)
    created_by = models.TextField(help_text="The principal of who closed it.")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When somebody ended it before its time.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(last__gte=models.F("first")), name="closure_has_a_night")
        ]
        indexes = [models.Index(fields=["hotel", "-id"], name="closure_of_hotel")]

    def __str__(self) -> str:
        return f"{self.room} {self.kind.replace('_', ' ')}"


class ClosedNight(models.Model):
    """A night on which a room is closed: by its key under one closure at most, so that closures cannot overlap.

    `room_type` is the type that the room counts for then.
    """

    pk = models.CompositePrimaryKey("room_id", "night")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, db_index=False)
    night = models.DateField()
    closure = models.ForeignKey(RoomClosure, on_delete=models.CASCADE)
    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, db_index=False)
    out_of_order = models.BooleanField(help_text="Whether the night has one room less to sell.")

    class Meta:
        indexes = [models.Index(fields=["room_type", "night"], name="closed_night_of_type")]


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


class RoomNight(models.Model):
    """The inventory of one room type on one night. A missing row is not sellable, never unlimited."""

    pk = models.CompositePrimaryKey("room_type_id", "night")
    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, db_index=False)
    night = models.DateField()
    physical = models.IntegerField()
    out_of_order = models.IntegerField(default=0)
    overbooking_limit = models.IntegerField(default=0)
    sold = models.IntegerField(default=0)
    held = models.IntegerField(default=0)
    stop_sell = models.BooleanField(default=False)
    restrictions = models.JSONField(null=True, help_text="Further ones for the room type, by name; empty: none.")
    fence = models.BigIntegerField(default=0, help_text="The token of the last lock holder at work here.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sold__gte=0)
                & models.Q(held__gte=0)
                & models.Q(physical__gte=0)
                & models.Q(out_of_order__gte=0)
                & models.Q(overbooking_limit__gte=0),
                name="room_night_counts_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    sold__lte=models.F("physical")
                    - models.F("out_of_order")
                    + models.F("overbooking_limit")
                    - models.F("held")
                ),
                name="room_night_never_oversold",
            ),
        ]


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


class ArchivedNight(models.Model):
    """A night that is over, as it was when it was moved here; nothing is held of it any more."""

    pk = models.CompositePrimaryKey("room_type_id", "night")
    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, db_index=False)
    night = models.DateField()
    physical = models.IntegerField()
    out_of_order = models.IntegerField()
    overbooking_limit = models.IntegerField()
    sold = models.IntegerField()
    stop_sell = models.BooleanField()
    restrictions = models.JSONField(null=True)
    archived_at = models.DateTimeField()


class Hold(models.Model):
    """Rooms that a pending reservation keeps until `expires_at`; its nights count in `RoomNight.held`.

    The row lets availability count an overdue hold as free while nobody has released it yet.
    """

    id = models.UUIDField(primary_key=True, help_text="The id of the reservation that holds.")
    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, db_index=False)
    arrival = models.DateField()
    departure = models.DateField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["room_type", "expires_at"], name="hold_overdue")]


class Movement(models.Model):
    """One change of the counters of some nights, which follow on each other, and what caused it: their ledger.

    Each night's `held` and `sold` are the sums of its movements. Rows are only ever added: a trigger refuses the rest.
    """

    # By the database, under the lock of the nights: by id, the movements of a night stand in the order in which they
    # were made. No foreign keys, which would lock the room type's row with each sale: room types are never deleted.
    id = models.UUIDField(primary_key=True, db_default=Func(function="uuidv7"), editable=False)
    at = models.DateTimeField()
    reservation_id = models.UUIDField(null=True, help_text="None: a balance of the ledger itself.")
    room_type_id = models.UUIDField()
    arrival = models.DateField()
    departure = models.DateField()
    held_delta = models.IntegerField()
    sold_delta = models.IntegerField()
    cause = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(departure__gt=models.F("arrival")), name="movement_has_a_night")
        ]
        indexes = [models.Index(fields=["room_type_id", "arrival"], name="movement_of_night")]
