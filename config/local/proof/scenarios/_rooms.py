"""A front desk of many hands, while web workers die: T33."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson

from config.local.proof.connection import Connection
from config.local.proof.ground import Ground, Guest
from config.local.proof.scenarios._houses import House, business_date, desk, known_answer, open_house
from config.local.proof.scenarios._scene import Scene, Seen
from config.local.proof.scenarios._web import killing_workers

_ROOMS, _DAYS, _HANDS = 12, 5, 8
_ARRIVING_TODAY = 0.6
# What the desk does, and how often among ten things.
_DEEDS = {"assign": 3, "move": 2, "check-in": 3, "check-out": 1, "unassign": 1}


_CLEAN = """
UPDATE inventory_room SET condition = 'clean'
 WHERE id IN (SELECT id FROM inventory_room WHERE hotel_id = %s AND condition = 'dirty' FOR UPDATE SKIP LOCKED)
RETURNING id
"""


@dataclass(kw_only=True)
class _Storm:
    """A house whose staff all do something with some stay or other, each thing twice under one key."""

    scene: Scene
    house: House
    who: Guest
    rooms: Sequence[str]
    stays: Sequence[str]
    answers: Counter[str] = field(default_factory=Counter)
    differing: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hand(self, number: int, deeds: int) -> None:
        """One of the staff, at work for so many deeds."""
        ground, hotel = self.scene.ground, self.house.hotel
        with closing(Connection(ground.port)) as connection:
            for turn in range(deeds):
                with self._lock:
                    path, body = self._deed()
                key = f"{self.scene.clients.name}-{self.scene.clients.seed}-desk-{number}-{turn}"
                first, second = (known_answer(connection, self.who, path, body, key=key) for _ in range(2))
                # (Housekeeping is quick here: who has left leaves a clean room.)
                ground.query(_CLEAN, [hotel])
                with self._lock:
                    self.answers[_code(*first)] += 1
                    self.differing += first != second

    def _deed(self) -> tuple[str, Mapping[str, Any]]:
        chance = self.scene.clients.chance
        [deed] = chance.choices(list(_DEEDS), weights=list(_DEEDS.values()))
        room, stay = chance.choice(self.rooms), f"reservations/{chance.choice(self.stays)}"
        if deed == "move":
            return f"{stay}/move", {"room_id": room, "reason": "The guest asks"}
        named = deed == "assign" and chance.random() < 0.5  # noqa: PLR2004 - by hand as often as the best fit
        return f"{stay}/{deed}", {"room_id": room} if named else {}


def assigning_storm(scene: Scene) -> Seen:
    ground, deeds = scene.ground, scene.size(10, 150)
    house = open_house(ground, name=f"{scene.clients.name} rooms", rooms=_ROOMS)
    rooms = [
        ground.administer(
            f"/api/v1/hotels/{house.hotel}/rooms", {"room_type_id": house.room_type, "number": str(number)}
        )
        for number in range(101, 101 + _ROOMS)
    ]
    stays = _booked(scene, house, scene.size(30, 60))
    storm = _Storm(
        scene=scene, house=house, who=ground.administrator, rooms=[str(room["id"]) for room in rooms], stays=stays
    )
    with killing_workers(scene, scene.size(4, 60)) as killed, ThreadPoolExecutor(max_workers=_HANDS) as pool:
        for done in [pool.submit(storm.hand, number, deeds) for number in range(_HANDS)]:
            done.result()
    shared, roomless = _shared(ground, house), _roomless(ground, house)
    granted = storm.answers["200"]
    return Seen(
        done=f"{_HANDS} x {deeds} deeds of a front desk with {_ROOMS} rooms and {len(stays)} stays, each sent twice;"
        f" {killed['workers']} x kill -9 of a web worker",
        expected="no room has two stays a night or two guests, nobody in house is without a room, every repetition is"
        " answered alike",
        seen=f"{granted:,} done of {storm.answers.total():,}; {shared} rooms shared, {roomless} guests without,"
        f" {storm.differing} answers differ",
        holds=shared == roomless == storm.differing == 0 and granted > _HANDS * deeds / 5,
    )


def _booked(scene: Scene, house: House, wanted: int) -> list[str]:
    """The stays of so many who want a room in these days; some find none."""
    today, chance, stays = business_date(scene.ground, house), scene.clients.chance, list[str]()
    with desk(scene.ground, house.guest) as guest:
        for _ in range(wanted):
            ahead = 0 if chance.random() < _ARRIVING_TODAY else chance.randrange(1, _DAYS)
            order = house.order(arrival=today + timedelta(days=ahead), nights=chance.randint(1, 3))
            answer = guest.ask("bookings", order)
            stays += [str(stay["id"]) for stay in answer.document.get("reservations", ())]
    return stays


def _code(status: int, content: bytes) -> str:
    return str(orjson.loads(content).get("code", status))


def _shared(ground: Ground, house: House) -> int:
    """How often a room has two live stays on one night, or two guests at this moment."""
    [row] = ground.query(
        "SELECT (SELECT count(*) FROM (SELECT night.room_id FROM bookings_reservationnight AS night"
        "          JOIN bookings_reservation AS stay ON stay.id = night.reservation_id"
        "         WHERE stay.hotel_id = %(hotel)s AND night.room_id IS NOT NULL AND night.released_at IS NULL"
        "         GROUP BY night.room_id, night.night HAVING count(*) > 1) AS twice)"
        "     + (SELECT count(*) FROM (SELECT night.room_id FROM bookings_reservationnight AS night"
        "          JOIN bookings_reservation AS stay ON stay.id = night.reservation_id"
        "         WHERE stay.hotel_id = %(hotel)s AND stay.status = 'checked_in' AND night.night = stay.arrival"
        "           AND night.room_id IS NOT NULL"
        "         GROUP BY night.room_id HAVING count(*) > 1) AS crowded) AS shared",
        {"hotel": house.hotel},  # type: ignore[arg-type]
    )
    return int(row["shared"])


def _roomless(ground: Ground, house: House) -> int:
    """How many guests are in the house without a room for their first night."""
    [row] = ground.query(
        "SELECT count(*) AS roomless FROM bookings_reservation AS stay"
        "  JOIN bookings_reservationnight AS night ON night.reservation_id = stay.id AND night.night = stay.arrival"
        " WHERE stay.hotel_id = %s AND stay.status = 'checked_in' AND night.room_id IS NULL",
        [house.hotel],
    )
    return int(row["roomless"])
