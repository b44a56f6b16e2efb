"""The hotel's rating: exact, however often and in whatever order its events arrive."""

import random
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from apps.inventory.models import Hotel, RoomType
from apps.platform import outbox
from apps.platform.models import OutboxMessage
from apps.reviews import services
from apps.reviews.models import Review
from tests.factories.inventory import RoomTypeFactory
from tests.factories.reviews import review

pytestmark = pytest.mark.django_db(transaction=True)

_HANDLER = "reviews.refresh_rating"


def _rating(room_type: RoomType) -> tuple[Decimal | None, int]:
    hotel = Hotel.objects.get(id=room_type.hotel_id)
    return hotel.rating_average, hotel.rating_count


def _published() -> list[UUID]:
    return list(OutboxMessage.objects.filter(topic="review.published").values_list("id", flat=True))


def test_a_published_review_changes_the_rating_of_its_hotel_and_of_no_other() -> None:
    double, elsewhere = RoomTypeFactory.create(), RoomTypeFactory.create()
    review(room_type=double, rating=4)
    review(room_type=double, rating=5)

    for message_id in _published():
        outbox.deliver(message_id, _HANDLER)

    assert _rating(double) == (Decimal("4.50"), 2)
    assert _rating(elsewhere) == (None, 0)


def test_publishing_alone_does_not_touch_the_hotel() -> None:
    double = RoomTypeFactory.create()

    review(room_type=double, rating=4)

    assert _rating(double) == (None, 0)


def test_repeated_and_reordered_events_end_at_the_same_rating() -> None:
    double = RoomTypeFactory.create(room_count=4)
    for rating in (1, 4, 5, 4):
        review(room_type=double, rating=rating)
    deliveries = _published() * 3
    random.Random(7).shuffle(deliveries)

    for message_id in deliveries:
        outbox.deliver(message_id, _HANDLER)

    assert _rating(double) == (Decimal("3.50"), 4)


def test_a_hidden_review_does_not_count() -> None:
    double = RoomTypeFactory.create()
    hidden = review(room_type=double, rating=1)
    review(room_type=double, rating=4)
    Review.objects.filter(id=hidden.id).update(state="hidden")

    services.refresh_rating(double.hotel_id)

    assert _rating(double) == (Decimal("4.00"), 1)


def test_a_hotel_whose_reviews_are_all_hidden_has_no_rating() -> None:
    double = RoomTypeFactory.create()
    review(room_type=double, rating=1)
    services.refresh_rating(double.hotel_id)
    Review.objects.update(state="hidden")

    services.refresh_rating(double.hotel_id)

    assert _rating(double) == (None, 0)


def test_refreshing_waits_for_the_one_before_and_sees_what_it_could_not() -> None:
    double = RoomTypeFactory.create()
    services.refresh_rating(double.hotel_id)
    first = review(room_type=double, rating=2)

    def refresh() -> None:
        services.refresh_rating(double.hotel_id)
        connection.close()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            services.refresh_rating(double.hotel_id)
            waiting = other.submit(refresh)
            _wait_until_somebody_waits_for_an_advisory_lock()
            Review.objects.filter(id=first.id).update(rating=5)
        waiting.result(timeout=30)

    assert _rating(double) == (Decimal("5.00"), 1)


def test_many_refreshes_at_once_end_at_the_exact_rating() -> None:
    double = RoomTypeFactory.create(room_count=8)
    ratings = [1, 2, 3, 4, 5, 5, 5, 4]

    def publish_and_refresh(rating: int) -> None:
        review(room_type=double, rating=rating)
        services.refresh_rating(double.hotel_id)
        connection.close()

    with ThreadPoolExecutor(8) as people:
        list(people.map(publish_and_refresh, ratings))

    assert _rating(double) == (Decimal("3.63"), 8)


def test_the_rating_of_a_hotel_that_is_gone_is_nobodys_concern() -> None:
    services.refresh_rating(uuid4())


def _wait_until_somebody_waits_for_an_advisory_lock() -> None:
    with connection.cursor() as cursor:
        for _ in range(10_000):
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database ="
                " (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")
