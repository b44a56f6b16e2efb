"""GET /notifications."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.factories.accounts import UserFactory
from tests.notifications.mailbox import Queue

pytestmark = pytest.mark.django_db

_ADDRESS = "/api/v1/notifications"


def test_the_list_has_ones_own_messages_newest_first_with_the_subject_as_title(
    api: APIClient, queue: Queue, context: dict[str, Any]
) -> None:
    ana = UserFactory.create()
    first = queue(account_id=ana.id)
    second = queue(account_id=ana.id, template="hold_expired")
    queue(account_id=UserFactory.create().id)
    queue(account_id=None)
    api.force_authenticate(ana)

    listed = api.get(_ADDRESS).json()

    assert [row["id"] for row in listed["results"]] == [str(second), str(first)]
    assert listed["results"][1] | {"created_at": ""} == {
        "id": str(first),
        "template": "booking_confirmed",
        "title": "Confirmed: Ribeira & Spa, Friday, 3 July 2026 (K7QWX2P9)",
        "state": "queued",
        "created_at": "",
    }


def test_the_address_that_it_went_to_is_not_in_it(api: APIClient, queue: Queue) -> None:
    ana = UserFactory.create()
    queue(account_id=ana.id, recipient="somebody@guests.example")
    api.force_authenticate(ana)

    assert "somebody@guests.example" not in api.get(_ADDRESS).content.decode()


def test_pages_follow_each_other_by_cursor(api: APIClient, queue: Queue) -> None:
    ana = UserFactory.create()
    ids = [str(queue(account_id=ana.id)) for _ in range(3)]
    api.force_authenticate(ana)

    first = api.get(_ADDRESS, {"limit": 2}).json()
    second = api.get(first["next"]).json()

    assert [row["id"] for row in first["results"] + second["results"]] == ids[::-1]
    assert second["next"] is None


def test_without_signing_in_there_is_none(api: APIClient) -> None:
    answer = api.get(_ADDRESS)

    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"


def test_an_unknown_parameter_is_refused(api: APIClient) -> None:
    api.force_authenticate(UserFactory.create())

    answer = api.get(_ADDRESS, {"state": "sent"})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "state"
