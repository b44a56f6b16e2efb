"""Signing in and oneself, over HTTP."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import selectors
from apps.accounts import services as accounts
from apps.accounts.api.serializers import Credentials, ErasureBody, ProfileChange, RefreshBody, SignUpBody
from apps.platform import clock
from apps.platform.http.addresses import client_address
from apps.platform.http.pagination import ListPagination
from apps.platform.http.requests import StrictSerializer, parse_body, parse_query

_WRONG = OpenApiResponse(description="Address or password is wrong: which one is not told.")
_TOO_MANY = OpenApiResponse(description="Too many wrong passwords for this account from your network address.")
_WORN = OpenApiResponse(description="The refresh token is malformed, too old, used before, or its session was ended.")
# Whatever stands between us and the client: nobody keeps a token.
NEVER_KEPT = {"Cache-Control": "no-store"}


class PublicView(APIView):
    """For people without a token: one that they still send, expired perhaps, is not looked at."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_scope = "sign_in"


class SignUpView(PublicView):
    """Make an account."""

    @extend_schema(request=SignUpBody, responses={201: accounts.SignUp})
    def post(self, request: Request) -> Response:
        """Sign up. The answer is the same whether or not the address has an account already."""
        return Response(accounts.sign_up(**parse_body(SignUpBody, request)), status=201)


class TokenView(PublicView):
    """Sign in."""

    @extend_schema(request=Credentials, responses={200: accounts.TokenPair, 401: _WRONG, 429: _TOO_MANY})
    def post(self, request: Request) -> Response:
        """Sign in: an access token for some minutes, and a refresh token that gets the next pair."""
        pair = accounts.sign_in(**parse_body(Credentials, request), address=client_address(request))
        return Response(pair, headers=NEVER_KEPT)


class RefreshView(PublicView):
    """Go on with a session."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Before anything is waited for: of several at once, those that had arrived before the first use are no thieves.
        self.arrived_at = clock.system_now()
        super().initial(request, *args, **kwargs)

    @extend_schema(request=RefreshBody, responses={200: accounts.TokenPair, 401: _WORN})
    def post(self, request: Request) -> Response:
        """The next pair of tokens. A refresh token works once; a second use ends its session."""
        token = parse_body(RefreshBody, request)["refresh"]
        return Response(accounts.refresh(token=token, arrived_at=self.arrived_at), headers=NEVER_KEPT)


class LogoutView(PublicView):
    """Sign out."""

    @extend_schema(request=RefreshBody, responses={204: None, 401: _WORN})
    def post(self, request: Request) -> Response:
        """Sign out: no token of this session works any more."""
        accounts.sign_out(token=parse_body(RefreshBody, request)["refresh"])
        return Response(status=204)


class MeView(APIView):
    """Oneself."""

    @extend_schema(responses={200: accounts.Profile})
    def get(self, request: Request) -> Response:
        """Who you are, and your roles."""
        return Response(accounts.profile_of(me(request)))

    @extend_schema(request=ProfileChange, responses={200: accounts.Profile})
    def patch(self, request: Request) -> Response:
        """Change your name."""
        return Response(accounts.rename(user_id=me(request), **parse_body(ProfileChange, request)))

    @extend_schema(request=ErasureBody, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Have yourself forgotten, for your password. It is for good; stays that lie ahead are canceled first."""
        password = parse_body(ErasureBody, request)["password"]
        accounts.erase_oneself(user_id=me(request), password=password, address=client_address(request))
        return Response(status=204)


class MyExportView(APIView):
    """What is kept of oneself."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        """All that the platform keeps of you: account, bookings, mails and reviews."""
        parse_query(StrictSerializer, request)
        headers = {"Content-Disposition": 'attachment; filename="my-data.json"', **NEVER_KEPT}
        return Response(accounts.export_account(me(request)), headers=headers)


class MySessionsView(APIView):
    """One's own sign-ins."""

    @extend_schema(responses={200: list[accounts.SessionView]})
    def get(self, request: Request) -> Response:
        """Where you are signed in, newest first."""
        pagination = ListPagination()
        page = pagination.paginate_queryset(selectors.live_sessions_of(me(request)), request, view=self) or []
        current = request.auth.session_id if isinstance(request.auth, accounts.AccessClaims) else None
        return pagination.get_paginated_response([selectors.session_view(row, current=current) for row in page])

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Sign out everywhere."""
        accounts.end_sessions(user_id=me(request))
        return Response(status=204)


class MySessionView(APIView):
    """One of one's own sign-ins."""

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, session_id: UUID) -> Response:
        """Sign out on one device."""
        accounts.end_session(user_id=me(request), session_id=session_id)
        return Response(status=204)


def me(request: Request) -> UUID:
    """Who asks. The default permission has let nobody in who is not signed in."""
    if request.user.pk is None:
        raise NotAuthenticated
    return request.user.pk


@require_safe
@cache_control(public=True, max_age=300)
def jwks(request: HttpRequest) -> JsonResponse:
    """The public keys by which any service verifies our access tokens (RFC 7517), at /.well-known/jwks.json."""
    return JsonResponse(accounts.public_keys())
