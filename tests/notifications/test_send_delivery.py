"""Sending one delivery by real SMTP."""

import logging
import re
from datetime import UTC, datetime
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from apps.notifications import services
from apps.notifications.models import Delivery
from apps.platform import clock, outbox
from apps.platform.models import OutboxMessage
from tests.notifications.mailbox import Mailbox, Queue, html_of, text_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_mail_arrives_with_a_text_and_an_html_part(queue: Queue, mailbox: Mailbox) -> None:
    delivery_id = queue()

    assert services.send_delivery(delivery_id)

    mail = mailbox.only()
    assert mail["To"] == "ana@guests.example"
    assert mail["Subject"] == "Confirmed: Ribeira & Spa, Friday, 3 July 2026 (K7QWX2P9)"
    assert "Friday, 3 July 2026, check-in from 15:00" in text_of(mail)
    assert "Ana <Pereira> & Sons" in text_of(mail)
    assert "Ana &lt;Pereira&gt; &amp; Sons" in html_of(mail)
    assert "278.00 EUR" in html_of(mail)


def test_the_message_id_is_that_of_the_delivery_and_the_date_that_of_its_writing(
    queue: Queue, mailbox: Mailbox
) -> None:
    with clock.moved_to(datetime(2026, 6, 1, 12, 30, tzinfo=UTC)):
        delivery_id = queue()

    services.send_delivery(delivery_id)

    mail = mailbox.only()
    assert mail["Message-ID"] == f"<{delivery_id}@stay.example>"
    assert mail["Date"] == "Mon, 01 Jun 2026 12:30:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_the_row_says_that_and_when_it_was_sent(queue: Queue, mailbox: Mailbox) -> None:
    delivery_id = queue()

    services.send_delivery(delivery_id)

    delivery = Delivery.objects.get(id=delivery_id)
    assert (delivery.state, delivery.attempts, delivery.last_error) == ("sent", 1, "")
    assert delivery.sent_at is not None


def test_a_sent_mail_is_not_sent_again(queue: Queue, mailbox: Mailbox) -> None:
    delivery_id = queue()
    services.send_delivery(delivery_id)

    assert not services.send_delivery(delivery_id)

    assert len(mailbox.messages()) == 1


def test_an_event_that_is_delivered_twice_is_one_mail(queue: Queue, mailbox: Mailbox) -> None:
    queue()
    message = OutboxMessage.objects.get()

    outbox.deliver(message.id, "notifications.send")
    outbox.deliver(message.id, "notifications.send")

    assert len(mailbox.messages()) == 1
    assert OutboxMessage.objects.get().done_at is not None


def test_of_many_senders_at_once_one_sends(queue: Queue, mailbox: Mailbox) -> None:
    delivery_id = queue()
    together, sent = Barrier(8), []

    def send() -> None:
        together.wait()
        sent.append(services.send_delivery(delivery_id))
        connection.close()

    threads = [Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(sent) == [False] * 7 + [True]
    assert len(mailbox.messages()) == 1


def test_a_line_break_in_a_name_makes_no_header(queue: Queue, mailbox: Mailbox, context: dict[str, Any]) -> None:
    context["hotel"]["name"] = "Ribeira\r\nBcc: others@guests.example\r\n"
    delivery_id = queue(context=context)

    services.send_delivery(delivery_id)

    mail = mailbox.only()
    assert mail["Bcc"] is None
    assert mail["X-Envelope-To"] == "ana@guests.example"
    assert "Ribeira Bcc: others@guests.example" in mail["Subject"]


def test_sending_inside_a_transaction_is_refused(queue: Queue, mailbox: Mailbox) -> None:
    delivery_id = queue()

    with pytest.raises(RuntimeError), transaction.atomic():
        services.send_delivery(delivery_id)

    assert mailbox.messages() == []


def test_an_unknown_delivery_is_not_sent(mailbox: Mailbox) -> None:
    assert not services.send_delivery(UUID(int=0))


@pytest.mark.usefixtures("mail_settings")
def test_no_log_line_has_the_address_or_the_name(queue: Queue, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    delivery_id = queue()

    services.send_delivery(delivery_id)

    records = [str(vars(record)) for record in caplog.records]
    assert any("delivery failed" in record for record in records)
    assert not [record for record in records if re.search("guests.example|Pereira", record)]
