"""What is read of notifications, for this app's own API."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from apps.notifications import channels
from apps.notifications.models import Delivery


@dataclass(frozen=True, kw_only=True)
class Notification:
    """A message as its receiver lists it; the address that it went to is not part of it."""

    id: UUID
    template: str
    title: str
    state: str
    created_at: datetime


def notifications_of(account_id: UUID) -> QuerySet[Delivery]:
    """What was sent, or is to be sent, to this account."""
    return Delivery.objects.filter(account_id=account_id)


def as_notification(delivery: Delivery) -> Notification:
    """The row as the list shows it, titled by the mail's subject."""
    return Notification(
        id=delivery.id,
        template=delivery.template,
        title=channels.subject_of(delivery.template, delivery.context),
        state=delivery.state,
        created_at=delivery.created_at,
    )
