"""What keeping the inventory costs: bulk changes, generation, daily roll, archive; and a booking beside history.

Runs in processes of its own with the settings of the benchmark: `python -m config.local.bench.inventory` measures in
the database that it is given and prints an InventoryReport as JSON.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import django
import orjson

from config.local import programs
from config.local.bench.ground import bench_ground
from config.local.bench.report import table
from config.local.bench.running import Say

_PLANS, _BULK_NIGHTS = 20, 365
_TYPES_OF_A_HOTEL = 5
_WARM_UP = 20
_LOT = 50_000
_FEW_TYPES = 50


@dataclass(frozen=True, kw_only=True)
class InventoryPlan:
    """What is to be measured.

    :param types: room types whose nights are generated and rolled on.
    :param nights: how far ahead each is on sale.
    :param history: past bookings of one room each, loaded before the second half of the bookings.
    :param bookings: that are placed and timed, on the empty database and on the full one.
    """

    types: int
    nights: int
    history: int
    bookings: int


@dataclass(frozen=True, kw_only=True)
class InventoryFigure:
    """What one kind of work took; `beside` in the same run, for a ratio that the machine does not blur."""

    work: str
    rows: int
    seconds: float
    beside: str = ""
    ratio: float | None = None

    @property
    def per_second(self) -> float:
        return self.rows / self.seconds if self.seconds else 0.0


def run_inventory(plan: InventoryPlan, *, folder: Path, say: Say) -> tuple[InventoryFigure, ...]:
    """Measure on servers of this run's own in `folder`, which sync to disk and are gone at the end.

    :raises LocalServersError: if a server or a program does not start.
    """
    with bench_ground(folder, nights=plan.nights) as ground:
        say(f"{plan.types:,} room types with {plan.nights} nights, {plan.history:,} past bookings")
        sizes = [part for name, value in asdict(plan).items() for part in (f"--{name}", str(value))]
        told = programs.output_of("-m", "config.local.bench.inventory", *sizes, environment=ground.environment)
        return tuple(InventoryFigure(**row) for row in orjson.loads(told.strip().splitlines()[-1]))


def inventory_table(figures: tuple[InventoryFigure, ...]) -> str:
    """The figures as a Markdown table."""

    def rows() -> Iterator[tuple[str, ...]]:
        yield ("work", "rows", "seconds", "rows/s", "beside")
        for one in figures:
            ratio = "" if one.ratio is None else f"{one.ratio:.2f} x {one.beside}"
            yield (one.work, f"{one.rows:,}", f"{one.seconds:.3f}", f"{one.per_second:,.0f}", ratio)

    return table(rows())


# In the process that measures ----------------------------------------------------------------------------------------

_BARE = """
CREATE UNLOGGED TABLE bench_types AS
SELECT row_number() OVER (ORDER BY type.id) AS place, type.id, type.hotel_id, type.room_count, plan.id AS plan
  FROM inventory_roomtype AS type JOIN inventory_rateplan AS plan ON plan.hotel_id = type.hotel_id;
CREATE UNIQUE INDEX ON bench_types (place);
ANALYZE bench_types;
CREATE TABLE bench_nights (LIKE inventory_roomnight INCLUDING ALL);
"""
_BARE_INSERT = """
INSERT INTO bench_nights (room_type_id, night, physical, out_of_order, overbooking_limit, sold, held, stop_sell, fence)
SELECT id, current_date + ahead, room_count, 0, 0, 0, 0, false, 0
  FROM bench_types CROSS JOIN generate_series(0, %(nights)s - 1) AS ahead
 ORDER BY id, ahead
"""
# Past stays of one room over two nights each, spread over all room types: the tables and indexes that a booking writes.
_HISTORY = """
WITH past AS MATERIALIZED (
    SELECT uuidv7() AS booking, uuidv7() AS stay, type.id AS room_type, type.hotel_id, type.plan,
           current_date - 30 - (number / 500) %% 700 AS arrival, number
      FROM generate_series(%(first)s, %(last)s) AS number
      JOIN bench_types AS type ON type.place = 1 + number %% %(types)s
), bookings AS (
    INSERT INTO bookings_booking (id, hotel_id, confirmation_number, principal, idempotency_key, booker_name,
           booker_email, booker_phone, currency, total_minor, due_now_minor, cancellation_terms, revision, source,
           external_id, special_requests, metadata, created_at, updated_at)
    SELECT booking, hotel_id, 'H' || number, 'user:' || number %% 10000, 'history-' || number, 'Past Guest',
           'past@bench.example', '', 'EUR', 25800, 0, '[]', 3, '', '', '', '{}', now() - interval '60 days',
           now() - interval '30 days' FROM past
), stays AS (
    INSERT INTO bookings_reservation (id, booking_id, position, hotel_id, room_type_id, rate_plan_id, arrival,
           departure, adults, children_ages, guest_name, status, charges, total_minor, due_now_minor,
           cancellation_terms, no_show_minor, guarantee)
    SELECT stay, booking, 1, hotel_id, room_type, plan, arrival, arrival + 2, 2, '{}', 'Past Guest', 'checked_out',
           '[]', 25800, 0, '[]', 0, 'all_night' FROM past
), nights AS (
    INSERT INTO bookings_reservationnight (reservation_id, night, room_type_id, amount_minor, price_source)
    SELECT stay, arrival + ahead, room_type, 12900, 'rate_plan' FROM past CROSS JOIN generate_series(0, 1) AS ahead
)
INSERT INTO inventory_movement (at, reservation_id, room_type_id, arrival, departure, held_delta, sold_delta, cause)
SELECT now() - interval '60 days', stay, room_type, arrival, arrival + 2, 0, 1, 'place' FROM past
"""


class _Bench:
    def __init__(self, plan: InventoryPlan) -> None:
        self.plan = plan

    def figures(self) -> Iterator[InventoryFigure]:
        from apps.inventory import services as inventory
        from config.local.bench.world import make_hotels

        empty = self._bookings_in_little()
        yield InventoryFigure(work="booking, hardly anything there", rows=self.plan.bookings, seconds=empty)
        make_hotels(types=self.plan.types)
        rows = self.plan.types * self.plan.nights
        self._sql(_BARE)
        bare = self._timed(lambda: self._sql(_BARE_INSERT, nights=self.plan.nights))
        filled = self._timed(lambda: inventory.generate_inventory(gaps=False))
        yield InventoryFigure(work="bare INSERT ... SELECT", rows=rows, seconds=bare)
        yield InventoryFigure(
            work="generation", rows=rows, seconds=filled, beside="the bare INSERT", ratio=bare / filled
        )
        self._sql("DROP TABLE bench_nights")
        self._vacuum()
        yield self._bulk()
        large = self._bookings("large")
        yield InventoryFigure(
            work="booking, all nights, no history",
            rows=self.plan.bookings,
            seconds=large,
            beside="with hardly anything",
            ratio=large / empty,
        )
        yield from self._time_passes()
        if self.plan.history:
            took = self._timed(self._load_history)
            yield InventoryFigure(work="history loaded", rows=self.plan.history, seconds=took)
            self._vacuum()
            full = self._bookings("full")
            yield InventoryFigure(
                work=f"booking, {self.plan.history:,} past ones",
                rows=self.plan.bookings,
                seconds=full,
                beside="with hardly anything",
                ratio=full / empty,
            )

    def _bookings_in_little(self) -> float:
        """What bookings take in a database with a few room types and nothing else, which then is emptied."""
        from apps.inventory import services as inventory
        from config.local.bench.world import make_hotels

        make_hotels(types=min(_FEW_TYPES, self.plan.types))
        inventory.generate_inventory()
        self._vacuum()
        took = self._bookings("little")
        self._sql("TRUNCATE inventory_hotel, inventory_movement CASCADE")
        return took

    def _load_history(self) -> None:
        """Past bookings, lot by lot.

        The checks of foreign keys were planned for tables that were all but empty: they would read them from end to
        end for every row.
        """
        self._sql("SET enable_seqscan = off")
        self._sql("DISCARD PLANS")
        types = self._types()
        for first in range(1, self.plan.history + 1, _LOT):
            last = min(first + _LOT - 1, self.plan.history)
            self._sql(_HISTORY, first=first, last=last, types=types)
        self._sql("RESET enable_seqscan")

    def _bulk(self) -> InventoryFigure:
        """A price for as many nights and products of one hotel as the plan of the issue says, by the service."""
        from apps.accounts.services import Access
        from apps.inventory import services as inventory
        from apps.inventory.types import PriceChange
        from apps.platform.money import Money

        hotel_id, today = self._hotel()
        self._sql(_MORE_PLANS, hotel=hotel_id, plans=_PLANS // _TYPES_OF_A_HOTEL - 1)
        nights = min(_BULK_NIGHTS, self.plan.nights)
        change = inventory.CalendarChange(
            first=today,
            last=today + timedelta(days=nights - 1),
            rate_plan_ids=(),
            price=PriceChange(amount=Money(amount="99.00", currency="EUR")),
        )
        access = Access(principal="system:bench", is_administrator=True, permissions=frozenset())
        done: list[Any] = []
        took = self._timed(
            lambda: done.append(inventory.change_calendar(access=access, hotel_id=hotel_id, changes=[change]))
        )
        return InventoryFigure(work="bulk change of prices", rows=done[0].nights_changed, seconds=took)

    def _time_passes(self) -> Iterator[InventoryFigure]:
        """The next business date: a night more for each room type; and two weeks later the first week is archived."""
        from apps.bookings import services as bookings
        from apps.inventory import services as inventory
        from apps.platform import clock

        _, today = self._hotel()
        with clock.moved_to(clock.now() + timedelta(days=1)):
            took = self._timed(lambda: inventory.generate_inventory(gaps=False))
            looked = self._timed(inventory.generate_inventory)
        yield InventoryFigure(work="daily roll", rows=self.plan.types, seconds=took)
        yield InventoryFigure(work="look for gaps", rows=self.plan.types * self.plan.nights, seconds=looked)
        self._sql("UPDATE bookings_reservation SET status = 'checked_out'")
        with clock.moved_to(clock.now() + timedelta(days=14)):
            moved: list[int] = []
            took = self._timed(lambda: moved.append(bookings.archive_nights(before=today + timedelta(days=7))))
        yield InventoryFigure(work="archive of a week", rows=moved[0], seconds=took)

    def _bookings(self, prefix: str) -> float:
        """The seconds of all bookings together, each counted as the median: a pause of the machine is no booking's."""
        from apps.accounts import services as accounts
        from apps.bookings import services as bookings

        _, today = self._hotel()
        guest = accounts.ensure_account(email="guest@bench.example", full_name="Guest", password=None, verified=True)
        caller = accounts.caller_for(guest.id)
        products = self._rows(
            "SELECT hotel_id, id AS room_type_id, (SELECT min(id::text)::uuid FROM inventory_rateplan AS plan"
            " WHERE plan.hotel_id = type.hotel_id) AS rate_plan_id FROM inventory_roomtype AS type"
            " WHERE room_count > 0 ORDER BY id"
        )
        taken: list[float] = []
        for number in range(_WARM_UP + self.plan.bookings):
            product = products[number * 7_919 % len(products)]
            arrival = today + timedelta(days=20 + number % max(1, self.plan.nights - 30))
            room = bookings.RoomRequest(
                room_type_id=product["room_type_id"], rate_plan_id=product["rate_plan_id"], adults=2
            )
            command = bookings.PlaceBooking(
                hotel_id=product["hotel_id"],
                arrival=arrival,
                departure=arrival + timedelta(days=3),
                rooms=(room,),
                booker=bookings.Booker(full_name="Guest", email="guest@bench.example"),
                confirm=True,
            )
            started = time.perf_counter()
            outcome = bookings.place_booking(command, caller=caller, key=f"{prefix}-{number}")
            taken.append(time.perf_counter() - started)
            if outcome.code != "booked":
                raise RuntimeError(f"a booking was answered with {outcome.code}")
        return statistics.median(taken[_WARM_UP:]) * self.plan.bookings

    def _hotel(self) -> tuple[UUID, Any]:
        from apps.platform import clock

        rows = self._rows("SELECT id FROM inventory_hotel ORDER BY id LIMIT 1")
        return rows[0]["id"], clock.now().date()

    def _types(self) -> int:
        return int(self._rows("SELECT count(*) AS many FROM bench_types")[0]["many"])

    def _timed(self, work: Callable[[], object]) -> float:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    def _sql(self, statement: str, **parameters: Any) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)

    def _rows(self, statement: str) -> list[dict[str, Any]]:
        from apps.platform.db import fetch_all

        return fetch_all(statement)

    def _vacuum(self) -> None:
        self._sql("VACUUM ANALYZE")


_MORE_PLANS = """
INSERT INTO inventory_rateplan (id, hotel_id, code, name, meal_plan, percent, created_at, updated_at)
SELECT gen_random_uuid(), %(hotel)s, 'P' || number, 'Plan ' || number, 'room_only', 100, now(), now()
  FROM generate_series(1, %(plans)s) AS number
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in InventoryPlan.__dataclass_fields__:
        parser.add_argument(f"--{name}", type=int, required=True)
    plan = InventoryPlan(**vars(parser.parse_args()))
    django.setup()
    print(orjson.dumps([asdict(one) for one in _Bench(plan).figures()]).decode())


if __name__ == "__main__":
    main()
