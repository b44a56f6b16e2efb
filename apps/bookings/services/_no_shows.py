"""Guests who do not come: recorded by staff or by a job, at a fee, and their later nights kept for a while."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction

from apps.accounts import services as accounts
from apps.bookings import events, policies
from apps.bookings.services._audit import record_move
from apps.bookings.services._changing import answer, give_back, move, release_nights, revise, stay_facts, stays_of
from apps.bookings.services._front_desk import require_arrived
from apps.bookings.services._locking import LockedBooking, lock_at_desk, lock_for_platform, require_state, run
from apps.bookings.services._views import labels_for
from apps.bookings.types import Action, Status
from apps.inventory import services as inventory
from apps.platform import clock, principals
from apps.platform.commands import Answer
from apps.platform.db import fetch_all
from apps.platform.events import publish
from apps.platform.idempotency import Outcome

_JOB = accounts.Caller(principal=principals.system("no_shows"))


@dataclass(frozen=True, kw_only=True)
class RecordNoShow:
    """The guest of one room did not come: the first night stays sold, the later ones are free before long."""

    operation: ClassVar[str] = "reservations.no_show"

    reservation_id: UUID


def record_no_show(command: RecordNoShow, *, caller: accounts.Caller, key: str) -> Outcome:
    """Record that nobody came: outcome `no_show`, or the refusals `too_early`, `invalid_transition`. Staff only.

    :raises Denied: if the caller may see the booking but is no staff of its hotel.
    """

    def core(_: int | None) -> Answer:
        return _miss(lock_at_desk(command.reservation_id, caller), caller)

    return run(command, caller=caller, key=key, core=core)


def _miss(locked: LockedBooking, caller: accounts.Caller) -> Answer:
    [stay] = require_state(Action.NO_SHOW, locked)
    labels = labels_for([locked.booking])
    require_arrived(stay, labels.hotels[locked.hotel_id].business_date)
    fee = stay["total_minor"] if stay["no_show_minor"] is None else min(stay["no_show_minor"], stay["total_minor"])
    move([stay], Action.NO_SHOW, stamp="no_show_at", penalties={stay["id"]: fee})
    if not _is_waited_for(stay, inventory.get_hotel(locked.hotel_id)):
        give_back(stay, leaving=stay["arrival"], cause=Action.NO_SHOW)
    record_move(locked.booking, [stay], Action.NO_SHOW, caller)
    booking = revise(locked, Action.NO_SHOW, actor=caller.principal)
    publish(events.NoShowRecorded(hotel_id=locked.hotel_id, data=stay_facts(booking, stay, "status")))
    return answer("no_show", booking, labels=labels)


def _is_waited_for(stay: Mapping[str, Any], hotel: inventory.HotelFacts) -> bool:
    """Whether the later nights are kept still, in case the guest comes late."""
    if hotel.no_show_nights is inventory.NoShowNights.AT_ONCE:
        return False
    return clock.now() < policies.kept_until(arrival=stay["arrival"], time_zone=hotel.time_zone)


# What is due ----------------------------------------------------------------------------------------------------------

_EXPECTED = """
SELECT id, booking_id, hotel_id, arrival, guarantee FROM bookings_reservation
 WHERE hotel_id = ANY(%(hotels)s::uuid[]) AND status = 'confirmed' AND arrival <= %(latest)s
 ORDER BY id
"""


def no_shows_due(hotel_ids: Iterable[UUID]) -> list[dict[str, Any]]:
    """The stays of these hotels whose guests need not be waited for any more: proposals to record, or to call them."""
    hotels = inventory.get_hotels(hotel_ids)
    parameters = {"hotels": list(hotels), "latest": clock.now().date() + timedelta(days=1)}
    return [row for row in fetch_all(_EXPECTED, parameters) if _is_missed(row, hotels[row["hotel_id"]])]


def _is_missed(stay: Mapping[str, Any], hotel: inventory.HotelFacts) -> bool:
    return clock.now() >= policies.missed_at(
        arrival=stay["arrival"],
        guarantee=stay["guarantee"],
        cutoff=hotel.no_show_cutoff,
        time_zone=hotel.time_zone,
    )


def record_due_no_shows(hotel_id: UUID | None = None) -> int:
    """Record who did not come, where the hotel lets a job do so; returns how many. Safe to run twice and late.

    :param hotel_id: at this hotel only, by its clock.
    """
    hotels = [id_ for id_ in inventory.hotels_recording_no_shows() if hotel_id in (None, id_)]
    recorded = 0
    for row in no_shows_due(hotels):
        with clock.own_pace(), transaction.atomic(durable=True):
            locked = _of_stay(row)
            # Whoever was faster has let the guest in, or canceled.
            if locked.concerned[0]["status"] == Status.CONFIRMED:
                _miss(locked, _JOB)
                recorded += 1
    return recorded


_KEPT = """
SELECT stay.id, stay.booking_id, stay.hotel_id, stay.arrival FROM bookings_reservation AS stay
 WHERE stay.status = 'no_show' AND stay.departure >= %(earliest)s AND stay.arrival < %(latest)s
   AND (%(hotel)s::uuid IS NULL OR stay.hotel_id = %(hotel)s::uuid)
   AND EXISTS (SELECT 1 FROM bookings_reservationnight AS night
                WHERE night.reservation_id = stay.id AND night.night > stay.arrival AND night.released_at IS NULL)
 ORDER BY stay.id
"""


def free_kept_nights(hotel_id: UUID | None = None) -> int:
    """Free the later nights of no-shows for whom nobody waits any more; returns of how many. Safe to run twice.

    :param hotel_id: at this hotel only, by its clock.
    """
    today = clock.now().date()
    parameters = {"hotel": hotel_id, "earliest": today - timedelta(days=1), "latest": today + timedelta(days=1)}
    rows = fetch_all(_KEPT, parameters)
    hotels = inventory.get_hotels({row["hotel_id"] for row in rows})
    due = [row for row in rows if not _is_waited_for(row, hotels[row["hotel_id"]])]
    return sum(_free(row) for row in due)


def _free(row: Mapping[str, Any]) -> bool:
    with clock.own_pace(), transaction.atomic(durable=True):
        locked = _of_stay(row)
        [stay] = locked.concerned
        if stay["status"] != Status.NO_SHOW:
            return False
        nights = release_nights([stay["id"]], but_before=stay["arrival"] + timedelta(days=1))
        if not nights:
            return False
        inventory.release_sold(stays_of(nights), cause=Action.GIVE_BACK)
        booking = revise(locked, Action.GIVE_BACK, actor=_JOB.principal)
        publish(events.NightsFreed(hotel_id=locked.hotel_id, data=stay_facts(booking, stay, "nights")))
    return True


def _of_stay(row: Mapping[str, Any]) -> LockedBooking:
    return narrowed(lock_for_platform(row["booking_id"]), row["id"])


def narrowed(locked: LockedBooking, reservation_id: UUID) -> LockedBooking:
    """The same booking, of which one stay is what it is about."""
    return replace(locked, concerned=[stay for stay in locked.stays if stay["id"] == reservation_id])
