"""Bookings without an account: taken into one, and their secret made invalid."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from apps.accounts import services as accounts
from apps.bookings import events
from apps.bookings.services._audit import record_change
from apps.bookings.services._changing import answer, booking_facts, revise
from apps.bookings.services._errors import AddressNotVerified
from apps.bookings.services._locking import LockedBooking, lock_booking, lock_for_platform, run
from apps.bookings.types import Action
from apps.platform.commands import Answer
from apps.platform.errors import Denied, NotFound
from apps.platform.events import publish
from apps.platform.idempotency import Outcome


@dataclass(frozen=True, kw_only=True)
class ClaimBooking:
    """A booking that was placed without an account is in the name of one from now on."""

    operation: ClassVar[str] = "bookings.claim"

    booking_id: UUID


@dataclass(frozen=True, kw_only=True)
class RenewManageLink:
    """The secrets of a booking that are about open nothing any more; its booker gets a new one by mail."""

    operation: ClassVar[str] = "bookings.renew_manage_link"

    booking_id: UUID


def claim_booking(command: ClaimBooking, *, caller: accounts.Caller, key: str) -> Outcome:
    """Take a booking into the account of its booker: outcome `claimed`. Its manage secret opens nothing any more.

    The address of the account is that of the booker, and is verified. Claiming what is one's own changes nothing.

    :raises NotFound: if there is no such booking, another account has it, or the address is another one.
    :raises AddressNotVerified: if the account has not proven its address yet.
    :raises Denied: if no account asks.
    """
    if caller.user_id is None:
        raise Denied("Only an account can claim a booking: sign in.")
    profile = accounts.profile_of(caller.user_id)

    def core(_: int | None) -> Answer:
        locked = lock_for_platform(command.booking_id)
        if locked.booking["account_id"] == caller.user_id:
            return answer("claimed", locked.booking)
        _require_claimable(locked, profile)
        booking = revise(
            locked,
            Action.CLAIM,
            actor=caller.principal,
            changes={"account_id": profile.id, "manage_version": locked.booking["manage_version"] + 1},
        )
        publish(events.BookingClaimed(hotel_id=locked.hotel_id, data=booking_facts(booking, "account_id")))
        return answer("claimed", booking)

    return run(command, caller=caller, key=key, core=core)


def _require_claimable(locked: LockedBooking, profile: accounts.Profile) -> None:
    # What staff have placed is in their name until its booker takes it over.
    in_a_guests_name = locked.booking["account_id"] is not None and not locked.booking["by_staff"]
    if in_a_guests_name or locked.booking["booker_email"].lower() != profile.email.lower():
        raise NotFound("There is no such booking.")
    if not profile.email_verified:
        raise AddressNotVerified()


def renew_manage_link(command: RenewManageLink, *, caller: accounts.Caller, key: str) -> Outcome:
    """Make the manage secrets of a booking invalid, and let a new one be mailed to its booker: outcome `renewed`.

    The new one is only mailed, never answered: whoever has found a link cannot shut out the booker with it.

    :raises NotFound: if there is no such booking, or it is somebody else's.
    """

    def core(_: int | None) -> Answer:
        locked = lock_booking(command.booking_id, caller)
        version = locked.booking["manage_version"]
        record_change(
            locked.booking,
            Action.RENEW_LINK,
            caller,
            before={"manage_version": version},
            after={"manage_version": version + 1},
        )
        booking = revise(locked, Action.RENEW_LINK, actor=caller.principal, changes={"manage_version": version + 1})
        publish(events.ManageLinkRenewed(hotel_id=locked.hotel_id, data=booking_facts(booking)))
        return answer("renewed", booking)

    return run(command, caller=caller, key=key, core=core)
