"""What a hotel sells. The rules that must never break are constraints of the tables."""

from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from apps.inventory.types import MealPlan, RoomCondition
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
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hotel", "code"], name="room_type_code"),
            models.CheckConstraint(condition=models.Q(base_rate_minor__gte=0), name="room_type_rate_not_negative"),
            models.CheckConstraint(condition=models.Q(max_adults__gte=1), name="room_type_sleeps_somebody"),
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


class RatePlan(Entity):
    """Conditions under which room types are sold."""

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="rate_plans")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    meal_plan = models.CharField(
        max_length=16, choices=[(m.value, m.value) for m in MealPlan], default=MealPlan.ROOM_ONLY.value
    )
    percent = models.DecimalField(
        max_digits=6, decimal_places=2, default=100, help_text="Percent of the room type's base rate."
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hotel", "code"], name="rate_plan_code"),
            models.CheckConstraint(condition=models.Q(percent__gte=0), name="rate_plan_percent_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class NightlyRate(models.Model):
    """The price of a product on one date, where it differs from what the rate plan says."""

    pk = models.CompositePrimaryKey("room_type_id", "rate_plan_id", "night")
    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, db_index=False)
    rate_plan = models.ForeignKey(RatePlan, on_delete=models.CASCADE)
    night = models.DateField()
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="nightly_rate_not_negative")
        ]


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
