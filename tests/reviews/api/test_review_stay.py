"""POST /reservations/{id}/review."""

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from apps.reviews.models import Review
from tests.factories.accounts import UserFactory
from tests.factories.reviews import completed_stay, confirmed_stay

pytestmark = pytest.mark.django_db


def _address(reservation_id: object) -> str:
    return f"/api/v1/reservations/{reservation_id}/review"


def test_a_review_is_created_and_answered_as_everybody_will_see_it(api: APIClient) -> None:
    guest = UserFactory.create()
    reservation_id = completed_stay(guest=guest)
    api.force_authenticate(guest)

    answer = api.post(
        _address(reservation_id),
        {"rating": 4, "title": "Quiet", "text": "Two\nlines.", "scores": {"service": 5}},
        format="json",
    )

    shown = answer.json()
    assert answer.status_code == 201
    assert shown["id"] == str(Review.objects.get().id)
    assert (shown["rating"], shown["title"], shown["text"]) == (4, "Quiet", "Two\nlines.")
    assert (shown["scores"], shown["guest"], shown["time_zone"]) == ({"service": 5}, "Ada L.", "Europe/Lisbon")


def test_a_rating_alone_is_enough(api: APIClient) -> None:
    guest = UserFactory.create()
    api.force_authenticate(guest)

    answer = api.post(_address(completed_stay(guest=guest)), {"rating": 5}, format="json")

    assert answer.status_code == 201
    assert (answer.json()["title"], answer.json()["text"], answer.json()["scores"]) == ("", "", {})


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/rating"),
        ({"rating": 0}, "/rating"),
        ({"rating": 6}, "/rating"),
        ({"rating": 4.5}, "/rating"),
        ({"rating": True}, "/rating"),
        ({"rating": None}, "/rating"),
        ({"rating": 5, "title": "Fine\r\nBcc: others@guests.example"}, "/title"),
        ({"rating": 5, "title": "Fine\n"}, "/title"),
        ({"rating": 5, "title": "Fine\u2028"}, "/title"),
        ({"rating": 5, "title": "x" * 121}, "/title"),
        ({"rating": 5, "text": "x" * 5001}, "/text"),
        ({"rating": 5, "scores": {"service": 6}}, "/scores/service"),
        ({"rating": 5, "scores": {"breakfast": 5}}, "/scores/breakfast"),
        ({"rating": 5, "stars": 5}, "/stars"),
    ],
)
def test_a_body_that_is_not_right_is_refused_at_its_place(api: APIClient, body: dict[str, Any], pointer: str) -> None:
    guest = UserFactory.create()
    api.force_authenticate(guest)

    answer = api.post(_address(uuid4()), body, format="json")

    assert answer.status_code == 400
    assert [item["pointer"] for item in answer.json()["errors"]] == [pointer]


def test_before_check_out_the_refusal_says_what_to_wait_for(api: APIClient) -> None:
    guest = UserFactory.create()
    api.force_authenticate(guest)

    answer = api.post(_address(confirmed_stay(guest=guest)), {"rating": 5}, format="json")

    refused = answer.json()
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert (refused["code"], refused["status"]) == ("stay_not_completed", "confirmed")


def test_the_second_review_of_a_stay_is_a_conflict(api: APIClient) -> None:
    guest = UserFactory.create()
    reservation_id = completed_stay(guest=guest)
    api.force_authenticate(guest)
    api.post(_address(reservation_id), {"rating": 5}, format="json")

    answer = api.post(_address(reservation_id), {"rating": 1}, format="json")

    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["retry"]) == ("already_reviewed", "never")


def test_the_stay_of_somebody_else_looks_like_one_that_never_was(api: APIClient) -> None:
    reservation_id = completed_stay(guest=UserFactory.create())
    api.force_authenticate(UserFactory.create())

    others = api.post(_address(reservation_id), {"rating": 1}, format="json")
    nobodys = api.post(_address(uuid4()), {"rating": 1}, format="json")

    assert others.status_code == nobodys.status_code == 404
    assert {**others.json(), "instance": "", "request_id": ""} == {**nobodys.json(), "instance": "", "request_id": ""}


def test_without_signing_in_nobody_reviews(api: APIClient) -> None:
    assert api.post(_address(uuid4()), {"rating": 5}, format="json").status_code == 401


def test_the_page_for_people_has_a_valid_body_in_its_box(api: APIClient) -> None:
    guest = UserFactory.create()
    reservation_id = completed_stay(guest=guest)
    api.force_authenticate(guest)

    page = api.get(_address(reservation_id), headers={"Accept": "text/html"})

    assert "Quiet and close to everything" in page.content.decode()
