"""Booking around midnight, at the ends of the earth, on days of 23 and 25 hours, and on 29 February."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from django.conf import LazySettings

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Reservation
from apps.inventory.models import RoomNight
from apps.platform import clock
from apps.platform.errors import Invalid
from tests.bookings.orders import caller_of, fresh_key, order
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import HotelFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

ZONES = ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin", "Australia/Lord_Howe"]


@pytest.fixture
def guest() -> accounts.Caller:
    return caller_of(UserFactory.create())


@pytest.fixture(autouse=True)
def _horizon(settings: LazySettings) -> None:
    settings.INVENTORY_HORIZON_NIGHTS = 20


def local(zone: str, wall: str, *, fold: int = 0) -> datetime:
    """The instant at which clocks in this zone show this."""
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone), fold=fold)


def booked(caller: accounts.Caller, room_type: Any, arrival: date, *, nights: int = 1) -> dict[str, Any]:
    """What a booking says that was sold at once."""
    command = order(room_type, days_ahead=days_until(room_type, arrival), nights=nights, confirm=True)
    outcome = services.place_booking(command, caller=caller, key=fresh_key())
    document: dict[str, Any] = orjson.loads(outcome.body)
    return {**document, "outcome": outcome.code}


def days_until(room_type: Any, arrival: date) -> int:
    return (arrival - order(room_type, days_ahead=0).arrival).days


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("wall", "first"),
    [
        ("2026-06-10T23:30", date(2026, 6, 10)),
        ("2026-06-11T00:30", date(2026, 6, 10)),
        ("2026-06-11T02:59", date(2026, 6, 10)),
        ("2026-06-11T03:00", date(2026, 6, 11)),
        ("2028-02-29T23:30", date(2028, 2, 29)),
        ("2028-03-01T00:30", date(2028, 2, 29)),
    ],
)
def test_the_night_that_is_still_running_is_for_sale_and_the_one_before_is_not(
    guest: accounts.Caller, zone: str, wall: str, first: date
) -> None:
    with clock.moved_to(local(zone, wall)):
        room_type = RoomTypeFactory.create(hotel=HotelFactory.create(time_zone=zone))

        tonight = booked(guest, room_type, first)
        with pytest.raises(Invalid) as refusal:
            booked(guest, room_type, first - timedelta(days=1))

    assert (tonight["outcome"], tonight["arrival"]) == ("booked", first.isoformat())
    assert refusal.value.items[0]["pointer"] == "/arrival"


@pytest.mark.parametrize(
    ("zone", "wall", "fold", "first"),
    [
        # 02:00 does not come: 03:00 follows 01:59.
        ("Europe/Berlin", "2026-03-28T23:30", 0, date(2026, 3, 28)),
        ("Europe/Berlin", "2026-03-29T01:59", 0, date(2026, 3, 28)),
        ("Europe/Berlin", "2026-03-29T03:00", 0, date(2026, 3, 29)),
        # 02:30 comes twice.
        ("Europe/Berlin", "2026-10-25T02:30", 0, date(2026, 10, 24)),
        ("Europe/Berlin", "2026-10-25T02:30", 1, date(2026, 10, 24)),
        ("Europe/Berlin", "2026-10-25T03:00", 0, date(2026, 10, 25)),
        # Half an hour, in the other half of the year.
        ("Australia/Lord_Howe", "2026-04-05T01:45", 0, date(2026, 4, 4)),
        ("Australia/Lord_Howe", "2026-04-05T01:45", 1, date(2026, 4, 4)),
        ("Australia/Lord_Howe", "2026-10-04T03:00", 0, date(2026, 10, 4)),
    ],
)
def test_so_it_is_while_the_clocks_change(guest: accounts.Caller, zone: str, wall: str, fold: int, first: date) -> None:
    with clock.moved_to(local(zone, wall, fold=fold)):
        room_type = RoomTypeFactory.create(hotel=HotelFactory.create(time_zone=zone))

        tonight = booked(guest, room_type, first)
        with pytest.raises(Invalid):
            booked(guest, room_type, first - timedelta(days=1))

    assert (tonight["outcome"], tonight["arrival"]) == ("booked", first.isoformat())


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("arrival", "nights"),
    [
        (date(2027, 3, 27), ["2027-03-27", "2027-03-28", "2027-03-29"]),
        (date(2027, 4, 3), ["2027-04-03", "2027-04-04"]),
        (date(2027, 10, 2), ["2027-10-02", "2027-10-03"]),
        (date(2027, 10, 30), ["2027-10-30", "2027-10-31", "2027-11-01"]),
        (date(2028, 2, 28), ["2028-02-28", "2028-02-29", "2028-03-01"]),
    ],
)
def test_a_stay_has_its_dates_as_nights_however_long_its_days_are(
    guest: accounts.Caller, zone: str, arrival: date, nights: list[str]
) -> None:
    with clock.moved_to(local(zone, f"{arrival - timedelta(days=10)}T12:00")):
        room_type = RoomTypeFactory.create(hotel=HotelFactory.create(time_zone=zone))

        booking = booked(guest, room_type, arrival, nights=len(nights))

    sold = RoomNight.objects.filter(sold=1).order_by("night").values_list("night", flat=True)
    assert [night["date"] for night in booking["reservations"][0]["nights"]] == nights
    assert [night.isoformat() for night in sold] == nights
    assert booking["total"] == {"amount": f"{len(nights)}00.00", "currency": "EUR"}


@pytest.mark.parametrize("zone", ZONES)
def test_who_arrives_after_midnight_is_let_in_for_the_night_before(guest: accounts.Caller, zone: str) -> None:
    with clock.moved_to(local(zone, "2026-06-10T23:30")):
        room_type = RoomTypeFactory.create(hotel=HotelFactory.create(time_zone=zone))
        desk = caller_of(MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=room_type.hotel_id).user)
        for day in (10, 11):
            booked(guest, room_type, date(2026, 6, day))
    stays = Reservation.objects.order_by("arrival").values_list("id", flat=True)
    tenth, eleventh = (services.CheckIn(reservation_id=stay) for stay in stays)

    with clock.moved_to(local(zone, "2026-06-11T00:30")):
        codes = [services.check_in(stay, caller=desk, key=fresh_key()).code for stay in (tenth, eleventh)]
    with clock.moved_to(local(zone, "2026-06-11T03:00")):
        codes.append(services.check_in(eleventh, caller=desk, key=fresh_key()).code)

    assert codes == ["checked_in", "too_early", "checked_in"]
