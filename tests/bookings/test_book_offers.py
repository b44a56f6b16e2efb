"""An offer pins price and terms for fifteen minutes, and never a room; codes and prepayment stand at the door."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.services import Role
from apps.bookings.models import Booking, ReservationNight
from apps.inventory.models import RatePlan, RoomNight, RoomType
from apps.platform import clock
from tests.bookings.orders import fresh_key
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import HotelFactory, RatePlanFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
STAY = {"arrival": "2026-06-11", "departure": "2026-06-13"}


@pytest.fixture
def double() -> Any:
    with clock.moved_to(NOON):
        return RoomTypeFactory.create(room_count=1)


@pytest.fixture
def guest() -> APIClient:
    return signed_in(UserFactory.create())


def signed_in(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def offer_of(client: APIClient, double: RoomType, *, at: datetime = NOON, plan: str = "FLEX", **query: str) -> Any:
    with clock.moved_to(at):
        answer = client.get(f"/api/v1/hotels/{double.hotel_id}/offers", STAY | query)
    assert answer.status_code == 200, answer.json()
    return next(offer for offer in answer.json()["results"] if offer["rate_plan"]["code"] == plan)


def book(
    client: APIClient, double: RoomType, room: dict[str, Any], *, minutes: float = 0, key: str = "", **body: Any
) -> Any:
    order = {
        "hotel_id": str(double.hotel_id),
        **STAY,
        "rooms": [room],
        "booker": {"full_name": "Ada Lovelace", "email": "ada@guests.example"},
    } | body
    with clock.moved_to(NOON + timedelta(minutes=minutes)):
        return client.post("/api/v1/bookings", order, format="json", headers={"Idempotency-Key": key or fresh_key()})


def product(double: RoomType, plan: RatePlan) -> dict[str, Any]:
    return {"room_type_id": str(double.id), "rate_plan_id": str(plan.id), "adults": 2}


def double_the_price(double: RoomType) -> None:
    RoomType.objects.filter(id=double.id).update(base_rate_minor=20_000)


@pytest.mark.parametrize("minutes", [0, 14.9])
def test_within_fifteen_minutes_the_offer_keeps_its_price(double: Any, guest: APIClient, minutes: float) -> None:
    offer = offer_of(guest, double)
    double_the_price(double)

    answer = book(guest, double, {"offer_id": offer["offer_id"]}, minutes=minutes)

    assert answer.status_code == 201, answer.json()
    assert answer.json()["total"] == offer["total"] == {"amount": "200.00", "currency": "EUR"}
    assert set(ReservationNight.objects.values_list("amount_minor", flat=True)) == {10_000}


def test_the_terms_of_the_offer_hold_as_well(double: Any, guest: APIClient) -> None:
    offer = offer_of(guest, double)
    RatePlan.objects.update(cancellation_tiers=[{"days_before": None, "at": None, "penalty": {"percent": "100"}}])

    answer = book(guest, double, {"offer_id": offer["offer_id"]})

    assert answer.status_code == 201
    assert answer.json()["cancellation"]["timeline"] == offer["cancellation"]["timeline"]


def test_after_that_an_offer_that_would_be_made_again_books_all_the_same(double: Any, guest: APIClient) -> None:
    offer = offer_of(guest, double)

    answer = book(guest, double, {"offer_id": offer["offer_id"]}, minutes=60)

    assert answer.status_code == 201, answer.json()


def test_after_that_another_price_is_refused_with_an_offer_that_books(double: Any, guest: APIClient) -> None:
    offer = offer_of(guest, double)
    double_the_price(double)

    refused = book(guest, double, {"offer_id": offer["offer_id"]}, minutes=15.1)
    new = refused.json()["offers"][0]
    booked = book(guest, double, {"offer_id": new["offer_id"]}, minutes=16)

    assert (refused.status_code, refused.json()["code"]) == (409, "offer_changed")
    assert (new["pointer"], new["total"]) == ("/rooms/0", {"amount": "400.00", "currency": "EUR"})
    assert booked.status_code == 201, booked.json()
    assert booked.json()["total"] == new["total"]


def test_a_changed_offer_is_a_stored_refusal(double: Any, guest: APIClient) -> None:
    offer, key = offer_of(guest, double), fresh_key()
    double_the_price(double)

    first = book(guest, double, {"offer_id": offer["offer_id"]}, minutes=20, key=key)
    again = book(guest, double, {"offer_id": offer["offer_id"]}, minutes=20, key=key)

    assert again["Idempotent-Replayed"] == "true"
    assert again.json()["offers"] == first.json()["offers"]


def test_an_offer_that_was_changed_on_the_way_is_none_of_ours(double: Any, guest: APIClient) -> None:
    offer_id = offer_of(guest, double)["offer_id"]
    middle = len(offer_id) // 2
    swapped = "A" if offer_id[middle] != "A" else "B"

    answers = [
        book(guest, double, {"offer_id": tampered})
        for tampered in (offer_id[:middle] + swapped + offer_id[middle + 1 :], offer_id[:-4], "nonsense")
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(400, "offer_unknown")] * 3
    assert not Booking.objects.exists()


@pytest.mark.parametrize("other", [{"departure": "2026-06-14"}, {"arrival": "2026-06-12"}, {"hotel_id": None}])
def test_an_offer_for_another_stay_is_refused_at_its_place(
    double: Any, guest: APIClient, other: dict[str, Any]
) -> None:
    offer = offer_of(guest, double)
    if "hotel_id" in other:
        other = {"hotel_id": str(HotelFactory.create().id)}

    answer = book(guest, double, {"offer_id": offer["offer_id"]}, **other)

    assert answer.status_code == 400
    assert [item["pointer"] for item in answer.json()["errors"]] == ["/rooms/0/offer_id"]


@pytest.mark.parametrize(
    ("name", "value"), [("adults", 2), ("nightly_price", {"amount": "1.00", "currency": "EUR"}), ("children_ages", [])]
)
def test_what_an_offer_says_is_not_said_beside_it(double: Any, guest: APIClient, name: str, value: Any) -> None:
    offer = offer_of(guest, double)

    answer = book(guest, double, {"offer_id": offer["offer_id"], name: value})

    assert answer.status_code == 400
    assert [item["pointer"] for item in answer.json()["errors"]] == [f"/rooms/0/{name}"]


def test_an_offer_is_no_room(double: Any, guest: APIClient) -> None:
    offer = offer_of(guest, double)
    RoomNight.objects.filter(room_type=double).update(sold=1)

    answer = book(guest, double, {"offer_id": offer["offer_id"]})

    assert (answer.status_code, answer.json()["code"]) == (409, "no_rooms_left")


# Whom a plan is sold to ----------------------------------------------------------------------------------------------


def test_a_plan_with_a_code_is_an_unknown_product_without_it(double: Any, guest: APIClient) -> None:
    plan = RatePlanFactory.create(hotel=double.hotel, code="CORP", visibility="by_code")

    without = book(guest, double, product(double, plan))
    wrong = book(guest, double, product(double, plan), rate_code="FLEX")
    named = book(guest, double, product(double, plan), rate_code="CORP")

    assert [answer.status_code for answer in (without, wrong, named)] == [400, 400, 201]
    assert without.json()["errors"][0]["pointer"] == "/rooms/0/rate_plan_id"


def test_an_offer_of_a_plan_with_a_code_needs_it_no_more(double: Any, guest: APIClient) -> None:
    RatePlanFactory.create(hotel=double.hotel, code="CORP", visibility="by_code")
    offer = offer_of(guest, double, plan="CORP", rate_code="CORP")

    answer = book(guest, double, {"offer_id": offer["offer_id"]})

    assert answer.status_code == 201, answer.json()


def test_a_plan_for_the_staff_is_sold_by_the_staff_of_the_hotel_alone(double: Any, guest: APIClient) -> None:
    plan = RatePlanFactory.create(hotel=double.hotel, code="HOUSE", visibility="staff")
    theirs = RoomTypeFactory.create()
    ours = MembershipFactory.create(role=Role.FRONT_DESK, scope_id=double.hotel_id).user
    others = MembershipFactory.create(role=Role.FRONT_DESK, scope_id=theirs.hotel_id).user

    answers = [
        book(client, double, product(double, plan), rate_code="HOUSE")
        for client in (guest, signed_in(others), signed_in(ours))
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 201]


# What is due first ---------------------------------------------------------------------------------------------------


@pytest.fixture
def prepaid(double: Any) -> Any:
    return RatePlanFactory.create(hotel=double.hotel, code="PREPAID", prepayment_percent=50)


def confirm(client: APIClient, booking: dict[str, Any]) -> Any:
    with clock.moved_to(NOON):
        return client.post(f"/api/v1/bookings/{booking['id']}/confirm", headers={"Idempotency-Key": fresh_key()})


def test_a_guest_does_not_confirm_at_once_what_is_to_be_paid_first(
    double: Any, prepaid: RatePlan, guest: APIClient
) -> None:
    answer = book(guest, double, product(double, prepaid), confirm=True)

    assert (answer.status_code, answer.json()["code"]) == (409, "payment_due")
    assert answer.json()["due_now"] == {"amount": "100.00", "currency": "EUR"}
    assert not Booking.objects.exists()
    assert not RoomNight.objects.filter(sold__gt=0).exists()


def test_a_guest_holds_it_and_pays_before_it_is_confirmed(double: Any, prepaid: RatePlan, guest: APIClient) -> None:
    held = book(guest, double, product(double, prepaid))

    answer = confirm(guest, held.json())

    assert held.status_code == 201
    assert held.json()["amounts"]["due_now"] == {"amount": "100.00", "currency": "EUR"}
    assert (answer.status_code, answer.json()["code"]) == (409, "payment_due")
    assert set(RoomNight.objects.filter(held__gt=0).values_list("held", "sold")) == {(1, 0)}


def test_staff_answer_for_the_money_that_they_have_taken(double: Any, prepaid: RatePlan, guest: APIClient) -> None:
    desk = signed_in(MembershipFactory.create(role=Role.FRONT_DESK, scope_id=double.hotel_id).user)
    held = book(guest, double, product(double, prepaid))

    confirmed = confirm(desk, held.json())
    RoomNight.objects.update(overbooking_limit=1)
    at_once = book(desk, double, product(double, prepaid), confirm=True)

    assert (confirmed.status_code, at_once.status_code) == (200, 201)
