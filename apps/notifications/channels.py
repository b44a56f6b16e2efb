"""The ways out of the house. Mail is the only one today: rendering it, and handing it to an SMTP server."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string

SMTP_TIMEOUT_SECONDS = 15
"""For each answer of the SMTP server. It is well below the lease of a sender."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """What a reader sees."""

    subject: str
    text: str
    html: str


def render(template: str, context: Mapping[str, Any]) -> Mail:
    """The mail of `templates/notifications/<template>.{subject.txt,txt,html}`; nothing but `context` goes into it."""
    values = dict(context)
    return Mail(
        subject=subject_of(template, context),
        text=render_to_string(f"notifications/{template}.txt", values),
        html=render_to_string(f"notifications/{template}.html", values),
    )


def subject_of(template: str, context: Mapping[str, Any]) -> str:
    """The subject alone, on one line whatever the context holds: a line break would be a header of its own."""
    return " ".join(render_to_string(f"notifications/{template}.subject.txt", dict(context)).split())


def message_id(delivery_id: UUID) -> str:
    """The Message-ID of a delivery: always the same, so that a mail that is sent again is known for the same one."""
    return f"<{delivery_id}@{urlsplit(settings.SITE_URL).hostname}>"


def send_mail(mail: Mail, *, delivery_id: UUID, recipient: str, written_at: datetime) -> None:
    """Hand a mail to the SMTP server; returns once the server has taken it.

    :raises smtplib.SMTPException: if the server refuses it.
    :raises OSError: if the server is not there.
    """
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        to=[recipient],
        headers={
            "Message-ID": message_id(delivery_id),
            "Date": format_datetime(written_at),
            # RFC 3834: no out-of-office note comes back.
            "Auto-Submitted": "auto-generated",
        },
        connection=get_connection(timeout=SMTP_TIMEOUT_SECONDS),
    )
    message.attach_alternative(mail.html, "text/html")
    message.send()
