"""What other code may ask of notifications: to write a mail down, and to send what was written down."""

from apps.notifications.services._account_mails import mail_account
from apps.notifications.services._booking_mails import (
    mail_cancellation,
    mail_confirmation,
    mail_expiry,
    mail_manage_link,
    mail_refund,
)
from apps.notifications.services._privacy import DeliveryExport, erase, erase_before, export_of
from apps.notifications.services._sending import queue_mail, send_delivery, send_due

__all__ = [
    "DeliveryExport",
    "erase",
    "erase_before",
    "export_of",
    "mail_account",
    "mail_cancellation",
    "mail_confirmation",
    "mail_expiry",
    "mail_manage_link",
    "mail_refund",
    "queue_mail",
    "send_delivery",
    "send_due",
]
