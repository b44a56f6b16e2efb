"""The secret by which a guest without an account manages one booking: derived, never stored, and revocable.

It is a keyed hash of the booking's id and its `manage_version`: with the next version, those before it open nothing.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.accounts import services as accounts
from apps.platform import principals
from apps.platform.db import fetch_one
from apps.platform.errors import NotFound

FIRST_VERSION = 1
_PURPOSE = "apps.bookings.manage-secret"
_MARK = "gst_"
"""What each secret begins with, so that logs know it and leave it out."""
_DIGITS = 40


def manage_secret(booking_id: UUID, *, version: int = FIRST_VERSION) -> str:
    """The secret of a booking: that with which it was placed, unless another version is named."""
    return _derived(booking_id, version, settings.SECRET_KEY)


def claims_of_secret(
    secret: str,
    *,
    booking_id: UUID | None = None,
    reservation_id: UUID | None = None,
    confirmation_number: str | None = None,
) -> accounts.SecretClaims:
    """What a secret opens: the booking that is named, by itself, by one of its reservations or by its number.

    :raises NotFound: if that is not the secret of the booking, or there is no such booking. One statement either way.
    """
    names = {
        "booking_id": booking_id,
        "reservation_id": reservation_id,
        "number": confirmation_number.upper() if confirmation_number else None,
    }
    booking = fetch_one(_NAMED, names) or _NOBODY
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    fits = [constant_time_compare(secret, _derived(booking["id"], booking["manage_version"], key)) for key in keys]
    if booking is _NOBODY or not any(fits):
        raise NotFound("There is no such booking.")
    return accounts.SecretClaims(principal=principals.guest(booking["booker_email"]), only=booking["id"])


def manage_path(booking_id: UUID) -> str | None:
    """The address of the page where the guest manages a booking, from the root; None where an account does so.

    It holds the secret: it is for the moment of sending it to the booker, and is not to be kept.
    """
    booking = fetch_one(_UNCLAIMED, {"booking_id": booking_id})
    if booking is None:
        return None
    secret = manage_secret(booking_id, version=booking["manage_version"])
    return f"/stay/{booking['confirmation_number']}/{secret}/"


_NAMED = """
SELECT id, manage_version, booker_email FROM bookings_booking
 WHERE id = coalesce(%(booking_id)s::uuid,
                     (SELECT booking_id FROM bookings_reservation WHERE id = %(reservation_id)s::uuid),
                     (SELECT id FROM bookings_booking WHERE confirmation_number = %(number)s))
"""
# What staff have placed is in their name, and is managed by the guest all the same.
_UNCLAIMED = """
SELECT confirmation_number, manage_version FROM bookings_booking
 WHERE id = %(booking_id)s AND erased_at IS NULL AND (account_id IS NULL OR accounts_is_staff(account_id))
"""
_NOBODY: dict[str, Any] = {"id": UUID(int=0), "manage_version": 0, "booker_email": ""}


def _derived(booking_id: UUID, version: int, key: str | bytes) -> str:
    told = f"{booking_id}:{version}"
    return _MARK + salted_hmac(_PURPOSE, told, secret=key, algorithm="sha256").hexdigest()[:_DIGITS]
