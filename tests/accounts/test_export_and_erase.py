"""Having told what is kept of oneself, and having it forgotten: across all apps, and nothing that accounting needs."""

from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.accounts.models import Session, User
from apps.accounts.services import Role
from apps.bookings import services as bookings
from apps.bookings.models import Booking
from apps.notifications import services as notifications
from apps.notifications.models import Delivery
from apps.platform import clock, privacy
from apps.platform.db import uuid7
from apps.platform.errors import NotFound
from apps.platform.models import AuditEntry, IdempotencyRecord, OutboxMessage
from apps.platform.tasks import erase_old
from apps.reviews.models import Review
from tests.admin.desk import reviewed
from tests.bookings.orders import caller_of, fresh_key, order
from tests.factories.accounts import PASSWORD, MembershipFactory, UserFactory
from tests.factories.inventory import RoomTypeFactory

pytestmark = pytest.mark.django_db

NAME, EMAIL, PHONE, WISH = "Canary Birdsong", "canary@birds.example", "+351912345678", "a room without feathers"


@pytest.fixture
def guest() -> User:
    user: User = UserFactory.create(full_name=NAME, email=EMAIL)
    return user


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def booked(user: User, **fields: Any) -> Booking:
    """A confirmed booking that arrives today, with all that a guest tells of themselves, and a mail about it."""
    when: dict[str, Any] = {"days_ahead": 0, "nights": 1, "confirm": True} | fields
    command = order(RoomTypeFactory.create(), **when, special_requests=WISH)
    booker = bookings.Booker(full_name=NAME, email=EMAIL, phone=PHONE)
    command = bookings.PlaceBooking(**{**command.__dict__, "booker": booker, "metadata": {"loyalty": EMAIL}})
    outcome = bookings.place_booking(command, caller=caller_of(user), key=fresh_key())
    booking_id = UUID(orjson.loads(outcome.body)["id"])
    with transaction.atomic():
        notifications.mail_confirmation(event_id=uuid7(), booking_id=booking_id)
    return Booking.objects.get(id=booking_id)


def stayed(user: User) -> Booking:
    """A stay that is over, and reviewed."""
    booking = booked(user)
    desk = caller_of(MembershipFactory.create(role=Role.FRONT_DESK, scope_id=booking.hotel_id).user)
    stay = booking.reservations.get().id
    bookings.check_in(bookings.CheckIn(reservation_id=stay), caller=desk, key=fresh_key())
    bookings.check_out(bookings.CheckOut(reservation_id=stay), caller=desk, key=fresh_key())
    reviewed(booking)
    return booking


def everything() -> str:
    """Every text that the database holds, but the catalogues."""
    tables = [
        name
        for name in connection.introspection.table_names()
        if name.split("_")[0] in {"accounts", "bookings", "notifications", "reviews", "platform"}
    ]
    found = ""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT coalesce(string_agg(to_jsonb(t)::text, ' '), '') FROM {table} AS t")
            found += cursor.fetchone()[0]
        cursor.execute(
            "SELECT coalesce(string_agg(convert_from(body, 'UTF8'), ' '), '') FROM platform_idempotencyrecord"
        )
        found += cursor.fetchone()[0]
    return str(found)


def test_an_export_tells_all_that_the_apps_keep(guest: User) -> None:
    """Statement 40 of docs/security.md: export works."""
    booking = stayed(guest)
    booked(UserFactory.create())

    answer = client_of(guest).get("/api/v1/me/export")

    told = answer.json()
    assert "attachment" in answer.headers["Content-Disposition"]
    assert (told["account"]["email"], told["account"]["full_name"]) == (EMAIL, NAME)
    assert [one["confirmation_number"] for one in told["bookings"]] == [booking.confirmation_number]
    assert told["bookings"][0]["special_requests"] == WISH
    assert [mail["recipient"] for mail in told["mails"]] == [EMAIL]
    assert [review["guest_name"] for review in told["reviews"]] == [NAME]


def test_the_command_exports_the_same(guest: User) -> None:
    stayed(guest)
    out = StringIO()

    call_command("export_account", EMAIL, stdout=out)

    by_command, by_api = orjson.loads(out.getvalue()), client_of(guest).get("/api/v1/me/export").json()
    assert by_command["bookings"] == by_api["bookings"]
    assert by_command.keys() == by_api.keys()


def test_erasing_leaves_the_accounts_of_the_hotel_and_no_trace_of_who_it_was(guest: User) -> None:
    """Statement 40 of docs/security.md: erasure works and keeps accounting rows pseudonymous."""
    booking = stayed(guest)
    nights = list(booking.reservations.get().nights.values_list("night", "amount_minor"))
    accounts.sign_in(email=EMAIL, password=PASSWORD)
    known = everything()

    answer = client_of(guest).delete("/api/v1/me", {"password": PASSWORD})

    assert answer.status_code == 204
    for trace in (NAME, EMAIL, PHONE, WISH, "Canary"):
        assert trace in known
        assert trace not in everything()
    erased = Booking.objects.get(id=booking.id)
    kept = ("id", "confirmation_number", "principal", "account_id", "currency", "total_minor", "created_at")
    assert [getattr(erased, name) for name in kept] == [getattr(booking, name) for name in kept]
    assert list(erased.reservations.get().nights.values_list("night", "amount_minor")) == nights
    assert erased.revision > booking.revision
    assert (Review.objects.get().guest_name, Review.objects.get().rating) == ("Guest", 4)


def test_nobody_signs_in_or_goes_on_with_an_erased_account(guest: User) -> None:
    pair = accounts.sign_in(email=EMAIL, password=PASSWORD)

    accounts.erase_account(user_id=guest.id, actor="system:test")

    with pytest.raises(accounts.InvalidCredentials):
        accounts.sign_in(email=EMAIL, password=PASSWORD)
    with pytest.raises(accounts.RefreshTokenInvalid):
        accounts.refresh(token=pair.refresh)
    with pytest.raises(accounts.TokenRefused):
        accounts.read_access_token(pair.access)
    with pytest.raises(NotFound):
        accounts.reactivate(user_id=guest.id)
    with pytest.raises(NotFound):
        accounts.export_account(guest.id)
    assert not Session.objects.filter(user=guest, revoked_at__isnull=True).exists()


def test_the_address_is_free_for_another_account_which_sees_nothing_of_the_old_one(guest: User) -> None:
    stayed(guest)
    accounts.erase_account(user_id=guest.id, actor="system:test")

    accounts.sign_up(email=EMAIL, password=PASSWORD, full_name="Another")

    told = client_of(User.objects.get(email=EMAIL)).get("/api/v1/me/export").json()
    assert (told["bookings"], told["mails"], told["reviews"]) == ([], [], [])


@pytest.mark.parametrize("confirm", [True, False])
def test_while_a_stay_lies_ahead_nothing_is_erased(confirm: bool, guest: User) -> None:
    over, ahead = stayed(guest), booked(guest, days_ahead=10, confirm=confirm)

    answer = client_of(guest).delete("/api/v1/me", {"password": PASSWORD})

    assert (answer.status_code, answer.json()["code"]) == (409, "stays_ahead")
    assert answer.json()["bookings"] == [ahead.confirmation_number]
    assert Booking.objects.get(id=over.id).booker_name == NAME
    assert User.objects.get(id=guest.id).full_name == NAME


def test_a_wrong_password_erases_nothing(guest: User) -> None:
    client = client_of(guest)

    answers = [client.delete("/api/v1/me", {"password": "seven-wrong-parrots"}), client.delete("/api/v1/me", {})]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert User.objects.get(id=guest.id).email == EMAIL


def test_staff_are_not_erased_while_they_have_a_role() -> None:
    staff = MembershipFactory.create(role=Role.PLATFORM_ADMIN).user

    answer = client_of(staff).delete("/api/v1/me", {"password": PASSWORD})

    assert (answer.status_code, answer.json()["code"]) == (409, "account_has_roles")
    assert User.objects.get(id=staff.id).is_active


def test_a_mail_that_waits_does_not_go_out_any_more(guest: User) -> None:
    stayed(guest)

    accounts.erase_account(user_id=guest.id, actor="system:test")

    (delivery,) = Delivery.objects.all()
    assert (delivery.state, delivery.context, delivery.account_id) == ("suppressed", {}, None)


def test_an_event_that_comes_late_makes_no_mail_to_nobody(guest: User) -> None:
    booking = stayed(guest)
    accounts.erase_account(user_id=guest.id, actor="system:test")

    with transaction.atomic():
        notifications.mail_confirmation(event_id=uuid7(), booking_id=booking.id)

    assert Delivery.objects.count() == 1


def test_what_others_have_booked_stays_as_it_is(guest: User) -> None:
    stayed(guest)
    other = booked(UserFactory.create())

    accounts.erase_account(user_id=guest.id, actor="system:test")

    assert Booking.objects.get(id=other.id).booker_name == NAME
    assert Delivery.objects.filter(recipient=EMAIL).count() == 1
    assert b"Canary" in b"".join(bytes(row.body) for row in IdempotencyRecord.objects.all())


def test_administrators_and_commands_erase_and_the_audit_log_tells(guest: User) -> None:
    administrator = MembershipFactory.create(role=Role.PLATFORM_ADMIN).user
    other, browser = UserFactory.create(), Client()
    browser.force_login(administrator)

    browser.post(f"/admin/accounts/user/{guest.id}/erase/", {"_form_submitted": "on"})
    call_command("erase_account", other.email, verbosity=0)
    accounts.erase_account(user_id=guest.id, actor="system:again")

    assert User.objects.filter(erased_at__isnull=False).count() == 2
    told = AuditEntry.objects.filter(operation="accounts.erase").order_by("id").values_list("actor", "object_id")
    assert list(told) == [(f"user:{administrator.id}", str(guest.id)), ("system:erase_account", str(other.id))]
    with pytest.raises(CommandError, match="no account"):
        call_command("erase_account", EMAIL)


def test_guests_of_long_ago_are_forgotten_by_the_job_and_others_are_not(settings: Settings, guest: User) -> None:
    settings.GUEST_DATA_YEARS = 3
    with clock.moved_to(clock.now() - timedelta(days=3 * 366 + 30)):
        old = stayed(guest)
    with clock.moved_to(clock.now() - timedelta(days=3 * 365 - 30)):
        recent = stayed(guest)

    erase_old()
    erase_old()

    assert Booking.objects.get(id=old.id).booker_name == "Erased guest"
    assert Booking.objects.get(id=old.id).total_minor == old.total_minor
    assert Booking.objects.get(id=recent.id).booker_name == NAME
    assert sorted(Review.objects.values_list("guest_name", flat=True)) == sorted([NAME, "Guest"])
    assert Delivery.objects.filter(recipient=EMAIL).count() == 1
    assert User.objects.get(id=guest.id).full_name == NAME


def test_the_job_may_be_switched_off(settings: Settings, guest: User) -> None:
    settings.GUEST_DATA_YEARS = 0
    with clock.moved_to(clock.now() - timedelta(days=4_000)):
        old = stayed(guest)

    erase_old()

    assert Booking.objects.get(id=old.id).booker_name == NAME


def test_events_carry_no_personal_data(guest: User) -> None:
    stayed(guest)

    told = " ".join(str(payload) for payload in OutboxMessage.objects.values_list("payload", flat=True))

    assert "booking.confirmed" in told
    assert "Canary" not in told
    assert EMAIL not in told


def test_every_app_that_keeps_something_of_people_answers_for_it() -> None:
    names = set(privacy.export_of(UserFactory.create().id))

    assert names == {"account", "bookings", "mails", "reviews"}


@pytest.mark.django_db(transaction=True)
def test_erasing_outside_a_transaction_is_refused(guest: User) -> None:
    with pytest.raises(RuntimeError, match="one transaction"):
        privacy.erase(guest.id)
