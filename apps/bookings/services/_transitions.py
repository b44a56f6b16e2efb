"""What happens to a booking after it was placed. Each is one core inside the command runner."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings import events, policies
from apps.bookings.policies import TRANSITIONS
from apps.bookings.services._audit import record_move
from apps.bookings.services._errors import HoldExpired, InvalidTransition, PaymentDue, PenaltyChanged, TooEarly
from apps.bookings.services._views import BookingView, get_booking, stay_nights, tiers_of
from apps.bookings.types import Action, Status
from apps.inventory import services as inventory
from apps.platform import clock, commands, money
from apps.platform.commands import Answer
from apps.platform.db import fetch_all
from apps.platform.errors import Denied, NotFound
from apps.platform.events import publish
from apps.platform.idempotency import Outcome
from apps.platform.money import Money


@dataclass(frozen=True, kw_only=True)
class ConfirmBooking:
    """The rooms held by a booking are sold."""

    operation: ClassVar[str] = "bookings.confirm"

    booking_id: UUID


@dataclass(frozen=True, kw_only=True)
class CancelBooking:
    """A booking with all its rooms is given up; `expected_penalty` is what the caller has been shown."""

    operation: ClassVar[str] = "bookings.cancel"

    booking_id: UUID
    expected_penalty: Money | None = None


@dataclass(frozen=True, kw_only=True)
class CheckIn:
    """The guest of one room is in the house."""

    operation: ClassVar[str] = "reservations.check_in"

    reservation_id: UUID


@dataclass(frozen=True, kw_only=True)
class CheckOut:
    """The guest of one room has left; nights not stayed are free again."""

    operation: ClassVar[str] = "reservations.check_out"

    reservation_id: UUID


@dataclass(frozen=True, kw_only=True)
class RecordNoShow:
    """The guest of one room did not come: the first night stays sold, the later ones are free again."""

    operation: ClassVar[str] = "reservations.no_show"

    reservation_id: UUID


@dataclass(frozen=True, kw_only=True)
class _Locked:
    """A booking whose row is locked until the end of the transaction, with the reservations concerned."""

    booking: dict[str, Any]
    reservations: Sequence[dict[str, Any]]

    @property
    def hotel_id(self) -> UUID:
        hotel_id: UUID = self.booking["hotel_id"]
        return hotel_id


def confirm_booking(command: ConfirmBooking, *, caller: accounts.Caller, key: str) -> Outcome:
    """Sell what a pending booking holds: outcome `confirmed`, or the refusals `hold_expired`, `invalid_transition`.

    :raises NotFound: if there is no such booking, or it is somebody else's.
    """

    def core(_: int | None) -> Answer:
        locked = _lock_booking(command.booking_id, caller)
        live = _require(Action.CONFIRM, locked)
        if locked.booking["hold_expires_at"] <= clock.now():
            raise HoldExpired()
        _require_nothing_due(locked, caller)
        _move(locked, Action.CONFIRM, stamp="confirmed_at")
        inventory.sell_held([stay_nights(reservation) for reservation in live], cause=Action.CONFIRM)
        record_move(locked.booking, live, Action.CONFIRM, caller)
        revision = _revise(locked, hold_is_over=True)
        facts = events.BookingFacts(booking_id=command.booking_id, revision=revision, changes=("status",))
        publish(events.BookingConfirmed(hotel_id=locked.hotel_id, data=facts))
        return _answer("confirmed", command.booking_id)

    return _run(command, caller=caller, key=key, core=core)


def _require_nothing_due(locked: _Locked, caller: accounts.Caller) -> None:
    """A guest confirms what is paid; staff answer for the money that they have taken."""
    due_now: int = locked.booking["due_now_minor"]
    if due_now and not accounts.rights_of(caller).allows(accounts.Permission.MANAGE_BOOKINGS, locked.hotel_id):
        raise PaymentDue(extra={"due_now": money.from_minor(due_now, locked.booking["currency"])})


def cancel_booking(command: CancelBooking, *, caller: accounts.Caller, key: str) -> Outcome:
    """Give all rooms of a booking back, at the penalty of its frozen terms: outcome `canceled`, or a refusal.

    :raises NotFound: if there is no such booking, or it is somebody else's.
    """

    def core(_: int | None) -> Answer:
        locked = _lock_booking(command.booking_id, caller)
        live = _require(Action.CANCEL, locked)
        _require_expected_penalty(command, locked, live)
        pending = [reservation["id"] for reservation in live if reservation["status"] == Status.PENDING]
        sold = [reservation["id"] for reservation in live if reservation["status"] == Status.CONFIRMED]
        _move(locked, Action.CANCEL, stamp="canceled_at")
        nights = _release_nights(pending + sold)
        held = [stay_nights(reservation) for reservation in live if reservation["id"] in pending]
        inventory.release_held(held, cause=Action.CANCEL)
        freed = [night for night in nights if night["reservation_id"] in sold]
        inventory.release_sold(_stays(freed), cause=Action.CANCEL)
        record_move(locked.booking, live, Action.CANCEL, caller)
        revision = _revise(locked, hold_is_over=True)
        facts = events.BookingFacts(booking_id=command.booking_id, revision=revision, changes=("status",))
        publish(events.BookingCanceled(hotel_id=locked.hotel_id, data=facts))
        return _answer("canceled", command.booking_id)

    return _run(command, caller=caller, key=key, core=core)


def check_in(command: CheckIn, *, caller: accounts.Caller, key: str) -> Outcome:
    """Let the guest in: outcome `checked_in`, or the refusals `too_early`, `invalid_transition`. Staff only.

    :raises Denied: if the caller may see the booking but is no staff of its hotel.
    """

    def effect(locked: _Locked, today: date) -> events.StayEvent:
        _require_arrived(locked, today)
        _move(locked, Action.CHECK_IN, stamp="checked_in_at")
        return _stay_event(events.GuestCheckedIn, locked)

    return _front_desk(
        command=command, action=Action.CHECK_IN, code="checked_in", caller=caller, key=key, effect=effect
    )


def check_out(command: CheckOut, *, caller: accounts.Caller, key: str) -> Outcome:
    """Let the guest go; an early departure frees the nights that are left: outcome `checked_out`. Staff only.

    :raises Denied: if the caller may see the booking but is no staff of its hotel.
    """

    def effect(locked: _Locked, today: date) -> events.StayEvent:
        _move(locked, Action.CHECK_OUT, stamp="checked_out_at")
        _give_back(locked, leaving=today, cause=Action.CHECK_OUT)
        return _stay_event(events.StayCompleted, locked)

    return _front_desk(
        command=command, action=Action.CHECK_OUT, code="checked_out", caller=caller, key=key, effect=effect
    )


def record_no_show(command: RecordNoShow, *, caller: accounts.Caller, key: str) -> Outcome:
    """Record that nobody came: outcome `no_show`, or the refusals `too_early`, `invalid_transition`. Staff only.

    :raises Denied: if the caller may see the booking but is no staff of its hotel.
    """

    def effect(locked: _Locked, today: date) -> events.StayEvent:
        _require_arrived(locked, today)
        _move(locked, Action.NO_SHOW, stamp=None)
        _give_back(locked, leaving=locked.reservations[0]["arrival"], cause=Action.NO_SHOW)
        return _stay_event(events.NoShowRecorded, locked)

    return _front_desk(command=command, action=Action.NO_SHOW, code="no_show", caller=caller, key=key, effect=effect)


def _front_desk(
    *,
    command: CheckIn | CheckOut | RecordNoShow,
    action: Action,
    code: str,
    caller: accounts.Caller,
    key: str,
    effect: Callable[[_Locked, date], events.StayEvent],
) -> Outcome:
    """What staff do with one room: lock its booking, check the state, let `effect` do the rest."""

    def core(_: int | None) -> Answer:
        locked = _lock_reservation(command.reservation_id, caller)
        _require(action, locked)
        labels = inventory.labels_of(hotel_ids=[locked.hotel_id])
        event = effect(locked, labels.hotels[locked.hotel_id].business_date)
        record_move(locked.booking, locked.reservations, action, caller)
        _revise(locked, hold_is_over=False)
        publish(event)
        return _answer(code, locked.booking["id"])

    return _run(command, caller=caller, key=key, core=core)


def _run(command: Any, *, caller: accounts.Caller, key: str, core: commands.Core) -> Outcome:
    """Run a transition. A replay shows nothing to a caller who has lost the right to see the booking meanwhile.

    :raises NotFound: if that is so.
    """
    outcome = commands.run(command, principal=caller.principal, key=key, core=core)
    if outcome.replayed:
        _require_still_in_sight(command, caller)
    return outcome


# Locking and rights ---------------------------------------------------------------------------------------------------

_LOCK = (
    "SELECT booking.*, accounts_is_staff(account_id) AS by_staff FROM bookings_booking AS booking"
    " WHERE id = %(booking_id)s FOR NO KEY UPDATE"
)
_RESERVATIONS = (
    "SELECT id, booking_id, status, room_type_id, arrival, departure, total_minor FROM bookings_reservation"
    " WHERE booking_id = %(booking_id)s AND (%(reservation_id)s::uuid IS NULL OR id = %(reservation_id)s::uuid)"
    " ORDER BY id"
)


def _lock_booking(booking_id: UUID, caller: accounts.Caller) -> _Locked:
    """The booking and its reservations, for its owner or the staff of its hotel; nobody else knows that it exists."""
    locked = _lock(booking_id, None)
    if not _is_own(locked, caller):
        access = accounts.rights_of(caller)
        _require_sight(access, locked)
        if not access.allows(accounts.Permission.MANAGE_BOOKINGS, locked.hotel_id):
            raise Denied()
    return locked


def _lock_reservation(reservation_id: UUID, caller: accounts.Caller) -> _Locked:
    """One reservation with its booking locked, for the front desk of its hotel."""
    rows = fetch_all("SELECT booking_id FROM bookings_reservation WHERE id = %s", [reservation_id])
    if not rows:
        raise NotFound("There is no such reservation.")
    locked = _lock(rows[0]["booking_id"], reservation_id)
    access = accounts.rights_of(caller)
    if not access.allows(accounts.Permission.MANAGE_BOOKINGS, locked.hotel_id):
        if not _is_own(locked, caller):
            _require_sight(access, locked)
        raise Denied("Only the staff of the hotel can do this.")
    return locked


_WHOSE = (
    "SELECT hotel_id, account_id, principal FROM bookings_booking AS booking WHERE id = %(booking_id)s::uuid"
    " OR id = (SELECT booking_id FROM bookings_reservation WHERE id = %(reservation_id)s::uuid)"
)


def _require_still_in_sight(command: Any, caller: accounts.Caller) -> None:
    parameters = {name: getattr(command, name, None) for name in ("booking_id", "reservation_id")}
    for booking in fetch_all(_WHOSE, parameters):
        if not policies.is_own(booking, user_id=caller.user_id, principal=caller.principal):
            access = accounts.rights_of(caller)
            if not access.allows(accounts.Permission.VIEW_BOOKINGS, booking["hotel_id"]):
                raise NotFound("There is no such booking.")


def _is_own(locked: _Locked, caller: accounts.Caller) -> bool:
    return policies.is_own(locked.booking, user_id=caller.user_id, principal=caller.principal)


def _require_sight(access: accounts.Access, locked: _Locked) -> None:
    if not access.allows(accounts.Permission.VIEW_BOOKINGS, locked.hotel_id):
        raise NotFound("There is no such booking.")


def _lock(booking_id: UUID, reservation_id: UUID | None) -> _Locked:
    parameters = {"booking_id": booking_id, "reservation_id": reservation_id}
    bookings = fetch_all(_LOCK, parameters)
    if not bookings:
        raise NotFound("There is no such booking.")
    # Read after the lock: nobody else changes them until this transaction ends.
    return _Locked(booking=bookings[0], reservations=fetch_all(_RESERVATIONS, parameters))


# Rules ----------------------------------------------------------------------------------------------------------------


def _require(action: Action, locked: _Locked) -> list[dict[str, Any]]:
    """The reservations that `action` moves: all of them but those that are over already.

    :raises InvalidTransition: if there is none, or one is in a state that forbids it.
    """
    over = {Status.CANCELED, Status.EXPIRED} if len(locked.reservations) > 1 else set()
    live = [reservation for reservation in locked.reservations if Status(reservation["status"]) not in over]
    statuses = [Status(reservation["status"]) for reservation in live]
    if not statuses or any(status not in TRANSITIONS[action] for status in statuses):
        current = policies.booking_status([Status(reservation["status"]) for reservation in locked.reservations])
        allowed = sorted({str(allowed) for status in statuses for allowed in policies.actions_on(status)})
        raise InvalidTransition(
            f"A booking that is {current} cannot be moved by {action}.",
            extra={"status": str(current), "allowed": allowed},
        )
    return live


def _require_arrived(locked: _Locked, today: date) -> None:
    arrival = locked.reservations[0]["arrival"]
    if arrival > today:
        raise TooEarly(
            f"The stay begins on {arrival}; at the hotel it is {today}.", extra={"business_date": today.isoformat()}
        )


def _require_expected_penalty(command: CancelBooking, locked: _Locked, live: Sequence[dict[str, Any]]) -> None:
    penalty = cancellation_penalty(locked.booking, live, clock.now())
    shown = money.from_minor(penalty, locked.booking["currency"])
    if command.expected_penalty not in (None, shown):
        raise PenaltyChanged(extra={"penalty": shown})


def cancellation_penalty(booking: dict[str, Any], reservations: Sequence[dict[str, Any]], instant: datetime) -> int:
    """What canceling these reservations at `instant` costs, in minor units: nothing while nothing was confirmed."""
    if all(reservation["status"] == Status.PENDING for reservation in reservations):
        return 0
    return policies.penalty_at(tiers_of(booking), instant)


# Effects --------------------------------------------------------------------------------------------------------------


def _move(locked: _Locked, action: Action, *, stamp: str | None) -> None:
    """The conditional UPDATE of a transition.

    :raises InvalidTransition: if the state is another one by now, which the lock on the booking makes impossible.
    """
    for source, target in TRANSITIONS[action].items():
        ids = [reservation["id"] for reservation in locked.reservations if reservation["status"] == source]
        if not ids:
            continue
        stamped = f", {stamp} = %(now)s" if stamp else ""
        moved = fetch_all(
            f"UPDATE bookings_reservation SET status = %(target)s{stamped}"  # noqa: S608 - a column named above
            " WHERE id = ANY(%(ids)s::uuid[]) AND status = %(source)s RETURNING id",
            {"target": target.value, "source": source.value, "ids": ids, "now": clock.now()},
        )
        if len(moved) != len(ids):
            raise InvalidTransition()


def _release_nights(reservation_ids: Sequence[UUID], *, but_before: date | None = None) -> list[dict[str, Any]]:
    """Mark nights as given back, from `but_before` on or all of them, and say which."""
    return fetch_all(
        "UPDATE bookings_reservationnight SET released_at = %(now)s"
        " WHERE reservation_id = ANY(%(ids)s::uuid[]) AND released_at IS NULL"
        " AND (%(first)s::date IS NULL OR night >= %(first)s::date) RETURNING reservation_id, room_type_id, night",
        {"now": clock.now(), "ids": list(reservation_ids), "first": but_before},
    )


def _give_back(locked: _Locked, *, leaving: date, cause: Action) -> None:
    """Free the nights that a guest who leaves on `leaving` no longer needs."""
    stay = locked.reservations[0]
    free = policies.nights_given_back(arrival=stay["arrival"], departure=stay["departure"], leaving=leaving)
    if free:
        nights = _release_nights([stay["id"]], but_before=free[0])
        inventory.release_sold(_stays(nights), cause=cause)


def _stays(nights: Sequence[dict[str, Any]]) -> list[inventory.StayNights]:
    return inventory.stays_of((night["reservation_id"], night["room_type_id"], night["night"]) for night in nights)


def _revise(locked: _Locked, *, hold_is_over: bool) -> int:
    rows = fetch_all(
        "UPDATE bookings_booking SET revision = revision + 1, updated_at = %(now)s,"
        " hold_expires_at = CASE WHEN %(hold_is_over)s THEN NULL ELSE hold_expires_at END"
        " WHERE id = %(id)s RETURNING revision",
        {"now": clock.now(), "id": locked.booking["id"], "hold_is_over": hold_is_over},
    )
    return int(rows[0]["revision"])


def _stay_event(kind: type[events.StayEvent], locked: _Locked) -> events.StayEvent:
    facts = events.StayFacts(
        booking_id=locked.booking["id"],
        reservation_id=locked.reservations[0]["id"],
        revision=locked.booking["revision"] + 1,
        changes=("status",),
    )
    return kind(hotel_id=locked.hotel_id, data=facts)


def _answer(code: str, booking_id: UUID) -> Answer:
    view: BookingView = get_booking(booking_id)
    return Answer(code=code, view=view, etag=view.etag)
