"""What staff do with bookings, told to the audit log. What guests do with their own is no staff change."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings import policies
from apps.bookings.policies import TRANSITIONS
from apps.bookings.types import Action
from apps.platform import audit
from apps.platform.audit import Change


def record_move(
    booking: Mapping[str, Any], reservations: Iterable[Mapping[str, Any]], action: Action, caller: accounts.Caller
) -> None:
    """Write down a transition by staff; one entry a reservation.

    :param booking: with `by_staff`: whether the account that it is in the name of is of any staff.
    :param reservations: the rows as they were before.
    """
    if action in {Action.CONFIRM, Action.CANCEL} and _acts_as_guest(booking, caller):
        return
    audit.record(
        [
            Change(
                operation=f"bookings.{action}",
                kind="reservation",
                object_id=f"{booking['id']}/{stay['id']}",
                scope_id=booking["hotel_id"],
                before={"status": stay["status"]},
                after={"status": TRANSITIONS[action][stay["status"]]},
            )
            for stay in reservations
            if stay["status"] in TRANSITIONS[action]
        ],
        actor=caller.principal,
    )


def record_change(
    booking: Mapping[str, Any],
    action: Action,
    caller: accounts.Caller,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """Write down a change by staff that moves no reservation from one state to another.

    :param booking: with `by_staff`: whether the account that it is in the name of is of any staff.
    """
    if _acts_as_guest(booking, caller):
        return
    change = Change(
        operation=f"bookings.{action}",
        kind="booking",
        object_id=booking["id"],
        scope_id=booking["hotel_id"],
        before=before,
        after=after,
    )
    audit.record([change], actor=caller.principal)


_TOLD_OF_STAY = (
    *("arrival", "departure", "room_type_id", "rate_plan_id", "adults", "children_ages", "total_minor"),
    *("due_now_minor", "no_show_minor"),
)


def record_amendment(
    booking: Mapping[str, Any], after: Mapping[str, Any], changes: Sequence[str], caller: accounts.Caller
) -> None:
    """Write down an amendment by staff: an entry for each stay with what differs, one for the booking with the names.

    :param booking: with `by_staff`, and its stays as they were; `after` as they are now.
    """
    if _acts_as_guest(booking, caller):
        return
    stays = zip(booking["reservations"], after["reservations"], strict=True)
    told = [
        Change(
            operation="bookings.amend",
            kind="reservation",
            object_id=f"{booking['id']}/{before['id']}",
            scope_id=booking["hotel_id"],
            before={name: before[name] for name in _TOLD_OF_STAY},
            after={name: stay[name] for name in _TOLD_OF_STAY},
        )
        for before, stay in stays
    ]
    told.append(
        Change(
            operation="bookings.amend",
            kind="booking",
            object_id=booking["id"],
            scope_id=booking["hotel_id"],
            before={"total_minor": booking["total_minor"]},
            after={"total_minor": after["total_minor"], "changes": list(changes)},
        )
    )
    audit.record(told, actor=caller.principal)


def record_room(
    booking: Mapping[str, Any],
    stay: Mapping[str, Any],
    action: Action,
    caller: accounts.Caller,
    rooms: Mapping[date, UUID | None],
) -> None:
    """Write down which nights of a stay have another room since.

    :param rooms: by night; None: none.
    """
    had = {night["night"]: night["room_id"] for night in stay["nights"]}
    change = Change(
        operation=f"bookings.{action}",
        kind="reservation",
        object_id=f"{booking['id']}/{stay['id']}",
        scope_id=booking["hotel_id"],
        before={"rooms": {night.isoformat(): had[night] for night in rooms}},
        after={"rooms": {night.isoformat(): room_id for night, room_id in rooms.items()}},
    )
    audit.record([change], actor=caller.principal)


def record_placing(booking: Mapping[str, Any], caller: accounts.Caller) -> None:
    """Write down that staff of the hotel have placed a booking there; called for who may be of its staff only."""
    rights = accounts.rights_of(caller)
    # (Who may only override, like a revenue manager, has placed what nobody else could.)
    of_staff = (accounts.Permission.MANAGE_BOOKINGS, accounts.Permission.OVERRIDE)
    if not any(rights.allows(permission, booking["hotel_id"]) for permission in of_staff):
        return
    change = Change(
        operation="bookings.place",
        kind="booking",
        object_id=booking["id"],
        scope_id=booking["hotel_id"],
        after={
            "status": booking["reservations"][0]["status"],
            "rooms": len(booking["reservations"]),
            "total_minor": booking["total_minor"],
            "currency": booking["currency"],
        },
    )
    audit.record([change], actor=caller.principal)


def _acts_as_guest(booking: Mapping[str, Any], caller: accounts.Caller) -> bool:
    """Whether the booking is the caller's own, and at a hotel that they do not work for. A guest costs no statement."""
    if not policies.is_own(booking, user_id=caller.user_id, principal=caller.principal, only=caller.only):
        return False
    if caller.user_id is not None and not booking["by_staff"]:
        return True
    return not accounts.rights_of(caller).allows(accounts.Permission.MANAGE_BOOKINGS, booking["hotel_id"])
