"""What a booker is told of a booking: from the committed event to the mail that arrived."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time
from uuid import UUID

import orjson
import pytest

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.bookings import services as bookings
from apps.inventory.models import RoomType
from apps.notifications.models import Delivery
from apps.platform import clock, outbox, principals
from apps.platform.models import OutboxMessage
from tests.bookings.orders import caller_of, fresh_key, order
from tests.factories.accounts import UserFactory
from tests.factories.inventory import HotelFactory, RoomTypeFactory
from tests.notifications.mailbox import Mailbox, html_of, text_of

pytestmark = pytest.mark.django_db(transaction=True)

# In Kiritimati (UTC+14) it is 2 July already, 05:30: a date taken in UTC would be a day early.
_NOW = datetime(2026, 7, 1, 15, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _first_of_july() -> Iterator[None]:
    with clock.moved_to(_NOW):
        yield


@pytest.fixture
def double() -> RoomType:
    hotel = HotelFactory.create(
        name="Lagoon & Palms",
        time_zone="Pacific/Kiritimati",
        currency="KWD",
        check_in_time=time(16),
        check_out_time=time(10, 30),
    )
    return RoomTypeFactory.create(hotel=hotel, name="Lagoon Double", base_rate_minor=45_500)


@pytest.fixture
def guest() -> User:
    return UserFactory.create()


def _book(*room_types: RoomType, guest: User, confirm: bool = False) -> bookings.BookingView:
    command = order(*room_types, days_ahead=2, nights=2, confirm=confirm)
    outcome = bookings.place_booking(command, caller=caller_of(guest), key=fresh_key())
    assert outcome.code == "booked"
    return bookings.get_booking(UUID(orjson.loads(outcome.body)["id"]))


def _deliver(topic: str, *, times: int = 1) -> None:
    """Let every handler of the events of `topic` run, and then those of the mails that they queued."""
    for wanted in (topic, "delivery.queued"):
        for message in OutboxMessage.objects.filter(topic=wanted):
            for handler in outbox.handlers_of(wanted):
                for _ in range(times):
                    outbox.deliver(message.id, handler.name)


@contextmanager
def _after_the_hold() -> Iterator[None]:
    with clock.moved_to(_NOW.replace(hour=23)):
        yield


def test_a_confirmed_booking_is_one_mail_to_the_booker(double: RoomType, guest: User, mailbox: Mailbox) -> None:
    booking = _book(double, double, guest=guest, confirm=True)

    _deliver("booking.confirmed", times=2)

    mail = mailbox.only()
    delivery = Delivery.objects.get()
    assert mail["To"] == "ada@guests.example"
    assert mail["Message-ID"] == f"<{delivery.id}@stay.example>"
    assert mail["Subject"] == f"Confirmed: Lagoon & Palms, Saturday, 4 July 2026 ({booking.confirmation_number})"
    assert (delivery.state, delivery.account_id) == ("sent", guest.id)


def test_the_confirmation_says_everything_in_the_calendar_of_the_hotel(
    double: RoomType, guest: User, mailbox: Mailbox
) -> None:
    booking = _book(double, double, guest=guest, confirm=True)

    _deliver("booking.confirmed")

    text = text_of(mailbox.only())
    assert booking.confirmation_number in text
    assert "Arrival:   Saturday, 4 July 2026, check-in from 16:00" in text
    assert "Departure: Monday, 6 July 2026, check-out until 10:30" in text
    assert text.count("Lagoon Double, Flexible rate: 91.000 KWD") == 2
    assert "Sat 4 Jul 2026: 45.500 KWD" in text
    assert "Sun 5 Jul 2026: 45.500 KWD" in text
    assert "Total: 182.000 KWD" in text
    assert "Free of charge until Saturday, 4 July 2026, 16:00." in text
    assert "182.000 KWD from Saturday, 4 July 2026, 16:00." in text
    assert "Pacific/Kiritimati" in text


def test_the_html_part_says_the_same_and_loads_nothing(double: RoomType, guest: User, mailbox: Mailbox) -> None:
    booking = _book(double, guest=guest, confirm=True)

    _deliver("booking.confirmed")

    html = html_of(mailbox.only())
    for said in (booking.confirmation_number, "Saturday, 4 July 2026", "16:00", "91.000 KWD", "Lagoon &amp; Palms"):
        assert said in html
    assert "http" not in html
    assert "src=" not in html


def test_a_booking_that_is_only_held_is_no_mail(double: RoomType, guest: User) -> None:
    _book(double, guest=guest)

    _deliver("booking.placed")

    assert not Delivery.objects.exists()


def test_a_canceled_booking_is_a_mail_that_names_its_rooms_and_the_moment(
    double: RoomType, guest: User, mailbox: Mailbox
) -> None:
    booking = _book(double, guest=guest)
    command = bookings.CancelBooking(booking_id=booking.id)
    bookings.cancel_booking(command, caller=caller_of(guest), key=fresh_key())

    _deliver("booking.canceled", times=2)

    mail = mailbox.only()
    assert mail["Subject"].startswith("Canceled: Lagoon & Palms, Saturday, 4 July 2026")
    assert "your booking was canceled on Thursday, 2 July 2026, 05:30" in text_of(mail)
    assert "- Lagoon Double for Ada Lovelace" in text_of(mail)


def test_a_confirmation_that_waits_still_when_the_booking_is_canceled_is_not_sent(
    double: RoomType, guest: User, mailbox: Mailbox
) -> None:
    booking = _book(double, guest=guest, confirm=True)
    confirmed = OutboxMessage.objects.get(topic="booking.confirmed")
    outbox.deliver(confirmed.id, "notifications.mail_confirmation")
    command = bookings.CancelBooking(booking_id=booking.id)
    bookings.cancel_booking(command, caller=caller_of(guest), key=fresh_key())

    _deliver("booking.canceled")

    assert mailbox.only()["Subject"].startswith("Canceled:")
    assert Delivery.objects.get(template="booking_confirmed").state == "suppressed"


def test_a_confirmation_that_is_handled_after_the_cancellation_is_not_written(
    double: RoomType, guest: User, mailbox: Mailbox
) -> None:
    booking = _book(double, guest=guest, confirm=True)
    command = bookings.CancelBooking(booking_id=booking.id)
    bookings.cancel_booking(command, caller=caller_of(guest), key=fresh_key())

    _deliver("booking.canceled")
    _deliver("booking.confirmed")

    assert mailbox.only()["Subject"].startswith("Canceled:")
    assert Delivery.objects.count() == 1


def test_a_hold_that_ran_out_is_a_mail_that_says_nothing_is_booked(
    double: RoomType, guest: User, mailbox: Mailbox
) -> None:
    _book(double, guest=guest)
    with _after_the_hold():
        bookings.expire_overdue_holds()
        _deliver("booking.expired", times=2)

    mail = mailbox.only()
    assert mail["Subject"].startswith("Not booked: your hold at Lagoon & Palms has run out")
    assert "Nothing is booked and nothing is owed." in text_of(mail)


def test_mails_wait_in_the_queue_that_comes_first() -> None:
    handlers = [
        handler
        for topic in ("booking.confirmed", "booking.canceled", "booking.expired", "delivery.queued")
        for handler in outbox.handlers_of(topic)
        if handler.name.startswith("notifications.")
    ]

    assert len(handlers) == 4
    assert {handler.queue for handler in handlers} == {"critical"}


def _book_without_account(double: RoomType) -> bookings.BookingView:
    nobody = accounts.Caller(principal=principals.guest("ada@guests.example"))
    outcome = bookings.place_booking(order(double, days_ahead=2, confirm=True), caller=nobody, key=fresh_key())
    return bookings.get_booking(UUID(orjson.loads(outcome.body)["id"]))


def test_without_an_account_the_mail_leads_to_the_booking_and_no_row_has_the_link(
    double: RoomType, mailbox: Mailbox
) -> None:
    booking = _book_without_account(double)

    _deliver("booking.confirmed")

    link = f"/stay/{booking.confirmation_number}/{bookings.manage_secret(booking.id)}/"
    mail = mailbox.only()
    assert link in text_of(mail)
    assert f'{link}"' in html_of(mail)
    assert "gst_" not in str(Delivery.objects.values())


def test_the_mail_to_an_account_has_no_link_that_opens_without_it(
    double: RoomType, guest: User, mailbox: Mailbox
) -> None:
    _book(double, guest=guest, confirm=True)

    _deliver("booking.confirmed")

    assert "/stay/" not in text_of(mailbox.only())


def test_a_link_that_was_made_invalid_is_followed_by_a_new_one(double: RoomType, mailbox: Mailbox) -> None:
    booking = _book_without_account(double)
    caller = accounts.caller_for(
        None, credential=bookings.claims_of_secret(bookings.manage_secret(booking.id), booking_id=booking.id)
    )

    bookings.renew_manage_link(bookings.RenewManageLink(booking_id=booking.id), caller=caller, key=fresh_key())
    _deliver("booking.manage_link_renewed", times=2)

    mail = mailbox.only()
    assert bookings.manage_secret(booking.id, version=2) in text_of(mail)
    assert bookings.manage_secret(booking.id) not in text_of(mail)
