"""Signatures of webhooks, as Standard Webhooks has them: HMAC-SHA256 over id, time and body."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta

from apps.platform import clock

TOLERANCE = timedelta(minutes=5)
"""How far the clock of a sender may be off, and so how long somebody who has listened could send the same again."""


class BadSignature(Exception):
    """The message is not from whom it says, or too old to tell."""


def require_signature(secret: str, *, headers: Mapping[str, str], body: bytes) -> str:
    """The id of the event, once it is proven that its sender knows the secret.

    :raises BadSignature: if it does not, or if the signature is not of these minutes.
    """
    event_id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (secret and event_id and at.isascii() and at.isdecimal() and len(at) <= _LONGEST_TIME):
        raise BadSignature
    expected = _signature(secret, event_id, at, body)
    # While a secret is changed a sender may sign with both.
    given = [part.removeprefix("v1,") for part in headers.get("webhook-signature", "").split()]
    # (Compared as bytes: text beyond ASCII is no reason to fail otherwise.)
    if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in given):
        raise BadSignature
    if abs(clock.system_now().timestamp() - int(at)) > TOLERANCE.total_seconds():
        raise BadSignature
    return event_id


_LONGEST_TIME = 12


def _signature(secret: str, event_id: str, at: str, body: bytes) -> str:
    message = f"{event_id}.{at}.".encode() + body
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()
