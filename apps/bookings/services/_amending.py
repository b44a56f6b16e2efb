"""Amending a booking: only what is given changes, only the difference touches the inventory, all of it or nothing."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from apps.accounts import services as accounts
from apps.bookings import events, policies
from apps.bookings.services._amended_rows import write_stays
from apps.bookings.services._amended_stays import (
    AmendedStay,
    amended_stay,
    beyond_freed,
    freed_by,
    penalty_so_far,
    runs_of,
)
from apps.bookings.services._amendment_differences import booking_changes, differences_of, names_of_changes
from apps.bookings.services._amendments import AmendBooking, AmendmentPreview
from apps.bookings.services._audit import record_amendment
from apps.bookings.services._changing import answer, booking_facts, merged_terms, revise
from apps.bookings.services._errors import BelowPenalty, HoldExpired
from apps.bookings.services._expiry import expire_overdue_holds
from apps.bookings.services._locking import lock_booking, not_in_this_state, require_may_change, run
from apps.bookings.services._orders import Override
from apps.bookings.services._rooms_along import rooms_along
from apps.bookings.services._rows import TREE, parsed_tree
from apps.bookings.services._views import stay_nights
from apps.bookings.types import Action, Status
from apps.inventory import services as inventory
from apps.platform import clock, money
from apps.platform.audit import because
from apps.platform.commands import Answer, Contention
from apps.platform.db import RoundTrip, Rows
from apps.platform.errors import Denied, Invalid, NotFound, Stale
from apps.platform.events import publish
from apps.platform.idempotency import Outcome


def amend_booking(command: AmendBooking, *, caller: accounts.Caller, key: str, expected_revision: int) -> Outcome:
    """Change what the command says of a booking: outcome `amended`, or a refusal that leaves everything untouched.

    :param expected_revision: the one that the caller has seen. A key that has an answer gets it whatever is expected.
    :raises NotFound: if there is no such booking, or it is somebody else's.
    :raises Denied: if something is overridden by somebody who may not.
    :raises Stale: if the booking has another revision.
    :raises Invalid: if dates, products or reservations cannot be right.
    """
    _require_sense(command)
    amending = _Amending(command=command, caller=caller, expected_revision=expected_revision)
    with because(command.override.reason) if command.override else nullcontext():
        return run(command, caller=caller, key=key, core=amending.core, look_ahead=amending.look_ahead)


def preview_amendment(
    command: AmendBooking, *, caller: accounts.Caller, expected_revision: int | None = None
) -> AmendmentPreview:
    """What the command would change at this moment; it changes nothing.

    :param expected_revision: None: whatever it is.
    :raises Problem: as `amend_booking` refuses.
    """
    _require_sense(command)
    amending = _Amending(command=command, caller=caller, expected_revision=expected_revision)
    with clock.own_pace():
        return amending.preview(amending.read(RoundTrip()))


def _require_sense(command: AmendBooking) -> None:
    if not command.says_something:
        raise Invalid("Nothing is to be changed.")
    if command.override is not None and not command.override.reason.strip():
        detail = "Say why: it is written down with the change."
        raise Invalid(detail, items=[{"code": "required", "detail": detail, "pointer": "/override/reason"}])


_STATE = f"SELECT ({TREE})::text AS state FROM bookings_booking AS booking WHERE id = %(id)s::uuid"  # noqa: S608


class _Amending:
    """One try at amending a booking: what the look ahead has read and priced serves the core."""

    def __init__(self, *, command: AmendBooking, caller: accounts.Caller, expected_revision: int | None) -> None:
        self.command, self.caller, self.expected_revision = command, caller, expected_revision
        self.booking: dict[str, Any]
        self.stays: Sequence[AmendedStay]
        self.quoted: Mapping[UUID, inventory.QuotedStay]

    # Before any lock --------------------------------------------------------------------------------------------------

    def read(self, trip: RoundTrip) -> Callable[[], Rows]:
        return trip.add(_STATE, {"id": self.command.booking_id})

    def look_ahead(self, trip: RoundTrip) -> Callable[[], Contention]:
        read = self.read(trip)

        def contention() -> Contention:
            quote = self._see(read())
            if quote is not None and quote.overdue_in_the_way:
                # In a transaction of its own, before ours holds any night: one lock order everywhere.
                expire_overdue_holds(room_type_ids={place[0] for stay in self.stays for place in stay.taken})
                quote = self._see(self.read(RoundTrip())())
            places = {place[0] for stay in self.stays for place in (*stay.given, *stay.taken)}
            return Contention(
                resources=sorted(f"room-type:{room_type_id}" for room_type_id in places),
                scarce=quote is not None and quote.least_left < settings.LOCK_SCARCE_ROOMS,
                refusal=quote.refusal if quote else None,
            )

        return contention

    def preview(self, read: Callable[[], Rows]) -> AmendmentPreview:
        quote = self._see(read())
        if quote is not None and quote.refusal is not None:
            raise quote.refusal
        now = clock.now()
        after = self._after(self._settled(now))
        return differences_of(self.booking, after, self.stays, now)

    def _see(self, rows: Rows) -> inventory.Quote | None:
        """What the booking is like now, and what its amendment costs; None where nothing has to be priced."""
        if not rows:
            raise NotFound("There is no such booking.")
        self.booking = parsed_tree(rows[0]["state"])
        inventory.go_by_clock_of(self.booking["hotel_id"])
        require_may_change(self.booking, self.caller)
        self._require_own_address()
        self._require_revision(self.booking)
        self._require_override()
        concerned = self._concerned()
        self._require_state(concerned)
        self.stays = self._wanted(concerned)
        priced = [stay for stay in self.stays if stay.request is not None]
        self.quoted = {}
        if not priced:
            return None
        quote = inventory.price_stays(
            RoundTrip(),
            hotel_id=self.booking["hotel_id"],
            stays=[stay.request for stay in priced if stay.request is not None],
            unrestricted=self._override.restrictions,
            beyond_limit=self._override.overbooking,
            freed=freed_by(priced),
        )()
        self.quoted = {stay.before["id"]: quoted for stay, quoted in zip(priced, quote.stays, strict=True)}
        self._require_sold_to_caller(priced)
        return quote

    @property
    def _override(self) -> Override:
        return self.command.override or Override(reason="")

    def _require_revision(self, booking: Mapping[str, Any]) -> None:
        if self.expected_revision not in (None, booking["revision"]):
            raise Stale(extra={"revision": booking["revision"]})

    def _require_own_address(self) -> None:
        """Whoever has found the link of a booking cannot have its next link mailed to themselves.

        :raises Denied: if the address is changed by whoever only shows the secret of the booking.
        """
        booker = self.command.booker
        moves = booker is not None and booker.email.lower() != self.booking["booker_email"].lower()
        if moves and self.caller.only is not None:
            raise Denied("By the link of a booking its address cannot be changed: ask the hotel.")

    def _require_override(self) -> None:
        if self.command.override is not None and not self._is_allowed(accounts.Permission.OVERRIDE):
            raise Denied("Only staff who may override can set aside what the hotel's rules say.")

    def _is_allowed(self, permission: accounts.Permission) -> bool:
        return accounts.rights_of(self.caller).allows(permission, self.booking["hotel_id"])

    def _concerned(self) -> list[dict[str, Any]]:
        """The stays that are to be changed, in the order of the command.

        :raises Invalid: naming each that the booking does not have, or that is named twice.
        """
        by_id = {stay["id"]: stay for stay in self.booking["reservations"]}
        wanted = [change.reservation_id for change in self.command.reservations]
        items = [
            {"code": "unknown", "detail": "The booking has no such reservation.", "pointer": f"/reservations/{at}/id"}
            for at, id_ in enumerate(wanted)
            if id_ not in by_id
        ]
        items += [
            {"code": "repeated", "detail": "Name each reservation once.", "pointer": f"/reservations/{at}/id"}
            for at, id_ in enumerate(wanted)
            if id_ in wanted[:at]
        ]
        if items:
            raise Invalid("Some reservations cannot be right.", items=items)
        return [by_id[id_] for id_ in wanted]

    def _require_state(self, concerned: Sequence[Mapping[str, Any]]) -> None:
        """Let go on only with stays that can be amended; for words about the booking one such is enough.

        :raises InvalidTransition: if that is not so.
        :raises HoldExpired: if the rooms are held no longer.
        """
        stays = concerned or self.booking["reservations"]
        statuses = [Status(stay["status"]) for stay in stays]
        apt = [status in policies.WITHIN[Action.AMEND] for status in statuses]
        if not (all(apt) if concerned else any(apt)):
            raise not_in_this_state(Action.AMEND, statuses, statuses)
        _require_held(self.booking)

    def _wanted(self, concerned: Sequence[dict[str, Any]]) -> list[AmendedStay]:
        """The stays that become others.

        :raises Invalid: if a guest in the house would arrive on another date.
        """
        if not concerned:
            return []
        hotel_id = self.booking["hotel_id"]
        today = inventory.today_at(hotel_id)
        stays = [
            amended_stay(
                before, change, today=today, booked_at=self.booking["created_at"], pointer=f"/reservations/{position}"
            )
            for position, (before, change) in enumerate(zip(concerned, self.command.reservations, strict=True))
        ]
        for position, stay in enumerate(stays):
            if stay.before["status"] == Status.CHECKED_IN and stay.wanted["arrival"] != stay.before["arrival"]:
                detail = "The guest has arrived: the arrival stays as it is."
                pointer = f"/reservations/{position}/arrival"
                raise Invalid(detail, items=[{"code": "invalid_date", "detail": detail, "pointer": pointer}])
        return [stay for stay in stays if stay.wanted != stay.before]

    def _require_sold_to_caller(self, priced: Sequence[AmendedStay]) -> None:
        """Who has a plan keeps it; another one is had by those only to whom it is sold.

        :raises Invalid: as for an unknown product.
        """
        hidden = [
            f"{stay.request.pointer}/rate_plan_id"
            for stay in priced
            if stay.request and stay.changes_plan and not self.quoted[stay.before["id"]].is_sold_to("")
        ]
        if hidden and not self._is_allowed(accounts.Permission.MANAGE_BOOKINGS):
            raise inventory.unknown_products(hidden)

    # Inside the transaction -------------------------------------------------------------------------------------------

    def core(self, fence: int | None) -> Answer:
        locked = lock_booking(self.command.booking_id, self.caller)
        # What was seen is of this revision, and so is what was priced.
        self._require_revision(locked.booking)
        _require_held(locked.booking)
        now = clock.now()
        changed = self._settled(now)
        after = self._after(changed)
        changes = names_of_changes(locked.booking, after)
        if not changes:
            return answer("amended", locked.booking)
        rooms = rooms_along(locked.hotel_id, self.stays)
        self._exchange(changed, fence)
        if changed:
            write_stays(changed, rooms)
        record_amendment(locked.booking, after, changes, self.caller)
        booking = revise(
            locked, Action.AMEND, actor=self.caller.principal, changes=booking_changes(locked.booking, after)
        )
        publish(events.BookingAmended(hotel_id=locked.hotel_id, data=booking_facts(booking, *changes)))
        return answer("amended", booking)

    def _settled(self, now: datetime) -> list[dict[str, Any]]:
        """The stays as they will be.

        :raises BelowPenalty: if a guest would pay less for a room than for giving it up: that would escape the penalty.
        """
        changed = [stay.settled(self.quoted.get(stay.before["id"]), now) for stay in self.stays]
        for stay, will_be in zip(self.stays, changed, strict=True):
            penalty = penalty_so_far(stay.before, now)
            if will_be["total_minor"] < penalty and not self._is_allowed(accounts.Permission.MANAGE_BOOKINGS):
                amounts = {"penalty": penalty, "total": will_be["total_minor"]}
                currency = self.booking["currency"]
                raise BelowPenalty(extra={name: money.from_minor(minor, currency) for name, minor in amounts.items()})
        return changed

    def _after(self, changed: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The row of the booking as it will be, with its stays."""
        command, by_id = self.command, {stay["id"]: stay for stay in changed}
        stays = [by_id.get(stay["id"], stay) for stay in self.booking["reservations"]]
        after = self.booking | {"reservations": stays}
        if self.quoted:
            open_stays = [stay for stay in stays if stay["status"] in policies.OPEN]
            after["total_minor"] = sum(stay["total_minor"] for stay in stays)
            after["due_now_minor"] = sum(stay["due_now_minor"] for stay in open_stays)
            after["cancellation_terms"] = merged_terms(open_stays)
        if command.booker is not None:
            booker = command.booker
            after |= {"booker_name": booker.full_name, "booker_email": booker.email, "booker_phone": booker.phone}
        if command.special_requests is not None:
            after["special_requests"] = command.special_requests
        return after

    def _exchange(self, changed: Sequence[Mapping[str, Any]], fence: int | None) -> None:
        """Give and take the nights that differ; the holds of pending stays are of their new nights."""
        beyond = beyond_freed(self.stays) if self._override.overbooking else []
        if beyond:
            inventory.raise_limits(
                beyond,
                hotel_id=self.booking["hotel_id"],
                actor=self.caller.principal,
                reason=self._override.reason,
            )
        inventory.exchange_nights(
            given=runs_of(self.stays, taken=False),
            taken=runs_of(self.stays, taken=True),
            holds=[stay_nights(stay) for stay in changed if stay["status"] == Status.PENDING],
            cause=Action.AMEND,
            fence=fence,
            unrestricted=self._override.restrictions,
            pointers={stay.before["id"]: stay.request.pointer for stay in self.stays if stay.request},
        )


def _require_held(booking: Mapping[str, Any]) -> None:
    """Refuse what is pending and no longer held, also while no sweeper runs.

    :raises HoldExpired: if that is so.
    """
    if booking["hold_expires_at"] is not None and booking["hold_expires_at"] <= clock.now():
        raise HoldExpired()
