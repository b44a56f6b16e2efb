"""What happens after the commit, when its processes are killed, poisoned or too many: T17 to T19 and T22."""

import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from config.local import programs
from config.local.processes import send, wait_until
from config.local.programs import Program
from config.local.proof import arms
from config.local.proof.exchange import beside, instead
from config.local.proof.history import Event
from config.local.proof.lost_tasks import hand_over_lost_tasks
from config.local.proof.scenarios._houses import hold_rooms, let_holds_run_out, open_house
from config.local.proof.scenarios._mails import mails_sent, mails_to
from config.local.proof.scenarios._scene import Scene, Seen, await_successes, counts, succeeded
from config.local.proof.web_servers import workers_of

_PATIENCE_SECONDS = 90
_TASKS_AT_WORK = 2
_MAX_RUNS = 4


def worker_killed(scene: Scene) -> Seen:
    ground, clients = scene.ground, scene.clients
    bookings, kills = scene.size(40, 1_000), scene.size(3, 50)
    room_type = scene.room_type(bookings)
    pause = 0.15 if scene.short else 0.05
    mail = ground.stack.program("mail")
    slow = replace(mail, arguments=(*mail.arguments, "--pause", str(pause)))
    with instead(ground.stack, slow), ThreadPoolExecutor(max_workers=1) as beginner:
        booked = beginner.submit(
            clients.send_all, [clients.book(clients.stay(room_type)) for _ in range(bookings)], clients=4
        )
        for number in range(kills):
            # Not again at the mail that comes first after a kill: five deaths at one message are its end (T18).
            _await_arrivals(ground.mailbox, more=bookings // (2 * kills))
            _kill_worker_at_a_mail(scene, whole=number % 5 == 0)
        ends = booked.result()
        hand_over_lost_tasks(ground)
        mails = mails_to(ground, [guest.email for guest in clients.guests])
    most = kills * _TASKS_AT_WORK
    return Seen(
        done=f"{kills} x kill -9 of the worker or one of its processes, between a mail's arrival and the note of it",
        expected=f"{bookings:,} mails, each at least once, 1 to {most} arrivals too many, all under their Message-ID",
        seen=f"{counts(ends)}; {mails}",
        holds=succeeded(ends) == mails.sent == bookings and mails.each_arrived and 0 < mails.again <= most,
    )


def _kill_worker_at_a_mail(scene: Scene, *, whole: bool) -> None:
    """Wait until the mail server has taken a mail and not yet said so, and kill."""
    stack = scene.ground.stack
    if not wait_until(lambda: bool(workers_of(stack, "worker")), seconds=_PATIENCE_SECONDS):
        raise TimeoutError("the worker does not replace its processes")
    victim = scene.clients.chance.choice(workers_of(stack, "worker"))
    _await_mail(scene.ground.mailbox)
    if whole:
        stack.kill("worker")
        stack.start("worker")
    else:
        send(victim, signal.SIGKILL)


def _await_arrivals(mailbox: Path, *, more: int) -> None:
    before = _arrived(mailbox)
    if not wait_until(lambda: _arrived(mailbox) >= before + more, seconds=_PATIENCE_SECONDS):
        raise TimeoutError(f"no {more} mails arrive within {_PATIENCE_SECONDS} s")


def _arrived(mailbox: Path) -> int:
    return sum(1 for _ in os.scandir(mailbox))


def _await_mail(mailbox: Path) -> None:
    before = mailbox.stat().st_mtime_ns
    if not wait_until(lambda: mailbox.stat().st_mtime_ns != before, seconds=_PATIENCE_SECONDS, pause=0.002):
        raise TimeoutError(f"no mail arrives within {_PATIENCE_SECONDS} s")


def poison(scene: Scene) -> Seen:
    """One booking is poison to two handlers: one fails at it, the other one ends its process. A third one mails."""
    ground, clients, behind = scene.ground, scene.clients, scene.size(20, 200)
    room_type = scene.room_type(behind + 1)
    runs = ground.mailbox.with_name("poison-runs")
    runs.write_text("")
    ground.stack.stop("relay")
    poisoned = clients.send_all([clients.book(clients.stay(room_type))], clients=1)[0]
    environment = {arms.POISON: poisoned.booking, arms.POISON_RUNS: str(runs), "OUTBOX_LOST_AFTER_SECONDS": "3"}
    others = [_armed(program, environment) for program in (programs.worker(), programs.relay())]
    with instead(ground.stack, others[0]), instead(ground.stack, others[1]):
        ends = clients.send_all([clients.book(clients.stay(room_type, day=1)) for _ in range(behind)], clients=4)
        flowed = wait_until(lambda: _mailed(scene) > behind, seconds=_PATIENCE_SECONDS, pause=0.2)
        buried = wait_until(lambda: ground.undone_events() == 0, seconds=_PATIENCE_SECONDS, pause=0.2)
        letters = _close_dead_letters(scene, poisoned)
    found = Counter(runs.read_text().split())
    return Seen(
        done=f"a message that one handler fails at and another one dies of, and {behind} bookings behind it",
        expected=f"at most {_MAX_RUNS} runs of each, then 2 dead letters; all {behind + 1} mails arrive",
        seen=f"{found['fail']} runs that failed, {found['die']} that died, {letters} dead letters;"
        f" {counts(ends)}; {_mailed(scene)} mails",
        holds=flowed
        and buried
        and letters == len(found) == 2  # noqa: PLR2004
        and max(found.values()) <= _MAX_RUNS
        and succeeded(ends) == behind,
    )


def _armed(program: Program, environment: dict[str, str]) -> Program:
    return replace(program, environment={**program.environment, **environment})


def _mailed(scene: Scene) -> int:
    return mails_sent(scene.ground, [guest.email for guest in scene.clients.guests])


def _close_dead_letters(scene: Scene, poisoned: Event) -> int:
    """Close this scenario's dead letters, as somebody who has dealt with them; how many there were."""
    sql = (
        # (The marks stay: a retry that is still on its way must find them.)
        "UPDATE platform_handledevent AS handled SET dead = false FROM platform_outboxmessage AS message"
        " WHERE handled.message_id = message.id AND handled.dead AND message.aggregate_id = %s"
        " RETURNING handled.handler"
    )
    return len(scene.ground.query(sql, [poisoned.booking]))


def too_many_processes(scene: Scene) -> Seen:
    """A second beat and two more relays; beside the load, holds run out that both beats let expire."""
    ground, clients = scene.ground, scene.clients
    bookings, holds = scene.size(40, 400), scene.size(10, 100)
    house = open_house(ground, name=clients.name, rooms=holds)
    room_type = scene.room_type(bookings)
    more = [replace(programs.beat(), name="beat 2"), _relay("relay 2"), _relay("relay 3")]
    addresses = [guest.email for guest in clients.guests]
    with beside(ground.stack, *more):
        held = hold_rooms(ground, house, rooms=holds)
        let_holds_run_out(ground, house)
        ends = clients.send_all([clients.book(clients.stay(room_type)) for _ in range(bookings)], clients=4)
        wait_until(lambda: _are_expired(scene, held) == holds, seconds=_PATIENCE_SECONDS, pause=0.2)
        mails = mails_to(ground, [*addresses, house.guest.email])
    expired, told = _are_expired(scene, held), _told_expired(scene, held)
    return Seen(
        done=f"2 beats and 3 relays, {bookings} bookings, {holds} holds that run out",
        expected=f"as with one: {bookings} + {holds} mails, none again; {holds} holds expire, each told once",
        seen=f"{counts(ends)}; {mails}; {expired} holds expired, {told} times told",
        holds=succeeded(ends) == bookings
        and (mails.each_arrived and mails.sent == bookings + holds and mails.again == 0)
        and told == expired == holds,
    )


def _told_expired(scene: Scene, held: list[str]) -> int:
    sql = "SELECT count(*) AS n FROM platform_outboxmessage WHERE topic = 'booking.expired' AND aggregate_id = ANY(%s)"
    return int(scene.ground.query(sql, [held])[0]["n"])


def _are_expired(scene: Scene, held: list[str]) -> int:
    sql = "SELECT count(*) AS n FROM bookings_reservation WHERE status = 'expired' AND booking_id = ANY(%s)"
    return int(scene.ground.query(sql, [held])[0]["n"])


def relay_killed(scene: Scene) -> Seen:
    ground, clients, deaths = scene.ground, scene.clients, scene.size(5, 100)
    room_types = [scene.room_type(rooms) for rooms in (20, 400)]
    mortal = Program(
        name="relay",
        arguments=(
            *("-m", "config.local.proof.mortal_relay"),
            *("--deaths", str(deaths), "--seed", f"{clients.seed} {clients.name}"),
        ),
        # What a dead relay had claimed is free again after a second, not after half a minute.
        environment={**programs.relay().environment, arms.LEASE_SECONDS: "1"},
        ready_line="relay ready",
    )
    with instead(ground.stack, mortal):
        with clients.mixed_load(room_types, clients=4):
            _await_deaths(scene, deaths)
            await_successes(clients, 10)
        clients.settle()
        addresses = [guest.email for guest in clients.guests]
        mails = mails_to(ground, addresses)
    ends = [event for event in clients.events if event.type != "invoke"]
    again = _handed_over_again(scene)
    return Seen(
        done=f"{deaths} x kill -9 of the relay between handing over and noting it, 4 clients with duplicates",
        expected="every mail once; at least as many messages handed over again as relays died",
        seen=f"{counts(ends)}; {mails}; {again} messages handed over again",
        holds=mails.each_arrived and mails.again == 0 and mails.sent > deaths and again >= deaths,
    )


def _await_deaths(scene: Scene, deaths: int) -> None:
    lines = scene.ground.stack.lines
    for death in range(1, deaths + 1):
        if not wait_until(lambda: f"death {death}" in lines("relay"), seconds=_PATIENCE_SECONDS):  # noqa: B023
            raise TimeoutError(f"no relay has died within {_PATIENCE_SECONDS} s")


def _handed_over_again(scene: Scene) -> int:
    sql = (
        "SELECT count(*) AS n FROM platform_outboxmessage WHERE attempts > 1 AND aggregate_id IN"
        " (SELECT id FROM bookings_booking WHERE principal = ANY(%s)"
        " UNION SELECT id FROM notifications_delivery WHERE recipient = ANY(%s))"
    )
    guests = scene.clients.guests
    found = scene.ground.query(sql, [[guest.principal for guest in guests], [guest.email for guest in guests]])
    return int(found[0]["n"])


def _relay(name: str) -> Program:
    return replace(programs.relay(), name=name)
