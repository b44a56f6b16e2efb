"""Every answer names its request."""

from uuid import UUID

import pytest
from rest_framework.test import APIClient

pytestmark = pytest.mark.usefixtures("demo_routes")


def test_a_given_id_is_echoed(api: APIClient) -> None:
    given = {"X-Request-Id": "gateway-4711"}

    answer = api.get("/api/v1/boxes", headers=given)

    assert answer.headers["X-Request-Id"] == "gateway-4711"


@pytest.mark.parametrize("given", ["", "with spaces", "x" * 129, "<script>"])
def test_without_a_usable_id_one_is_made(api: APIClient, given: str) -> None:
    headers = {"X-Request-Id": given} if given else {}

    answer = api.get("/api/v1/boxes", headers=headers)

    assert UUID(answer.headers["X-Request-Id"]).version == 7


def test_two_requests_have_two_ids(api: APIClient) -> None:
    answers = [api.get("/api/v1/nothing") for _ in range(2)]

    ids = [answer.json()["request_id"] for answer in answers]

    assert ids[0] != ids[1]
    assert ids == [answer.headers["X-Request-Id"] for answer in answers]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_trailing_slash_makes_no_difference(api: APIClient, method: str) -> None:
    send = getattr(api, method)
    arguments = (
        {"data": {"name": "a box"}, "headers": {"Idempotency-Key": "one-of-sixteen-letters"}}
        if method == "post"
        else {}
    )

    answers = [send(address, **arguments) for address in ("/api/v1/boxes", "/api/v1/boxes/")]

    assert answers[0].status_code == answers[1].status_code == {"get": 200, "post": 201}[method]
    assert answers[0].json() == answers[1].json()


def test_the_api_begins_with_and_without_a_slash(api: APIClient) -> None:
    answers = [api.get(address) for address in ("/api/v1", "/api/v1/")]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
