"""Whose booking it is, and holding it still: the row of a booking is locked before anything about it changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings import policies
from apps.bookings.policies import TRANSITIONS
from apps.bookings.services._errors import InvalidTransition
from apps.bookings.services._rows import TREE, parsed_tree
from apps.bookings.types import Action, Status
from apps.inventory import services as inventory
from apps.platform import clock, commands
from apps.platform.db import fetch_all, fetch_one
from apps.platform.errors import Denied, NotFound
from apps.platform.idempotency import Outcome


@dataclass(frozen=True, kw_only=True)
class LockedBooking:
    """A booking whose row is locked until the end of the transaction.

    :param booking: its row, with `by_staff`: whether the account that it is in the name of is of any staff.
    :param stays: its reservations in their order, each with its `nights`.
    :param concerned: those of them that the command is about: one, or all.
    :param state: the rows of everything, as they are before the change.
    """

    booking: Mapping[str, Any]
    stays: Sequence[dict[str, Any]]
    concerned: Sequence[dict[str, Any]]
    state: str

    @property
    def hotel_id(self) -> UUID:
        hotel_id: UUID = self.booking["hotel_id"]
        return hotel_id


def lock_booking(booking_id: UUID, caller: accounts.Caller) -> LockedBooking:
    """A booking for its owner or the staff of its hotel; nobody else knows that it exists.

    :raises NotFound: if there is none, or the caller must not know of it.
    :raises Denied: if the caller may see it, but not change it.
    """
    return _for_owner(_lock(booking_id, None), caller)


def lock_stay(reservation_id: UUID, caller: accounts.Caller) -> LockedBooking:
    """The booking of one reservation, which is what the command is about, for its owner or the staff of its hotel.

    :raises NotFound: if there is none, or the caller must not know of it.
    :raises Denied: if the caller may see it, but not change it.
    """
    return _for_owner(_lock(None, reservation_id), caller)


def lock_at_desk(reservation_id: UUID, caller: accounts.Caller) -> LockedBooking:
    """The booking of one reservation, which is what the command is about, for the front desk of its hotel.

    :raises NotFound: if there is none, or the caller must not know of it.
    :raises Denied: if the caller may see it, but is no staff of its hotel.
    """
    locked = _lock(None, reservation_id)
    access = accounts.rights_of(caller)
    if not access.allows(accounts.Permission.MANAGE_BOOKINGS, locked.hotel_id):
        if not is_own(locked, caller):
            _require_sight(access, locked.hotel_id)
        raise Denied("Only the staff of the hotel can do this.")
    return locked


def lock_for_platform(booking_id: UUID) -> LockedBooking:
    """A booking for the platform itself, or for a command that decides itself who may give it.

    :raises NotFound: if there is none.
    """
    return _lock(booking_id, None)


def is_own(locked: LockedBooking, caller: accounts.Caller) -> bool:
    """Whether the booking is the caller's own."""
    return policies.is_own(locked.booking, user_id=caller.user_id, principal=caller.principal, only=caller.only)


def run(
    command: Any,
    *,
    caller: accounts.Caller,
    key: str,
    core: commands.Core,
    look_ahead: commands.LookAhead = commands.look_nowhere,
) -> Outcome:
    """Run what changes a booking, by the clock of its hotel as soon as it is locked.

    A replay shows nothing to a caller who has lost the right to see it meanwhile.

    :raises NotFound: if that is so.
    """
    with clock.own_pace():
        outcome = commands.run(command, principal=caller.principal, key=key, core=core, look_ahead=look_ahead)
    if outcome.replayed:
        _require_still_in_sight(command, caller)
    return outcome


def run_for_platform(command: Any, *, principal: str, key: str, core: commands.Core) -> Outcome:
    """Run what the platform itself does to a booking, by the clock of its hotel as soon as it is locked."""
    with clock.own_pace():
        return commands.run(command, principal=principal, key=key, core=core)


def require_state(action: Action, locked: LockedBooking) -> list[dict[str, Any]]:
    """The reservations that `action` moves: all that the command is about, but those that are over already.

    :raises InvalidTransition: if there is none, or one is in a state that forbids it.
    """
    over = {Status.CANCELED, Status.EXPIRED} if len(locked.concerned) > 1 else set()
    live = [stay for stay in locked.concerned if Status(stay["status"]) not in over]
    statuses = [Status(stay["status"]) for stay in live]
    if not statuses or any(status not in TRANSITIONS[action] for status in statuses):
        raise invalid_transition(action, locked, statuses)
    return live


def invalid_transition(action: Action, locked: LockedBooking, statuses: Sequence[Status]) -> InvalidTransition:
    """The refusal that says in which state the booking is, and what is allowed instead."""
    return not_in_this_state(action, [Status(stay["status"]) for stay in locked.concerned], statuses)


def not_in_this_state(action: Action, of_all: Sequence[Status], statuses: Sequence[Status]) -> InvalidTransition:
    """The refusal of an action on stays in these states, and what is allowed in those of them that are not over."""
    current = policies.booking_status(of_all)
    allowed = sorted({str(allowed) for status in statuses for allowed in policies.actions_on(status)})
    return InvalidTransition(
        f"A booking that is {current} cannot be moved by {action}.",
        extra={"status": str(current), "allowed": allowed},
    )


# The row is locked as it is now; what is beneath it is read as it was when the statement began. Whatever changes
# anything of a booking raises its revision: where both agree, nobody was faster, and the state is that of now too.
_LOCK = f"""
WITH locked AS MATERIALIZED (
    SELECT id, hotel_id, revision, updated_at, account_id FROM bookings_booking
     WHERE id = coalesce(%(booking_id)s::uuid,
                         (SELECT booking_id FROM bookings_reservation WHERE id = %(reservation_id)s::uuid))
       FOR NO KEY UPDATE
)
SELECT locked.id, locked.hotel_id, accounts_is_staff(locked.account_id) AS by_staff,
       (SELECT ({TREE})::text FROM bookings_booking AS booking
         WHERE booking.id = locked.id AND booking.revision = locked.revision
           AND booking.updated_at = locked.updated_at) AS state
  FROM locked
"""  # noqa: S608 - a constant
_STATE = f"SELECT ({TREE})::text AS state FROM bookings_booking AS booking WHERE id = %(id)s::uuid"  # noqa: S608


def _lock(booking_id: UUID | None, reservation_id: UUID | None) -> LockedBooking:
    found = fetch_one(_LOCK, {"booking_id": booking_id, "reservation_id": reservation_id})
    if found is None:
        raise NotFound("There is no such booking." if booking_id else "There is no such reservation.")
    inventory.go_by_clock_of(found["hotel_id"])
    # Under the lock nobody else changes anything of it until this transaction ends.
    state = found["state"] or fetch_all(_STATE, {"id": found["id"]})[0]["state"]
    booking = parsed_tree(state)
    stays = booking["reservations"]
    return LockedBooking(
        booking=booking | {"by_staff": found["by_staff"]},
        stays=stays,
        concerned=[stay for stay in stays if reservation_id in (None, stay["id"])],
        state=state,
    )


def _for_owner(locked: LockedBooking, caller: accounts.Caller) -> LockedBooking:
    require_may_change(locked.booking, caller)
    return locked


def require_may_change(booking: Mapping[str, Any], caller: accounts.Caller) -> None:
    """Let go on only the owner of a booking and the staff of its hotel.

    :raises NotFound: if the caller must not know of it.
    :raises Denied: if the caller may see it, but not change it.
    """
    if not policies.is_own(booking, user_id=caller.user_id, principal=caller.principal, only=caller.only):
        access = accounts.rights_of(caller)
        _require_sight(access, booking["hotel_id"])
        if not access.allows(accounts.Permission.MANAGE_BOOKINGS, booking["hotel_id"]):
            raise Denied()


_WHOSE = (
    "SELECT id, hotel_id, account_id, principal FROM bookings_booking AS booking WHERE id = %(booking_id)s::uuid"
    " OR id = (SELECT booking_id FROM bookings_reservation WHERE id = %(reservation_id)s::uuid)"
)


def _require_still_in_sight(command: Any, caller: accounts.Caller) -> None:
    parameters = {name: getattr(command, name, None) for name in ("booking_id", "reservation_id")}
    for booking in fetch_all(_WHOSE, parameters):
        if not policies.is_own(booking, user_id=caller.user_id, principal=caller.principal, only=caller.only):
            _require_sight(accounts.rights_of(caller), booking["hotel_id"])


def _require_sight(access: accounts.Access, hotel_id: UUID) -> None:
    if not access.allows(accounts.Permission.VIEW_BOOKINGS, hotel_id):
        raise NotFound("There is no such booking.")
