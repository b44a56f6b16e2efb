"""A sandbox's clock goes ahead and everything of that hotel goes by it; no live hotel's clock ever does."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.bookings import services as bookings
from apps.bookings.models import Booking, Reservation
from apps.inventory import policies, services
from apps.inventory.models import Hotel, RoomNight
from apps.platform import clock
from apps.platform.errors import Invalid, NotFound
from apps.platform.models import OutboxMessage
from tests.bookings.orders import body_of, caller_of, fresh_key, order, today_at
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import HotelFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sandbox() -> Hotel:
    from apps.platform.db import uuid7

    hotel: Hotel = HotelFactory.create(id=policies.sandbox_id(uuid7()), is_sandbox=True)
    return hotel


@pytest.fixture
def double(sandbox: Hotel) -> Any:
    return RoomTypeFactory.create(hotel=sandbox)


@pytest.fixture
def manager(sandbox: Hotel) -> accounts.Caller:
    return caller_of(MembershipFactory.create(role=accounts.Role.HOTEL_ADMIN, scope_id=sandbox.id).user)


@pytest.fixture
def guest() -> accounts.Caller:
    return caller_of(UserFactory.create())


def advance(hotel: Hotel, manager: accounts.Caller, by: timedelta) -> services.SandboxClock:
    access = accounts.rights_of(manager)
    shown = services.read_clock(access=access, hotel_id=hotel.id)
    return services.advance_clock(access=access, hotel_id=hotel.id, to=shown.now + by)


def placed(caller: accounts.Caller, command: bookings.PlaceBooking) -> UUID:
    outcome = bookings.place_booking(command, caller=caller, key=fresh_key())
    return UUID(orjson.loads(outcome.body)["id"])


def test_a_hold_expires_when_the_clock_is_advanced(
    sandbox: Hotel, double: Any, manager: accounts.Caller, guest: accounts.Caller
) -> None:
    booking_id = placed(guest, order(double))
    live = placed(guest, order(RoomTypeFactory.create()))

    advance(sandbox, manager, timedelta(minutes=16))
    bookings.catch_up(sandbox.id)

    assert Reservation.objects.get(booking_id=booking_id).status == "expired"
    assert Reservation.objects.get(booking_id=live).status == "pending"
    assert OutboxMessage.objects.filter(topic="hotel.clock_advanced", aggregate_id=sandbox.id).count() == 1


def test_a_hold_that_was_placed_ahead_expires_by_that_clock_as_time_passes(
    sandbox: Hotel, double: Any, manager: accounts.Caller, guest: accounts.Caller
) -> None:
    advance(sandbox, manager, timedelta(days=30))
    placed(guest, order(double, days_ahead=50))
    hold = Booking.objects.get().hold_expires_at
    assert hold is not None
    assert timedelta(days=30) < hold - clock.now() < timedelta(days=31)

    bookings.catch_up_everywhere()
    before = Reservation.objects.get().status
    with clock.moved_to(clock.now() + timedelta(minutes=16)):
        bookings.catch_up_everywhere()

    assert (before, Reservation.objects.get().status) == ("pending", "expired")


def test_the_penalty_begins_and_the_guest_can_arrive(
    sandbox: Hotel, double: Any, manager: accounts.Caller, guest: accounts.Caller
) -> None:
    booking_id = placed(guest, order(double, days_ahead=20, confirm=True))
    free = bookings.preview_cancellation(booking_id, caller=guest)

    advance(sandbox, manager, timedelta(days=21))
    due = bookings.preview_cancellation(booking_id, caller=guest)
    stay = Reservation.objects.get()
    desk = caller_of(MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=sandbox.id).user)
    outcome = bookings.check_in(bookings.CheckIn(reservation_id=stay.id), caller=desk, key=fresh_key())

    assert (free.penalty.amount, due.penalty.amount) == ("0.00", "300.00")
    assert outcome.code == "checked_in"
    assert clock.now() - clock.system_now() < timedelta(seconds=1)


def test_yesterday_is_past_there_and_nights_reach_the_horizon(
    sandbox: Hotel, double: Any, manager: accounts.Caller, guest: accounts.Caller
) -> None:
    shown = advance(sandbox, manager, timedelta(days=40))

    assert shown.business_date == today_at(double) + timedelta(days=40)
    last = RoomNight.objects.filter(room_type=double).order_by("-night")[0].night
    assert last == shown.business_date + timedelta(days=settings.INVENTORY_HORIZON_NIGHTS - 1)
    with pytest.raises(Invalid, match="at the hotel"):
        placed(guest, order(double, days_ahead=39))
    placed(guest, order(double, days_ahead=40))


def test_over_http_a_hotel_answers_by_its_clock(sandbox: Hotel, double: Any, manager: accounts.Caller) -> None:
    client = APIClient()
    client.force_authenticate(accounts_user(manager))
    shown = client.get(f"/api/v1/hotels/{sandbox.id}/clock").json()
    ahead = {"to": (clock.now() + timedelta(days=3)).isoformat()}

    advanced = client.post(f"/api/v1/hotels/{sandbox.id}/clock", ahead, format="json")
    arrival = today_at(double) + timedelta(days=1)
    dates = {"arrival": str(arrival), "departure": str(arrival + timedelta(days=1)), "occupancy": "2"}
    offers = client.get(f"/api/v1/hotels/{sandbox.id}/offers", dates)
    body = body_of(order(double, days_ahead=4))
    booked = client.post("/api/v1/bookings", body, format="json", headers={"Idempotency-Key": fresh_key()})

    assert (shown["seconds_ahead"], advanced.status_code) == (0, 200)
    assert advanced.json()["business_date"] == str(today_at(double) + timedelta(days=3))
    assert offers.status_code == 400
    assert booked.status_code == 201
    again = client.post(f"/api/v1/hotels/{sandbox.id}/clock", ahead, format="json")
    assert again.status_code == 400, "a little later the clock shows more than that"


def accounts_user(caller: accounts.Caller) -> Any:
    from apps.accounts.models import User

    assert caller.user_id is not None
    return User.objects.get(id=caller.user_id)


def test_search_does_not_find_it(sandbox: Hotel, double: Any) -> None:
    live = RoomTypeFactory.create()
    arrival = today_at(double) + timedelta(days=5)
    dates = {"arrival": str(arrival), "departure": str(arrival + timedelta(days=2)), "occupancy": "2", "city": "Lisbon"}

    found = APIClient().get("/api/v1/availability", dates).json()["results"]

    assert [row["hotel"]["id"] for row in found] == [str(live.hotel_id)]


def test_a_clock_goes_neither_back_nor_too_far(sandbox: Hotel, manager: accounts.Caller) -> None:
    access = accounts.rights_of(manager)
    now = services.read_clock(access=access, hotel_id=sandbox.id).now

    for to in (now - timedelta(seconds=1), now + timedelta(days=731)):
        with pytest.raises(Invalid):
            services.advance_clock(access=access, hotel_id=sandbox.id, to=to)

    assert services.read_clock(access=access, hotel_id=sandbox.id).seconds_ahead == 0


def test_no_live_hotel_has_such_a_clock(guest: accounts.Caller) -> None:
    live = RoomTypeFactory.create().hotel
    administrator = accounts.Access(principal="user:a", is_administrator=True, permissions=frozenset())

    with pytest.raises(services.NotASandbox):
        services.advance_clock(access=administrator, hotel_id=live.id, to=clock.now() + timedelta(hours=1))
    for change in ({"clock_ahead": timedelta(hours=1)}, {"is_sandbox": True}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Hotel.objects.filter(id=live.id).update(**change)


def test_strangers_do_not_see_the_clock(sandbox: Hotel, guest: accounts.Caller) -> None:
    with pytest.raises(NotFound):
        services.read_clock(access=accounts.rights_of(guest), hotel_id=sandbox.id)


def test_staff_advance_it_in_the_admin(client: Any, sandbox: Hotel, manager: accounts.Caller) -> None:
    client.force_login(accounts_user(manager))
    page = f"/admin/inventory/hotel/{sandbox.id}/clock/"

    answer = client.post(page, {"by": "1 day"}, follow=True)

    assert "The clock shows" in answer.content.decode()
    assert Hotel.objects.get(id=sandbox.id).clock_ahead > timedelta(hours=23)
    assert client.get(f"/admin/inventory/hotel/{HotelFactory.create().id}/clock/").status_code == 404
