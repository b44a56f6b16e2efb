"""Roles over HTTP, for administrators of the platform and of hotels."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services as accounts
from apps.platform.http.requests import StrictSerializer, parse_body, parse_query, user_id


class NewRoleBody(StrictSerializer):
    """A role, and the hotel that it is for; none for a platform administrator."""

    role = serializers.ChoiceField(choices=[role.value for role in accounts.Role])
    hotel_id = serializers.UUIDField(required=False, allow_null=True, default=None)


class RolesView(APIView):
    """The table of roles."""

    @extend_schema(responses={200: list[accounts.RoleView]})
    def get(self, request: Request) -> Response:
        """Every role with what it allows, and which roles it gives to others."""
        parse_query(StrictSerializer, request)
        return Response({"results": accounts.roles()})


class RolesOfUserView(APIView):
    """The roles of one account."""

    @extend_schema(responses={200: list[accounts.HeldRole]})
    def get(self, request: Request, of_user: UUID) -> Response:
        """All roles for administrators; for a hotel_admin those at the own hotels."""
        parse_query(StrictSerializer, request)
        return Response({"results": accounts.roles_held(access=_access(request), user_id=of_user)})

    @extend_schema(request=NewRoleBody, responses={201: accounts.HeldRole})
    def post(self, request: Request, of_user: UUID) -> Response:
        """Give a role to somebody else."""
        body = parse_body(NewRoleBody, request)
        held = accounts.give_role(
            access=_access(request), user_id=of_user, role=accounts.Role(body["role"]), scope_id=body["hotel_id"]
        )
        return Response(held, status=201, headers={"Location": f"/api/v1/users/{of_user}/roles/{held.id}"})

    def example_body(self, request: Request, **_: Any) -> dict[str, Any]:
        return {"role": accounts.Role.FRONT_DESK, "hotel_id": None}


class RoleOfUserView(APIView):
    """One role of one account."""

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, of_user: UUID, held_id: UUID) -> Response:
        """Take a role away from somebody else."""
        accounts.take_role(access=_access(request), user_id=of_user, held_id=held_id)
        return Response(status=204)


def _access(request: Request) -> accounts.Access:
    return accounts.access_of(user_id(request))
