"""Bodies that come in. They translate and bound; the rules stand in the services."""

from rest_framework import serializers

from apps.platform.http.requests import StrictSerializer

_LONGEST_PASSWORD = 128
_LONGEST_TOKEN = 4_096
_LONGEST_CODE = 128


class Credentials(StrictSerializer):
    """An address and its password."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=_LONGEST_PASSWORD, trim_whitespace=False)


class SignUpBody(Credentials):
    """A new account."""

    full_name = serializers.CharField(max_length=200, trim_whitespace=False)


class RefreshBody(StrictSerializer):
    """The newest refresh token of a session."""

    refresh = serializers.CharField(max_length=_LONGEST_TOKEN)


class ProfileChange(StrictSerializer):
    """What people may change of themselves."""

    full_name = serializers.CharField(max_length=200, trim_whitespace=False)


class PasswordResetBody(StrictSerializer):
    """Whose password was forgotten."""

    email = serializers.EmailField(max_length=254)


class NewPasswordBody(StrictSerializer):
    """The code from the mail, and the new password."""

    token = serializers.CharField(max_length=_LONGEST_CODE)
    password = serializers.CharField(max_length=_LONGEST_PASSWORD, trim_whitespace=False)


class VerificationBody(StrictSerializer):
    """The code from the mail."""

    token = serializers.CharField(max_length=_LONGEST_CODE)


class PasswordChange(StrictSerializer):
    """The password that one has, and the one that one wants."""

    current_password = serializers.CharField(max_length=_LONGEST_PASSWORD, trim_whitespace=False)
    new_password = serializers.CharField(max_length=_LONGEST_PASSWORD, trim_whitespace=False)


class ErasureBody(StrictSerializer):
    """The proof that it is oneself who wants to be forgotten."""

    password = serializers.CharField(max_length=_LONGEST_PASSWORD, trim_whitespace=False)
