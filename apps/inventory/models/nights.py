"""How many rooms of a type a night has, what is closed, taken and held of them, and what changed that."""

from django.db import models
from django.db.models import Func

from apps.inventory.models.catalogue import Hotel, Room, RoomType
from apps.inventory.types import ClosureKind
from apps.platform import clock
from apps.platform.db import Entity


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


class RoomNight(models.Model):
    """The inventory of one room type on one night. A missing row is not sellable, never unlimited."""

    # Nights are only ever made of the room types there are, by the million: a constraint would look up each one's room
    # type, which takes longer than to add it, and lock that row. A trigger keeps room types that have nights.
    pk = models.CompositePrimaryKey("room_type_id", "night")
    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, db_index=False, db_constraint=False)
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
