"""What the apps keep of people: told to its owner, and erased, by each app for its own rows.

An app registers a Keeper in its `handlers.py`, as it does for events: so whoever coordinates needs to know no app, and
calls go neither up nor sideways. Erasing leaves the rows that accounting needs, under ids that name nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from apps.platform import clock

ERASED_DOMAIN = "erased.invalid"
"""Where addresses lead that stand for erased ones: nowhere, for ever (RFC 2606)."""
_BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Keeper:
    """How one app answers for what it keeps.

    :param export_of: all that it has of an account, as JSON can tell it.
    :param erase: forget whose the rows of an account are; raises a Conflict where that must wait.
    :param erase_before: the same for what was over before an instant, at most so many rows; returns how many.
    """

    name: str
    export_of: Callable[[UUID], Any]
    erase: Callable[[UUID], None]
    erase_before: Callable[[datetime, int], int]


_keepers: dict[str, Keeper] = {}


def keep(keeper: Keeper) -> None:
    """Let an app answer for what it keeps."""
    _keepers[keeper.name] = keeper


def export_of(account_id: UUID) -> dict[str, Any]:
    """All that is kept of an account, app by app."""
    return {name: keeper.export_of(account_id) for name, keeper in _keepers.items()}


def erase(account_id: UUID) -> None:
    """Let every app forget an account, those first that stand on the others.

    :raises RuntimeError: outside a transaction, where an app could refuse after another has forgotten.
    :raises Conflict: where it must wait; then nothing is to be committed.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("all apps forget in one transaction")
    for keeper in reversed(_keepers.values()):
        keeper.erase(account_id)


def erase_old() -> dict[str, int]:
    """Forget guests whose stays were over GUEST_DATA_YEARS ago; returns how many rows, by app. 0 years: never."""
    years = settings.GUEST_DATA_YEARS
    if years <= 0:
        return {}
    now = clock.system_now()
    # (29 February has no such day in most years.)
    before = now.replace(year=now.year - years, day=min(now.day, 28))
    erased = dict.fromkeys(_keepers, 0)
    for name, keeper in _keepers.items():
        while rows := _batch(keeper, before):
            erased[name] += rows
    return erased


def _batch(keeper: Keeper, before: datetime) -> int:
    with transaction.atomic():
        return keeper.erase_before(before, _BATCH)
