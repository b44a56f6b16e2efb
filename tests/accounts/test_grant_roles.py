"""Giving and taking roles, and what they allow."""

from typing import Any

import pytest
from django.core.management import call_command

from apps.accounts import services as accounts
from apps.accounts.models import Membership, User
from apps.accounts.services import Permission, Role
from apps.platform.db import uuid7
from apps.platform.errors import Invalid, NotFound
from apps.platform.models import AuditEntry
from tests.factories.accounts import UserFactory
from tests.factories.inventory import HotelFactory

pytestmark = pytest.mark.django_db


def test_a_role_allows_its_things_in_its_hotel_and_opens_the_admin() -> None:
    user, hotel, elsewhere = UserFactory.create(), HotelFactory.create(plan=False), HotelFactory.create(plan=False)

    for _ in range(2):
        accounts.grant_role(user_id=user.id, role=Role.FRONT_DESK, scope_id=hotel.id)

    access = accounts.access_of(user.id)
    assert access.allows(Permission.MANAGE_BOOKINGS, hotel.id)
    assert not access.allows(Permission.MANAGE_BOOKINGS, elsewhere.id)
    assert not access.allows(Permission.MANAGE_RATES, hotel.id)
    assert access.scopes(Permission.MANAGE_BOOKINGS) == frozenset({hotel.id})
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser) == (True, False)


def test_a_platform_administrator_may_do_everything_everywhere() -> None:
    user = UserFactory.create()

    accounts.grant_role(user_id=user.id, role=Role.PLATFORM_ADMIN)

    access = accounts.access_of(user.id)
    assert access.is_administrator
    assert access.scopes(Permission.CREATE_HOTEL) is None
    assert all(access.allows(permission, uuid7()) for permission in Permission)
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser) == (True, True)


def test_the_way_into_the_admin_closes_with_the_last_role() -> None:
    user, hotel = UserFactory.create(), HotelFactory.create(plan=False)
    accounts.grant_role(user_id=user.id, role=Role.FRONT_DESK, scope_id=hotel.id)
    accounts.grant_role(user_id=user.id, role=Role.PLATFORM_ADMIN)

    flags = []
    for role, scope_id in ((Role.PLATFORM_ADMIN, None), (Role.FRONT_DESK, hotel.id), (Role.FRONT_DESK, hotel.id)):
        accounts.revoke_role(user_id=user.id, role=role, scope_id=scope_id)
        user.refresh_from_db()
        flags.append((user.is_staff, user.is_superuser))

    assert flags == [(True, False), (False, False), (False, False)]
    assert accounts.access_of(user.id).permissions == frozenset()


@pytest.mark.parametrize("roles", [0, 1, 3])
def test_access_is_read_in_one_statement(django_assert_num_queries: Any, roles: int) -> None:
    user = UserFactory.create()
    hotels = HotelFactory.create_batch(roles, plan=False)
    for hotel in hotels:
        accounts.grant_role(user_id=user.id, role=Role.HOTEL_ADMIN, scope_id=hotel.id)

    with django_assert_num_queries(1):
        access = accounts.access_of(user.id)

    assert access.scopes(Permission.MANAGE_HOTEL) == frozenset(hotel.id for hotel in hotels)


def test_nobody_an_unknown_and_a_closed_account_have_no_access() -> None:
    user = UserFactory.create()
    accounts.grant_role(user_id=user.id, role=Role.PLATFORM_ADMIN)
    accounts.deactivate(user_id=user.id)

    for who in (None, uuid7(), user.id):
        access = accounts.access_of(who)
        assert (access.is_administrator, access.permissions) == (False, frozenset())


@pytest.mark.parametrize(("role", "with_hotel"), [(Role.PLATFORM_ADMIN, True), (Role.FRONT_DESK, False)])
def test_a_role_that_does_not_go_with_the_scope_is_refused(role: Role, with_hotel: bool) -> None:
    user = UserFactory.create()
    scope_id = HotelFactory.create(plan=False).id if with_hotel else None

    with pytest.raises(Invalid, match="administrator has no hotel"):
        accounts.grant_role(user_id=user.id, role=role, scope_id=scope_id)

    assert not Membership.objects.exists()


def test_a_role_in_a_hotel_that_does_not_exist_is_refused() -> None:
    user = UserFactory.create()

    with pytest.raises(Invalid, match="no such hotel"):
        accounts.grant_role(user_id=user.id, role=Role.FRONT_DESK, scope_id=uuid7())

    user.refresh_from_db()
    assert not user.is_staff


def test_a_role_for_nobody_is_refused() -> None:
    with pytest.raises(NotFound):
        accounts.grant_role(user_id=uuid7(), role=Role.PLATFORM_ADMIN)


def test_createsuperuser_makes_a_platform_administrator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "seven-green-parrots")

    call_command("createsuperuser", email="Root@Example.com", interactive=False, verbosity=0)

    user = User.objects.get(email="root@example.com")
    assert [membership.role for membership in user.memberships.all()] == [Role.PLATFORM_ADMIN]
    assert accounts.access_of(user.id).is_administrator
    entry = AuditEntry.objects.get(object_id=user.id)
    assert (entry.operation, entry.actor) == ("accounts.grant_role", "system:createsuperuser")


def test_a_caller_is_known_by_the_id_alone(django_assert_num_queries: Any) -> None:
    user_id = uuid7()

    with django_assert_num_queries(0):
        caller = accounts.caller_for(user_id)

    assert caller == accounts.Caller(principal=f"user:{user_id}", user_id=user_id)
    with pytest.raises(ValueError, match="nobody"):
        accounts.caller_for(None)
