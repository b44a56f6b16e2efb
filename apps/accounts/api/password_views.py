"""Passwords and verified addresses, over HTTP."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services as accounts
from apps.accounts.api.serializers import NewPasswordBody, PasswordChange, PasswordResetBody, VerificationBody
from apps.accounts.api.views import NEVER_KEPT, PublicView, me
from apps.platform.http.addresses import client_address
from apps.platform.http.requests import StrictSerializer, parse_body

_REFUSED = OpenApiResponse(description="The code does not work (any more), or the password is not accepted.")


class PasswordResetView(PublicView):
    """A forgotten password."""

    @extend_schema(request=PasswordResetBody, responses={202: accounts.MailOnItsWay})
    def post(self, request: Request) -> Response:
        """Ask for a mail with a code. The answer is the same whether or not the address has an account."""
        return Response(accounts.request_password_reset(**parse_body(PasswordResetBody, request)), status=202)


class NewPasswordView(PublicView):
    """The new password."""

    @extend_schema(request=NewPasswordBody, responses={204: None, 400: _REFUSED})
    def post(self, request: Request) -> Response:
        """Set a new password with the code. It works once and for an hour; every session of the account ends."""
        accounts.reset_password(**parse_body(NewPasswordBody, request))
        return Response(status=204)


class VerificationView(PublicView):
    """The proof of an address."""

    @extend_schema(request=VerificationBody, responses={204: None, 400: _REFUSED})
    def post(self, request: Request) -> Response:
        """Prove with the code that you read the mail of your address."""
        accounts.verify_email(**parse_body(VerificationBody, request))
        return Response(status=204)


class MyVerificationView(APIView):
    """Another mail to prove one's address."""

    throttle_scope = "sign_in"

    @extend_schema(request=None, responses={202: accounts.MailOnItsWay})
    def post(self, request: Request) -> Response:
        """Ask for another mail with a code."""
        parse_body(StrictSerializer, request)
        return Response(accounts.request_verification(user_id=me(request)), status=202)


class MyPasswordView(APIView):
    """One's own password."""

    throttle_scope = "sign_in"

    @extend_schema(request=PasswordChange, responses={200: accounts.TokenPair, 400: _REFUSED})
    def post(self, request: Request) -> Response:
        """Change your password. You are signed out everywhere; the answer is a new pair of tokens for you here."""
        pair = accounts.change_password(
            user_id=me(request), **parse_body(PasswordChange, request), address=client_address(request)
        )
        return Response(pair, headers=NEVER_KEPT)
