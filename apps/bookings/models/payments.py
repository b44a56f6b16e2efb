"""Money apart from bookings: payments, what was given back of them, and what their providers have told us."""

from django.db import models
from django.db.models import F, Q

from apps.bookings.models.orders import Booking
from apps.bookings.types import PaymentState, RefundState
from apps.platform.db import Entity


class Payment(Entity):
    """Money that somebody gives for a booking, from the wish for it to the end.

    Its row is written before the provider hears of it, and its id is what the provider knows it by.
    """

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="payments")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in PaymentState])
    provider = models.CharField(max_length=20)
    provider_reference = models.CharField(max_length=100, blank=True, help_text="The provider's name for it.")
    captured_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    method = models.CharField(
        max_length=100, blank=True, help_text="The provider's token of a card; forgotten once the provider has used it."
    )
    action_url = models.URLField(max_length=500, blank=True, help_text="Where the guest goes on.")
    failure = models.CharField(max_length=100, blank=True, help_text="Why it failed, in the provider's code.")
    principal = models.TextField(help_text="Who paid; with the key below unique for ever.")
    idempotency_key = models.TextField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="When we ask the provider what became of it.")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["principal", "idempotency_key"], name="payment_once_per_key"),
            models.UniqueConstraint(
                fields=["provider", "provider_reference"],
                condition=~Q(provider_reference=""),
                name="payment_once_per_reference",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_of_something"),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=F("captured_minor"))
                & Q(captured_minor__lte=F("amount_minor")),
                name="payment_gives_back_what_came",
            ),
            models.CheckConstraint(
                condition=Q(
                    captured_minor=0, state__in=["created", "requires_action", "authorized", "failed", "voided"]
                )
                | Q(captured_minor__gt=0, refunded_minor__lt=F("captured_minor"), state="captured")
                | Q(captured_minor__gt=0, refunded_minor=F("captured_minor"), state="refunded"),
                name="payment_state_says_the_sums",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="payment_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.provider} {self.id}"


class Refund(Entity):
    """Money of one payment that goes back. Its row, too, is there before the provider hears of it."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in RefundState])
    cause = models.CharField(max_length=20, help_text="What it follows from, in a word.")
    reason = models.TextField(blank=True, help_text="In the words of whoever wanted it.")
    principal = models.TextField()
    provider_reference = models.CharField(max_length=100, blank=True)
    due_at = models.DateTimeField(null=True, blank=True, help_text="When we ask the provider for it again.")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_of_something")]
        indexes = [models.Index(fields=["due_at"], name="refund_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return str(self.id)


class ProviderEvent(models.Model):
    """What a provider has told us of a payment, each thing once, and what came of it."""

    pk = models.CompositePrimaryKey("provider", "event_id")
    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=100)
    received_at = models.DateTimeField()
    type = models.CharField(max_length=40)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="provider_events", null=True, db_index=True
    )
    applied = models.BooleanField()
    why_not = models.CharField(max_length=100, blank=True)
