"""Bodies that come in. They translate and bound; the rules stand in the services."""

from rest_framework import serializers

from apps.platform.http.requests import StrictSerializer

_LONGEST_PASSWORD = 128
_LONGEST_TOKEN = 4_096


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
