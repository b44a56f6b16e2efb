"""Forward authentication: a reverse proxy asks here, for each request to another service, who it is that asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services as accounts
from apps.accounts.api.authentication import BearerAuthentication
from apps.accounts.api.key_authentication import ApiKeyAuthentication
from apps.platform.errors import Denied, Invalid
from apps.platform.http.requests import StrictSerializer, parse_query, user_id

_ROLE_HEADER, _HOTEL_HEADER = "X-Require-Role", "X-Require-Hotel"


class RequirementQuery(StrictSerializer):
    """What the caller must be: a role anywhere, a role at a hotel, or anything at a hotel."""

    role = serializers.ChoiceField(choices=[role.value for role in accounts.Role], required=False)
    hotel = serializers.UUIDField(required=False)


@dataclass(frozen=True, kw_only=True)
class _Requirement:
    role: str | None
    hotel: UUID | None


_HEADERS = [
    OpenApiParameter(
        name=name, type=str, location=OpenApiParameter.HEADER, required=False, description=f"The same as `{query}`."
    )
    for name, query in ((_ROLE_HEADER, "role"), (_HOTEL_HEADER, "hotel"))
]


class VerifyView(APIView):
    """Who a token or key stands for, in headers that a proxy hands on."""

    # Neither cookies nor queries: what another service trusts is what its client has sent on purpose.
    authentication_classes = (ApiKeyAuthentication, BearerAuthentication)
    # A proxy asks for all its clients; each of them is limited where its own request goes.
    throttle_classes = ()

    @extend_schema(parameters=[RequirementQuery, *_HEADERS], responses={204: None})
    def get(self, request: Request) -> Response:
        """204 with `X-Principal`, `X-User-Id` and `X-User-Roles` (or `X-Key-Id` and `X-Key-Verbs`), 401, or 403."""
        requirements = _requirements(request)
        caller = accounts.caller_for(user_id(request), credential=request.auth)
        try:
            identity = accounts.identity_of(caller)
        except accounts.TokenRefused:
            raise AuthenticationFailed("The account is closed.", "token_invalid") from None
        for required in requirements:
            if not identity.meets(role=required.role, scope_id=required.hotel):
                raise Denied("This needs a role that the caller does not have.")
        return Response(status=204, headers=_headers_of(identity) | {"Cache-Control": "no-store"})


def _requirements(request: Request) -> Sequence[_Requirement]:
    """That of the query and that of the headers: both must hold, so that a client's own can only make it harder.

    :raises Invalid: if one of them is not a role or an id.
    """
    query = parse_query(RequirementQuery, request)
    required = [_Requirement(role=query.get("role"), hotel=query.get("hotel"))]
    given = {
        name: value
        for name, value in (
            ("role", request.headers.get(_ROLE_HEADER)),
            ("hotel", request.headers.get(_HOTEL_HEADER)),
        )
        if value
    }
    if given:
        parsed = RequirementQuery(data=given)
        if not parsed.is_valid():
            raise Invalid(f"{_ROLE_HEADER} names a role, {_HOTEL_HEADER} the id of a hotel.")
        required.append(_Requirement(role=parsed.validated_data.get("role"), hotel=parsed.validated_data.get("hotel")))
    return required


def _headers_of(identity: accounts.Identity) -> dict[str, str]:
    """Empty headers too: a proxy that sets its own from these thereby removes what a client made up."""
    return {
        "X-Principal": identity.principal,
        "X-User-Id": "" if identity.user_id is None else str(identity.user_id),
        "X-User-Roles": ",".join(identity.roles),
        "X-Key-Id": "" if identity.key_id is None else str(identity.key_id),
        "X-Key-Verbs": ",".join(identity.verbs),
        "X-Hotel-Ids": ",".join(map(str, identity.scope_ids)),
    }
