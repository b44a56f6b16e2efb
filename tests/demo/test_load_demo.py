"""Loading the demo and bringing it up to today."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.bookings.models import Booking, Reservation
from apps.inventory import services as inventory
from apps.inventory.models import Charge, Hotel, RatePlan, Room, RoomNight, Season
from apps.inventory.types import PartyRoom
from apps.platform import clock
from apps.platform.models import OutboxMessage
from apps.reviews.models import Review
from config.local.demo_loading import HotelToday, load_demo

pytestmark = pytest.mark.django_db

# Noon in Lisbon, evening in Kyoto: the same date in all three hotels.
_NOON = datetime(2026, 6, 10, 11, tzinfo=UTC)


def _load(instant: datetime) -> dict[str, HotelToday]:
    with clock.moved_to(instant):
        return {state.hotel: state for state in load_demo(password="a password that is shown")}


def _counts() -> dict[str, int]:
    tables = (Hotel, Room, RatePlan, Season, Charge, Booking, Reservation, Review, User)
    return {table.__name__: table._default_manager.count() for table in tables}


def _counters() -> list[tuple[Any, ...]]:
    taken = RoomNight.objects.exclude(sold=0, held=0)
    return list(taken.order_by("room_type_id", "night").values_list("room_type_id", "night", "sold", "held"))


def test_each_hotel_has_a_day_worth_looking_at() -> None:
    states = _load(_NOON)

    assert set(states) == {"Hotel Miramar", "Ryokan Hanami", "Dar Al Salam"}
    for state in states.values():
        assert state.arrivals >= 3
        assert state.departures >= 2
        assert state.in_house >= 5
        assert state.sold_out_on is not None
        assert state.rating is not None
    assert len({state.rating for state in states.values()}) == 3


def test_one_hotel_has_a_season_ahead_taxes_and_a_plan_that_derives() -> None:
    _load(_NOON)
    _load(_NOON + timedelta(days=400))

    hotel = Hotel.objects.get(name="Ryokan Hanami")
    assert [season.name for season in hotel.seasons.order_by("first")] == ["Cherry blossom 2027", "Cherry blossom 2028"]
    assert sorted(charge.code for charge in hotel.charges.all()) == ["CT", "STAY"]
    night = date(2028, 4, 7)  # a Friday among the blossoms
    with clock.moved_to(_NOON + timedelta(days=400)):
        offers = inventory.offers_of(
            hotel_id=hotel.id,
            arrival=night,
            departure=night + timedelta(days=1),
            party=(PartyRoom(adults=2),),
        ).results
    found = {offer.rate_plan.code: offer for offer in offers if offer.room_type.code == "TAT"}
    assert {code: offer.nights[0].amount.amount for code, offer in found.items()} == {
        "SAVE": "38000",
        "FLEX": "43000",
        "BB": "50000",
    }
    flexible = found["FLEX"]
    assert [(tax.code, tax.amount.amount, tax.included) for tax in flexible.taxes] == [
        ("CT", "3909", True),
        ("STAY", "1000", False),
    ]
    assert (flexible.due_now.amount, found["SAVE"].due_now.amount) == ("0", "38000")


def test_what_the_readme_books_in_lisbon_takes_one_call() -> None:
    _load(_NOON)

    hotel = Hotel.objects.get(city="Lisbon")
    with clock.moved_to(_NOON):
        arrival = date(2026, 7, 20)
        cheapest = inventory.offers_of(
            hotel_id=hotel.id, arrival=arrival, departure=date(2026, 7, 22), party=(PartyRoom(adults=2),)
        ).results[0]
    assert (cheapest.total.amount, cheapest.due_now.amount) == ("258.00", "0.00")


def test_loading_twice_doubles_nothing() -> None:
    _load(_NOON)
    before, nights = _counts(), _counters()

    states = _load(_NOON + timedelta(minutes=5))

    assert _counts() == before
    assert _counters() == nights
    assert all(state.arrivals >= 3 for state in states.values())


@pytest.mark.parametrize("days", [1, 5, 40])
def test_later_it_is_a_day_like_that_again(days: int) -> None:
    first = _load(_NOON)

    later = _load(_NOON + timedelta(days=days))

    for name, state in later.items():
        assert state.business_date == first[name].business_date + timedelta(days=days)
        assert state.arrivals >= 3
        assert state.departures >= 2
        assert state.sold_out_on is not None
        assert state.sold_out_on > state.business_date
    overdue = Reservation.objects.filter(status="checked_in", departure__lt=_NOON.date() + timedelta(days=days))
    assert not overdue.exists()


def test_a_stay_of_somebody_else_is_left_alone() -> None:
    _load(_NOON)
    guest = User.objects.get(email="guest@demo.example")
    Booking.objects.filter(booker_email=guest.email).update(source="")
    untouched = set(Reservation.objects.filter(booking__source="").values_list("id", "status"))

    _load(_NOON + timedelta(days=20))

    assert untouched == set(Reservation.objects.filter(booking__source="").values_list("id", "status"))


def test_the_shown_accounts_may_do_what_the_banner_says() -> None:
    _load(_NOON)

    miramar = Hotel.objects.get(name="Hotel Miramar").id
    people = {user.email.split("@")[0]: accounts.access_of(user.id) for user in User.objects.all()}
    assert people["admin"].is_administrator
    assert people["frontdesk"].scopes(accounts.Permission.MANAGE_BOOKINGS) == frozenset({miramar})
    assert people["guest"].scopes(accounts.Permission.VIEW_BOOKINGS) == frozenset()
    assert User.objects.get(email="guest@demo.example").check_password("a password that is shown")
    assert not User.objects.get(email="ines.carvalho@demo.example").has_usable_password()


def test_mails_tell_only_of_what_the_shown_guest_looks_forward_to() -> None:
    _load(_NOON)

    told = OutboxMessage.objects.filter(done_at__isnull=True, topic="booking.confirmed")
    upcoming = Booking.objects.filter(id__in=told.values("aggregate_id"))
    assert set(upcoming.values_list("booker_email", flat=True)) == {"guest@demo.example"}
    assert len(upcoming) == 3
    assert not Reservation.objects.filter(booking__in=upcoming, arrival__lte=_NOON.date()).exists()


def test_outside_development_it_is_refused(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "a password that is shown")
    settings.DEBUG = False

    with pytest.raises(CommandError, match="DEBUG"):
        call_command("load_demo")

    assert not Hotel.objects.exists()


def test_without_a_password_the_command_says_how_to_choose_one(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    settings.DEBUG = True

    with pytest.raises(CommandError, match="DEMO_PASSWORD="):
        call_command("load_demo")


def test_the_command_says_what_there_is_today(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "a password that is shown")
    settings.DEBUG = True
    said = StringIO()

    call_command("load_demo", stdout=said)

    assert [line.split(" (")[0] for line in said.getvalue().splitlines()] == [
        "Hotel Miramar",
        "Ryokan Hanami",
        "Dar Al Salam",
    ]
