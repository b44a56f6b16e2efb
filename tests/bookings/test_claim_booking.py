"""Taking a booking that was made without an account into one; and making a link that others may have invalid."""

from typing import Any
from uuid import UUID

import orjson
import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Booking, Revision
from apps.platform import clock
from apps.platform.audit import entries_of
from apps.platform.models import OutboxMessage
from tests.bookings.orders import body_of, caller_of, fresh_key, order
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db

BOOKINGS = "/api/v1/bookings"


@pytest.fixture(autouse=True)
def _no_tries_yet() -> None:
    cache.clear()


def ada(*, verified: bool = True) -> Any:
    """The account with the address that the bookings of these tests are made for."""
    return UserFactory.create(email="ada@guests.example", email_verified_at=clock.now() if verified else None)


def signed_in(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def placed(**booker: str) -> Any:
    """The answer to an order without an account."""
    body = body_of(order(RoomTypeFactory.create()))
    body["booker"] |= booker
    return APIClient().post(BOOKINGS, body, headers={"Idempotency-Key": fresh_key()})


def holder(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_MANAGE_SECRET=secret)
    return client


def post(client: APIClient, address: str, key: str = "") -> Any:
    return client.post(address, {}, headers={"Idempotency-Key": key or fresh_key()})


def test_the_account_with_the_same_address_takes_it_over_and_the_secret_ends() -> None:
    answer, account = placed(email="Ada@Guests.Example"), signed_in(ada())
    address = answer["Location"]

    claimed = post(account, f"{address}/claim")

    assert (claimed.status_code, claimed["ETag"]) == (200, '"2"')
    assert [row["id"] for row in account.get(BOOKINGS).json()["results"]] == [answer.json()["id"]]
    assert holder(answer["Manage-Secret"]).get(address).status_code == 404
    assert post(account, f"{address}/confirm").status_code == 200
    history = account.get(f"{address}/history").json()["results"]
    assert [(row["action"], row["actor"]) for row in history] == [
        ("place", "guest"),
        ("claim", "guest"),
        ("confirm", "guest"),
    ]
    assert OutboxMessage.objects.filter(topic="booking.claimed").count() == 1


def test_once_more_changes_nothing() -> None:
    address, account, key = placed()["Location"], signed_in(ada()), fresh_key()

    first, replay, again = post(account, f"{address}/claim", key), post(account, f"{address}/claim", key), None
    again = post(account, f"{address}/claim")

    assert replay.content == first.content
    assert (again.status_code, again.json()["revision"]) == (200, 2)
    assert Revision.objects.count() == 2


def test_without_proof_of_the_address_it_is_refused() -> None:
    address = placed()["Location"]

    refused = post(signed_in(ada(verified=False)), f"{address}/claim")

    assert (refused.status_code, refused.json()["code"]) == (403, "address_not_verified")
    assert Booking.objects.get().account_id is None


def test_another_address_and_anothers_booking_are_404() -> None:
    without_account = placed(email="bob@guests.example")["Location"]
    bob = UserFactory.create(email="bob@guests.example", email_verified_at=clock.now())
    of_bob = services.place_booking(order(RoomTypeFactory.create()), caller=caller_of(bob), key=fresh_key())
    account = signed_in(ada())

    answers = [post(account, f"{address}/claim") for address in (without_account, of_bob.location)]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_neither_a_secret_nor_nobody_claims() -> None:
    answer = placed()

    by_secret = post(holder(answer["Manage-Secret"]), f"{answer['Location']}/claim")
    by_nobody = post(APIClient(), f"{answer['Location']}/claim")

    assert (by_secret.status_code, by_nobody.status_code) == (403, 401)


def test_what_staff_have_placed_for_a_guest_is_claimed_too() -> None:
    double = RoomTypeFactory.create()
    staff = MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=double.hotel_id).user
    outcome = services.place_booking(order(double), caller=caller_of(staff), key=fresh_key())

    claimed = post(signed_in(ada()), f"{outcome.location}/claim")

    assert claimed.status_code == 200
    assert str(Booking.objects.get().account_id) != str(staff.id)
    assert signed_in(staff).get(outcome.location).status_code == 200


def test_the_list_of_what_can_be_claimed_is_of_ones_own_verified_address() -> None:
    mine = placed().json()["id"]
    placed(email="bob@guests.example")
    account, unverified = signed_in(ada()), signed_in(UserFactory.create(email="bob@guests.example"))
    listed = [row["id"] for row in account.get(f"{BOOKINGS}?claimable=true").json()["results"]]
    of_the_unverified = unverified.get(f"{BOOKINGS}?claimable=true").json()["results"]

    post(account, f"{BOOKINGS}/{mine}/claim")

    assert (listed, of_the_unverified) == ([mine], [])
    assert account.get(f"{BOOKINGS}?claimable=true").json()["results"] == []
    assert account.get(BOOKINGS).json()["results"] != []


def test_a_new_link_ends_the_old_secret_and_is_not_in_the_answer() -> None:
    answer = placed()
    booking_id, old = UUID(answer.json()["id"]), holder(answer["Manage-Secret"])

    renewed = post(old, f"{answer['Location']}/manage-link")

    new = services.manage_secret(booking_id, version=2)
    assert renewed.status_code == 200
    assert "Manage-Secret" not in renewed.headers
    assert new not in renewed.content.decode()
    assert old.get(answer["Location"]).status_code == 404
    assert holder(new).get(answer["Location"]).status_code == 200
    assert OutboxMessage.objects.filter(topic="booking.manage_link_renewed").count() == 1


def test_staff_renew_it_too_and_leave_a_trace_and_never_see_it() -> None:
    answer = placed()
    hotel_id = Booking.objects.get().hotel_id
    staff = signed_in(MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=hotel_id).user)

    renewed, read = post(staff, f"{answer['Location']}/manage-link"), staff.get(answer["Location"])

    assert renewed.status_code == 200
    assert "Manage-Secret" not in {*renewed.headers, *read.headers}
    assert holder(answer["Manage-Secret"]).get(answer["Location"]).status_code == 404
    assert entries_of(hotel_id, operation="bookings.renew_link").count() == 1
    assert "manage_version" not in orjson.dumps(read.json()).decode()
