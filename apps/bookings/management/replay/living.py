"""Living a history again: each step is the command that the API would issue, at its own time."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta
from heapq import heappop, heappush
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings

from apps.bookings import services
from apps.bookings.management.replay import till
from apps.bookings.management.replay.asking import Standing, change, order_of
from apps.bookings.management.replay.drafts import LONGER_BY, Draft, drafts_of
from apps.bookings.management.replay.front_desk import FrontDesk
from apps.bookings.management.replay.history import History
from apps.bookings.management.replay.house import House
from apps.bookings.management.replay.tally import Clerk, Tally
from apps.bookings.management.replay.timetable import Kind, Step, departure_on
from apps.inventory import services as inventory
from apps.platform import clock
from apps.platform.errors import Problem
from apps.platform.idempotency import Outcome

_GENERATED_EVERY = timedelta(days=7)


@contextmanager
def long_horizon(history: History) -> Iterator[None]:
    """Within the block nights are generated and sold as far ahead as the earliest booker of the history booked."""
    usual = settings.INVENTORY_HORIZON_NIGHTS
    furthest = max((booking.departure - booking.booked_on for booking in history.bookings), default=timedelta())
    settings.INVENTORY_HORIZON_NIGHTS = (furthest + _GENERATED_EVERY).days + LONGER_BY + 1
    try:
        yield
    finally:
        settings.INVENTORY_HORIZON_NIGHTS = usual


class Living:
    """One replay of one history in one hotel.

    :param accepted: the bookings by their lines, as they stand.
    """

    def __init__(self, history: History, house: House) -> None:
        self.history, self.house = history, house
        self.tally = Tally()
        self.accepted: dict[int, Standing] = {}
        self._clerk = Clerk(house=house, digest=history.digest, tally=self.tally)
        self._desk = FrontDesk(self._clerk)
        self._earlier: list[tuple[tuple[object, ...], Step]] = []
        self._generated_until = date.min

    def live(self, steps: Iterable[Step]) -> Tally:
        """Take all steps. What a service refuses is counted or noted with its line; nothing stops the others."""
        for step in steps:
            while self._earlier and self._earlier[0][0] < step.moment:
                self._live(heappop(self._earlier)[1])
            self._live(step)
        return self.tally

    def _live(self, step: Step) -> None:
        with clock.moved_to(inventory.instant_of(step.day, time(step.hour), self.house.hotel.time_zone)):
            self._generate(step.day)
            try:
                self._take(step)
            except Problem as problem:
                self._clerk.note(step, problem.code, problem.detail)

    def _generate(self, day: date) -> None:
        if day >= self._generated_until:
            inventory.generate_inventory(self.house.hotel.id)
            self._generated_until = day + _GENERATED_EVERY

    def _take(self, step: Step) -> None:
        if step.kind is Kind.BOOKING:
            self._book(step)
            return
        standing = self.accepted.get(step.booking.line)
        # (Of a guest who has left already, because the stay could not be made longer, there is nothing more to do.)
        if standing is None or not standing.stays:
            return
        if step.kind is Kind.CHANGE:
            change(step, standing, self._clerk)
        elif step.kind is Kind.ARRIVAL:
            self._let_in(step, standing)
        else:
            self._end(step, standing)

    def _book(self, step: Step) -> None:
        drafts = drafts_of(step.booking, seed=self.history.digest, room_types=list(self.house.room_types))
        outcome = self._place(step, drafts[0], "first")
        if outcome.code == "no_rooms_left" and len(drafts) > 1:
            # What was made up does not fit: then the booking is from the beginning what it became.
            drafts = drafts[-1:]
            outcome = self._place(step, drafts[0], "last")
        if outcome.refused:
            self.tally.refused[outcome.code] += 1
            return
        body = orjson.loads(outcome.body)
        booking_id = UUID(body["id"])
        if till.minor_of(body["amounts"]["due_now"]):
            # (It confirms what is pending, too.)
            well = till.take(step, booking_id, body["amounts"]["due_now"], self._clerk, what="deposit")
        else:
            well = body["status"] != "pending" or self._confirm(step, booking_id)
        if well:
            self.tally.accepted += 1
            stays = [UUID(stay["id"]) for stay in body["reservations"]]
            self.accepted[step.booking.line] = Standing(id=booking_id, draft=drafts[0], drafts=drafts, stays=stays)

    def _place(self, step: Step, draft: Draft, what: str) -> Outcome:
        self.tally.commands += 1
        order = order_of(step.booking, draft, self._clerk)
        return services.place_booking(order, caller=self.house.staff, key=self._clerk.key(step, what))

    def _confirm(self, step: Step, booking_id: UUID) -> bool:
        command = services.ConfirmBooking(booking_id=booking_id)
        outcome = services.confirm_booking(command, caller=self.house.staff, key=self._clerk.key(step, "confirm"))
        return self._clerk.went_well(step, outcome)

    def _let_in(self, step: Step, standing: Standing) -> None:
        self._desk.board.clean(step.day)
        self._desk.let_in(step, standing)
        if standing.draft.departure < step.booking.fate_on:
            leaving = departure_on(standing.draft.departure, step.booking)
            heappush(self._earlier, (leaving.moment, leaving))

    def _end(self, step: Step, standing: Standing) -> None:
        if step.kind is Kind.CANCELLATION:
            answer = self._cancel(step, standing.id)
        elif step.kind is Kind.DEPARTURE:
            answer = self._desk.let_go(step, standing)
        else:
            answer = self._desk.give_up(step, standing)
        standing.stays.clear()
        if answer:
            till.settle(step, standing.id, answer["amounts"], self._clerk)

    def _cancel(self, step: Step, booking_id: UUID) -> dict[str, Any]:
        command = services.CancelBooking(booking_id=booking_id)
        outcome = services.cancel_booking(command, caller=self.house.staff, key=self._clerk.key(step, "cancel"))
        if not self._clerk.went_well(step, outcome):
            return {}
        self.tally.done[step.kind] += 1
        canceled: dict[str, Any] = orjson.loads(outcome.body)
        return canceled
