"""What a hotel is and has: its room types and the physical rooms."""

from datetime import time, timedelta

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from apps.inventory.types import NoShowBy, NoShowNights, RoomCondition
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
    no_show_cutoff = models.TimeField(
        db_default=time(3), default=time(3), help_text="When, on the day after arrival, nobody is waited for any more."
    )
    no_show_by = models.CharField(
        max_length=8, choices=[(b.value, b.value) for b in NoShowBy], db_default="hand", default="hand"
    )
    no_show_nights = models.CharField(
        max_length=8,
        choices=[(n.value, n.value.replace("_", " ")) for n in NoShowNights],
        db_default="noon",
        default="noon",
        help_text="When the later nights of somebody who did not come are free: at noon of the day after, or at once.",
    )
    amenities = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    stars = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(5)])
    rating_average = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True)
    rating_count = models.PositiveIntegerField(default=0)
    is_sandbox = models.BooleanField(
        db_default=False, default=False, help_text="For trying things out: its clock can be advanced, nobody finds it."
    )
    clock_ahead = models.DurationField(
        db_default=timedelta(), default=timedelta(), help_text="How far its clock is ahead; of a sandbox only."
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            # The id of a hotel tells for ever whether it is a sandbox: no live hotel becomes one.
            models.CheckConstraint(
                condition=models.Q(
                    is_sandbox=models.lookups.Exact(
                        models.Func("id", function="uuid_extract_version", output_field=models.IntegerField()), 8
                    )
                ),
                name="hotel_sandbox_by_id",
            ),
            models.CheckConstraint(
                condition=models.Q(clock_ahead=timedelta()) | models.Q(is_sandbox=True, clock_ahead__gt=timedelta()),
                name="hotel_clock_ahead_in_sandbox",
            ),
        ]
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
    feed_version = models.PositiveSmallIntegerField(
        db_default=1,
        default=1,
        editable=False,
        help_text="The address of its calendar is made from it: another number, another address.",
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
