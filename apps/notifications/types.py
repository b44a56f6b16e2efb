"""The words of this app that cross its boundary. No Django in here."""

from enum import StrEnum


class DeliveryState(StrEnum):
    """queued -> sending -> sent | retrying -> dead; suppressed where it is no longer true."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    RETRYING = "retrying"
    DEAD = "dead"
    SUPPRESSED = "suppressed"
