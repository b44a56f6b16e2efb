"""What notifications does when something has happened. Mails go first: their queue is the critical one."""

from uuid import UUID

from apps.notifications import services
from apps.platform import privacy
from apps.platform.outbox import Message, handles


@handles("booking.confirmed", queue="critical")
def mail_confirmation(message: Message) -> None:
    """The booker gets the confirmation."""
    services.mail_confirmation(event_id=message.id, booking_id=_booking_id(message))


@handles("booking.canceled", queue="critical")
def mail_cancellation(message: Message) -> None:
    """The booker gets the notice of cancellation."""
    services.mail_cancellation(event_id=message.id, booking_id=_booking_id(message), canceled_at=message.created_at)


@handles("booking.expired", queue="critical")
def mail_expiry(message: Message) -> None:
    """The booker learns that the hold has run out."""
    services.mail_expiry(event_id=message.id, booking_id=_booking_id(message))


@handles("payment.refunded", queue="critical")
def mail_refund(message: Message) -> None:
    """The booker learns that money has gone back, and why if it came too late."""
    payment_id = UUID(message.payload["data"]["payment_id"])
    services.mail_refund(event_id=message.id, booking_id=_booking_id(message), payment_id=payment_id)


@handles("booking.manage_link_renewed", queue="critical")
def mail_manage_link(message: Message) -> None:
    """The booker gets the new link."""
    services.mail_manage_link(event_id=message.id, booking_id=_booking_id(message))


@handles("account.mail_requested", queue="critical")
def mail_account(message: Message) -> None:
    """The holder of an address gets the code that they, or somebody in their name, asked for."""
    services.mail_account(event_id=message.id, token_id=UUID(message.payload["data"]["token_id"]))


@handles("delivery.queued", queue="critical", transactional=False)
def send(message: Message) -> None:
    """Send it; its own row remembers what became of it, so a failure here is tried again by `send_due`."""
    services.send_delivery(UUID(message.payload["data"]["delivery_id"]))


def _booking_id(message: Message) -> UUID:
    return UUID(message.payload["data"]["booking_id"])


privacy.keep(
    privacy.Keeper(name="mails", export_of=services.export_of, erase=services.erase, erase_before=services.erase_before)
)
