"""What is sold in the benchmark and who buys it: `python -m config.local.bench.world` loads it, set-based.

Runs in a process of its own with the settings of the benchmark, and prints a World as JSON.
"""

import argparse
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self
from uuid import UUID

import django
import orjson

NIGHTS_ON_SALE = 60
NIGHTS_OF_A_STAY = 3
# From the day after tomorrow, so that a run past midnight sells no yesterday.
FIRST_ARRIVAL = 2
ARRIVALS = NIGHTS_ON_SALE - NIGHTS_OF_A_STAY - FIRST_ARRIVAL - 2
_TYPES_OF_A_HOTEL = 5
_ROOMS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Product:
    """A room type with the rate plan that it is sold under."""

    hotel_id: str
    room_type_id: str
    rate_plan_id: str


@dataclass(frozen=True, kw_only=True)
class World:
    """Plenty of products, one that everybody wants, one that is sold out; guests with their access tokens.

    `bare` has as many products as `spread`, for statements that go past the platform.
    """

    today: str
    spread: tuple[Product, ...]
    bare: tuple[Product, ...]
    hot: Product
    sold_out: Product
    tokens: tuple[str, ...]

    @classmethod
    def read(cls, text: bytes | str) -> Self:
        """The world that `main` has printed."""
        content = orjson.loads(text)
        products = {name: tuple(Product(**product) for product in content[name]) for name in ("spread", "bare")}
        return cls(
            today=content["today"],
            hot=Product(**content["hot"]),
            sold_out=Product(**content["sold_out"]),
            tokens=tuple(content["tokens"]),
            **products,
        )

    def arrival(self, ahead: int) -> date:
        """The arrival so many days after the first one that is on sale."""
        return date.fromisoformat(self.today) + timedelta(days=FIRST_ARRIVAL + ahead)


# One hotel for every few room types, each with one rate plan. The ids are made by the database.
_HOTELS = """
INSERT INTO inventory_hotel (id, name, description, address, city, country, time_zone, currency, check_in_time,
       check_out_time, business_day_rollover, amenities, rating_count, created_at, updated_at)
SELECT gen_random_uuid(), 'Bench ' || number, '', '1 Quay', 'Bench', 'PT', 'UTC', 'EUR', '15:00', '11:00', '03:00',
       '{}', 0, now(), now()
  FROM generate_series(1, %(hotels)s) AS number
"""
_PLANS = """
INSERT INTO inventory_rateplan (id, hotel_id, code, name, meal_plan, percent, created_at, updated_at)
SELECT gen_random_uuid(), id, 'FLEX', 'Flexible', 'room_only', 100, now(), now() FROM inventory_hotel
"""
_TYPES = """
INSERT INTO inventory_roomtype (id, hotel_id, code, name, description, max_adults, max_children, room_count,
       base_rate_minor, created_at, updated_at)
SELECT gen_random_uuid(), hotel.id, 'T' || number, 'Room type ' || number, '', 2, 2,
       CASE WHEN hotel.name = 'Bench 1' THEN 0 ELSE %(rooms)s END, 12900, now(), now()
  FROM inventory_hotel AS hotel CROSS JOIN generate_series(1, %(types_of_a_hotel)s) AS number
"""
_PRODUCTS = """
SELECT type.hotel_id::text AS hotel_id, type.id::text AS room_type_id, plan.id::text AS rate_plan_id, type.room_count
  FROM inventory_roomtype AS type JOIN inventory_rateplan AS plan ON plan.hotel_id = type.hotel_id
 ORDER BY type.room_count, type.hotel_id, type.id
"""


def make_hotels(*, types: int) -> None:
    """Hotels with so many room types in all, each hotel with one rate plan; without nights."""
    from django.db import connection

    parameters = {"hotels": -(-types // _TYPES_OF_A_HOTEL), "types_of_a_hotel": _TYPES_OF_A_HOTEL, "rooms": _ROOMS}
    with connection.cursor() as cursor:
        for statement in (_HOTELS, _PLANS, _TYPES):
            cursor.execute(statement, parameters)
        cursor.execute("UPDATE inventory_roomtype SET room_count = %(rooms)s", parameters)


def load_world(*, types: int, guests: int) -> World:
    """Load the empty database of a benchmark.

    :param types: room types in `spread`, and as many in `bare`.
    """
    from django.db import connection

    from apps.inventory import services as inventory
    from apps.platform import clock
    from apps.platform.db import fetch_all

    # The first hotel has no rooms, the second has the one that everybody wants.
    hotels_for_types = -(-types // _TYPES_OF_A_HOTEL)
    parameters = {"hotels": 2 + 2 * hotels_for_types, "types_of_a_hotel": _TYPES_OF_A_HOTEL, "rooms": _ROOMS}
    with connection.cursor() as cursor:
        for statement in (_HOTELS, _PLANS, _TYPES):
            cursor.execute(statement, parameters)
    inventory.generate_inventory()
    products = [
        Product(**{name: row[name] for name in ("hotel_id", "room_type_id", "rate_plan_id")})
        for row in fetch_all(_PRODUCTS)
    ]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    sold_out, hot, *others = products[0], *products[_TYPES_OF_A_HOTEL:]
    # (The rest of the hot room type's hotel stays empty: nobody else waits for rows of that hotel.)
    others = [product for product in others if product.hotel_id != hot.hotel_id]
    return World(
        today=clock.now().date().isoformat(),
        spread=tuple(others[:types]),
        bare=tuple(others[-types:]),
        hot=hot,
        sold_out=sold_out,
        tokens=tuple(_guest(number) for number in range(guests)),
    )


def _guest(number: int) -> str:
    """The access token of a new guest."""
    from apps.accounts import services as accounts

    password = secrets.token_hex(12)
    account = accounts.ensure_account(
        email=f"guest{number}@bench.example", full_name=f"Guest {number}", password=password, verified=True
    )
    return accounts.sign_in(email=account.email, password=password).access


def product_ids(product: Product) -> tuple[UUID, UUID]:
    """Room type and rate plan, as the database wants them."""
    return UUID(product.room_type_id), UUID(product.rate_plan_id)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--types", type=int, required=True)
    parser.add_argument("--guests", type=int, required=True)
    options = parser.parse_args()
    django.setup()
    print(orjson.dumps(load_world(types=options.types, guests=options.guests)).decode())


if __name__ == "__main__":
    main()
