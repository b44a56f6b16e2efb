"""What bookings were like before: only ever added to."""

from django.db import models

from apps.bookings.models.orders import Booking


class Revision(models.Model):
    """A booking as a change has left it, and who made the change. A trigger refuses to alter or delete it.

    The first revision is written when the second one is: a booking that nobody has touched has no history but itself.
    """

    pk = models.CompositePrimaryKey("booking_id", "revision")
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="revisions", db_index=False)
    revision = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.TextField(help_text="The principal of who made the change.")
    action = models.CharField(max_length=20)
    reason = models.TextField(blank=True, help_text="In the words of who made it.")
    state = models.JSONField(help_text="The rows of the booking, its reservations and their nights, since then.")
