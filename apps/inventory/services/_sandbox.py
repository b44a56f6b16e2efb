"""The clocks of sandboxes: hotels in which an integrator watches holds expire and penalties begin, without waiting."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.accounts.services import Access, Permission
from apps.inventory import events, policies
from apps.inventory.models import Hotel
from apps.inventory.services._checks import require
from apps.inventory.services._generation import fill_nights
from apps.platform import audit, clock
from apps.platform.audit import Change
from apps.platform.errors import Conflict, Invalid, NotFound
from apps.platform.events import publish


class NotASandbox(Conflict):
    """The clock of a hotel that really has guests is nobody's to move."""

    code = "not_a_sandbox"
    title = "The hotel is no sandbox"
    cause = "Only the clock of a hotel that was founded as a sandbox can be advanced, and this one was not."
    remedy = 'Found a hotel with `"is_sandbox": true` and try there.'


@dataclass(frozen=True, kw_only=True)
class SandboxClock:
    """What the clock of a sandbox shows, and how many seconds that is ahead of the real time."""

    now: datetime
    business_date: date
    time_zone: str
    seconds_ahead: int


def go_by_clock_of(hotel_id: UUID) -> None:
    """From here to the end of the block of `clock.own_pace`, time is that of this hotel. Live hotels cost nothing."""
    if policies.is_sandbox(hotel_id):
        ahead = Hotel.objects.filter(id=hotel_id).values_list("clock_ahead", flat=True).first()
        clock.run_ahead(ahead or timedelta())


def sandboxes_ahead() -> tuple[UUID, ...]:
    """The hotels whose clocks are ahead of the real time: periodic jobs visit each."""
    rows = Hotel.objects.filter(is_sandbox=True, clock_ahead__gt=timedelta(), archived_at=None)
    return tuple(rows.order_by("id").values_list("id", flat=True))


def read_clock(*, access: Access, hotel_id: UUID) -> SandboxClock:
    """What the clock of a sandbox shows, for its staff.

    :raises NotFound: if the caller is not of the hotel's staff.
    :raises NotASandbox: if it is a live hotel.
    """
    require(access, Permission.VIEW_HOTEL, hotel_id)
    return _clock(_sandbox(hotel_id, lock=False))


def advance_clock(*, access: Access, hotel_id: UUID, to: datetime) -> SandboxClock:
    """Let the clock of a sandbox show `to`. What is due by then happens at once: nights to the horizon are generated
    here, and the apps above hear of it by an event. The same instant again changes nothing.

    :raises NotFound: if the caller is not of the hotel's staff.
    :raises NotASandbox: if it is a live hotel; the database would refuse it too.
    :raises Invalid: if the clock would go back, or too far.
    """
    require(access, Permission.MANAGE_HOTEL, hotel_id)
    with transaction.atomic():
        hotel = _sandbox(hotel_id, lock=True)
        before, system = _clock(hotel), clock.system_now()
        if fault := policies.fault_of_advance(to, shown=before.now, system=system):
            raise Invalid(fault, items=[{"code": "invalid", "detail": fault, "pointer": "/to"}])
        hotel.clock_ahead = max(hotel.clock_ahead, to - system)
        hotel.save(update_fields=["clock_ahead"])
        fill_nights(hotel_id=hotel_id)
        change = Change(
            operation="inventory.advance_clock",
            kind="hotel",
            object_id=hotel_id,
            scope_id=hotel_id,
            before={"now": before.now},
            after={"now": to},
        )
        audit.record([change], actor=access.principal)
        publish(events.ClockAdvanced(hotel_id=hotel_id, data=events.ClockFacts(now=to)))
    return _clock(hotel)


def _sandbox(hotel_id: UUID, *, lock: bool) -> Hotel:
    rows = Hotel.objects.select_for_update(no_key=True) if lock else Hotel.objects.all()
    hotel = rows.filter(id=hotel_id).first()
    if hotel is None:
        raise NotFound("There is no such hotel.")
    if not hotel.is_sandbox:
        raise NotASandbox()
    return hotel


def _clock(hotel: Hotel) -> SandboxClock:
    now = clock.system_now() + hotel.clock_ahead
    return SandboxClock(
        now=now,
        business_date=policies.business_date(now, hotel.time_zone, hotel.business_day_rollover),
        time_zone=hotel.time_zone,
        seconds_ahead=int(hotel.clock_ahead.total_seconds()),
    )
