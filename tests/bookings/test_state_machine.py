"""Whatever guests, staff and jobs do, and in whatever order: the services and a plain model say and count the same.

Short and always the same by default. In the environment `HYPOTHESIS_PROFILE=long` looks further, and elsewhere each
time; `HYPOTHESIS_PROFILE=shrink` makes what the short one has found as small as can be.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import orjson
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Reservation
from apps.inventory import services as inventory
from apps.inventory.models import RatePlan, RoomNight
from apps.platform import clock
from apps.platform.errors import Problem
from apps.platform.idempotency import Outcome
from tests.bookings.modeled_house import STAFF, TIME_ZONE, Answer, House, Move, Order
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import HotelFactory, RoomTypeFactory

_ALWAYS = settings(
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
_FOUND = (Phase.explicit, Phase.generate)
# Shrinking takes minutes: the short one tells at once what it has found, `shrink` makes the same as small as can be.
settings.register_profile("shrink", _ALWAYS, max_examples=35, stateful_step_count=25, derandomize=True)
settings.register_profile("short", settings.get_profile("shrink"), phases=_FOUND)
settings.register_profile("long", _ALWAYS, max_examples=2_000, stateful_step_count=60)

HORIZON = 8
HOLD_MINUTES = 15
MOST_HOLDS = 1
ROOMS = (1, 3)
OWNER = "owner"
APT = {
    "confirm": {"pending"},
    "cancel": {"pending", "confirmed"},
    "check_in": {"confirmed", "no_show"},
    "check_out": {"checked_in"},
    "no_show": {"confirmed"},
}
GUESTS = ("guest 1", "guest 2")
# Two days before the clocks of the hotel go forward.
BEGINNING = datetime(2027, 3, 26, 9, 0, tzinfo=UTC)
ADMINISTRATOR = accounts.Access(principal="user:test", is_administrator=True, permissions=frozenset())

people = st.sampled_from([*GUESTS, STAFF])
keys = st.integers(0, 99).map("key-{}".format)
room_types = st.integers(0, 1)
positions = st.integers(0, 999)
orders = st.fixed_dictionaries(
    {
        "who": people,
        "key": keys,
        "room_types": st.lists(room_types, min_size=1, max_size=3),
        # Mostly soon, so that stays meet and guests arrive; seldom in the past or beyond the horizon.
        "ahead": st.sampled_from([0, 0, 0, 1, 1, 2, 3, HORIZON - 2, -1]),
        "length": st.integers(1, 3),
        "confirm": st.booleans(),
    }
)


@contextmanager
def undone() -> Iterator[None]:
    """What the block does to the database is rolled back; a durable transaction may run inside, as in a TestCase."""
    example = transaction.atomic()
    example._from_testcase = True  # type: ignore[attr-defined]
    with example:
        yield
        transaction.set_rollback(True)


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What the database knows of the house before its first guest."""

    hotel_id: UUID
    rate_plan_id: UUID
    room_type_ids: tuple[UUID, ...]
    callers: dict[str, accounts.Caller]


class Sale(RuleBasedStateMachine):
    """One hotel with two room types, two guests and the staff, against the model of it."""

    opened: ClassVar[Opened]

    def __init__(self) -> None:
        super().__init__()
        self.resources = ExitStack()
        self.house = House(
            now=BEGINNING, rooms=[*ROOMS], horizon=HORIZON, hold=timedelta(minutes=HOLD_MINUTES), most_holds=MOST_HOLDS
        )
        self.house.generate()
        self.bodies: dict[tuple[str, str], bytes] = {}
        self.requests: list[tuple[str, str, Order | Move]] = []
        self.booked: list[dict[str, Any]] = []

    @initialize(first=st.lists(orders, min_size=1, max_size=3))
    def begin(self, first: list[dict[str, Any]]) -> None:
        self.resources.enter_context(undone())
        for order in first:
            self.book(order)

    def teardown(self) -> None:
        with self.resources:
            if not connection.in_atomic_block or connection.needs_rollback:
                return
            connection.check_constraints()
            with clock.moved_to(self.house.now):
                assert services.check_invariants(unpruned=True) == ()

    # Requests with a key ----------------------------------------------------------------------------------------------

    @rule(order=orders)
    def book(self, order: dict[str, Any]) -> None:
        arrival = self.house.today + timedelta(days=order["ahead"])
        request = Order(
            room_types=tuple(order["room_types"]),
            arrival=arrival,
            departure=arrival + timedelta(days=order["length"]),
            confirm=order["confirm"],
        )
        self.ask(order["who"], order["key"], request)

    @precondition(lambda machine: machine.house.bookings)
    @rule(
        who=st.sampled_from([STAFF, STAFF, STAFF, OWNER, GUESTS[0]]),
        key=keys,
        action=st.sampled_from([*APT]),
        which=positions,
        room=positions,
        apt=st.sampled_from([True, True, True, False]),
    )
    def move(self, *, who: str, key: str, action: str, which: int, room: int, apt: bool) -> None:
        """An action on any booking, or mostly on one that is in a state for it, if there is one."""
        bookings = self.house.bookings
        fit = [booking for booking in bookings if APT[action] & set(booking.statuses)] if apt else []
        booking = (fit or bookings)[which % len(fit or bookings)]
        of_one_room = action not in {"confirm", "cancel"}
        position = room % len(booking.stays) if of_one_room else 0
        move = Move(action=action, booking=bookings.index(booking), room=position)
        self.ask(booking.who if who == OWNER else who, key, move)

    @precondition(lambda machine: machine.requests)
    @rule(which=positions)
    def ask_again(self, which: int) -> None:
        self.ask(*self.requests[which % len(self.requests)])

    def ask(self, who: str, key: str, request: Order | Move) -> None:
        """The services answer as the model does, and with the same bytes for ever."""
        expected = self.house.answer(who, key, request)
        self.requests.append((who, key, request))

        try:
            with clock.moved_to(self.house.now):
                outcome = self._send(who, key, request)
        except Problem as refusal:
            outcome = Outcome(code=refusal.code, body=b"", refused=True)

        assert Answer(code=outcome.code, replayed=outcome.replayed) == expected
        if not outcome.body:
            return
        assert self.bodies.setdefault((who, key), outcome.body) == outcome.body
        if not (outcome.replayed or outcome.refused):
            self._compare(request, orjson.loads(outcome.body))

    def _send(self, who: str, key: str, request: Order | Move) -> Outcome:
        caller = self.opened.callers[who]
        if isinstance(request, Order):
            return services.place_booking(self._command(request), caller=caller, key=key)
        booking = self.booked[request.booking]
        if request.action == "confirm":
            return services.confirm_booking(
                services.ConfirmBooking(booking_id=UUID(booking["id"])), caller=caller, key=key
            )
        if request.action == "cancel":
            return services.cancel_booking(
                services.CancelBooking(booking_id=UUID(booking["id"])), caller=caller, key=key
            )
        stay = UUID(booking["reservations"][request.room]["id"])
        if request.action == "check_in":
            return services.check_in(services.CheckIn(reservation_id=stay), caller=caller, key=key)
        if request.action == "check_out":
            return services.check_out(services.CheckOut(reservation_id=stay), caller=caller, key=key)
        return services.record_no_show(services.RecordNoShow(reservation_id=stay), caller=caller, key=key)

    def _command(self, order: Order) -> services.PlaceBooking:
        return services.PlaceBooking(
            hotel_id=self.opened.hotel_id,
            arrival=order.arrival,
            departure=order.departure,
            rooms=tuple(
                services.RoomRequest(
                    room_type_id=self.opened.room_type_ids[room_type], rate_plan_id=self.opened.rate_plan_id, adults=2
                )
                for room_type in order.room_types
            ),
            booker=services.Booker(full_name="Ada Lovelace", email="ada@guests.example"),
            confirm=order.confirm,
        )

    def _compare(self, request: Order | Move, body: dict[str, Any]) -> None:
        if isinstance(request, Order):
            self.booked.append(body)
        booking = self.house.bookings[-1 if isinstance(request, Order) else request.booking]
        assert [stay["status"] for stay in body["reservations"]] == booking.statuses

    # Time, jobs, staff ------------------------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from([1, HOLD_MINUTES, 14 * 60, 24 * 60]), job=st.sampled_from(["sweep", "generate", ""]))
    def time_passes(self, minutes: int, job: str) -> None:
        """The clock moves on, and perhaps a job runs: holds may stay overdue, and nights missing."""
        self.house.now += timedelta(minutes=minutes)

        with clock.moved_to(self.house.now):
            if job == "sweep":
                assert services.expire_overdue_holds() == self.house.expire()
            elif job:
                assert inventory.generate_inventory() == self.house.generate()

    @rule(room_type=room_types, rooms=st.integers(0, 4))
    def resize(self, room_type: int, rooms: int) -> None:
        expected, code = self.house.resize(room_type, rooms), "resized"

        try:
            with clock.moved_to(self.house.now):
                inventory.update_room_type(
                    access=ADMINISTRATOR,
                    hotel_id=self.opened.hotel_id,
                    room_type_id=self.opened.room_type_ids[room_type],
                    changes=inventory.RoomTypeChanges(room_count=rooms),
                )
        except inventory.CapacityBelowSold as refusal:
            code = refusal.code

        assert code == expected

    @rule(room_type=room_types, ahead=st.integers(0, HORIZON - 1), length=st.integers(0, 3), closed=st.booleans())
    def stop_sell(self, room_type: int, ahead: int, length: int, closed: bool) -> None:
        first = self.house.today + timedelta(days=ahead)
        last = min(first + timedelta(days=length), self.house.today + timedelta(days=HORIZON - 1))
        days = [first + timedelta(days=day) for day in range((last - first).days + 1)]
        if any((room_type, day) not in self.house.nights for day in days):
            self.house.generate()
        self.house.close(room_type, first, last, closed=closed)

        with clock.moved_to(self.house.now):
            change = inventory.CalendarChange(
                first=first,
                last=last,
                room_type_ids=(self.opened.room_type_ids[room_type],),
                stop_sell=closed,
            )
            inventory.change_calendar(access=ADMINISTRATOR, hotel_id=self.opened.hotel_id, changes=[change])

    # After each step --------------------------------------------------------------------------------------------------

    @invariant()
    def every_night_counts_what_the_model_counts(self) -> None:
        rows = RoomNight.objects.values_list("room_type_id", "night", "physical", "stop_sell", "sold", "held")

        assert {(kind, night): rest for kind, night, *rest in rows} == {
            (self.opened.room_type_ids[kind], night): [row.physical, row.closed, *self.house.taken(kind, night)]
            for (kind, night), row in self.house.nights.items()
        }

    @invariant()
    def every_stay_is_in_the_state_of_the_model(self) -> None:
        statuses = {str(id_): status for id_, status in Reservation.objects.values_list("id", "status")}

        assert statuses == {
            stay["id"]: modeled.status
            for body, booking in zip(self.booked, self.house.bookings, strict=True)
            for stay, modeled in zip(body["reservations"], booking.stays, strict=True)
        }


@pytest.fixture
def small_house(settings: Any) -> None:
    """Numbers that a few steps reach the end of."""
    settings.INVENTORY_HORIZON_NIGHTS = HORIZON
    settings.HOLD_MINUTES = HOLD_MINUTES
    settings.PENDING_BOOKINGS_PER_GUEST = MOST_HOLDS


def opened() -> Opened:
    """A house in the database as the model begins."""
    with clock.moved_to(BEGINNING):
        hotel = HotelFactory.create(time_zone=TIME_ZONE, no_show_nights="at_once")
        types = [RoomTypeFactory.create(hotel=hotel, room_count=rooms) for rooms in ROOMS]
    desk = MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=hotel.id).user
    users = {STAFF: desk} | {guest: UserFactory.create() for guest in GUESTS}
    return Opened(
        hotel_id=hotel.id,
        rate_plan_id=RatePlan.objects.get(hotel=hotel).id,
        room_type_ids=tuple(room_type.id for room_type in types),
        callers={who: accounts.caller_for(user.id) for who, user in users.items()},
    )


# No transaction around the test: each example brings its own, and leaves the house as it was opened.
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("small_house")
def test_services_and_model_agree_whatever_happens() -> None:
    Sale.opened = opened()

    run_state_machine_as_test(Sale, settings=settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "short")))
