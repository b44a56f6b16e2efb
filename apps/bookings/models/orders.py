"""Booking -> Reservation -> ReservationNight: an order, its room stays, and each night with its price."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from apps.bookings.types import Status
from apps.platform.db import Entity


class Booking(Entity):
    """One order with one confirmation number. Its status is derived from its reservations."""

    hotel_id = models.UUIDField()
    confirmation_number = models.CharField(max_length=12, unique=True)
    principal = models.TextField(help_text="Who placed it; with the key below unique for ever.")
    idempotency_key = models.TextField()
    account_id = models.UUIDField(null=True, blank=True, db_index=True)
    booker_name = models.CharField(max_length=200)
    booker_email = models.EmailField()
    booker_phone = models.CharField(max_length=32, blank=True)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    due_now_minor = models.BigIntegerField(
        db_default=0, default=0, help_text="Of the total: to be paid before it can be confirmed."
    )
    cancellation_terms = models.JSONField(help_text="Frozen when the booking was placed.")
    hold_expires_at = models.DateTimeField(
        null=True, blank=True, help_text="Only while pending: when the rooms go back."
    )
    revision = models.PositiveIntegerField(default=1)
    source = models.CharField(max_length=40, blank=True)
    external_id = models.CharField(max_length=100, blank=True)
    special_requests = models.TextField(blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True, help_text="Since then it names nobody.")
    manage_version = models.PositiveSmallIntegerField(
        db_default=1, default=1, help_text="The secret link of its guest is made from it: another number, another link."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["principal", "idempotency_key"], name="booking_once_per_key"),
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="booking_once_per_external_id"
            ),
            models.CheckConstraint(condition=Q(total_minor__gte=0), name="booking_total_not_negative"),
        ]
        indexes = [
            models.Index(fields=["hotel_id", "-id"], name="booking_hotel"),
            models.Index(fields=["updated_at"], name="booking_updated"),
            models.Index(fields=["hold_expires_at"], name="booking_holds", condition=Q(hold_expires_at__isnull=False)),
            models.Index(fields=["principal"], name="booking_pending_of", condition=Q(hold_expires_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.confirmation_number


class Reservation(Entity):
    """One room stay of a booking."""

    # (The unique position within the booking is its index.)
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="reservations", db_index=False)
    position = models.PositiveSmallIntegerField(help_text="1..n within the booking.")
    hotel_id = models.UUIDField()
    room_type_id = models.UUIDField(db_index=True)
    rate_plan_id = models.UUIDField(db_index=True)
    arrival = models.DateField()
    departure = models.DateField()
    adults = models.PositiveSmallIntegerField()
    children_ages = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    guest_name = models.CharField(max_length=200)
    status = models.CharField(max_length=16, choices=[(s.value, s.value) for s in Status])
    charges = models.JSONField(db_default=[], default=list, help_text="Taxes and fees, frozen when it was booked.")
    total_minor = models.BigIntegerField()
    due_now_minor = models.BigIntegerField(db_default=0, default=0)
    cancellation_terms = models.JSONField(
        db_default=[], default=list, help_text="Of this room alone, frozen when it was booked."
    )
    no_show_minor = models.BigIntegerField(null=True, help_text="What not coming costs; empty: the total.")
    guarantee = models.CharField(max_length=16, db_default="all_night", default="all_night")
    cancellation_policy = models.JSONField(
        null=True, help_text="The rules behind the terms, frozen when it was booked: for other dates, other terms."
    )
    penalty_minor = models.BigIntegerField(null=True, help_text="What canceling it, or not coming, has cost.")
    do_not_move = models.BooleanField(db_default=False, default=False, help_text="The guest was promised this room.")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    checked_in_at = models.DateTimeField(null=True, blank=True)
    checked_out_at = models.DateTimeField(null=True, blank=True)
    canceled_at = models.DateTimeField(null=True, blank=True)
    no_show_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["booking", "position"], name="reservation_position"),
            models.CheckConstraint(condition=Q(departure__gt=F("arrival")), name="reservation_has_a_night"),
            models.CheckConstraint(condition=Q(adults__gte=1), name="reservation_has_an_adult"),
            models.CheckConstraint(
                condition=Q(penalty_minor__isnull=True) | Q(penalty_minor__gte=0, penalty_minor__lte=F("total_minor")),
                name="reservation_penalty_within_total",
            ),
        ]
        indexes = [
            models.Index(fields=["hotel_id", "arrival"], name="reservation_arrivals"),
            models.Index(fields=["hotel_id", "departure"], name="reservation_departures"),
            # What a front desk works on, however long the history of the hotel.
            models.Index(
                fields=["hotel_id"], name="reservation_at_desk", condition=Q(status__in=["confirmed", "checked_in"])
            ),
            models.Index(fields=["hotel_id"], name="reservation_in_house", condition=Q(status="checked_in")),
            models.Index(fields=["departure"], name="reservation_no_shows", condition=Q(status="no_show")),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id}-{self.position}"


class ReservationNight(models.Model):
    """One night of a stay at the price it was sold for. A released night no longer takes inventory."""

    pk = models.CompositePrimaryKey("reservation_id", "night")
    reservation = models.ForeignKey(Reservation, on_delete=models.PROTECT, related_name="nights", db_index=False)
    night = models.DateField()
    room_type_id = models.UUIDField(help_text="Whose inventory it takes: where the guest sleeps.")
    charged_room_type_id = models.UUIDField(
        null=True, help_text="What it is charged as, where that is another type: after an upgrade."
    )
    room_id = models.UUIDField(null=True, help_text="The room on whose door the number is, once one is assigned.")
    amount_minor = models.BigIntegerField()
    price_source = models.CharField(max_length=16, help_text="Where the price came from: the rate plan or the date.")
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="reservation_night_price_not_negative"),
            # Nobody sleeps in a room that somebody else has; on the day of departure the next guest may come.
            models.UniqueConstraint(
                fields=["room_id", "night"],
                condition=Q(room_id__isnull=False, released_at__isnull=True),
                name="reservation_night_room_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["room_type_id", "night"], name="reservation_night_live", condition=Q(released_at__isnull=True)
            )
        ]
