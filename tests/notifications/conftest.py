"""A real SMTP server for the tests of this area, and the mails that it took."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiosmtpd.controller import Controller
from django.db import transaction
from pytest_django import Settings

from apps.notifications import services
from config.local.mailsink import FolderHandler
from config.local.ports import HOST, free_port
from tests.notifications.mailbox import Mailbox, Queue


@pytest.fixture
def mail_settings(settings: Settings) -> Settings:
    """Real SMTP to a port where nobody listens yet."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = HOST
    settings.EMAIL_PORT = free_port()
    settings.SITE_URL = "https://stay.example:8443"
    return settings


@pytest.fixture
def mailbox(mail_settings: Settings, tmp_path: Path) -> Iterator[Mailbox]:
    """A server that takes every mail."""
    controller = Controller(FolderHandler(tmp_path / "mails"), hostname=HOST, port=mail_settings.EMAIL_PORT)
    controller.start()
    yield Mailbox(folder=tmp_path / "mails")
    controller.stop()


@pytest.fixture
def context() -> dict[str, Any]:
    """What a confirmation says."""
    return {
        "booking_id": str(uuid4()),
        "confirmation_number": "K7QWX2P9",
        "booker_name": "Ana <Pereira> & Sons",
        "hotel": {"name": "Ribeira & Spa", "address": "Rua da Alfândega 7", "city": "Porto"},
        "time_zone": "Europe/Lisbon",
        "arrival": "Friday, 3 July 2026",
        "departure": "Sunday, 5 July 2026",
        "check_in_time": "15:00",
        "check_out_time": "11:00",
        "nights": 2,
        "rooms": [
            {
                "room_type": "Double",
                "rate_plan": "Flexible",
                "guest": "Ana Pereira",
                "party": "2 adults",
                "nights": [
                    {"date": "Fri 3 Jul 2026", "amount": "129.00 EUR"},
                    {"date": "Sat 4 Jul 2026", "amount": "149.00 EUR"},
                ],
                "total": "278.00 EUR",
            }
        ],
        "total": "278.00 EUR",
        "cancellation": ["Free of charge until Friday, 3 July 2026, 15:00."],
    }


@pytest.fixture
def queue(context: dict[str, Any]) -> Queue:
    """Queue a confirmation to ana@guests.example and say its id."""

    def queued(**changes: Any) -> UUID:
        arguments: dict[str, Any] = {
            "event_id": uuid4(),
            "template": "booking_confirmed",
            "recipient": "ana@guests.example",
            "account_id": None,
            "context": context,
        }
        with transaction.atomic():
            delivery_id = services.queue_mail(**arguments | changes)
        assert delivery_id is not None
        return delivery_id

    return queued
