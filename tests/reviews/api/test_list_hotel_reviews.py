"""GET /hotels/{id}/reviews."""

from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from apps.reviews.models import Review
from tests.factories.inventory import RoomTypeFactory
from tests.factories.reviews import review

pytestmark = pytest.mark.django_db


def _address(hotel_id: object) -> str:
    return f"/api/v1/hotels/{hotel_id}/reviews"


def test_anybody_reads_the_reviews_of_a_hotel_newest_first(api: APIClient) -> None:
    double = RoomTypeFactory.create()
    first = review(room_type=double, rating=3, title="Loud")
    second = review(room_type=double, rating=5, title="Quiet")
    review(room_type=RoomTypeFactory.create(), rating=1)

    listed = api.get(_address(double.hotel_id)).json()

    assert [row["id"] for row in listed["results"]] == [str(second.id), str(first.id)]
    assert listed["results"][0]["title"] == "Quiet"


def test_a_review_shows_neither_the_full_name_nor_account_nor_reservation(api: APIClient) -> None:
    double = RoomTypeFactory.create()
    review(room_type=double, rating=3)

    (row,) = api.get(_address(double.hotel_id)).json()["results"]

    assert row["guest"] == "Ada L."
    assert set(row) == {"id", "hotel_id", "rating", "title", "text", "scores", "guest", "created_at", "time_zone"}


def test_a_hidden_review_is_not_listed(api: APIClient) -> None:
    double = RoomTypeFactory.create()
    hidden = review(room_type=double, rating=1)
    Review.objects.filter(id=hidden.id).update(state="hidden")

    assert api.get(_address(double.hotel_id)).json()["results"] == []


def test_pages_follow_each_other_by_cursor(api: APIClient) -> None:
    double = RoomTypeFactory.create()
    ids = [str(review(room_type=double, rating=rating).id) for rating in (1, 2, 3)]

    first = api.get(_address(double.hotel_id), {"limit": 2}).json()
    second = api.get(first["next"]).json()

    assert [row["id"] for row in first["results"] + second["results"]] == ids[::-1]


def test_an_unknown_hotel_is_not_found_and_an_unknown_parameter_refused(api: APIClient) -> None:
    double = RoomTypeFactory.create()

    assert api.get(_address(uuid4())).status_code == 404
    assert api.get(_address(double.hotel_id), {"stars": 5}).status_code == 400
