"""The second factor of staff: setting it up, showing it, losing it, and where it is required."""

import html
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pyotp
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from apps.accounts import services as accounts
from apps.accounts.models import Membership, RecoveryCode, SecondFactor, User
from apps.accounts.services import Role
from apps.inventory import services as inventory
from apps.platform import clock
from apps.platform.models import AuditEntry
from tests.factories.accounts import PASSWORD, MembershipFactory, UserFactory
from tests.factories.inventory import HotelFactory

pytestmark = pytest.mark.django_db

PAGE = "/admin/second-factor/"
ADMIN = "/admin/"


@pytest.fixture
def staff() -> User:
    user: User = MembershipFactory.create(role=Role.FRONT_DESK, scope_id=HotelFactory.create(plan=False).id).user
    return user


def hotel_of(user: User) -> UUID:
    scope_id = Membership.objects.get(user=user).scope_id
    assert scope_id
    return scope_id


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def code_of(secret: str, instant: datetime | None = None) -> str:
    return pyotp.TOTP(secret).at(int((instant or clock.now()).timestamp()))


def enrolled(user: User) -> tuple[str, tuple[str, ...]]:
    """The secret of the app and the recovery codes of somebody who has set it up some minutes ago."""
    secret = accounts.begin_second_factor(user.id).secret
    earlier = clock.now() - timedelta(minutes=5)
    with clock.moved_to(earlier):
        _, codes = accounts.confirm_second_factor(user.id, code=code_of(secret, earlier))
    return secret, codes


def require_it(hotel_id: UUID, *, required: bool = True) -> None:
    everywhere = accounts.Access(principal="user:boss", is_administrator=True, permissions=frozenset())
    changes = inventory.HotelChanges(staff_need_second_factor=required)
    inventory.update_hotel(access=everywhere, hotel_id=hotel_id, changes=changes)


def test_a_person_sets_it_up_with_an_app_and_is_asked_for_it_at_the_next_sign_in(staff: User) -> None:
    client = browser(staff)

    page = client.get(PAGE)
    done = client.post(PAGE, {"code": code_of(page.context["secret"].replace(" ", ""))})
    after = client.get(ADMIN)
    elsewhere = browser(staff).get(ADMIN)

    assert "<svg" in page.content.decode()
    assert "otpauth://totp/" in html.unescape(page.content.decode())
    assert len(done.context["codes"]) == 10
    assert after.status_code == 200
    assert elsewhere.headers["Location"] == f"{PAGE}?next=%2Fadmin%2F"


def test_with_a_password_alone_no_page_of_the_admin_opens(staff: User) -> None:
    enrolled(staff)
    client = browser(staff)
    addresses = [ADMIN, "/admin/bookings/booking/", "/admin/inventory/hotel/calendar/", "/admin/password_change/"]

    answers = [client.get(address) for address in addresses]
    sent = client.post("/admin/bookings/booking/do/cancel/", {})

    assert {answer.status_code for answer in (*answers, sent)} == {302}
    assert all(answer.headers["Location"].startswith(PAGE) for answer in (*answers, sent))


def test_the_right_code_opens_the_page_that_one_came_for(staff: User) -> None:
    secret, _ = enrolled(staff)
    client = browser(staff)

    wrong = client.post(PAGE, {"code": "000000", "next": "/admin/bookings/booking/"})
    right = client.post(PAGE, {"code": code_of(secret), "next": "/admin/bookings/booking/"})
    page = client.get("/admin/bookings/booking/")

    assert "not accepted" in wrong.content.decode()
    assert right.headers["Location"] == "/admin/bookings/booking/"
    assert page.status_code == 200


def test_nobody_is_led_to_another_site(staff: User) -> None:
    secret, _ = enrolled(staff)

    answer = browser(staff).post(PAGE, {"code": code_of(secret), "next": "https://elsewhere.example/"})

    assert answer.headers["Location"] == ADMIN


def test_a_code_works_once_and_none_before_it(staff: User) -> None:
    secret, _ = enrolled(staff)
    code, earlier = code_of(secret), code_of(secret, clock.now() - timedelta(seconds=30))
    accounts.check_second_factor(staff.id, code=code)

    for used in (code, earlier):
        with pytest.raises(accounts.WrongCode):
            accounts.check_second_factor(staff.id, code=used)


@pytest.mark.parametrize(("seconds", "accepted"), [(-30, True), (30, True), (-90, False), (90, False)])
def test_the_clock_of_a_phone_may_be_wrong_by_half_a_minute(seconds: int, accepted: bool, staff: User) -> None:
    secret, _ = enrolled(staff)
    code = code_of(secret, clock.now() + timedelta(seconds=seconds))

    if accepted:
        assert accounts.check_second_factor(staff.id, code=code) == SecondFactor.objects.get(user=staff).id
    else:
        with pytest.raises(accounts.WrongCode):
            accounts.check_second_factor(staff.id, code=code)


def test_a_recovery_code_works_once_and_only_its_hash_is_stored(staff: User) -> None:
    _, codes = enrolled(staff)

    accounts.check_second_factor(staff.id, code=codes[0].upper())

    with pytest.raises(accounts.WrongCode):
        accounts.check_second_factor(staff.id, code=codes[0])
    assert accounts.second_factor_of(staff.id).codes_left == 9
    stored = "".join(RecoveryCode.objects.values_list("digest", flat=True))
    assert not any(code.replace("-", "").upper() in stored.upper() for code in codes)


def test_the_secret_is_stored_sealed(staff: User) -> None:
    secret, _ = enrolled(staff)

    assert secret not in SecondFactor.objects.get(user=staff).sealed_secret


def test_after_five_wrong_codes_the_right_one_is_not_accepted_either(staff: User) -> None:
    """Statement 13 of docs/security.md, for the second factor: from wherever the tries come."""
    secret, codes = enrolled(staff)
    client = browser(staff)
    for number in range(5):
        client.post(PAGE, {"code": f"00000{number}"}, REMOTE_ADDR=f"192.0.2.{number}")

    page = client.post(PAGE, {"code": code_of(secret)})

    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) > 0
    for right in (code_of(secret), codes[0]):
        with pytest.raises(accounts.TooManyTries):
            accounts.check_second_factor(staff.id, code=right)
    later = clock.now() + timedelta(minutes=16)
    with clock.moved_to(later):
        assert (
            accounts.check_second_factor(staff.id, code=code_of(secret, later))
            == SecondFactor.objects.get(user=staff).id
        )


def test_a_hotel_requires_it_of_its_staff_and_of_nobody_elses(staff: User) -> None:
    other = MembershipFactory.create(role=Role.FRONT_DESK, scope_id=HotelFactory.create(plan=False).id).user

    require_it(hotel_of(staff))

    assert browser(staff).get(ADMIN).headers["Location"].startswith(PAGE)
    assert "needs a second factor" in browser(staff).get(PAGE).content.decode()
    assert browser(other).get(ADMIN).status_code == 200
    entry = AuditEntry.objects.latest("id")
    assert (entry.operation, entry.after) == ("accounts.require_second_factor", {"needs_second_factor": True})


def test_a_hotel_no_longer_requires_it(staff: User) -> None:
    require_it(hotel_of(staff))

    require_it(hotel_of(staff), required=False)

    assert browser(staff).get(ADMIN).status_code == 200


def test_the_platform_requires_it_of_administrators(settings: Settings, staff: User) -> None:
    administrator = MembershipFactory.create(role=Role.PLATFORM_ADMIN).user
    free = browser(administrator).get(ADMIN).status_code

    settings.ADMINISTRATORS_NEED_SECOND_FACTOR = True

    assert free == 200
    assert browser(administrator).get(ADMIN).headers["Location"].startswith(PAGE)
    assert browser(staff).get(ADMIN).status_code == 200


def test_where_it_is_required_nobody_removes_their_own(staff: User) -> None:
    secret, _ = enrolled(staff)
    require_it(hotel_of(staff))

    with pytest.raises(accounts.SecondFactorRequired):
        accounts.remove_second_factor(staff.id, code=code_of(secret))

    assert SecondFactor.objects.filter(user=staff).exists()


def test_who_has_shown_it_gets_new_recovery_codes_and_removes_it_each_for_another_code(staff: User) -> None:
    secret, codes = enrolled(staff)
    client, now = browser(staff), clock.now()
    client.post(PAGE, {"code": code_of(secret)})

    without = client.post(PAGE, {"code": "", "do": "remove"})
    with clock.moved_to(now + timedelta(seconds=60)):
        renewed = client.post(PAGE, {"code": code_of(secret, now + timedelta(seconds=60)), "do": "codes"})
    with clock.moved_to(now + timedelta(seconds=120)):
        removed = client.post(PAGE, {"code": code_of(secret, now + timedelta(seconds=120)), "do": "remove"})

    assert "not accepted" in without.content.decode()
    assert set(renewed.context["codes"]).isdisjoint(codes)
    assert removed.status_code == 302
    assert not SecondFactor.objects.filter(user=staff).exists()
    assert client.get(ADMIN).status_code == 200


def test_another_factor_is_asked_for_in_sessions_that_have_shown_the_old_one(staff: User) -> None:
    secret, _ = enrolled(staff)
    client = browser(staff)
    client.post(PAGE, {"code": code_of(secret)})
    accounts.reset_second_factor(user_id=staff.id, actor="user:boss")

    enrolled(staff)

    assert client.get(ADMIN).headers["Location"].startswith(PAGE)


def test_an_administrator_and_a_command_help_who_has_lost_the_phone(staff: User) -> None:
    administrator = MembershipFactory.create(role=Role.PLATFORM_ADMIN).user
    enrolled(staff)

    browser(administrator).post(f"/admin/accounts/user/{staff.id}/reset-second-factor/", {"_form_submitted": "on"})
    by_hand = SecondFactor.objects.filter(user=staff).exists()
    enrolled(staff)
    call_command("reset_second_factor", staff.email, verbosity=0)

    assert not by_hand
    assert not SecondFactor.objects.filter(user=staff).exists()
    actors = AuditEntry.objects.filter(operation="accounts.reset_second_factor").order_by("id")
    assert [entry.actor for entry in actors] == [f"user:{administrator.id}", "system:reset_second_factor"]
    with pytest.raises(CommandError, match="no account"):
        call_command("reset_second_factor", "nobody@example.com")


def test_staff_do_not_reset_the_factor_of_others_nor_administrators_their_own(staff: User) -> None:
    administrator = MembershipFactory.create(role=Role.PLATFORM_ADMIN).user
    for user in (staff, administrator):
        enrolled(user)
    colleague = MembershipFactory.create(role=Role.HOTEL_ADMIN, scope_id=hotel_of(staff)).user

    by_colleague = browser(colleague).post(f"/admin/accounts/user/{staff.id}/reset-second-factor/")
    own = browser(administrator).post(f"/admin/accounts/user/{administrator.id}/reset-second-factor/")

    assert by_colleague.status_code == 403
    assert own.headers["Location"].startswith(PAGE)
    assert SecondFactor.objects.count() == 2


def test_guests_and_the_anonymous_have_no_such_page() -> None:
    guest = browser(UserFactory.create())

    answers = [Client().get(PAGE), guest.get(PAGE), guest.post(PAGE, {"code": "1"})]

    assert [answer.headers["Location"].split("?")[0] for answer in answers] == ["/admin/login/"] * 3
    assert not SecondFactor.objects.exists()


def test_the_gate_costs_one_statement(staff: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        accounts.second_factor_of(staff.id)


def test_signing_in_and_out_goes_on_without_it(staff: User) -> None:
    enrolled(staff)
    client = Client()

    signed_in = client.post("/admin/login/", {"username": staff.email, "password": PASSWORD})
    asked = client.get(ADMIN)
    signed_out = client.post("/admin/logout/")

    assert signed_in.status_code == 302
    assert asked.headers["Location"].startswith(PAGE)
    assert not signed_out.headers["Location"].startswith(PAGE)


def test_a_hotels_page_in_the_admin_sets_the_rule(staff: User) -> None:
    hotel_id = hotel_of(staff)
    client = browser(MembershipFactory.create(role=Role.HOTEL_ADMIN, scope_id=hotel_id).user)
    address = f"/admin/inventory/hotel/{hotel_id}/change/"
    form = client.get(address).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    data = {name: value for name, value in values.items() if value not in (None, False)}

    client.post(address, data | {"amenities": "", "staff_need_second_factor": "on"})

    assert accounts.second_factor_is_required(hotel_id)
    assert client.get(ADMIN).headers["Location"].startswith(PAGE)
