"""The table of roles and permissions, as it was agreed."""

from uuid import uuid4

import pytest

from apps.accounts import policies
from apps.accounts.types import Permission, Role

AGREED = {
    Role.HOTEL_ADMIN: "view_bookings manage_bookings manage_inventory manage_rates override view_hotel manage_hotel"
    " manage_staff view_audit_log keep_rooms",
    Role.REVENUE_MANAGER: "view_bookings manage_inventory manage_rates override view_hotel",
    Role.FRONT_DESK: "view_bookings manage_bookings view_hotel keep_rooms",
    Role.HOUSEKEEPING: "view_hotel keep_rooms",
}


@pytest.mark.parametrize("role", AGREED)
def test_a_hotel_role_allows_what_was_agreed_in_its_hotel_only(role: Role) -> None:
    here, elsewhere = uuid4(), uuid4()

    access = policies.access_from([(role, here)])

    assert {permission.value for permission in Permission if access.allows(permission, here)} == set(
        AGREED[role].split()
    )
    assert not any(access.allows(permission, elsewhere) for permission in Permission)
    assert not access.is_administrator


def test_only_the_platform_administrator_makes_hotels_and_moderates_reviews() -> None:
    for permission in (Permission.CREATE_HOTEL, Permission.MODERATE_REVIEWS):
        assert [role for role in Role if permission in policies.PERMISSIONS[role]] == [Role.PLATFORM_ADMIN]


def test_every_role_stands_in_the_table() -> None:
    assert set(policies.PERMISSIONS) == set(Role)


def test_roles_in_several_hotels_do_not_mix() -> None:
    desk, rates = uuid4(), uuid4()

    access = policies.access_from([(Role.FRONT_DESK, desk), (Role.REVENUE_MANAGER, rates)])

    assert access.scopes(Permission.VIEW_BOOKINGS) == frozenset({desk, rates})
    assert access.scopes(Permission.MANAGE_BOOKINGS) == frozenset({desk})
    assert access.scopes(Permission.MANAGE_RATES) == frozenset({rates})
    assert access.scopes(Permission.MANAGE_HOTEL) == frozenset()


def test_a_role_goes_with_a_hotel_and_the_administrators_with_none() -> None:
    fits = {(role, scope): policies.fits_scope(role, uuid4() if scope else None) for role in Role for scope in (0, 1)}

    assert fits == {(role, scope): (role is Role.PLATFORM_ADMIN) != bool(scope) for role in Role for scope in (0, 1)}


@pytest.mark.parametrize("given", ["ana@example.com", " Ana@Example.COM\n", "ANA@EXAMPLE.COM"])
def test_an_address_is_one_in_any_spelling(given: str) -> None:
    assert policies.address(given) == "ana@example.com"


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Ana Sousa", True),
        ("山田\u3000太郎", True),
        ("D'Arc-Ñ", True),
        ("a\tb", False),
        ("a\nb", False),
        ("a\0b", False),
    ],
)
def test_a_name_is_one_line_without_control_characters(name: str, plain: bool) -> None:
    assert policies.is_plain_name(name) is plain
