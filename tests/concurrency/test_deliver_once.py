"""The broker may deliver a message many times at once: its handler acts once."""

from collections.abc import Iterator
from functools import partial
from uuid import uuid4

import pytest
from django.db import transaction

from apps.platform import events, outbox
from apps.platform.models import HandledEvent
from tests.concurrency.crowd import all_at_once
from tests.platform.test_relay_outbox import Happened

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def handled() -> Iterator[list[outbox.Message]]:
    messages: list[outbox.Message] = []

    def remember(message: outbox.Message) -> None:
        messages.append(message)

    remember.__module__ = "apps.test.handlers"
    outbox.handles("test.happened")(remember)
    yield messages
    outbox._handlers.pop("test.happened")


def test_of_eight_deliveries_at_once_one_acts(handled: list[outbox.Message]) -> None:
    with transaction.atomic():
        message_id = events.publish(Happened(subject=uuid4()))

    all_at_once(*[partial(outbox.deliver, message_id, "test.remember") for _ in range(8)])

    assert [message.id for message in handled] == [message_id]
    assert HandledEvent.objects.count() == 1
