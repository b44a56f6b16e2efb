"""Requests that cannot be understood get a problem document that says where the fault is."""

from typing import Any

import orjson
import pytest
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

pytestmark = pytest.mark.usefixtures("demo_routes")

BOXES = "/api/v1/boxes"
KEY = {"Idempotency-Key": "a-key-of-its-own"}


def _post(api: APIClient, body: bytes, content_type: str = "application/json") -> Any:
    return api.post(BOXES, body, content_type=content_type, headers=KEY)


def test_an_unknown_field_is_named_by_its_pointer(api: APIClient) -> None:
    body = {"name": "a box", "si~ze/s": 1}

    answer = api.post(BOXES, body, headers=KEY)

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["errors"] == [
        {"code": "unknown_field", "detail": "There is no such field.", "pointer": "/si~0ze~1s"}
    ]
    assert problem["type"] == "/problems/invalid"
    assert (problem["status"], problem["instance"], problem["retry"]) == (400, BOXES, "same_key")
    assert problem["request_id"] == answer.headers["X-Request-Id"]


def test_a_wrong_item_of_a_list_is_named_by_its_place(api: APIClient) -> None:
    body = {"name": "a box", "sizes": [1, "wide"]}

    answer = api.post(BOXES, body, headers=KEY)

    assert [item["pointer"] for item in answer.json()["errors"]] == ["/sizes/1"]


def test_an_unknown_and_a_repeated_parameter_are_named(api: APIClient) -> None:
    query = "?color=red&colour=red&colour=blue"

    answer = api.get(BOXES + query)

    assert answer.status_code == 400
    assert [(item["code"], item["parameter"]) for item in answer.json()["errors"]] == [
        ("unknown_parameter", "color"),
        ("repeated", "colour"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"name": "a box"', id="cut off"),
        pytest.param(b'{"name": NaN}', id="not a number"),
        pytest.param(b'{"name": "\xff"}', id="not UTF-8"),
        pytest.param(b'{"name": "a\\u0000b"}', id="a NUL character"),
        pytest.param(b'{"a": ' * 1000 + b"1" + b"}" * 1000, id="1,000 levels of objects"),
        pytest.param(b"[" * 1000 + b"]" * 1000, id="1,000 levels of lists"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="100,000 levels of lists"),
    ],
)
def test_a_body_that_nobody_can_read_is_malformed(api: APIClient, body: bytes) -> None:
    answer = _post(api, body)

    assert answer.status_code == 400
    assert answer.json()["code"] == "malformed_request"


def test_a_body_that_is_no_object_is_invalid(api: APIClient) -> None:
    body = orjson.dumps([[], {}, [[]] * 40])

    answer = _post(api, body)

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"


def test_a_body_of_10_megabytes_is_too_large(api: APIClient) -> None:
    body = b'{"name": "' + b"x" * 10_000_000 + b'"}'

    answer = _post(api, body)

    assert answer.status_code == 413
    assert answer.json()["code"] == "body_too_large"


def test_a_form_is_an_unsupported_media_type(api: APIClient) -> None:
    body = b"name=a+box"

    answer = _post(api, body, content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported_media_type"


def test_a_format_that_nobody_writes_is_not_acceptable(api: APIClient) -> None:
    wanted = {"Accept": "application/xml"}

    answer = api.get(BOXES, headers=wanted)

    assert answer.status_code == 406
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_acceptable"


def test_a_method_that_the_address_does_not_know_is_told_with_those_it_knows(api: APIClient) -> None:
    address = BOXES

    answer = api.delete(address)

    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}


def test_an_address_of_the_api_that_does_not_exist_is_a_problem(api: APIClient) -> None:
    addresses = ["/api/v1/nothing", "/api/v1/boxes/no-uuid", "/api/", "/api/v9/boxes"]

    answers = [api.post(address, {}) for address in addresses]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert {answer.json()["code"] for answer in answers} == {"not_found"}


def test_that_is_so_for_developers_too(api: APIClient, settings: Settings) -> None:
    settings.DEBUG = True

    answer = api.get("/api/v1/nothing")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_nobody_signed_in_is_401_and_says_how_to_come_back(api: APIClient) -> None:
    body = {"name": "a box"}

    answer = api.post("/api/v1/members", body)

    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_missing_key_and_a_malformed_one_are_told_apart(api: APIClient) -> None:
    keys = [{}, {"Idempotency-Key": "with spaces in it"}, {"Idempotency-Key": '"quoted-keys-are-fine"'}]

    answers = [api.post(BOXES, {"name": "a box"}, headers=key) for key in keys]

    assert [answer.status_code for answer in answers] == [400, 400, 201]
    assert [answer.json()["code"] for answer in answers[:2]] == ["idempotency_key_required", "idempotency_key_invalid"]


@pytest.mark.parametrize(
    ("path", "content_type"), [("/broken", "text/html"), ("/api/broken", "application/problem+json")]
)
def test_a_failing_view_outside_the_api_answers_in_the_language_of_its_place(path: str, content_type: str) -> None:
    client = Client(raise_request_exception=False)

    answer = client.get(path)

    assert answer.status_code == 500
    assert answer.headers["Content-Type"].startswith(content_type)
    assert "as expected" not in answer.content.decode()


def test_a_page_that_does_not_exist_is_a_page() -> None:
    client = Client()

    answer = client.get("/nothing")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Back to the start page" in answer.content.decode()
