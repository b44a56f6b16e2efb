"""The nights themselves: a week without beat, many generations at once, and dates that are not like others.

T20, T21 and T28.
"""

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from threading import Event
from zoneinfo import ZoneInfo

from config.local import programs
from config.local.processes import wait_until
from config.local.programs import Program
from config.local.proof.exchange import beside
from config.local.proof.ground import Ground
from config.local.proof.scenarios._houses import Desk, House, desk, hold_rooms, let_holds_run_out, open_house
from config.local.proof.scenarios._scene import Scene, Seen, await_successes

HORIZON = 500
_GENERATION = "inventory: keep every future night generated"
_WEEK = timedelta(days=7)
_PATIENCE_SECONDS = 90
_ODD_ZONES = ("Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York", "Australia/Lord_Howe")


def beat_down_a_week(scene: Scene) -> Seen:
    """As if it had been: the last seven nights are not there, every job is a week late, holds are long over."""
    ground, clients, holds = scene.ground, scene.clients, scene.size(5, 50)
    house = open_house(ground, name=clients.name, rooms=holds)
    room_types = [scene.room_type(rooms) for rooms in (3, 100)]
    with clients.mixed_load(room_types, clients=2):
        ground.stack.stop("beat")
        held = hold_rooms(ground, house, rooms=holds)
        full = _nights(ground)
        removed = _remove_last_week(ground)
        let_holds_run_out(ground, house, ago=timedelta(days=6))
        ground.query("UPDATE django_celery_beat_periodictask SET last_run_at = now() - %s RETURNING id", [_WEEK])
        begun = ground.log.length()
        ground.stack.start("beat")
        healed = wait_until(lambda: _nights(ground) == full, seconds=_PATIENCE_SECONDS, pause=0.2)
        freed = wait_until(lambda: _taken(ground, house) == 0, seconds=_PATIENCE_SECONDS, pause=0.2)
        await_successes(clients, 5)
    runs = ground.log.count(f"Sending due task {_GENERATION}", since=begun)
    short_of = len(full - _nights(ground))
    return Seen(
        done=f"beat down a week: {removed} nights at the end of the horizon not there, {len(held)} holds long over",
        expected="one run of the generation makes the horizon full again; no hold is left; nothing else is needed",
        seen=f"{runs} run, {short_of} nights missing, {_taken(ground, house)} nights held",
        holds=healed and freed and runs == 1 and removed >= 7 * len(room_types) and len(held) == holds,
    )


def _nights(ground: Ground) -> set[tuple[str, date]]:
    rows = ground.query("SELECT room_type_id::text AS room_type, night FROM inventory_roomnight")
    return {(row["room_type"], row["night"]) for row in rows}


def _remove_last_week(ground: Ground) -> int:
    """Take the nights away that beat would have made in its last week; how many."""
    sql = (
        "DELETE FROM inventory_roomnight AS night"
        " USING (SELECT room_type_id, max(night) AS last FROM inventory_roomnight GROUP BY room_type_id) AS horizon"
        " WHERE night.room_type_id = horizon.room_type_id AND night.night > horizon.last - 7"
        " AND sold = 0 AND held = 0 RETURNING night.night"
    )
    return len(ground.query(sql))


def _taken(ground: Ground, house: House) -> int:
    sql = "SELECT coalesce(sum(sold + held), 0) AS n FROM inventory_roomnight WHERE room_type_id = %s"
    return int(ground.query(sql, [house.room_type])[0]["n"])


def many_generators(scene: Scene) -> Seen:
    """Nights that nobody has booked vanish while clients book beside them, and generators fill the gaps."""
    ground, clients, successes = scene.ground, scene.clients, scene.size(40, 600)
    house = open_house(ground, name=clients.name, rooms=40)
    room_type = scene.room_type(20)
    generators = Program(
        name="generators",
        arguments=("-m", "config.local.proof.generators", "--at-once", "20"),
        environment=programs.worker().environment,
        ready_line="generators ready",
    )
    deadlocks = _deadlocks(ground)
    over = Event()
    with ThreadPoolExecutor(max_workers=5) as pool:
        booking: list[Future[Counter[str]]] = []
        try:
            with beside(ground.stack, generators), clients.mixed_load([room_type], clients=4):
                holes = pool.submit(_punch_holes, ground, house, over)
                booking += [pool.submit(_book_between_holes, scene, house, number, over) for number in range(4)]
                await_successes(clients, successes)
        finally:
            over.set()
        answers = sum((done.result() for done in booking), Counter())
        punched = holes.result()
    said = re.search(r"(\d+) runs, (\d+) nights, (\d+) failures", "\n".join(ground.stack.lines("generators")))
    runs, filled, failures = (int(number) for number in said.groups()) if said else (0, 0, -1)
    ground.administer(f"/api/v1/hotels/{house.hotel}/inventory/generate", {}, status=200)
    missing = _missing(ground, house)
    wrong = sum(number for code, number in answers.items() if code not in {"201", "no_rooms_left"})
    return Seen(
        done=f"20 generators at once, again and again; {punched} nights taken out under 4 of 8 booking clients",
        expected="each request is granted or refused for want of rooms, no run fails, in the end no night is missing",
        seen=f"{runs} runs filled {filled} nights, {failures} failed; {dict(answers)}; {missing} nights missing;"
        f" {_deadlocks(ground) - deadlocks} deadlocks",
        holds=failures == wrong == missing == 0 and runs >= 20 and filled > 0 and answers["201"] > 0,  # noqa: PLR2004
    )


def _punch_holes(ground: Ground, house: House, over: Event) -> int:
    """Take nights out that nobody has, until told to stop; how many it were."""
    sql = (
        "DELETE FROM inventory_roomnight WHERE (room_type_id, night) IN"
        " (SELECT room_type_id, night FROM inventory_roomnight"
        "   WHERE room_type_id = %s AND sold = 0 AND held = 0 AND random() < 0.05 ORDER BY night FOR UPDATE)"
        " AND sold = 0 AND held = 0 RETURNING night"
    )
    punched = 0
    while not over.wait(0.1):
        punched += len(ground.query(sql, [house.room_type]))
    return punched


def _book_between_holes(scene: Scene, house: House, number: int, over: Event) -> Counter[str]:
    """Book at random until told to stop; how often which answer came."""
    found: Counter[str] = Counter()
    first = datetime.now(tz=UTC).date() + timedelta(days=2 + number)
    with desk(scene.ground, house.guest) as guest:
        for day in range(10_000):
            if over.is_set():
                break
            order = house.order(arrival=first + timedelta(days=(day * 7) % 480), nights=1 + day % 4)
            found[guest.ask("bookings", order).code] += 1
    return found


def _missing(ground: Ground, house: House) -> int:
    sql = (
        "SELECT count(*) AS n FROM generate_series(0, %s - 1) AS ahead WHERE NOT EXISTS (SELECT 1"
        " FROM inventory_roomnight WHERE room_type_id = %s AND night = %s + ahead)"
    )
    return int(ground.query(sql, [HORIZON, house.room_type, _today("UTC")])[0]["n"])


def _deadlocks(ground: Ground) -> int:
    sql = "SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()"
    return int(ground.query(sql)[0]["n"])


def odd_dates(scene: Scene) -> Seen:
    """Hotels in odd zones, a single room each: today, days on which clocks change, and 29 February if it is near."""
    zones = _ODD_ZONES[: scene.size(3, len(_ODD_ZONES))]
    wrong: list[str] = []
    done: Counter[str] = Counter()
    for zone in zones:
        house = open_house(scene.ground, name=f"{scene.clients.name} {zone}", rooms=1, time_zone=zone)
        today = _today(zone)
        with desk(scene.ground, house.guest) as guest, desk(scene.ground, scene.ground.administrator) as front:
            wrong += [f"{zone}: {what}" for what in _today_is(guest, front, house, today)]
            for kind, day in _odd_days(zone, today):
                done[kind] += 1
                wrong += [f"{zone}, {day}: {what}" for what in _sells_right(guest, house, day)]
    days = ", ".join(f"{number} x {kind}" for kind, number in sorted(done.items()))
    return Seen(
        done=f"a single room in {', '.join(zones)}, sold around today and {days}",
        expected="each night once and at its price; the day before today is not for sale; check-in from today on",
        seen="; ".join(wrong) or "as expected",
        holds=not wrong and done["clock change"] > 0,
    )


def _today(zone: str) -> date:
    """The business date: before 03:00 it is still the day before."""
    return (datetime.now(tz=ZoneInfo(zone)).replace(tzinfo=None) - timedelta(hours=3)).date()


def _odd_days(zone: str, today: date) -> Iterator[tuple[str, date]]:
    """Days of the horizon on which the clocks change in this zone, and leap days."""
    for ahead in range(10, HORIZON - 5):
        day = today + timedelta(days=ahead)
        if _midnight(day, zone).utcoffset() != _midnight(day + timedelta(days=1), zone).utcoffset():
            yield "clock change", day
        if (day.month, day.day) == (2, 29):
            yield "29 February", day


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(0), tzinfo=ZoneInfo(zone))


def _sells_right(guest: Desk, house: House, day: date) -> Iterator[str]:
    """What is wrong with two nights around this day, the days beside them, and a second sale of the same."""
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    answer = guest.ask("bookings", house.order(arrival=before, nights=2))
    if answer.status != 201:  # noqa: PLR2004
        yield f"two nights were not sold: {answer.code}"
        return
    nights = [(night["date"], night["amount"]["amount"]) for night in answer.document["reservations"][0]["nights"]]
    if nights != [(before.isoformat(), "100.00"), (day.isoformat(), "100.00")]:
        yield f"the nights are {nights}"
    if answer.document["total"]["amount"] != "200.00":
        yield f"two nights are {answer.document['total']}"
    expected = {before: "no_rooms_left", day: "no_rooms_left", before - timedelta(days=1): "201", after: "201"}
    for arrival, code in expected.items():
        if (found := guest.ask("bookings", house.order(arrival=arrival)).code) != code:
            yield f"a night from {arrival} is {found} instead of {code}"


def _today_is(guest: Desk, front: Desk, house: House, today: date) -> Iterator[str]:
    """What is wrong with the first night for sale and with arriving on it."""
    yesterday = guest.ask("bookings", house.order(arrival=today - timedelta(days=1)))
    if yesterday.status != 400:  # noqa: PLR2004
        yield f"the night before today is {yesterday.code}"
    for arrival, code in ((today, "200"), (today + timedelta(days=1), "too_early")):
        booked = guest.ask("bookings", house.order(arrival=arrival))
        if booked.status != 201:  # noqa: PLR2004
            yield f"a night from {arrival} is {booked.code}"
            continue
        stay = booked.document["reservations"][0]["id"]
        if (found := front.ask(f"reservations/{stay}/check-in", {}).code) != code:
            yield f"a check-in for {arrival} is {found} instead of {code}"
