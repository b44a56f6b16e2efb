"""The ways out to those who move money: a provider's HTTP interface, and the signatures of what it sends to us."""

from apps.bookings.channels.provider import NoAnswer, Provider, Refused, payment_report, provider
from apps.bookings.channels.signatures import BadSignature, require_signature

__all__ = [
    "BadSignature",
    "NoAnswer",
    "Provider",
    "Refused",
    "payment_report",
    "provider",
    "require_signature",
]
