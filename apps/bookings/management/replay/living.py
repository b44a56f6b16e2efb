"""Living a history again: each step is the command that the API would issue, at its own time."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings

from apps.bookings import services
from apps.bookings.management.replay.history import Fault, History, PartyOfRoom, PastBooking
from apps.bookings.management.replay.house import House
from apps.bookings.management.replay.timetable import Kind, Step
from apps.inventory import services as inventory
from apps.platform import clock
from apps.platform.errors import Problem
from apps.platform.idempotency import Outcome

_GENERATED_EVERY = timedelta(days=7)
# Agents and portals send what they have sold; everybody else is asked to confirm what is held for them.
_SOLD_AT_ONCE = {"Online TA", "Offline TA/TO"}
_CHILD_AGE, _BABY_AGE = 8, 1


@dataclass(kw_only=True)
class Tally:
    """What came of a replay. `commands` counts what was asked of the services, refused or not."""

    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    done: Counter[Kind] = field(default_factory=Counter)
    commands: int = 0
    faults: list[Fault] = field(default_factory=list)
    nights: int = 0
    room_revenue: Decimal = Decimal(0)
    charges: Decimal = Decimal(0)
    totals: Decimal = Decimal(0)
    revenue_of_history: Decimal = Decimal(0)

    def count_money(self, booking: PastBooking, answer: Mapping[str, Any]) -> None:
        """Add up what an answer says line by line, what it says in all, and what the history says."""
        for stay in answer["reservations"]:
            self.nights += len(stay["nights"])
            self.room_revenue += sum(Decimal(night["amount"]["amount"]) for night in stay["nights"])
            lines = [line for line in (*stay["taxes"], *stay["fees"]) if not line["included"]]
            self.charges += sum((Decimal(line["amount"]["amount"]) for line in lines), Decimal(0))
            self.revenue_of_history += booking.average_rate * len(stay["nights"])
        self.totals += Decimal(answer["total"]["amount"])


@contextmanager
def long_horizon(history: History) -> Iterator[None]:
    """Within the block nights are generated and sold as far ahead as the earliest booker of the history booked."""
    usual = settings.INVENTORY_HORIZON_NIGHTS
    furthest = max((booking.departure - booking.booked_on for booking in history.bookings), default=timedelta())
    settings.INVENTORY_HORIZON_NIGHTS = (furthest + _GENERATED_EVERY).days + 1
    try:
        yield
    finally:
        settings.INVENTORY_HORIZON_NIGHTS = usual


class Living:
    """One replay of one history in one hotel."""

    def __init__(self, history: History, house: House) -> None:
        self.history, self.house = history, house
        self.tally = Tally()
        self._stays: dict[int, tuple[UUID, tuple[UUID, ...]]] = {}
        self._generated_until = date.min

    def live(self, steps: Iterable[Step]) -> Tally:
        """Take all steps. What a service refuses is counted or noted with its line; nothing stops the others."""
        for step in steps:
            with clock.moved_to(inventory.instant_of(step.day, time(step.hour), self.house.hotel.time_zone)):
                self._generate(step.day)
                try:
                    self._take(step)
                except Problem as problem:
                    self._note(step, problem.code, problem.detail)
        return self.tally

    def _generate(self, day: date) -> None:
        if day >= self._generated_until:
            inventory.generate_inventory(self.house.hotel.id)
            self._generated_until = day + _GENERATED_EVERY

    def _take(self, step: Step) -> None:
        if step.kind is Kind.BOOKING:
            self._book(step)
        elif step.booking.line in self._stays:
            booking_id, reservation_ids = self._stays[step.booking.line]
            if step.kind is Kind.CANCELLATION:
                self._cancel(step, booking_id)
            else:
                for reservation_id in reservation_ids:
                    self._at_the_desk(step, reservation_id)

    def _book(self, step: Step) -> None:
        order = self._order(step.booking)
        self.tally.commands += 1
        outcome = services.place_booking(order, caller=self.house.staff, key=self._key(step, "place"))
        if outcome.refused:
            self.tally.refused[outcome.code] += 1
            return
        body = orjson.loads(outcome.body)
        booking_id = UUID(body["id"])
        if not order.confirm:
            command = services.ConfirmBooking(booking_id=booking_id)
            key = self._key(step, "confirm")
            if not self._went_well(step, services.confirm_booking(command, caller=self.house.staff, key=key)):
                return
        self.tally.accepted += 1
        self.tally.count_money(step.booking, body)
        self._stays[step.booking.line] = (booking_id, tuple(UUID(stay["id"]) for stay in body["reservations"]))

    def _order(self, booking: PastBooking) -> services.PlaceBooking:
        room_type_id = self.house.room_types[booking.room_type]
        rate_plan_id = self.house.rate_plans[booking.meal]
        name = f"Guest of line {booking.line}"
        return services.PlaceBooking(
            hotel_id=self.house.hotel.id,
            arrival=booking.arrival,
            departure=booking.departure,
            rooms=tuple(
                services.RoomRequest(
                    room_type_id=room_type_id, rate_plan_id=rate_plan_id, adults=room.adults, children_ages=_ages(room)
                )
                for room in booking.rooms
            ),
            booker=services.Booker(full_name=name, email=f"line-{booking.line}@guests.example"),
            confirm=booking.segment in _SOLD_AT_ONCE,
            source=f"replay:{self.history.digest}",
            external_id=str(booking.line),
        )

    def _cancel(self, step: Step, booking_id: UUID) -> None:
        command = services.CancelBooking(booking_id=booking_id)
        outcome = services.cancel_booking(command, caller=self.house.staff, key=self._key(step, "cancel"))
        if self._went_well(step, outcome):
            self.tally.done[step.kind] += 1

    def _at_the_desk(self, step: Step, reservation_id: UUID) -> None:
        """What the front desk does with one room; the rooms of a group come and go one after the other."""
        caller, key = self.house.staff, self._key(step, str(reservation_id))
        if step.kind is Kind.ARRIVAL:
            outcome = services.check_in(services.CheckIn(reservation_id=reservation_id), caller=caller, key=key)
        elif step.kind is Kind.DEPARTURE:
            outcome = services.check_out(services.CheckOut(reservation_id=reservation_id), caller=caller, key=key)
        else:
            command = services.RecordNoShow(reservation_id=reservation_id)
            outcome = services.record_no_show(command, caller=caller, key=key)
        if self._went_well(step, outcome):
            self.tally.done[step.kind] += 1

    def _went_well(self, step: Step, outcome: Outcome) -> bool:
        self.tally.commands += 1
        if outcome.refused:
            self._note(step, outcome.code, orjson.loads(outcome.body)["detail"])
        return not outcome.refused

    def _note(self, step: Step, code: str, detail: str) -> None:
        problem = f"the {step.kind} of {step.day} is refused: {code}: {detail}"
        self.tally.faults.append(Fault(line=step.booking.line, problem=problem))

    def _key(self, step: Step, what: str) -> str:
        return f"replay:{self.history.digest}:{step.booking.line}:{step.kind}:{what}"


def _ages(room: PartyOfRoom) -> tuple[int, ...]:
    """The history counts children and babies without their ages: these stand for them."""
    return (_CHILD_AGE,) * room.children + (_BABY_AGE,) * room.babies
