"""What is to be delivered, and what became of it."""

from django.db import models

from apps.notifications.types import DeliveryState
from apps.platform.db import Entity


class Delivery(Entity):
    """One message to one recipient. Its id makes the Message-ID, so that a repeated mail is recognised as the same."""

    event_id = models.UUIDField(help_text="The event that it tells of.")
    template = models.CharField(max_length=60)
    recipient = models.EmailField()
    about_id = models.UUIDField(null=True, blank=True, help_text="What it tells of, where that can be overtaken.")
    account_id = models.UUIDField(null=True, blank=True, db_index=True)
    context = models.JSONField(help_text="All that the template needs; nothing is looked up at sending time.")
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in DeliveryState])
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(help_text="Not before; while sending: when the sender is given up for dead.")
    last_error = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["event_id", "template", "recipient"], name="delivery_once_per_event")
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="delivery_due",
                condition=models.Q(state__in=["queued", "sending", "retrying"]),
            ),
            # Finding what is overtaken takes the same however much is waiting.
            models.Index(
                fields=["about_id"],
                name="delivery_waiting_about",
                condition=models.Q(state__in=["queued", "retrying"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.id}"
