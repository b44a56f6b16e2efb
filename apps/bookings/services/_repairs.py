"""Setting right what is provably wrong: the counters of nights, from the nights that reservations live on, and their
ledger, whose movements are to come to the counters.

Everything else that breaks an invariant is a contradiction that a person has to decide, and is only reported.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction

from apps.bookings.services._invariants import LIVE_NIGHTS, NightDrift, ledger_drift, night_drift, snapshot
from apps.inventory import services as inventory
from apps.platform import audit, principals
from apps.platform.audit import Change
from apps.platform.db import fetch_all, is_rolled_back

BATCH = 100

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class CounterRepair:
    """A night whose counters were not its live nights: what they said, what is true, and why that cannot be, if so.

    :param of_ledger: the counters were right; it is what the movements came to that was not.
    """

    room_type_id: UUID
    night: date
    sold_before: int
    held_before: int
    sold: int
    held: int
    refusal: str = ""
    of_ledger: bool = False


def repair_counters(*, dry_run: bool = False) -> tuple[CounterRepair, ...]:
    """Let every night count what is sold and held of it; safe while the sale goes on.

    A batch a transaction, its nights locked in the canonical order before the truth about them is counted. A night is
    left as it is, with the reason in `refusal`, where the truth does not fit its limit, where its reservations
    contradict themselves, where it has no row, and where others would not let go of it.

    :param dry_run: only say what would be done.
    """
    with snapshot():
        drifts = list(night_drift())
        wrong = {(drift.room_type_id, drift.night) for drift in drifts}
        # Where the counters are set right, the ledger is too.
        untold = [drift for drift in ledger_drift() if (drift.room_type_id, drift.night) not in wrong]
    repairs: list[CounterRepair] = []
    for judge, found in ((_judged, drifts), (_balanced, untold)):
        for start in range(0, len(found), BATCH):
            repairs += _repaired(found[start : start + BATCH], judge, dry_run=dry_run)
    return tuple(repairs)


_Judge = Callable[[Sequence[NightDrift]], Iterator[CounterRepair]]


def _repaired(drifts: Sequence[NightDrift], judge: _Judge, *, dry_run: bool) -> list[CounterRepair]:
    try:
        with transaction.atomic(durable=True):
            repairs = list(judge(drifts))
            if not dry_run:
                truths = {(one.room_type_id, one.night): (one.sold, one.held) for one in repairs if not one.refusal}
                inventory.set_counters(truths)
                _tell([one for one in repairs if not (one.refusal or one.of_ledger)])
    except OperationalError as error:
        if not is_rolled_back(error):
            raise
        return [_of(drift, refusal="others are at work on it: once more") for drift in drifts]
    for repair in repairs:
        if not (dry_run or repair.refusal):
            logger.warning("counters corrected: %s", repair)
    return repairs


def _tell(repairs: Sequence[CounterRepair]) -> None:
    hotels = {
        id_: facts.hotel_id for id_, facts in inventory.get_room_types(one.room_type_id for one in repairs).items()
    }
    audit.record(
        [
            Change(
                operation="bookings.repair_counters",
                kind="night",
                object_id=f"{one.room_type_id}/{one.night}",
                scope_id=hotels[one.room_type_id],
                before={"sold": one.sold_before, "held": one.held_before},
                after={"sold": one.sold, "held": one.held},
            )
            for one in repairs
        ],
        actor=principals.system("check_invariants"),
    )


def _judged(drifts: Sequence[NightDrift]) -> Iterator[CounterRepair]:
    """What is wrong still, now that nobody else changes it."""
    counted = inventory.lock_counters([(drift.room_type_id, drift.night) for drift in drifts])
    places = {"types": [drift.room_type_id for drift in drifts], "nights": [drift.night for drift in drifts]}
    live = {_place(row): (row["sold"], row["held"]) for row in fetch_all(_LIVE_AMONG, places)}
    contradicted = {_place(row) for row in fetch_all(_CONTRADICTED, places)}
    for drift in drifts:
        place = (drift.room_type_id, drift.night)
        seen, (sold, held) = counted.get(place), live.get(place, (0, 0))
        if seen is None:
            yield _of(drift, refusal="there is no such night in the inventory")
        elif (seen.sold, seen.held) != (sold, held):
            repair = replace(_of(drift), sold_before=seen.sold, held_before=seen.held, sold=sold, held=held)
            if place in contradicted:
                yield replace(repair, refusal="a reservation contradicts its own nights")
            elif not seen.allow(sold=sold, held=held):
                yield replace(repair, refusal=f"more than the {seen.limit} that may be taken")
            else:
                yield repair


def _balanced(drifts: Sequence[NightDrift]) -> Iterator[CounterRepair]:
    """The nights whose movements have to come to what they count now, that nobody else changes it."""
    counted = inventory.lock_counters([(drift.room_type_id, drift.night) for drift in drifts])
    for drift in drifts:
        seen = counted.get((drift.room_type_id, drift.night))
        if seen is None:
            yield replace(_of(drift, refusal="there is no such night in the inventory"), of_ledger=True)
        else:
            yield CounterRepair(
                room_type_id=drift.room_type_id,
                night=drift.night,
                sold_before=drift.booked_sold,
                held_before=drift.booked_held,
                sold=seen.sold,
                held=seen.held,
                of_ledger=True,
            )


_AMONG = "SELECT * FROM unnest(%(types)s::uuid[], %(nights)s::date[])"
_LIVE_AMONG = LIVE_NIGHTS.format(among=f"AND (night.room_type_id, night.night) IN ({_AMONG})")

# A stay that is over and has kept the night, or one that is not and has given it back, or never had it: then it cannot
# be proven which of the two is true.
_CONTRADICTED = f"""
SELECT DISTINCT wanted.room_type_id, wanted.night
  FROM ({_AMONG}) AS wanted (room_type_id, night)
  JOIN bookings_reservation AS stay
    ON stay.room_type_id = wanted.room_type_id AND stay.arrival <= wanted.night AND stay.departure > wanted.night
  LEFT JOIN bookings_reservationnight AS night ON night.reservation_id = stay.id AND night.night = wanted.night
 WHERE CASE WHEN stay.status IN ('canceled', 'expired') THEN night.night IS NOT NULL AND night.released_at IS NULL
            WHEN stay.status IN ('pending', 'confirmed', 'checked_in')
            THEN night.night IS NULL OR night.released_at IS NOT NULL
            ELSE night.night IS NULL END
"""  # noqa: S608 - a constant


def _place(row: Mapping[str, Any]) -> tuple[UUID, date]:
    return row["room_type_id"], row["night"]


def _of(drift: NightDrift, *, refusal: str = "") -> CounterRepair:
    return CounterRepair(
        room_type_id=drift.room_type_id,
        night=drift.night,
        sold_before=drift.counted_sold,
        held_before=drift.counted_held,
        sold=drift.booked_sold,
        held=drift.booked_held,
        refusal=refusal,
    )
