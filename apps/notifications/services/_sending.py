"""From a queued delivery to a mail that the SMTP server has taken, at least once and under one Message-ID."""

import logging
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q

from apps.accounts import services as accounts
from apps.bookings import services as bookings
from apps.notifications import channels, events, policies
from apps.notifications.models import Delivery
from apps.notifications.types import DeliveryState
from apps.platform import canonical, clock, privacy
from apps.platform.db import fetch_one, require_no_transaction, uuid7
from apps.platform.events import publish

WAITING = (DeliveryState.QUEUED, DeliveryState.RETRYING)
SEND_DUE_SECONDS = 60.0

logger = logging.getLogger(__name__)


def queue_mail(
    *,
    event_id: UUID,
    template: str,
    recipient: str,
    account_id: UUID | None,
    context: Mapping[str, Any],
    about_id: UUID | None = None,
) -> UUID | None:
    """Write a mail down to be sent after the commit; returns None where this event has queued it before, and where
    the recipient is erased.

    :param context: all that the template needs, as plain JSON; nothing is looked up at sending time.
    :param about_id: what it tells of, if news of that may overtake it: see `suppress`.
    :raises RuntimeError: outside a transaction, where the mail could be sent without being true.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a mail is queued in the transaction that makes it true")
    if recipient.endswith(f"@{privacy.ERASED_DOMAIN}"):
        return None
    now = clock.system_now()
    row = fetch_one(
        """
        INSERT INTO notifications_delivery
               (id, event_id, template, recipient, about_id, account_id, context, state, attempts, due_at, last_error,
                created_at)
        VALUES (%(id)s, %(event_id)s, %(template)s, %(recipient)s, %(about_id)s, %(account_id)s, %(context)s::jsonb,
                %(state)s, 0, %(now)s, '', %(now)s)
        ON CONFLICT (event_id, template, recipient) DO NOTHING
        RETURNING id
        """,
        {
            "id": uuid7(),
            "event_id": event_id,
            "template": template,
            "recipient": recipient,
            "about_id": about_id,
            "account_id": account_id,
            "context": canonical.encode(dict(context)).decode(),
            "state": DeliveryState.QUEUED.value,
            "now": now,
        },
    )
    if row is None:
        return None
    delivery_id: UUID = row["id"]
    publish(events.DeliveryQueued(data=events.DeliveryFacts(delivery_id=delivery_id)))
    return delivery_id


def suppress(*, template: str, about_id: UUID) -> None:
    """Let mails of this kind that wait to go out no longer do so: what they tell of is not so any more."""
    waiting = Delivery.objects.filter(about_id=about_id, template=template, state__in=[s.value for s in WAITING])
    waiting.update(state=DeliveryState.SUPPRESSED.value)


def send_delivery(delivery_id: UUID) -> bool:
    """Send one delivery if it is due and nobody else is at it; returns whether the mail went out by this call.

    The claim commits before SMTP begins and is a lease: a sender that dies leaves the row to `send_due`. Dying between
    SMTP and the note of it, it leaves a mail that goes out again under the same Message-ID.

    :raises RuntimeError: inside a transaction, which would keep the claim from the other senders.
    """
    delivery = _claim(delivery_id)
    if delivery is None:
        return False
    try:
        mail = channels.render(delivery.template, _with_secrets(delivery.context))
        channels.send_mail(mail, delivery_id=delivery.id, recipient=delivery.recipient, written_at=delivery.created_at)
    except Exception as error:  # a refusal, an outage or a fault of a template: each is tried again, then given up
        _note_failure(delivery, error)
        return False
    _note_success(delivery)
    return True


def send_due(*, limit: int = 200) -> int:
    """Send what is due: first tries whose hand-over was lost, retries, and those of dead senders.

    :returns: how many mails went out. It stops starting new ones after a minute; the next run goes on.
    """
    _bury_abandoned(clock.system_now())
    due = Delivery.objects.filter(_is_due(clock.system_now())).order_by("due_at").values_list("id", flat=True)[:limit]
    deadline = time.monotonic() + SEND_DUE_SECONDS
    sent = 0
    for delivery_id in list(due):
        if time.monotonic() > deadline:
            break
        sent += send_delivery(delivery_id)
    return sent


def _is_due(now: datetime) -> Q:
    states = [state.value for state in (*WAITING, DeliveryState.SENDING)]
    return Q(state__in=states, due_at__lte=now, attempts__lt=policies.MAX_ATTEMPTS)


_CLAIM = """
UPDATE notifications_delivery SET state = 'sending', attempts = attempts + 1, due_at = %(lease)s
 WHERE id = %(id)s AND state IN ('queued', 'sending', 'retrying') AND due_at <= %(now)s AND attempts < %(most)s
RETURNING id, template, recipient, context, attempts, created_at
"""


@dataclass(frozen=True, kw_only=True)
class _Claimed:
    """A delivery that is this sender's until its lease ends."""

    id: UUID
    template: str
    recipient: str
    context: Mapping[str, Any]
    attempts: int
    created_at: datetime


def _claim(delivery_id: UUID) -> _Claimed | None:
    """Take a due delivery for as long as the lease lasts; None where it is not due or another has it."""
    require_no_transaction("mails are sent")
    now = clock.system_now()
    row = fetch_one(_CLAIM, {"id": delivery_id, "now": now, "lease": now + _lease(), "most": policies.MAX_ATTEMPTS})
    return _Claimed(**row) if row else None


def _note_success(delivery: _Claimed) -> None:
    # Whoever has taken over meanwhile: the mail is out, and that is what the row shall say.
    Delivery.objects.filter(id=delivery.id).exclude(state=DeliveryState.SENT.value).update(
        state=DeliveryState.SENT.value, sent_at=clock.system_now(), last_error=""
    )


def _note_failure(delivery: _Claimed, error: Exception) -> None:
    # The class alone: what mail servers answer repeats the address.
    name = type(error).__name__[:100]
    dead = policies.is_given_up(attempts=delivery.attempts)
    wait = policies.retry_delay(attempts=delivery.attempts, chance=random.random())  # noqa: S311 - jitter, not a secret
    # The number of the attempt is the proof that the lease is still ours.
    Delivery.objects.filter(id=delivery.id, state=DeliveryState.SENDING.value, attempts=delivery.attempts).update(
        state=(DeliveryState.DEAD if dead else DeliveryState.RETRYING).value,
        due_at=clock.system_now() + wait,
        last_error=name,
    )
    logger.log(
        logging.ERROR if dead else logging.WARNING,
        "delivery is dead" if dead else "delivery failed, to be tried again",
        extra={"delivery_id": str(delivery.id), "attempt": delivery.attempts, "error": name},
    )


def _bury_abandoned(now: datetime) -> None:
    """Give up what killed its sender at every attempt, so that it does not go on for ever."""
    Delivery.objects.filter(
        state=DeliveryState.SENDING.value, due_at__lte=now, attempts__gte=policies.MAX_ATTEMPTS
    ).update(state=DeliveryState.DEAD.value, last_error="SenderLost")


def _with_secrets(context: Mapping[str, Any]) -> Mapping[str, Any]:
    """The context with the code of its token or the link to its booking: known at this moment only, kept nowhere."""
    if "token_id" in context:
        return {**context, "code": accounts.mailed_text(UUID(context["token_id"]))}
    path = bookings.manage_path(UUID(context["booking_id"])) if "booking_id" in context else None
    return {**context, "manage_link": settings.SITE_URL.rstrip("/") + path} if path else context


def _lease() -> timedelta:
    """How long a sender may take before it counts as dead."""
    return timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
