"""One encoding of frozen dataclasses: for fingerprints, for stored answers and for event payloads."""

import hashlib
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any

import orjson


def encode(view: Any) -> bytes:
    """JSON of a frozen dataclass, fields in the order of their declaration; instants RFC 3339, ids and dates as text.

    The same value always gives the same bytes: stored answers are compared byte for byte.
    """
    return orjson.dumps(view, option=orjson.OPT_UTC_Z)


ADDED_LATER: Mapping[str, bool] = {"added_later": True}
"""The metadata of a command's field that earlier releases did not have.

At its default it is left out of the fingerprint, so that a key that an earlier release has seen is known again.
"""


def fingerprint(operation: str, command: Any) -> str:
    """SHA-256 over the name of the operation and the command with its keys sorted."""
    body = orjson.dumps(_as_before(command), option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)
    return hashlib.sha256(operation.encode() + b"\0" + body).hexdigest()


def _as_before(value: Any) -> Any:
    """The value without the fields that were added later and are at their default."""
    if isinstance(value, tuple | list):
        return [_as_before(member) for member in value]
    if not is_dataclass(value) or isinstance(value, type):
        return value
    return {
        name: _as_before(member)
        for name, later in _fields(type(value))
        if (member := getattr(value, name)) != later or later is MISSING
    }


@cache
def _fields(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    """The fields of a dataclass, each with the default at which it is left out; MISSING: never."""
    return tuple((field.name, _default_if_later(field)) for field in fields(kind))


def _default_if_later(field: Field[Any]) -> Any:
    return field.default if field.metadata.get("added_later") else MISSING
