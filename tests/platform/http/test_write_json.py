"""Dataclasses become JSON."""

import pytest
from rest_framework.test import APIClient

from tests.platform.http import demo

pytestmark = pytest.mark.usefixtures("demo_routes")


def test_a_dataclass_is_written_with_ids_dates_instants_and_choices_as_text(api: APIClient) -> None:
    address = f"/api/v1/boxes/{demo.BOX_ID}"

    answer = api.get(address)

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {
        "id": str(demo.BOX_ID),
        "colour": "red",
        "size": "small",
        "made_at": "2026-01-02T03:04:05Z",
        "weight": "1.50",
        "lids": [{"id": str(demo.LID_ID), "closes_on": "2026-07-03"}],
        "counts": {"nails": 4},
        "spare": None,
        "actions": ["open"],
    }


def test_the_index_lists_what_can_be_read_and_what_only_takes_a_post(api: APIClient) -> None:
    address = "/api/v1"

    index = api.get(address).json()

    assert index["read"] == {
        "boxes": "http://testserver/api/v1/boxes?colour=red",
        "searched": "http://testserver/api/v1/searched",
    }
    assert index["send"] == {"members": "http://testserver/api/v1/members"}
