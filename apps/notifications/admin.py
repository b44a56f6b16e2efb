"""What was mailed and what became of it: to read, for administrators (an address has no hotel)."""

from collections.abc import Iterable

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import display

from apps.notifications.models import Delivery
from apps.notifications.types import DeliveryState
from apps.platform.admin import Notice, ScopedAdmin, access, notices

_COLOURS = {
    "queued": "info",
    "sending": "info",
    "sent": "success",
    "retrying": "warning",
    "dead": "danger",
    "suppressed": "default",
}


@admin.register(Delivery)
class DeliveryAdmin(ScopedAdmin):
    """Deliveries."""

    list_display = ("created_at", "message", "recipient", "status", "attempts", "sent_at")
    list_filter = ("state", "template")
    search_fields = ("recipient", "context__confirmation_number")
    search_help_text = "Address or confirmation number"
    ordering = ("-id",)
    fields = readonly_fields = (
        *("id", "template", "recipient", "state", "attempts", "due_at", "last_error", "created_at", "sent_at"),
        *("event_id", "account_id"),
    )

    @display(description="Message", ordering="template")
    def message(self, delivery: Delivery) -> str:
        number = delivery.context.get("confirmation_number", "")
        return f"{delivery.template.replace('_', ' ')} {number}"

    @display(description="State", label=_COLOURS, ordering="state")
    def status(self, delivery: Delivery) -> str:
        return delivery.state


@notices
def dead_deliveries(request: HttpRequest) -> Iterable[Notice]:
    """Messages that nobody will get unless somebody looks."""
    if access(request).is_administrator:
        dead = DeliveryState.DEAD.value
        yield Notice(
            count=Delivery.objects.filter(state=dead).count(),
            text="given up: the message was not delivered",
            link=f"{reverse('admin:notifications_delivery_changelist')}?state__exact={dead}",
        )
