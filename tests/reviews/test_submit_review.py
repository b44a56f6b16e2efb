"""Reviewing a stay: who may, when, and how often."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection

from apps.platform.errors import NotFound
from apps.platform.models import OutboxMessage
from apps.reviews import services
from apps.reviews.models import Review
from tests.bookings.orders import caller_of
from tests.factories.accounts import UserFactory
from tests.factories.reviews import completed_stay, confirmed_stay

pytestmark = pytest.mark.django_db


def test_a_review_of_a_completed_stay_is_public_at_once() -> None:
    guest = UserFactory.create(full_name="Ana Pereira")
    reservation_id = completed_stay(guest=guest)

    view = services.submit_review(
        caller=caller_of(guest),
        reservation_id=reservation_id,
        rating=4,
        title="Quiet",
        text="Two\nlines.",
        scores={"service": 5},
    )

    review = Review.objects.get()
    assert (review.state, review.reservation_id, review.account_id) == ("published", reservation_id, guest.id)
    assert (view.rating, view.title, view.text, view.scores) == (4, "Quiet", "Two\nlines.", {"service": 5})
    assert (view.guest, view.time_zone) == ("Ada L.", "Europe/Lisbon")


def test_it_is_told_with_the_hotel_and_the_rating() -> None:
    guest = UserFactory.create()
    reservation_id = completed_stay(guest=guest)

    view = services.submit_review(caller=caller_of(guest), reservation_id=reservation_id, rating=4, scores={})

    payload = OutboxMessage.objects.get(topic="review.published").payload
    assert payload["hotel_id"] == str(view.hotel_id)
    assert payload["data"] == {"review_id": str(view.id), "reservation_id": str(reservation_id), "rating": 4}


def test_before_check_out_it_is_refused_with_the_state_of_the_stay() -> None:
    guest = UserFactory.create()
    reservation_id = confirmed_stay(guest=guest)

    with pytest.raises(services.ReviewNotAllowed) as refused:
        services.submit_review(caller=caller_of(guest), reservation_id=reservation_id, rating=4, scores={})

    assert refused.value.extra == {"status": "confirmed"}
    assert not Review.objects.exists()


def test_a_second_review_of_the_same_stay_is_refused_and_tells_nothing() -> None:
    guest = UserFactory.create()
    reservation_id = completed_stay(guest=guest)
    services.submit_review(caller=caller_of(guest), reservation_id=reservation_id, rating=4, scores={})

    with pytest.raises(services.AlreadyReviewed):
        services.submit_review(caller=caller_of(guest), reservation_id=reservation_id, rating=1, scores={})

    assert Review.objects.get().rating == 4
    assert OutboxMessage.objects.filter(topic="review.published").count() == 1


def test_the_stay_of_somebody_else_is_not_there() -> None:
    reservation_id = completed_stay(guest=UserFactory.create())

    with pytest.raises(NotFound):
        services.submit_review(
            caller=caller_of(UserFactory.create()), reservation_id=reservation_id, rating=1, scores={}
        )

    assert not Review.objects.exists()


def test_a_stay_that_never_was_is_not_there() -> None:
    with pytest.raises(NotFound):
        services.submit_review(caller=caller_of(UserFactory.create()), reservation_id=uuid4(), rating=1, scores={})


@pytest.mark.django_db(transaction=True)
def test_of_eight_reviews_of_one_stay_at_once_one_is_published() -> None:
    guest = UserFactory.create()
    reservation_id = completed_stay(guest=guest)

    def submit(rating: int) -> bool:
        try:
            services.submit_review(caller=caller_of(guest), reservation_id=reservation_id, rating=rating, scores={})
        except services.AlreadyReviewed:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as people:
        published = list(people.map(submit, [1, 2, 3, 4, 5, 1, 2, 3]))

    assert published.count(True) == 1
    assert Review.objects.count() == OutboxMessage.objects.filter(topic="review.published").count() == 1
