"""What platform administrators do with accounts in the admin, and nobody else."""

from uuid import UUID

import pytest
from django.test import Client

from apps.accounts import services as accounts
from apps.accounts.models import Membership, Session, User
from apps.accounts.services import Role
from apps.platform.db import uuid7
from tests.factories.accounts import PASSWORD, MembershipFactory, UserFactory
from tests.factories.inventory import HotelFactory

pytestmark = pytest.mark.django_db

USERS = "/admin/accounts/user/"
MEMBERSHIPS = "/admin/accounts/membership/"
SUBMITTED = {"_form_submitted": "on"}


@pytest.fixture
def administrator() -> User:
    return MembershipFactory.create(role=Role.PLATFORM_ADMIN).user


@pytest.fixture
def admin(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


def test_staff_sign_in_to_the_admin_by_address_and_password(client: Client, administrator: User) -> None:
    answer = client.post("/admin/login/", {"username": administrator.email.upper(), "password": PASSWORD})

    assert answer.status_code == 302
    assert client.get(USERS).status_code == 200


def test_an_administrator_sees_accounts_with_their_roles(admin: Client) -> None:
    membership = MembershipFactory.create(scope_id=HotelFactory.create(plan=False).id)

    pages = [
        admin.get(USERS),
        admin.get(USERS, {"q": membership.user.email}),
        admin.get(f"{USERS}{membership.user.id}/change/"),
        admin.get(MEMBERSHIPS),
        admin.get(f"{MEMBERSHIPS}{membership.id}/change/"),
    ]

    assert [page.status_code for page in pages] == [200] * 5
    assert membership.user.email in pages[1].content.decode()
    assert "front_desk" in pages[2].content.decode()
    assert membership.user.password not in pages[2].content.decode()


def test_an_administrator_adds_an_account(admin: Client) -> None:
    dialog = admin.get(f"{USERS}add-account/")
    answer = admin.post(
        f"{USERS}add-account/",
        {**SUBMITTED, "email": "Desk@Example.com", "full_name": "Desk", "password": PASSWORD},
    )

    assert dialog.status_code == 200
    assert answer.headers["HX-Redirect"] == USERS
    assert accounts.sign_in(email="desk@example.com", password=PASSWORD).access


def test_adding_never_changes_an_account_that_is_there(admin: Client) -> None:
    UserFactory.create(email="desk@example.com", full_name="Old")

    answer = admin.post(
        f"{USERS}add-account/",
        {**SUBMITTED, "email": "DESK@example.com", "full_name": "New", "password": "nine-yellow-doors"},
    )

    assert "HX-Redirect" not in answer.headers
    assert "already" in answer.content.decode()
    assert accounts.sign_in(email="desk@example.com", password=PASSWORD).access


def test_an_administrator_gives_and_takes_a_role(admin: Client) -> None:
    user, hotel = UserFactory.create(), HotelFactory.create(plan=False)

    admin.post(f"{USERS}{user.id}/give-role/", {**SUBMITTED, "role": "front_desk", "scope_id": str(hotel.id)})
    given = Membership.objects.get(user=user)
    admin.post(f"{MEMBERSHIPS}{given.id}/take-role/", SUBMITTED)

    assert (given.role, given.scope_id) == ("front_desk", hotel.id)
    assert not Membership.objects.filter(user=user).exists()
    user.refresh_from_db()
    assert not user.is_staff


def test_the_hotel_of_a_role_is_chosen_by_name(admin: Client) -> None:
    user, hotel = UserFactory.create(), HotelFactory.create(plan=False, name="Hotel Miramar", city="Lisbon")

    dialog = admin.get(f"{USERS}{user.id}/give-role/").content.decode()
    admin.post(f"{USERS}{user.id}/give-role/", {**SUBMITTED, "role": "front_desk", "scope_id": str(hotel.id)})
    page = admin.get(f"{USERS}{user.id}/change/").content.decode()

    assert f'<option value="{hotel.id}">Hotel Miramar, Lisbon</option>' in " ".join(dialog.split())
    assert "Hotel Miramar, Lisbon" in page


@pytest.mark.parametrize(("role", "scope"), [("front_desk", ""), ("platform_admin", "any"), ("front_desk", "unknown")])
def test_a_role_that_cannot_be_given_is_refused_in_the_dialog_or_on_the_page(
    admin: Client, role: str, scope: str
) -> None:
    user = UserFactory.create()
    scope_id = {"": "", "any": str(HotelFactory.create(plan=False).id), "unknown": str(uuid7())}[scope]

    answer = admin.post(f"{USERS}{user.id}/give-role/", {**SUBMITTED, "role": role, "scope_id": scope_id}, follow=True)

    assert answer.status_code == 200
    assert not Membership.objects.filter(user=user).exists()


def test_an_administrator_closes_and_opens_an_account(admin: Client) -> None:
    user = UserFactory.create()
    accounts.sign_in(email=user.email, password=PASSWORD)

    admin.post(f"{USERS}{user.id}/close/", SUBMITTED)
    user.refresh_from_db()
    closed = (user.is_active, Session.objects.filter(user=user, revoked_at__isnull=True).exists())
    admin.post(f"{USERS}{user.id}/open/", SUBMITTED)
    user.refresh_from_db()

    assert closed == (False, False)
    assert user.is_active


def test_an_administrator_signs_somebody_out_everywhere(admin: Client) -> None:
    user = UserFactory.create()
    pair = accounts.sign_in(email=user.email, password=PASSWORD)

    admin.post(f"{USERS}{user.id}/sign-out/", SUBMITTED)

    with pytest.raises(accounts.RefreshTokenInvalid):
        accounts.refresh(token=pair.refresh)


def test_nobody_closes_or_demotes_themselves(admin: Client, administrator: User) -> None:
    own_role = Membership.objects.get(user=administrator)

    answers = [
        admin.post(f"{USERS}{administrator.id}/close/", SUBMITTED),
        admin.post(f"{MEMBERSHIPS}{own_role.id}/take-role/", SUBMITTED),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    administrator.refresh_from_db()
    assert (administrator.is_active, administrator.is_superuser) == (True, True)


def test_opening_a_dialog_changes_nothing(admin: Client) -> None:
    user = UserFactory.create()

    answer = admin.get(f"{USERS}{user.id}/close/")

    assert answer.status_code == 200
    user.refresh_from_db()
    assert user.is_active


@pytest.mark.parametrize("page", [f"{USERS}nonsense/close/", f"{MEMBERSHIPS}{UUID(int=0)}/take-role/"])
def test_an_address_that_names_nothing_is_not_found(admin: Client, page: str) -> None:
    assert admin.post(page, SUBMITTED).status_code == 404


def test_staff_of_a_hotel_have_no_part_in_it(client: Client) -> None:
    staff = MembershipFactory.create(role=Role.HOTEL_ADMIN, scope_id=HotelFactory.create(plan=False).id).user
    user = UserFactory.create()
    client.force_login(staff)

    answers = [
        client.get(USERS),
        client.get(f"{USERS}{user.id}/change/"),
        client.get(MEMBERSHIPS),
        client.post(f"{USERS}add-account/", {**SUBMITTED, "email": "x@example.com", "password": PASSWORD}),
        client.post(f"{USERS}{staff.id}/give-role/", {**SUBMITTED, "role": "platform_admin", "scope_id": ""}),
        client.post(f"{USERS}{user.id}/close/", SUBMITTED),
    ]

    assert [answer.status_code for answer in answers] == [403] * 6
    assert not accounts.access_of(staff.id).is_administrator
