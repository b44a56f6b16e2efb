"""A mail server that does not answer: later again, and at last no more."""

from datetime import timedelta
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

from apps.notifications import services
from apps.notifications.models import Delivery
from apps.platform import clock
from config.local.ports import HOST
from tests.notifications.mailbox import Mailbox, Queue

pytestmark = pytest.mark.django_db(transaction=True)


def _fail_until_dead(delivery_id: UUID) -> int:
    """Send at each due time until it is given up; returns how often that was tried."""
    for tries in range(20):
        delivery = Delivery.objects.get(id=delivery_id)
        if delivery.state == "dead":
            return tries
        with clock.moved_to(max(delivery.due_at, clock.now())):
            assert not services.send_delivery(delivery_id)
    raise AssertionError("it is tried for ever")


@pytest.mark.usefixtures("mail_settings")
def test_a_closed_port_leaves_the_delivery_to_be_tried_later(queue: Queue) -> None:
    delivery_id = queue()
    before = clock.now()

    assert not services.send_delivery(delivery_id)

    delivery = Delivery.objects.get(id=delivery_id)
    assert (delivery.state, delivery.attempts, delivery.sent_at) == ("retrying", 1, None)
    assert delivery.due_at >= before + timedelta(seconds=24)


def test_a_refusal_is_remembered_by_its_class_and_not_by_its_words(queue: Queue, mail_settings: Settings) -> None:
    class Refusing:
        async def handle_RCPT(  # noqa: N802
            self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
        ) -> str:
            return f"550 no such mailbox {address}"

    controller = Controller(Refusing(), hostname=HOST, port=mail_settings.EMAIL_PORT)
    controller.start()
    delivery_id = queue()

    services.send_delivery(delivery_id)

    controller.stop()
    assert Delivery.objects.get(id=delivery_id).last_error == "SMTPRecipientsRefused"


def test_nothing_is_tried_before_its_time(queue: Queue, mailbox: Mailbox) -> None:
    delivery_id = queue()
    Delivery.objects.filter(id=delivery_id).update(state="retrying", due_at=clock.now() + timedelta(seconds=30))

    assert not services.send_delivery(delivery_id)
    assert services.send_due() == 0

    assert mailbox.messages() == []


def test_a_failed_mail_goes_out_when_the_server_is_back(queue: Queue, mailbox: Mailbox) -> None:
    delivery_id = queue()
    Delivery.objects.filter(id=delivery_id).update(state="retrying", attempts=3, last_error="ConnectionRefusedError")

    assert services.send_due() == 1

    delivery = Delivery.objects.get(id=delivery_id)
    assert (delivery.state, delivery.attempts, delivery.last_error) == ("sent", 4, "")
    assert len(mailbox.messages()) == 1


@pytest.mark.usefixtures("mail_settings")
def test_after_eight_failures_it_is_dead_and_is_left_alone(queue: Queue) -> None:
    delivery_id = queue()

    tries = _fail_until_dead(delivery_id)

    delivery = Delivery.objects.get(id=delivery_id)
    assert tries == 8
    assert (delivery.state, delivery.last_error) == ("dead", "ConnectionRefusedError")
    with clock.moved_to(clock.now() + timedelta(days=30)):
        assert services.send_due() == 0


def test_one_that_cannot_be_rendered_does_not_keep_the_others_waiting(queue: Queue, mailbox: Mailbox) -> None:
    broken = queue(template="there_is_no_such_template")
    queue(recipient="rui@guests.example")

    assert services.send_due() == 1

    assert mailbox.only()["To"] == "rui@guests.example"
    assert Delivery.objects.get(id=broken).last_error == "TemplateDoesNotExist"


def test_a_mail_whose_hand_over_was_lost_goes_out_by_what_is_due(queue: Queue, mailbox: Mailbox) -> None:
    queue()

    assert services.send_due() == 1

    assert len(mailbox.messages()) == 1
