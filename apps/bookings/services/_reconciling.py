"""What providers tell us, and asking them what they have not told."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction

from apps.bookings import channels, policies
from apps.bookings.services._errors import PaymentsUnavailable, WebhookNotAccepted
from apps.bookings.services._expiry import expire_overdue_holds
from apps.bookings.services._locking import lock_for_platform, run_for_platform
from apps.bookings.services._paying import begun, not_begun, payment_of
from apps.bookings.services._payments import ONLINE
from apps.bookings.services._receiving import SYSTEM, ask_after, receive
from apps.bookings.services._refunding import send_refund
from apps.bookings.services._views import get_tree
from apps.bookings.types import PaymentReport, PaymentState, Status
from apps.platform import clock
from apps.platform.commands import Answer
from apps.platform.db import fetch_all, fetch_one
from apps.platform.errors import Invalid, NotFound

GIVE_UP_AFTER = timedelta(hours=24)
"""So long a guest may take over what a provider asks of them."""
_LONGEST_WAIT = timedelta(hours=6)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ReceiveProviderEvent:
    """A provider tells what became of a payment."""

    operation: ClassVar[str] = "payments.receive"

    provider: str
    event_id: str
    type: str
    payment_id: UUID
    report: PaymentReport


@dataclass(frozen=True, kw_only=True)
class RecordPayment:
    """The provider was asked what became of a payment."""

    operation: ClassVar[str] = "payments.record"

    payment_id: UUID
    report: PaymentReport


@dataclass(frozen=True, kw_only=True)
class Received:
    """The answer to a provider: that we know it now, and whether it was any news."""

    received: bool
    applied: bool


def receive_provider_event(provider: str, *, headers: Mapping[str, str], body: bytes) -> Received:
    """Take in a signed message of a provider, each one once: what is old, known or not for us changes nothing.

    :raises NotFound: if there is no such provider.
    :raises WebhookNotAccepted: if the signature is not the provider's, or is old. Without a secret none is.
    :raises Invalid: if it is signed and makes no sense.
    """
    if provider != ONLINE:
        raise NotFound("There is no such payment provider.")
    try:
        event_id = channels.require_signature(settings.PAYMENT_PROVIDER_SECRET, headers=headers, body=body)
    except channels.BadSignature:
        raise WebhookNotAccepted() from None
    command = _parsed(provider, event_id, body)
    _clear_the_way(command.payment_id)
    outcome = run_for_platform(command, principal=f"{SYSTEM}.{provider}", key=event_id, core=_Receiving(command).core)
    return Received(**orjson.loads(outcome.body))


def _parsed(provider: str, event_id: str, body: bytes) -> ReceiveProviderEvent:
    try:
        document = orjson.loads(body)
        payment = document["data"]["payment"]
        return ReceiveProviderEvent(
            provider=provider,
            event_id=event_id[:100],
            type=str(document["type"])[:40],
            payment_id=UUID(payment["client_reference"]),
            report=channels.payment_report(payment),
        )
    except (KeyError, TypeError, ValueError, AttributeError, channels.NoAnswer):
        raise Invalid("This is no message about a payment.") from None


_REMEMBER = """
INSERT INTO bookings_providerevent (provider, event_id, received_at, type, payment_id, applied, why_not)
VALUES (%(provider)s, %(event_id)s, %(now)s, %(type)s, %(payment_id)s, %(applied)s, %(why_not)s)
    ON CONFLICT DO NOTHING RETURNING event_id
"""
_BOOKING_OF = "SELECT id, booking_id FROM bookings_payment WHERE id = %s AND provider = %s"


@dataclass(frozen=True)
class _Receiving:
    command: ReceiveProviderEvent

    def core(self, _: int | None) -> Answer:
        found = fetch_one(_BOOKING_OF, [self.command.payment_id, self.command.provider])
        why_not = self._apply(found["booking_id"]) if found else "there is no such payment"
        told = fetch_all(
            _REMEMBER,
            {
                "provider": self.command.provider,
                "event_id": self.command.event_id,
                "type": self.command.type,
                "payment_id": found["id"] if found else None,
                "applied": not why_not,
                "why_not": why_not,
                "now": clock.system_now(),
            },
        )
        return Answer(code="received", view=Received(received=True, applied=bool(told) and not why_not))

    def _apply(self, booking_id: UUID) -> str:
        """Merge it, and say why not if there was nothing to merge."""
        locked, report = lock_for_platform(booking_id), self.command.report
        known = fetch_one(
            "SELECT 1 AS one FROM bookings_providerevent WHERE provider = %s AND event_id = %s",
            [self.command.provider, self.command.event_id],
        )
        if known:
            return "known already"
        payment = payment_of(locked, self.command.payment_id)
        if not _is_about(report, payment):
            logger.error("a payment provider speaks of another amount than ours")
            return "the amount is another one"
        return "" if receive(locked, payment, report) else "nothing new"


def _is_about(report: PaymentReport, payment: Mapping[str, Any]) -> bool:
    same_sum = (report.amount_minor, report.currency) == (payment["amount_minor"], payment["currency"])
    same_name = not report.reference or payment["provider_reference"] in {"", report.reference}
    return same_sum and same_name


_EXPIRED_TYPES = """
SELECT stay.room_type_id FROM bookings_payment AS payment
  JOIN bookings_reservation AS stay ON stay.booking_id = payment.booking_id AND stay.status = 'expired'
 WHERE payment.id = %s AND payment.captured_minor = 0
"""


def _clear_the_way(payment_id: UUID) -> None:
    """Let holds that are over go, where a late payment may want their rooms; in a transaction before its own."""
    room_type_ids = {row["room_type_id"] for row in fetch_all(_EXPIRED_TYPES, [payment_id])}
    if room_type_ids:
        expire_overdue_holds(room_type_ids=room_type_ids)


def record_payment(payment: Mapping[str, Any], report: PaymentReport) -> None:
    """Record what the provider answered about a payment; once more does no harm."""
    if not _is_about(report, payment):
        logger.error("a payment provider speaks of another amount than ours")
        return
    _clear_the_way(payment["id"])
    command = RecordPayment(payment_id=payment["id"], report=report)

    def core(_: int | None) -> Answer:
        locked = lock_for_platform(payment["booking_id"])
        applied = receive(locked, payment_of(locked, payment["id"]), report)
        return Answer(code="received", view=Received(received=True, applied=applied))

    key = f"payment:{payment['id']}:{report.state.value}:{report.captured_minor}:{report.refunded_minor}"
    run_for_platform(command, principal=SYSTEM, key=key, core=core)


# Asking -------------------------------------------------------------------------------------------------------------


def go_on_with_authorized(payment_id: UUID) -> None:
    """Take the money that is put aside, or let it go where its booking is over.

    Where the provider does not answer, the job that looks after payments asks again.
    """
    payment, provider = _payment(payment_id), channels.provider()
    if payment is None or provider is None or payment["state"] != PaymentState.AUTHORIZED:
        return
    try:
        report = _captured_or_voided(provider, payment)
    except (channels.NoAnswer, channels.Refused) as trouble:
        logger.warning("the payment provider does not take what is put aside", extra={"error": str(trouble)})
        return
    record_payment(payment, report)


def _captured_or_voided(provider: channels.Provider, payment: Mapping[str, Any]) -> PaymentReport:
    return provider.void(payment["id"]) if _is_over(payment) else provider.capture(payment["id"])


def _is_over(payment: Mapping[str, Any]) -> bool:
    stays = get_tree(payment["booking_id"])["reservations"]
    return policies.booking_status([Status(stay["status"]) for stay in stays]) in {Status.CANCELED, Status.EXPIRED}


def _payment(payment_id: UUID) -> Mapping[str, Any] | None:
    return fetch_one("SELECT * FROM bookings_payment WHERE id = %s", [payment_id])


def void_what_is_open(booking_id: UUID) -> None:
    """Give up the payments of a canceled booking of which nothing has been taken.

    What the provider has taken meanwhile it says instead, and that goes back.
    """
    provider = channels.provider()
    if provider is None:
        return
    open_ones = fetch_all(
        "SELECT * FROM bookings_payment WHERE booking_id = %s AND provider = %s"
        " AND state IN ('created', 'requires_action', 'authorized')",
        [booking_id, ONLINE],
    )
    for payment in open_ones:
        try:
            record_payment(payment, provider.void(payment["id"]))
        except (channels.NoAnswer, channels.Refused) as trouble:
            logger.warning("the payment provider does not give a payment up", extra={"error": str(trouble)})


_DUE_PAYMENTS = """
UPDATE bookings_payment SET due_at = %(now)s + least(greatest((%(now)s - created_at) / 2, %(least)s), %(most)s)
 WHERE id IN (SELECT id FROM bookings_payment WHERE due_at <= %(now)s ORDER BY due_at LIMIT %(limit)s
                 FOR UPDATE SKIP LOCKED)
RETURNING *
"""
_DUE_REFUNDS = """
UPDATE bookings_refund SET due_at = %(now)s + least(greatest((%(now)s - created_at) / 2, %(least)s), %(most)s)
 WHERE id IN (SELECT id FROM bookings_refund WHERE due_at <= %(now)s ORDER BY due_at LIMIT %(limit)s
                 FOR UPDATE SKIP LOCKED)
RETURNING id
"""


def reconcile_payments(*, limit: int = 50) -> int:
    """Ask the provider for payments and refunds of which nobody has told us the end; returns for how many.

    Safe in many places at once: each takes others. What is not through is asked for again, later each time.
    """
    provider = channels.provider()
    if provider is None:
        return 0
    parameters = {"now": clock.system_now(), "least": ask_after(), "most": _LONGEST_WAIT, "limit": limit}
    with transaction.atomic(durable=True):
        payments, refunds = fetch_all(_DUE_PAYMENTS, parameters), fetch_all(_DUE_REFUNDS, parameters)
    for payment in payments:
        try:
            record_payment(payment, _asked(provider, payment))
        except (channels.NoAnswer, channels.Refused, PaymentsUnavailable) as trouble:
            logger.warning("the payment provider does not answer", extra={"error": str(trouble)})
    for refund in refunds:
        send_refund(refund["id"])
    return len(payments) + len(refunds)


def _asked(provider: channels.Provider, payment: Mapping[str, Any]) -> PaymentReport:
    """What became of a payment; where nobody has asked the provider for it yet, it is asked now."""
    report, is_over = provider.find(payment["id"]), _is_over(payment)
    if report is None:
        # The guest wanted to pay, and whoever was to ask for it has died. A booking that is over needs no money.
        return not_begun(payment) if is_over else begun(provider, payment)
    if report.state is PaymentState.AUTHORIZED:
        return _captured_or_voided(provider, payment)
    if report.state in policies.UNDECIDED and _is_given_up(payment):
        return provider.void(payment["id"])
    return report


def _is_given_up(payment: Mapping[str, Any]) -> bool:
    created_at: datetime = payment["created_at"]
    return created_at < clock.system_now() - GIVE_UP_AFTER
