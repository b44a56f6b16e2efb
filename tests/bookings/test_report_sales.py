"""What a hotel has sold, against a model that counts every night of every stay by hand."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts import services as accounts
from apps.accounts.services import Role
from apps.bookings import services
from apps.bookings.models import Reservation, ReservationNight
from apps.inventory.models import Hotel, RoomNight, RoomType
from apps.inventory.policies import sandbox_id
from apps.platform import clock
from apps.platform.db import uuid7
from apps.platform.errors import Denied, Invalid, NotFound
from tests.bookings.orders import caller_of, fresh_key, order, today_at
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import HotelFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

YEAR = timedelta(weeks=52)
SOLD = {"confirmed", "checked_in", "checked_out"}


def staff(room_type: RoomType, role: Role = Role.REVENUE_MANAGER) -> accounts.Access:
    """What somebody with this role at the hotel may do."""
    user = MembershipFactory.create(role=role, scope_id=room_type.hotel_id).user
    return accounts.access_of(user.pk)


def report(room_type: RoomType, first: date, last: date) -> services.Report:
    return services.read_report(access=staff(room_type), hotel_id=room_type.hotel_id, first=first, last=last)


def placed(room_type: RoomType, **when: Any) -> Reservation:
    """A stay, confirmed unless told otherwise."""
    command = order(room_type, **{"days_ahead": 0, "nights": 1, "confirm": True} | when)
    outcome = services.place_booking(command, caller=caller_of(UserFactory.create()), key=fresh_key())
    assert not outcome.refused, outcome.body
    return Reservation.objects.get(booking_id=orjson.loads(outcome.body)["id"])


def at(days_ago: float) -> Any:
    """Let it be so many days ago."""
    return clock.moved_to(clock.now() - timedelta(days=days_ago))


# The figures ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def double() -> RoomType:
    """Four doubles at 100.00, on sale for more than a year."""
    with at(400):
        return RoomTypeFactory.create(room_count=4)


def test_occupancy_adr_and_revpar_of_a_night(double: RoomType) -> None:
    today = today_at(double)
    for _ in range(3):
        placed(double)
    RoomNight.objects.filter(room_type=double, night=today).update(out_of_order=1)
    ReservationNight.objects.filter(reservation=placed(double, days_ahead=1)).update(amount_minor=5_000)

    told = report(double, today, today + timedelta(days=1))

    night, next_night = told.nights
    assert (night.figures.rooms_available, night.figures.rooms_sold) == (3, 3)
    assert (night.figures.occupancy_percent, night.figures.revpar.amount if night.figures.revpar else "") == (
        Decimal("100.00"),
        "100.00",
    )
    assert next_night.figures.occupancy_percent == Decimal("25.00")
    assert [money.amount for money in (next_night.figures.adr, next_night.figures.revpar) if money] == [
        "50.00",
        "12.50",
    ]
    # (350.00 for 4 rooms sold of 7 available.)
    assert told.figures.occupancy_percent == Decimal("57.14")
    assert [money.amount for money in (told.figures.adr, told.figures.revpar) if money] == ["87.50", "50.00"]


def test_where_nothing_is_for_sale_there_are_no_figures() -> None:
    hotel = HotelFactory.create()
    access = accounts.access_of(MembershipFactory.create(role=Role.HOTEL_ADMIN, scope_id=hotel.id).user.pk)

    told = services.read_report(access=access, hotel_id=hotel.id)

    assert (told.figures.occupancy_percent, told.figures.adr, told.figures.revpar) == (None, None, None)
    assert told.last_year is None


@pytest.mark.parametrize(
    ("status", "rooms"),
    [("pending", 0), ("confirmed", 1), ("checked_in", 1), ("checked_out", 1), ("canceled", 0), ("no_show", 0)],
)
def test_only_who_comes_or_will_come_counts_as_sold(status: str, rooms: int, double: RoomType) -> None:
    stay = placed(double)
    Reservation.objects.filter(id=stay.id).update(status=status)

    told = report(double, today_at(double), today_at(double))

    assert told.figures.rooms_sold == rooms


def test_nights_that_were_given_back_are_not_sold(double: RoomType) -> None:
    stay = placed(double, nights=3)
    later = ReservationNight.objects.filter(reservation=stay, night__gt=stay.arrival)
    later.update(released_at=clock.now())

    told = report(double, stay.arrival, stay.departure)

    assert [night.figures.rooms_sold for night in told.nights] == [1, 0, 0, 0]


def test_old_months_stay_as_they_were_when_their_nights_are_archived(double: RoomType) -> None:
    with at(60):
        stay = placed(double, nights=3)
    Reservation.objects.filter(id=stay.id).update(status="checked_out")
    before = report(double, stay.arrival - timedelta(days=2), stay.departure)

    services.archive_nights(before=today_at(double))

    assert not RoomNight.objects.filter(room_type=double, night=stay.arrival).exists()
    assert report(double, before.first, before.last).nights == before.nights
    assert before.figures.rooms_available == 4 * 6


def test_a_room_type_that_was_archived_meanwhile_was_for_sale_before(double: RoomType) -> None:
    today = today_at(double)
    RoomType.objects.filter(id=double.id).update(archived_at=clock.now() - timedelta(days=3))

    told = report(double, today - timedelta(days=5), today)

    assert [night.figures.rooms_available for night in told.nights][0::5] == [4, 0]


def test_the_year_before_is_that_of_the_same_days_of_the_week(double: RoomType) -> None:
    today = today_at(double)
    with at(370):
        placed(double, days_ahead=(today - YEAR - today_at(double)).days, nights=2)

    told = report(double, today, today + timedelta(days=2))

    assert [night.last_year and night.last_year.rooms_sold for night in told.nights] == [1, 1, 0]
    assert told.last_year is not None
    assert told.last_year.rooms_sold == 2


def test_what_an_exclusive_tax_comes_to_is_no_revenue(double: RoomType) -> None:
    stay = placed(double)
    Reservation.objects.filter(id=stay.id).update(total_minor=99_999)

    assert report(double, stay.arrival, stay.arrival).figures.revenue.amount == "100.00"


# Pick-up --------------------------------------------------------------------------------------------------------------


def test_pick_up_counts_what_came_and_what_went(double: RoomType) -> None:
    night = today_at(double) + timedelta(days=20)

    def booked(days_ago: float) -> Reservation:
        with at(days_ago):
            return placed(double, days_ahead=(night - today_at(double)).days, nights=1)

    booked(40)
    given_up = booked(39)
    booked(6)
    booked(0.5)
    with at(2):
        services.cancel_reservation(
            services.CancelReservation(reservation_id=given_up.id),
            caller=accounts.caller_for(given_up.booking.account_id or UUID(int=0)),
            key=fresh_key(),
        )

    told = report(double, night, night)

    assert [(one.days, one.booked, one.given_back, one.net) for one in told.nights[0].pick_up] == [
        (1, 1, 0, 1),
        (7, 2, 1, 1),
        (30, 2, 1, 1),
    ]
    assert told.pick_up == told.nights[0].pick_up


def test_a_hold_that_nobody_confirmed_is_no_pick_up_and_nights_that_are_over_have_none(double: RoomType) -> None:
    with at(2):
        placed(double, nights=2)
    placed(double, days_ahead=1, confirm=False)
    today = today_at(double)

    told = report(double, today - timedelta(days=1), today + timedelta(days=1))

    assert [[one.net for one in night.pick_up] for night in told.nights] == [[], [0, 0, 0], [0, 0, 0]]


# A model of it all ----------------------------------------------------------------------------------------------------


class Model:
    """All nights of all stays, one by one."""

    def __init__(self, hotel_id: UUID) -> None:
        self.nights = list(
            ReservationNight.objects.filter(reservation__hotel_id=hotel_id).select_related("reservation__booking")
        )
        self.rooms: dict[date, int] = {}
        for night in RoomNight.objects.filter(room_type__hotel_id=hotel_id):
            self.rooms[night.night] = self.rooms.get(night.night, 0) + night.physical - night.out_of_order

    def figures(self, days: list[date]) -> dict[str, Any]:
        sold = [night for night in self.nights if night.night in days and self._is_sold(night)]
        revenue = sum(night.amount_minor for night in sold)
        rooms = sum(self.rooms.get(day, 0) for day in days)
        return {
            "rooms_available": rooms,
            "rooms_sold": len(sold),
            "revenue": _money(revenue),
            "adr": _money(Decimal(revenue) / len(sold)) if sold else None,
            "revpar": _money(Decimal(revenue) / rooms) if rooms else None,
        }

    def on_the_books(self, day: date, instant: datetime) -> int:
        """How many rooms of a night were sold at that time."""
        return sum(1 for night in self.nights if night.night == day and self._was_sold(night, instant))

    @staticmethod
    def _is_sold(night: ReservationNight) -> bool:
        return night.released_at is None and night.reservation.status in SOLD

    @staticmethod
    def _was_sold(night: ReservationNight, instant: datetime) -> bool:
        stay = night.reservation
        gone = night.released_at or (stay.no_show_at if stay.status == "no_show" else None)
        is_there = stay.confirmed_at is not None and stay.booking.created_at <= instant
        return is_there and (gone is None or gone > instant)


def _money(minor: Decimal | int) -> str:
    return str((Decimal(minor) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP))


def lived(double: RoomType, suite: RoomType, chance: random.Random) -> None:
    """A year and more of bookings, each with a fate of its own."""
    for _ in range(70):
        days_ago = chance.choice([chance.uniform(0, 35), chance.uniform(300, 390)])
        with at(days_ago):
            room_type = chance.choice([double, double, suite])
            command = order(
                room_type,
                days_ahead=chance.randrange(20),
                nights=chance.randint(1, 6),
                confirm=chance.random() < 0.9,
            )
            outcome = services.place_booking(command, caller=caller_of(UserFactory.create()), key=fresh_key())
        if not outcome.refused:
            _fate(Reservation.objects.get(booking_id=orjson.loads(outcome.body)["id"]), days_ago, chance)


def _fate(stay: Reservation, days_ago: float, chance: random.Random) -> None:
    later = clock.now() - timedelta(days=chance.uniform(0, days_ago))
    nights = ReservationNight.objects.filter(reservation=stay)
    fate = chance.choice(["stays", "stays", "canceled", "no_show", "leaves early"])
    if stay.status == "pending" or fate == "canceled":
        nights.update(released_at=later)
        Reservation.objects.filter(id=stay.id).update(status="expired" if stay.status == "pending" else "canceled")
    elif fate == "no_show":
        nights.filter(night__gt=stay.arrival).update(released_at=later)
        Reservation.objects.filter(id=stay.id).update(status="no_show", no_show_at=later)
    elif fate == "leaves early":
        nights.filter(night__gt=stay.arrival).update(released_at=later)
        Reservation.objects.filter(id=stay.id).update(status="checked_out")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_report_agrees_with_a_model_that_counts_by_hand(seed: int) -> None:
    chance = random.Random(seed)
    with at(400):
        double = RoomTypeFactory.create(room_count=6, base_rate_minor=10_001)
        suite = RoomTypeFactory.create(hotel=double.hotel, room_count=3, base_rate_minor=33_333)
    lived(double, suite, chance)
    today = today_at(double)
    first = today - timedelta(days=chance.randrange(10, 25))
    model = Model(double.hotel_id)

    told = report(double, first, today + timedelta(days=25))

    days = [night.date for night in told.nights]
    now = clock.now()
    assert _plain(told.figures) == model.figures(days)
    assert _plain(told.last_year) == model.figures([day - YEAR for day in days])
    for night in told.nights:
        assert _plain(night.figures) == model.figures([night.date])
        ahead = {one.days: one.net for one in night.pick_up}
        for back, net in ahead.items():
            before = model.on_the_books(night.date, now - timedelta(days=back))
            assert net == model.on_the_books(night.date, now) - before
    assert told.figures.rooms_sold > 0
    assert told.last_year is not None
    assert told.last_year.rooms_sold > 0
    assert any(one.given_back for one in told.pick_up)


def _plain(figures: services.Figures | None) -> dict[str, Any]:
    assert figures is not None
    money = {name: getattr(figures, name) for name in ("revenue", "adr", "revpar")}
    return {
        "rooms_available": figures.rooms_available,
        "rooms_sold": figures.rooms_sold,
        **{name: value and value.amount for name, value in money.items()},
    }


def test_a_whole_year_beside_the_year_before_is_counted_once(double: RoomType) -> None:
    today = today_at(double)
    placed(double)
    first = today - timedelta(days=365)
    with at(365):
        placed(double, nights=1)

    told = report(double, first, today)

    assert (len(told.nights), told.figures.rooms_sold) == (366, 2)


# Statements, bounds and walls -----------------------------------------------------------------------------------------


def test_a_report_takes_four_statements(double: RoomType) -> None:
    for days_ahead in range(5):
        placed(double, days_ahead=days_ahead)
    access, today = staff(double), today_at(double)

    with CaptureQueriesContext(connection) as caught:
        services.read_report(
            access=access, hotel_id=double.hotel_id, first=today - timedelta(days=100), last=today + timedelta(days=100)
        )

    assert len(caught) == 4


def test_without_dates_it_is_the_month_that_runs_at_the_hotel(double: RoomType) -> None:
    today = today_at(double)

    told = services.read_report(access=staff(double), hotel_id=double.hotel_id)

    assert told.first == today.replace(day=1)
    assert (told.last + timedelta(days=1)).day == 1
    assert told.first <= today <= told.last


def test_a_sandbox_goes_by_its_own_clock() -> None:
    hotel = HotelFactory.create(id=sandbox_id(uuid7()), is_sandbox=True)
    double = RoomTypeFactory.create(hotel=hotel)
    before = report(double, today_at(double), today_at(double))

    Hotel.objects.filter(id=hotel.id).update(clock_ahead=timedelta(days=3))

    assert report(double, before.first, before.last).business_date == before.business_date + timedelta(days=3)


@pytest.mark.parametrize(("first", "days"), [(date(2026, 7, 10), -1), (date(2026, 1, 1), 366), (date(1, 1, 1), 3)])
def test_dates_in_the_wrong_order_or_too_many_are_refused(first: date, days: int, double: RoomType) -> None:
    with pytest.raises(Invalid):
        report(double, first, first + timedelta(days=days))


def test_strangers_find_no_hotel_and_housekeeping_no_figures(double: RoomType) -> None:
    stranger = staff(RoomTypeFactory.create())

    with pytest.raises(NotFound):
        services.read_report(access=stranger, hotel_id=double.hotel_id)
    with pytest.raises(Denied):
        services.read_report(access=staff(double, Role.HOUSEKEEPING), hotel_id=double.hotel_id)


def test_the_api_tells_the_same(double: RoomType, api: Any) -> None:
    today = today_at(double)
    placed(double)
    api.force_authenticate(MembershipFactory.create(role=Role.FRONT_DESK, scope_id=double.hotel_id).user)
    address = f"/api/v1/hotels/{double.hotel_id}/reports"

    told = api.get(f"{address}?{urlencode({'from': today, 'to': today})}")
    refused: Iterator[int] = (
        api.get(f"{address}?{query}").status_code
        for query in (
            "from=2026-07-10&to=2026-07-01",
            "from=soon",
            "since=2026-01-01",
            "from=9999-12-31",
            "to=0001-01-01",
        )
    )

    body = told.json()
    assert told.status_code == 200
    assert body["figures"] == {
        "rooms_available": 4,
        "rooms_sold": 1,
        "occupancy_percent": "25.00",
        "revenue": {"amount": "100.00", "currency": "EUR"},
        "adr": {"amount": "100.00", "currency": "EUR"},
        "revpar": {"amount": "25.00", "currency": "EUR"},
    }
    assert body["nights"][0]["pick_up"][0] == {"days": 1, "booked": 1, "given_back": 0, "net": 1}
    assert list(refused) == [400, 400, 400, 200, 400]
