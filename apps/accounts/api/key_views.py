"""API keys over HTTP, for those who manage the hotels that a key is for."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import selectors
from apps.accounts import services as accounts
from apps.platform import clock
from apps.platform.errors import Denied, NotFound
from apps.platform.http.fields import OneLineField
from apps.platform.http.pagination import ListPagination
from apps.platform.http.requests import StrictSerializer, parse_body, parse_query, user_id


class NewKeyBody(StrictSerializer):
    """A key for a partner or a kiosk."""

    name = OneLineField(max_length=100)
    hotel_ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=100)
    verbs = serializers.ListField(
        child=serializers.ChoiceField(choices=[verb.value for verb in accounts.Verb]), min_length=1, max_length=5
    )
    requests_per_minute = serializers.IntegerField(min_value=1, max_value=6_000, required=False, default=600)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class RotationBody(StrictSerializer):
    """How long the secret before the new one still works."""

    overlap_hours = serializers.IntegerField(min_value=0, max_value=168, required=False, default=24)


class ApiKeysView(APIView):
    """The keys of the hotels that one manages."""

    @extend_schema(responses={200: list[accounts.ApiKeyView]})
    def get(self, request: Request) -> Response:
        """The keys all of whose hotels you manage, newest first, revoked ones too. No secret is ever shown again."""
        parse_query(StrictSerializer, request)
        pagination = ListPagination()
        rows = selectors.api_keys_managed_by(_rights(request))
        page = pagination.paginate_queryset(rows, request, view=self) or []
        return pagination.get_paginated_response([selectors.api_key_view(row) for row in page])

    @extend_schema(request=NewKeyBody, responses={201: accounts.IssuedApiKey})
    def post(self, request: Request) -> Response:
        """Make a key. Its `secret` is in this answer and nowhere else: keep it."""
        body = parse_body(NewKeyBody, request)
        issued = accounts.issue_key(access=_rights(request), issuer_id=_account(request), **body)
        headers = {"Location": f"/api/v1/api-keys/{issued.key.id}", "Cache-Control": "no-store"}
        return Response(issued, status=201, headers=headers)

    def example_body(self, request: Request) -> dict[str, Any]:
        """A kiosk in the lobby of a hotel that one manages, for a year."""
        managed = _rights(request).scopes(accounts.Permission.MANAGE_HOTEL) or ()
        return {
            "name": "Kiosk in the lobby",
            "hotel_ids": list(managed)[:1],
            "verbs": ["front_desk"],
            "requests_per_minute": 60,
            "expires_at": clock.system_now().replace(microsecond=0) + timedelta(days=365),
        }


class ApiKeyDetailView(APIView):
    """One key."""

    @extend_schema(responses={200: accounts.ApiKeyView})
    def get(self, request: Request, key_id: UUID) -> Response:
        """The key, without its secrets."""
        parse_query(StrictSerializer, request)
        row = selectors.api_keys_managed_by(_rights(request)).filter(id=key_id).first()
        if row is None:
            raise NotFound("There is no such key.")
        return Response(selectors.api_key_view(row))

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, key_id: UUID) -> Response:
        """Revoke the key, with all its secrets, at once and for good."""
        accounts.revoke_key(access=_rights(request), key_id=key_id)
        return Response(status=204)


class ApiKeyRotationView(APIView):
    """A new secret for a key."""

    @extend_schema(request=RotationBody, responses={200: accounts.IssuedApiKey})
    def post(self, request: Request, key_id: UUID) -> Response:
        """Give the key a new `secret`. The one before it works for `overlap_hours` more, so that no request fails."""
        body = parse_body(RotationBody, request)
        issued = accounts.rotate_key(access=_rights(request), key_id=key_id, **body)
        return Response(issued, headers={"Cache-Control": "no-store"})


def _rights(request: Request) -> accounts.Access:
    return accounts.rights_of(accounts.caller_for(user_id(request), credential=request.auth))


def _account(request: Request) -> UUID:
    """Who asks, as a person.

    :raises Denied: for a key: keys make no keys.
    """
    if isinstance(request.auth, accounts.KeyClaims):
        raise Denied("An API key makes no keys.")
    return user_id(request)
