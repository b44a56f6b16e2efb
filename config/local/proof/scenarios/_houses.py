"""Hotels beside the ground's own, for what the clients of the history do not do: holds, stays, reviews, other zones."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

import orjson

from config.local.proof.connection import Connection, Unanswered
from config.local.proof.ground import Ground, Guest

_HOLDS_OF_A_GUEST = 5
_TRIES, _PAUSE_SECONDS = 60, 0.5
_keys = count(1)


@dataclass(frozen=True, kw_only=True)
class House:
    """A hotel with one room type and one rate plan, and a guest who knows no other."""

    hotel: str
    room_type: str
    rate_plan: str
    guest: Guest

    def order(self, *, arrival: date, nights: int = 1, confirm: bool = True) -> Mapping[str, Any]:
        """The body of a booking of one room."""
        return {
            "hotel_id": self.hotel,
            "arrival": arrival.isoformat(),
            "departure": (arrival + timedelta(days=nights)).isoformat(),
            "rooms": [{"room_type_id": self.room_type, "rate_plan_id": self.rate_plan, "adults": 1}],
            "booker": {"full_name": "Ada Lovelace", "email": self.guest.email},
            "confirm": confirm,
        }


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A status and a document."""

    status: int
    document: Mapping[str, Any]

    @property
    def code(self) -> str:
        """The code of a refusal, else the status."""
        return str(self.document.get("code", self.status))


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Somebody who asks the platform things that are no part of the history."""

    connection: Connection
    who: Guest

    def ask(self, path: str, body: Mapping[str, Any]) -> Answer:
        """What the platform answers under a fresh key.

        :raises Unanswered: if no answer came.
        """
        status, content = self.connection.post(
            f"/api/v1/{path}", body, token=self.who.token, key=f"desk-{next(_keys):016}"
        )
        return Answer(status=status, document=orjson.loads(content))


def known_answer(
    connection: Connection, who: Guest, path: str, body: Mapping[str, Any], *, key: str
) -> tuple[int, bytes]:
    """Status and body of the answer that stands at last: the key is sent until one has come that settles it.

    :raises TimeoutError: if none does.
    """
    for _ in range(_TRIES):
        with suppress(Unanswered):
            status, content = connection.post(f"/api/v1/{path}", body, token=who.token, key=key)
            if status < 500 and b'"request_in_progress"' not in content:  # noqa: PLR2004
                return status, content
        time.sleep(_PAUSE_SECONDS)
    raise TimeoutError(f"no answer to {path} after {_TRIES} tries")


@contextmanager
def desk(ground: Ground, who: Guest) -> Iterator[Desk]:
    connection = Connection(ground.port)
    try:
        yield Desk(connection=connection, who=who)
    finally:
        connection.close()


def open_house(ground: Ground, *, name: str, rooms: int, time_zone: str = "UTC") -> House:
    """A hotel of its own, on sale at once."""
    hotel = ground.administer(
        "/api/v1/hotels",
        {
            "name": name,
            "address": "2 Side Street",
            "city": "Elsewhere",
            "country": "PT",
            "time_zone": time_zone,
            "currency": "EUR",
        },
    )["id"]
    room_type = ground.administer(
        f"/api/v1/hotels/{hotel}/room-types",
        {
            "code": "ONLY",
            "name": "The only one",
            "max_adults": 2,
            "max_children": 0,
            "room_count": rooms,
            "base_rate": {"amount": "100.00", "currency": "EUR"},
        },
    )["id"]
    plans = ground.query("SELECT id::text FROM inventory_rateplan WHERE hotel_id = %s", [hotel])
    guest = ground.sign_up(f"{name.lower().replace(' ', '-').replace('/', '-')}-guest@example.com")
    return House(hotel=str(hotel), room_type=str(room_type), rate_plan=str(plans[0]["id"]), guest=guest)


def business_date(ground: Ground, house: House) -> date:
    """The first night that is for sale: the hotel's today."""
    sql = "SELECT min(night) AS first FROM inventory_roomnight WHERE room_type_id = %s"
    found: date = ground.query(sql, [house.room_type])[0]["first"]
    return found


def hold_rooms(ground: Ground, house: House, *, rooms: int) -> list[str]:
    """Book so many rooms without confirming them, by as many guests as may hold so many; the bookings."""
    arrival = business_date(ground, house) + timedelta(days=10)
    held: list[str] = []
    while len(held) < rooms:
        holder = ground.sign_up(f"{len(held)}-{house.guest.email}")
        with desk(ground, holder) as guest:
            for _ in range(min(_HOLDS_OF_A_GUEST, rooms - len(held))):
                answer = guest.ask("bookings", house.order(arrival=arrival, confirm=False))
                held.append(str(answer.document["id"]))
    return held


def let_holds_run_out(ground: Ground, house: House, *, ago: timedelta = timedelta(seconds=1)) -> None:
    """The holds of this house have been over for so long."""
    # (In one statement: the two say the same instant, which is an invariant.)
    ground.query(
        "WITH over AS (UPDATE inventory_hold SET expires_at = now() - %s WHERE room_type_id = %s)"
        " UPDATE bookings_booking SET hold_expires_at = now() - %s WHERE hotel_id = %s RETURNING id",
        [ago, house.room_type, ago, house.hotel],
    )
