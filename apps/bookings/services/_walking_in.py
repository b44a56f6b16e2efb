"""Somebody stands at the desk without a booking: placed, confirmed, given a room and let in, all of it or nothing."""

from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings.services._front_desk import enter
from apps.bookings.services._locking import lock_for_platform
from apps.bookings.services._orders import Override, PlaceBooking, RoomRequest
from apps.bookings.services._placing import Placing
from apps.bookings.services._views import Booker
from apps.inventory import services as inventory
from apps.platform import clock, commands
from apps.platform.audit import because
from apps.platform.commands import Answer
from apps.platform.idempotency import Outcome


@dataclass(frozen=True, kw_only=True)
class WalkIn:
    """One room, from the night that runs at the hotel until `departure`.

    :param room_id: where; None: the best ready room of the type.
    :param override: what is set aside for it, and why: it takes the permission to override.
    """

    operation: ClassVar[str] = "bookings.walk_in"

    hotel_id: UUID
    departure: date
    room: RoomRequest
    booker: Booker
    room_id: UUID | None = None
    rate_code: str = ""
    special_requests: str = ""
    override: Override | None = None


def walk_in(command: WalkIn, *, caller: accounts.Caller, key: str) -> Outcome:
    """Let somebody in who has not booked: outcome `booked`, with the guest in the house, or a refusal. Staff only.

    The stay begins on the business date: at 01:30 with the night that still runs.

    :raises NotFound: if the caller is not of the hotel's staff.
    :raises Denied: if the caller is, but in no role that manages bookings, or that overrides what is overridden.
    :raises Invalid: if the departure or the product cannot be right.
    """
    access = accounts.rights_of(caller)
    inventory.require(access, accounts.Permission.MANAGE_BOOKINGS, command.hotel_id)
    with clock.own_pace(), because(command.override.reason) if command.override else nullcontext():
        inventory.go_by_clock_of(command.hotel_id)
        order = _order(command)
        if order.overrides_something:
            inventory.require(access, accounts.Permission.OVERRIDE, command.hotel_id)
        placing = Placing(command=order, caller=caller, key=key)

        def core(fence: int | None) -> Answer:
            placed = placing.core(fence)
            locked = lock_for_platform(placed.view.id)
            entered = enter(locked, command.room_id, caller)
            return replace(placed, view=entered.view, etag=entered.etag)

        return commands.run(command, principal=caller.principal, key=key, core=core, look_ahead=placing.look_ahead)


def _order(command: WalkIn) -> PlaceBooking:
    today = inventory.today_at(command.hotel_id)
    return PlaceBooking(
        hotel_id=command.hotel_id,
        arrival=today,
        departure=command.departure,
        rooms=(command.room,),
        booker=command.booker,
        confirm=True,
        source="walk-in",
        rate_code=command.rate_code,
        special_requests=command.special_requests,
        override=command.override,
    )
