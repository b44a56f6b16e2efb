"""Money while processes are killed, with a provider that is late, silent, and says things twice: T32."""

import json
import random
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson

from config.local import programs
from config.local.ports import HOST
from config.local.processes import wait_until
from config.local.proof.connection import Connection
from config.local.proof.exchange import beside
from config.local.proof.ground import Ground, Guest
from config.local.proof.scenarios._houses import House, business_date, known_answer, open_house
from config.local.proof.scenarios._scene import Scene, Seen

_TOKENS = (
    *("tok_ok", "tok_declined", "tok_action", "tok_authorize", "tok_later:1", "tok_told_twice", "tok_told_late:2"),
    *("tok_never_told", "tok_later_never_told:1", "tok_answer_lost"),
)
_PATIENCE_SECONDS = 240
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(kw_only=True)
class _Storm:
    """Guests who hold rooms, pay, and now and then give up, lose their hold, or press a button too late."""

    ground: Ground
    house: House
    guest: Guest
    name: str
    chance: random.Random
    paid: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def one(self, number: int) -> None:
        """One guest's story; every request is sent under its key until it has an answer."""
        connection = Connection(self.ground.port)
        arrival = business_date(self.ground, self.house) + timedelta(days=20 + number % 5)
        with self.lock:
            token, end = self.chance.choice(_TOKENS), self.chance.choice(("", "", "cancel", "lose", "lose"))
        booked = self.ask(connection, "bookings", self.house.order(arrival=arrival, confirm=False), f"{number}-book")
        if "id" not in booked:
            return
        booking = booked["id"]
        payment = self.ask(connection, f"bookings/{booking}/payments", {"method": token}, f"{number}-pay")
        with self.lock:
            self.paid += "id" in payment
        if end == "lose":
            self.lose_hold(booking)
            time.sleep(number % 4)
        if payment.get("action_url"):
            self.press(payment["action_url"], "approve" if number % 3 else "decline")
        if end == "cancel":
            self.ask(connection, f"bookings/{booking}/cancel", {}, f"{number}-cancel")
        connection.close()

    def ask(self, connection: Connection, path: str, body: Any, key: str) -> dict[str, Any]:
        """The answer that stands at last."""
        _, content = known_answer(connection, self.guest, path, body, key=f"{self.name}-storm-{key}")
        document: dict[str, Any] = orjson.loads(content)
        return document

    def lose_hold(self, booking: str) -> None:
        """The hold of this booking is over."""
        self.ground.query(
            "WITH over AS (UPDATE inventory_hold SET expires_at = now() - interval '1 second' WHERE id IN"
            " (SELECT id FROM bookings_reservation WHERE booking_id = %s AND status = 'pending'))"
            " UPDATE bookings_booking SET hold_expires_at = now() - interval '1 second'"
            " WHERE id = %s AND hold_expires_at IS NOT NULL RETURNING id",
            [booking, booking],
        )

    def press(self, action_url: str, answer: str) -> None:
        with suppress(OSError), _direct.open(action_url, data=f"answer={answer}".encode(), timeout=10):
            return


def payment_storm(scene: Scene) -> Seen:
    ground, guests, kills = scene.ground, scene.size(40, 400), scene.size(4, 40)
    house = open_house(ground, name=f"{scene.clients.name} storm", rooms=max(2, guests // 12))
    ground.query(
        "UPDATE inventory_rateplan SET prepayment_percent = 50 WHERE hotel_id = %s RETURNING id", [house.hotel]
    )
    storm = _Storm(
        ground=ground,
        house=house,
        guest=house.guest,
        name=f"{scene.clients.name}-{scene.clients.seed}",
        chance=scene.clients.chance,
    )
    with beside(ground.stack, _provider(ground)):
        with ThreadPoolExecutor(max_workers=8) as pool:
            stories = [pool.submit(storm.one, number) for number in range(guests)]
            for number in range(kills):
                time.sleep(1.0)
                ground.kill("worker" if number % 3 == 2 else "web")  # noqa: PLR2004
            for story in stories:
                story.result()
        settled = wait_until(lambda: _is_settled(ground, house), seconds=_PATIENCE_SECONDS, pause=0.5)
        twice, differing = _against_provider(ground)
    kept, unpaid, ends = _kept(ground, house), _unpaid(ground, house), _ends(ground, house)
    return Seen(
        done=f"{guests} guests hold, pay by {len(_TOKENS)} kinds of card, cancel, lose their holds;"
        f" {kills} x kill -9 of web or worker",
        expected="all is settled; no money without a room, no room without its deposit, nothing taken twice,"
        " provider and platform count the same",
        seen=f"{storm.paid} payments; {ends}; {'settled' if settled else 'not settled'}; {kept} kept without a room,"
        f" {unpaid} rooms without deposit, {twice} taken twice, {differing} counted otherwise",
        holds=settled and kept == unpaid == twice == differing == 0 and storm.paid > guests / 4,
    )


def _provider(ground: Ground) -> programs.Program:
    port = urlsplit(ground.environment["PAYMENT_PROVIDER_URL"]).port or 0
    return programs.payments(port=port, webhook=f"http://{HOST}:{ground.port}/api/v1/payments/webhooks/online")


def _is_settled(ground: Ground, house: House) -> bool:
    """Nothing of this house is under way: no payment, no refund, no event, no hold. (Guests may still be asked.)"""
    [row] = ground.query(
        "SELECT (SELECT count(*) FROM bookings_payment AS p JOIN bookings_booking AS b ON b.id = p.booking_id"
        "         WHERE b.hotel_id = %(hotel)s AND p.state IN ('created', 'authorized'))"
        "     + (SELECT count(*) FROM bookings_refund WHERE state = 'created')"
        "     + (SELECT count(*) FROM bookings_booking WHERE hotel_id = %(hotel)s AND hold_expires_at < now())"
        "     + (SELECT count(*) FROM platform_outboxmessage WHERE done_at IS NULL) AS open",
        {"hotel": house.hotel},  # type: ignore[arg-type]
    )
    return not row["open"] and not _waiting_at_provider(ground)


def _waiting_at_provider(ground: Ground) -> bool:
    """Whether the provider has taken money that we do not know of yet."""
    return _against_provider(ground)[1] > 0


def _against_provider(ground: Ground) -> tuple[int, int]:
    """How many payments the provider has taken twice, and of how many it counts other sums than we do."""
    environment = ground.environment
    request = urllib.request.Request(  # noqa: S310 - the provider on this machine
        f"{environment['PAYMENT_PROVIDER_URL']}/v1/payments",
        headers={"Authorization": f"Bearer {environment['PAYMENT_PROVIDER_SECRET']}"},
    )
    with _direct.open(request, timeout=20) as response:
        theirs = json.loads(response.read())["payments"]
    ours = {
        row["id"]: (row["captured_minor"], row["refunded_minor"])
        for row in ground.query("SELECT id::text, captured_minor, refunded_minor FROM bookings_payment")
    }
    differing = sum(
        ours.get(payment["client_reference"]) != (payment["captured_minor"], payment["refunded_minor"])
        for payment in theirs
    )
    return sum(payment["captures"] > 1 for payment in theirs), differing


_SUMS = """
SELECT booking.id, booking.due_now_minor AS due,
       (SELECT coalesce(sum(captured_minor - refunded_minor), 0) FROM bookings_payment WHERE booking_id = booking.id)
       AS paid, stay.status, coalesce(stay.penalty_minor, 0) AS penalty
  FROM bookings_booking AS booking JOIN bookings_reservation AS stay ON stay.booking_id = booking.id
 WHERE booking.hotel_id = %s
"""


def _kept(ground: Ground, house: House) -> int:
    rows = ground.query(_SUMS, [house.hotel])
    return sum(row["status"] in {"expired", "canceled"} and row["paid"] > row["penalty"] for row in rows)


def _unpaid(ground: Ground, house: House) -> int:
    rows = ground.query(_SUMS, [house.hotel])
    return sum(row["status"] == "confirmed" and row["paid"] < row["due"] for row in rows)


def _ends(ground: Ground, house: House) -> str:
    rows = ground.query(
        "SELECT status, count(*) AS n FROM bookings_reservation WHERE hotel_id = %s GROUP BY status ORDER BY status",
        [house.hotel],
    )
    again = ground.query(
        "SELECT count(*) AS n FROM bookings_revision AS r JOIN bookings_booking AS b ON b.id = r.booking_id"
        " WHERE b.hotel_id = %s AND r.action = 'reinstate'",
        [house.hotel],
    )
    return ", ".join(f"{row['n']} {row['status']}" for row in rows) + f", {again[0]['n']} of them reinstated"
