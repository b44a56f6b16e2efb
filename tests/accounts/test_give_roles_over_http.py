"""Roles over HTTP: who gives and takes which, and that nobody raises their own."""

from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.accounts.models import Membership, User
from apps.accounts.services import Permission, Role
from apps.platform.db import uuid7
from apps.platform.models import AuditEntry
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import HotelFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> UUID:
    return UUID(str(HotelFactory.create(plan=False).id))


@pytest.fixture
def elsewhere() -> UUID:
    return UUID(str(HotelFactory.create(plan=False).id))


def signed_in(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def who_has(role: Role, hotel: UUID | None = None) -> User:
    user: User = MembershipFactory.create(role=role, scope_id=hotel).user
    return user


def give(client: APIClient, user: User, role: str, hotel: UUID | None = None, **more: Any) -> int:
    body = {"role": role, "hotel_id": str(hotel) if hotel else None}
    return int(client.post(f"/api/v1/users/{user.id}/roles", body, **more).status_code)


def test_an_administrator_gives_lists_and_takes_a_role(here: UUID) -> None:
    """Statement 40 of docs/security.md: each change of a role leaves a row."""
    user, administrator = UserFactory.create(), who_has(Role.PLATFORM_ADMIN)
    client, address = signed_in(administrator), f"/api/v1/users/{user.id}/roles"
    earlier = AuditEntry.objects.count()

    given = client.post(
        address, {"role": "front_desk", "hotel_id": str(here)}, headers={"X-Reason": "new%20at%20the%20desk"}
    )
    held = client.get(address).json()["results"]
    taken = client.delete(given.headers["Location"])

    assert (given.status_code, taken.status_code) == (201, 204)
    assert [(role["role"], role["hotel_id"]) for role in held] == [("front_desk", str(here))]
    assert not Membership.objects.filter(user=user).exists()
    entries = AuditEntry.objects.order_by("id")[earlier:]
    told = [(entry.operation, entry.actor, entry.scope_id, entry.object_id, entry.reason) for entry in entries]
    assert told == [
        ("accounts.grant_role", f"user:{administrator.id}", here, str(user.id), "new at the desk"),
        ("accounts.revoke_role", f"user:{administrator.id}", here, str(user.id), ""),
    ]
    assert (entries[0].after, entries[1].before) == ({"role": "front_desk"}, {"role": "front_desk"})


@pytest.mark.parametrize("role", ["revenue_manager", "front_desk", "housekeeping"])
def test_a_hotel_admin_gives_the_roles_below_their_own_at_their_hotel(role: str, here: UUID) -> None:
    user = UserFactory.create()

    status = give(signed_in(who_has(Role.HOTEL_ADMIN, here)), user, role, here)

    assert status == 201
    assert accounts.access_of(user.id).allows(Permission.VIEW_HOTEL, here)


def test_staff_cannot_raise_their_own_rights(here: UUID, elsewhere: UUID) -> None:
    """Statement 23 of docs/security.md."""
    for role in (Role.HOTEL_ADMIN, Role.REVENUE_MANAGER, Role.FRONT_DESK, Role.HOUSEKEEPING):
        staff = who_has(role, here)
        client, accomplice = signed_in(staff), UserFactory.create()

        answers = [
            give(client, staff, "platform_admin"),
            give(client, staff, "hotel_admin", here),
            give(client, staff, "front_desk", here),
            give(client, staff, "front_desk", elsewhere),
            give(client, accomplice, "platform_admin"),
            give(client, accomplice, "hotel_admin", here),
            give(client, accomplice, "front_desk", elsewhere),
        ]

        assert set(answers) <= {403, 404}, role
        assert [(held.role, held.scope_id) for held in Membership.objects.filter(user=staff)] == [(role, here)]
        assert not Membership.objects.filter(user=accomplice).exists()


def test_an_administrator_does_not_change_their_own_roles_either() -> None:
    administrator = who_has(Role.PLATFORM_ADMIN)
    held = Membership.objects.get(user=administrator)

    answer = signed_in(administrator).delete(f"/api/v1/users/{administrator.id}/roles/{held.id}")

    assert answer.status_code == 403
    assert Membership.objects.filter(id=held.id).exists()


def test_a_hotel_admin_knows_and_takes_nothing_of_another_hotel(here: UUID, elsewhere: UUID) -> None:
    user = who_has(Role.FRONT_DESK, elsewhere)
    accounts.grant_role(user_id=user.id, role=Role.HOUSEKEEPING, scope_id=here)
    other = Membership.objects.get(user=user, scope_id=elsewhere)
    client = signed_in(who_has(Role.HOTEL_ADMIN, here))

    seen = client.get(f"/api/v1/users/{user.id}/roles").json()["results"]
    taken = client.delete(f"/api/v1/users/{user.id}/roles/{other.id}")

    assert [role["hotel_id"] for role in seen] == [str(here)]
    assert taken.status_code == 404
    assert Membership.objects.filter(id=other.id).exists()


def test_guests_and_other_staff_ask_in_vain(here: UUID) -> None:
    user = who_has(Role.HOUSEKEEPING, here)
    held = Membership.objects.get(user=user)

    for client in (signed_in(UserFactory.create()), signed_in(who_has(Role.FRONT_DESK, here))):
        answers = [
            client.get(f"/api/v1/users/{user.id}/roles").status_code,
            client.delete(f"/api/v1/users/{user.id}/roles/{held.id}").status_code,
            give(client, user, "front_desk", here),
        ]
        assert answers == [403, 403, 403]


def test_what_does_not_exist_is_not_found() -> None:
    client = signed_in(who_has(Role.PLATFORM_ADMIN))

    answers = [
        client.get(f"/api/v1/users/{uuid7()}/roles").status_code,
        client.post(f"/api/v1/users/{uuid7()}/roles", {"role": "platform_admin"}).status_code,
        client.delete(f"/api/v1/users/{uuid7()}/roles/{uuid7()}").status_code,
    ]

    assert answers == [404, 404, 404]


def test_a_role_and_a_hotel_that_do_not_go_together_are_refused() -> None:
    client, user = signed_in(who_has(Role.PLATFORM_ADMIN)), UserFactory.create()

    answers = [give(client, user, "front_desk"), give(client, user, "front_desk", uuid7()), give(client, user, "king")]

    assert answers == [400, 400, 400]


def test_the_table_of_roles_can_be_read() -> None:
    table = signed_in(UserFactory.create()).get("/api/v1/roles").json()["results"]

    assert {row["role"] for row in table} == set(Role)
    assert next(row for row in table if row["role"] == "housekeeping")["permissions"] == [
        "view_hotel",
        "keep_rooms",
    ]
    assert [row["role"] for row in table if row["gives"]] == ["platform_admin", "hotel_admin"]
