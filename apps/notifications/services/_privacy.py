"""Mails in the name of an account: told to its owner, and forgotten. That there was one, and when, stays."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.notifications.models import Delivery
from apps.platform import privacy
from apps.platform.db import fetch_all


@dataclass(frozen=True, kw_only=True)
class DeliveryExport:
    """A mail, with all that it was made from."""

    template: str
    recipient: str
    state: str
    created_at: datetime
    sent_at: datetime | None
    context: dict[str, Any]


def export_of(account_id: UUID) -> list[DeliveryExport]:
    """Every mail in the name of an account, the oldest first."""
    rows = Delivery.objects.filter(account_id=account_id).order_by("id")
    names = DeliveryExport.__dataclass_fields__
    return [DeliveryExport(**{name: getattr(row, name) for name in names}) for row in rows]


def erase(account_id: UUID) -> None:
    """Forget to whom the mails of an account went, and what they said; those that wait do not go out."""
    fetch_all(_ERASE.format(which="account_id = %(account)s"), {"account": account_id, "domain": privacy.ERASED_DOMAIN})


def erase_before(instant: datetime, limit: int) -> int:
    """The same for mails that were written before `instant`; returns how many."""
    which = """id IN (SELECT id FROM notifications_delivery
                       WHERE created_at < %(before)s AND recipient NOT LIKE '%%@' || %(domain)s
                       ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)"""
    parameters = {"before": instant, "limit": limit, "domain": privacy.ERASED_DOMAIN}
    return len(fetch_all(_ERASE.format(which=which), parameters))


# (The address is another for each, because event, template and recipient together are unique.)
_ERASE = """
UPDATE notifications_delivery
   SET recipient = id || '@' || %(domain)s, context = '{{}}', account_id = NULL,
       state = CASE WHEN state IN ('queued', 'retrying') THEN 'suppressed' ELSE state END
 WHERE {which} RETURNING id
"""
