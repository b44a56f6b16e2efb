"""Senders that die by SIGKILL: before the mail server has the mail, and after."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import connection
from pytest_django import Settings

from apps.notifications import policies, services
from apps.notifications.models import Delivery
from apps.platform import clock
from config.local.mailsink import FolderHandler
from config.local.ports import HOST
from tests.notifications.mailbox import Mailbox, Queue

pytestmark = pytest.mark.django_db(transaction=True)

_PROGRAM = """
import sys, uuid, django
django.setup()
from apps.notifications import services
services.send_delivery(uuid.UUID(sys.argv[1]))
"""


def _start_sender(delivery_id: UUID, *, port: int) -> subprocess.Popen[bytes]:
    """A process of its own that sends this delivery, on the database of the test."""
    database = connection.settings_dict
    who = f"{quote(database['USER'], safe='')}:{quote(database['PASSWORD'], safe='')}"
    url = f"postgresql://{who}@{database['HOST']}:{database['PORT']}/{quote(database['NAME'], safe='')}"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test", "DATABASE_URL": url}
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(delivery_id)],
        env=environment | {"MAIL_PORT": str(port)},
        cwd=Path(settings.BASE_DIR),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


class KillingHandler(FolderHandler):
    """Takes the mail, and kills the sender before it can learn of that."""

    sender: "subprocess.Popen[bytes]"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = await super().handle_DATA(server, session, envelope)
        self.sender.kill()
        self.sender.wait()
        return answer


def _after_the_lease() -> datetime:
    return clock.now() + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS + 1)


def test_a_sender_killed_before_the_mail_was_taken_is_replaced_when_its_lease_ends(
    queue: Queue, mailbox: Mailbox
) -> None:
    delivery_id = queue()
    with socket.create_server((HOST, 0)) as silent:
        silent.settimeout(30)
        sender = _start_sender(delivery_id, port=silent.getsockname()[1])
        connected, _ = silent.accept()
        with connected:  # the sender has its claim, and waits for the server to say hello
            sender.kill()
            assert sender.wait(timeout=30) == -signal.SIGKILL
    assert Delivery.objects.get().state == "sending"

    assert services.send_due() == 0
    with clock.moved_to(_after_the_lease()):
        assert services.send_due() == 1

    assert mailbox.only()["Message-ID"] == f"<{delivery_id}@stay.example>"
    assert Delivery.objects.get().state == "sent"


def test_a_sender_killed_after_the_mail_was_taken_leaves_a_second_mail_of_the_same_message_id(
    queue: Queue, mail_settings: Settings, tmp_path: Path
) -> None:
    mail_settings.SITE_URL = "http://127.0.0.1:8000"
    delivery_id = queue()
    handler = KillingHandler(tmp_path)
    server = Controller(handler, hostname=HOST, port=mail_settings.EMAIL_PORT)
    server.start()
    handler.sender = _start_sender(delivery_id, port=mail_settings.EMAIL_PORT)
    assert handler.sender.wait(timeout=30) == -signal.SIGKILL
    server.stop()
    assert Delivery.objects.get().state == "sending"

    second = Controller(FolderHandler(tmp_path), hostname=HOST, port=mail_settings.EMAIL_PORT)
    second.start()
    with clock.moved_to(_after_the_lease()):
        assert services.send_due() == 1
    second.stop()

    mails = Mailbox(folder=tmp_path).messages()
    assert [mail["Message-ID"] for mail in mails] == [f"<{delivery_id}@127.0.0.1>"] * 2


def test_what_kills_its_sender_every_time_is_given_up(queue: Queue, mailbox: Mailbox) -> None:
    delivery_id = queue()
    Delivery.objects.filter(id=delivery_id).update(state="sending", attempts=policies.MAX_ATTEMPTS)

    assert services.send_due() == 0

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.last_error) == ("dead", "SenderLost")
    assert mailbox.messages() == []


def test_a_late_failure_does_not_undo_what_another_sender_has_done(queue: Queue, mail_settings: Settings) -> None:
    delivery_id = queue()

    class Overtaken:
        async def handle_RCPT(  # noqa: N802
            self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
        ) -> str:
            await asyncio.to_thread(overtake)
            return "451 try again later"

    def overtake() -> None:
        # Another sender took over after the lease and got the mail through.
        Delivery.objects.filter(id=delivery_id).update(state="sent", attempts=2)
        connection.close()

    server = Controller(Overtaken(), hostname=HOST, port=mail_settings.EMAIL_PORT)
    server.start()
    services.send_delivery(delivery_id)
    server.stop()

    assert Delivery.objects.get().state == "sent"
