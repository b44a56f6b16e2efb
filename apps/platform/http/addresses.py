"""Where a request comes from, as far as it can be believed."""

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.settings import api_settings


def client_address(request: HttpRequest | Request) -> str:
    """The network address of the client: of `X-Forwarded-For` only what our own proxies have added.

    TRUSTED_PROXIES says how many of them there are. What stands further left was sent by the client, and may be
    anything; without a proxy of ours the whole header may.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    proxies = api_settings.NUM_PROXIES or 0
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    if not proxies or not forwarded:
        return peer
    hops = forwarded.split(",")
    return hops[-min(proxies, len(hops))].strip()
