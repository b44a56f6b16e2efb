"""Where Django's own ways with passwords meet the services: signing in by session, and setting a new password."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from apps.accounts import services as accounts
from apps.platform.http.addresses import client_address


class PasswordBackend(ModelBackend):
    """Address and password, as Django's forms ask for them."""

    def authenticate(  # type: ignore[override] # the stubs cannot know our user
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> AbstractBaseUser | None:
        """Whose address and password this is, or None.

        :raises TooManyTries: if too many wrong passwords came from there; the page says so.
        """
        email = username if username is not None else kwargs.get("email")
        if not email or password is None:
            return None
        address = client_address(request) if request is not None else ""
        try:
            user_id = accounts.verify_password(email=email, password=password, address=address)
        except accounts.InvalidCredentials:
            return None
        return self.get_user(user_id)


class EverythingEnds:
    """A password validator that has nothing against any password, and is told by Django of each that was set."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Any password will do here."""

    def get_help_text(self) -> str:
        """What people read beside the field."""
        return "Setting it signs you out everywhere."

    def password_changed(self, password: str, user: AbstractBaseUser) -> None:
        """End every session of the account, whichever way the password was set."""
        accounts.password_was_set(user_id=user.pk)
