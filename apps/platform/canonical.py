"""One encoding of frozen dataclasses: for fingerprints, for stored answers and for event payloads."""

import hashlib
from typing import Any

import orjson


def encode(view: Any) -> bytes:
    """JSON of a frozen dataclass, fields in the order of their declaration; instants RFC 3339, ids and dates as text.

    The same value always gives the same bytes: stored answers are compared byte for byte.
    """
    return orjson.dumps(view, option=orjson.OPT_UTC_Z)


def fingerprint(operation: str, command: Any) -> str:
    """SHA-256 over the name of the operation and the command with its keys sorted."""
    body = orjson.dumps(command, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)
    return hashlib.sha256(operation.encode() + b"\0" + body).hexdigest()
