"""Writing a mail down, to be sent after the commit."""

from uuid import uuid4

import pytest
from django.db import transaction

from apps.notifications import services
from apps.notifications.models import Delivery
from apps.platform.models import OutboxMessage
from tests.notifications.mailbox import Queue

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_queued_mail_is_a_row_and_an_event_that_names_it(queue: Queue) -> None:
    delivery_id = queue()

    message = OutboxMessage.objects.get()
    assert message.topic == "delivery.queued"
    assert message.payload["data"] == {"delivery_id": str(delivery_id)}
    assert Delivery.objects.get().state == "queued"


def test_the_event_carries_neither_address_nor_name(queue: Queue) -> None:
    queue(recipient="ana@guests.example")

    payload = str(OutboxMessage.objects.get().payload)
    assert "ana@guests.example" not in payload
    assert "Pereira" not in payload


def test_an_event_that_is_handled_again_queues_nothing_more(queue: Queue) -> None:
    event_id = uuid4()
    queue(event_id=event_id)

    with transaction.atomic():
        again = services.queue_mail(
            event_id=event_id,
            template="booking_confirmed",
            recipient="ana@guests.example",
            account_id=None,
            context={},
        )

    assert again is None
    assert Delivery.objects.count() == 1
    assert OutboxMessage.objects.count() == 1


def test_a_mail_is_not_queued_outside_the_transaction_that_makes_it_true() -> None:
    with pytest.raises(RuntimeError):
        services.queue_mail(event_id=uuid4(), template="t", recipient="a@b.example", account_id=None, context={})

    assert not Delivery.objects.exists()


def test_a_rolled_back_transaction_leaves_no_mail(queue: Queue) -> None:
    with transaction.atomic():
        queue()
        transaction.set_rollback(True)

    assert not Delivery.objects.exists()
    assert not OutboxMessage.objects.exists()
