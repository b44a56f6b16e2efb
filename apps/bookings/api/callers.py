"""Who calls a route of bookings: an account, an API key, or whoever shows the secret of the booking."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from apps.accounts import services as accounts
from apps.bookings import services
from apps.platform.errors import NotFound, TooMany
from apps.platform.http.addresses import client_address
from apps.platform.http.requests import user_id
from apps.platform.http.throttling import within_rate

MANAGE_SECRET = "Manage-Secret"  # noqa: S105 - the name of a header
_NAMES = ("booking_id", "reservation_id")


def caller_of(request: Request) -> accounts.Caller:
    """The caller behind the credentials of a request.

    :raises NotSignedIn: if there are none.
    """
    return accounts.caller_for(user_id(request), credential=request.auth)


class SecretHolder:
    """Whoever shows the secret of a booking: no account. `pk` is the id of that booking."""

    is_authenticated = True
    is_anonymous = False
    is_active = True
    is_staff = False
    is_superuser = False

    def __init__(self, claims: accounts.SecretClaims) -> None:
        self.pk = self.id = claims.only

    def __str__(self) -> str:
        return f"guest of booking {self.pk}"


class ManageSecretAuthentication(BaseAuthentication):
    """`Manage-Secret: <secret>`, at the addresses of one booking and of its reservations; elsewhere it says nothing."""

    def authenticate(self, request: Request) -> tuple[SecretHolder, accounts.SecretClaims] | None:
        """The holder of the secret, or None where none is shown.

        :raises NotFound: if it is not the secret of that booking.
        :raises TooMany: if too many wrong ones came from there.
        """
        secret = request.headers.get(MANAGE_SECRET)
        match = request.resolver_match
        names = {name: value for name, value in (match.kwargs if match else {}).items() if name in _NAMES}
        if secret is None or not names:
            return None
        claims = claims_of(request, secret, **names)
        return SecretHolder(claims), claims


def claims_of(request: Any, secret: str, **booking: Any) -> accounts.SecretClaims:
    """What the secret opens. Who guesses is stopped after some tries; who is right is never counted.

    :raises NotFound: if it is not the secret of that booking.
    :raises TooMany: if too many wrong ones came from there.
    """
    try:
        return services.claims_of_secret(secret, **booking)
    except NotFound:
        if not within_rate("sign_in", f"secret:{client_address(request)}"):
            raise TooMany() from None
        raise


class ManageSecretScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Manage secrets in the description of the API."""

    target_class = ManageSecretAuthentication
    name = "manageSecret"

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        """Only where there is something for the secret to open."""
        return [{self.name: []} for name in _NAMES if f"{{{name}}}" in auto_schema.path]

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": MANAGE_SECRET,
            "description": "Of a booking that was placed without an account: the header of that answer.",
        }
