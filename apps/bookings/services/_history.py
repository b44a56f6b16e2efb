"""What a booking was like at each of its revisions, who changed it, and what the change came to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings.services._reading import require_sight
from apps.bookings.services._rows import parsed_tree
from apps.bookings.services._views import BookingView, booking_view, get_tree, labels_for
from apps.platform import money
from apps.platform.db import fetch_all
from apps.platform.errors import NotFound
from apps.platform.money import Money


@dataclass(frozen=True, kw_only=True)
class NightDelta:
    """A change in how many rooms of a type the booking has on a night."""

    room_type_id: UUID
    date: date
    rooms: int


@dataclass(frozen=True, kw_only=True)
class RevisionView:
    """One revision: who made it and why, what differs from the one before, in money and in nights.

    :param actor: the principal for staff of the hotel; others read whether it was a guest, the staff or the platform.
    :param changes: the fields that differ, each with `before` and `after`; those of a room begin with its number.
    """

    revision: int
    at: datetime
    actor: str
    action: str
    reason: str
    changes: Mapping[str, Mapping[str, Any]]
    total_delta: Money
    nights_delta: tuple[NightDelta, ...]


def read_history(booking_id: UUID, *, caller: accounts.Caller) -> tuple[RevisionView, ...]:
    """Every revision of a booking in their order, for its owner or for the staff of its hotel.

    :raises NotFound: if there is none, or it is somebody else's.
    """
    rows = _revisions(require_sight(caller, booking_id=booking_id))
    hotel_id = rows[0]["state"]["hotel_id"]
    of_staff = accounts.rights_of(caller).allows(accounts.Permission.VIEW_BOOKINGS, hotel_id)
    first = _view(None, rows[0], of_staff=of_staff)
    return (first, *(_view(earlier, later, of_staff=of_staff) for earlier, later in pairwise(rows)))


def read_revision(booking_id: UUID, revision: int, *, caller: accounts.Caller) -> BookingView:
    """A booking as that revision left it.

    :raises NotFound: if there is no such booking or revision, or it is somebody else's.
    """
    for row in _revisions(require_sight(caller, booking_id=booking_id)):
        if row["revision"] == revision:
            return booking_view(row["state"], labels_for([row["state"]]))
    raise NotFound("There is no such revision.")


_REVISIONS = """
SELECT revision, at, actor, action, reason, state::text AS state
  FROM bookings_revision WHERE booking_id = %s ORDER BY revision
"""


def _revisions(booking_id: UUID) -> list[dict[str, Any]]:
    """The revisions of a booking; one that was never touched is its own only one."""
    rows = fetch_all(_REVISIONS, [booking_id])
    for row in rows:
        row["state"] = parsed_tree(row["state"])
    if rows:
        return rows
    state = get_tree(booking_id)
    first = {"revision": state["revision"], "at": state["created_at"], "actor": state["principal"]}
    return [first | {"action": "place", "reason": "", "state": state}]


def _view(earlier: Mapping[str, Any] | None, later: Mapping[str, Any], *, of_staff: bool) -> RevisionView:
    before, after = (earlier or {}).get("state"), later["state"]
    delta = after["total_minor"] - (before["total_minor"] if before else 0)
    return RevisionView(
        revision=later["revision"],
        at=later["at"],
        actor=later["actor"] if of_staff else _kind_of(later["actor"], after),
        action=later["action"],
        reason=later["reason"] if of_staff else "",
        changes=_differences(before, after) if before else {},
        total_delta=money.from_minor(delta, after["currency"]),
        nights_delta=_nights_between(before, after),
    )


def _kind_of(actor: str, state: Mapping[str, Any]) -> str:
    if actor.startswith("system:"):
        return "platform"
    # (Who holds the secret of a booking is its guest, also where the staff has placed it.)
    own = actor.startswith("guest:") or actor in {state["principal"], f"user:{state['account_id']}"}
    return "guest" if own else "staff"


_SHOWN = (
    "booker_name",
    "booker_email",
    "booker_phone",
    "total_minor",
    "due_now_minor",
    "paid_minor",
    "special_requests",
)
_SHOWN_OF_STAY = (
    *("status", "arrival", "departure", "room_type_id", "rate_plan_id", "adults", "children_ages", "guest_name"),
    *("total_minor", "due_now_minor", "penalty_minor", "do_not_move"),
)


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found = _differing("", _SHOWN, before, after)
    stays = {stay["id"]: stay for stay in before["reservations"]}
    for stay in after["reservations"]:
        found |= _differing(f"{stay['position']}.", _SHOWN_OF_STAY, stays.get(stay["id"], {}), stay)
    return found


def _differing(
    prefix: str, names: Sequence[str], before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    return {
        f"{prefix}{name}": {"before": before.get(name), "after": after.get(name)}
        for name in names
        if before.get(name) != after.get(name)
    }


def _nights_between(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> tuple[NightDelta, ...]:
    delta = Counter(_live_nights(after))
    delta.subtract(Counter(_live_nights(before) if before else ()))
    return tuple(
        NightDelta(room_type_id=room_type_id, date=night, rooms=rooms)
        for (room_type_id, night), rooms in sorted(delta.items())
        if rooms
    )


def _live_nights(state: Mapping[str, Any]) -> list[tuple[UUID, date]]:
    return [
        (night["room_type_id"], night["night"])
        for stay in state["reservations"]
        for night in stay["nights"]
        if night["released_at"] is None
    ]
