"""The broker may deliver a message many times at once: its handler acts once."""

from functools import partial

import pytest

from apps.platform import outbox
from apps.platform.models import HandledEvent
from tests.concurrency.crowd import all_at_once
from tests.platform.happenings import happened, remembered

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_eight_deliveries_at_once_one_acts() -> None:
    with remembered() as messages:
        message_id = happened()

        all_at_once(*[partial(outbox.deliver, message_id, "test.remember") for _ in range(8)])

    assert [message.id for message in messages] == [message_id]
    assert HandledEvent.objects.count() == 1
