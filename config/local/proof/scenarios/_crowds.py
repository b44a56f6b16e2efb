"""Crowds and duplicates, with nothing broken: T1 to T5 and T24."""

from collections.abc import Sequence

from config.local.proof.checker import NO_ROOMS_LEFT
from config.local.proof.clients import Order
from config.local.proof.history import Event
from config.local.proof.scenarios._scene import Scene, Seen, counts, succeeded, taken_of


def last_room(scene: Scene) -> Seen:
    clients, room_type, requests = scene.clients, scene.room_type(1), scene.size(500, 10_000)
    ends = clients.send_all([clients.book(clients.stay(room_type)) for _ in range(requests)], clients=50)
    refused = sum(end.code == NO_ROOMS_LEFT for end in ends)
    return Seen(
        done=f"{requests:,} requests with as many keys for one room, 50 clients",
        expected=f"201 once, {requests - 1:,} times {NO_ROOMS_LEFT}, no 5xx",
        seen=counts(ends),
        holds=succeeded(ends) == 1 and refused == requests - 1,
    )


def overlapping_nights(scene: Scene) -> Seen:
    clients, rooms, requests = scene.clients, 37, scene.size(500, 5_000)
    room_type, chance = scene.room_type(rooms), clients.chance
    # (Short: fewer nights, so that 500 tries fill them as well.)
    days = scene.size(6, 30)
    ends = clients.send_all(
        clients.book(clients.stay(room_type, day=chance.randrange(days), nights=chance.randint(1, 7)))
        for _ in range(requests)
    )
    most = max(taken_of(scene, room_type).values())
    failures = sum(end.type == "info" for end in ends)
    return Seen(
        done=f"{requests:,} tries of 1 to 7 overlapping nights, {rooms} rooms",
        expected=f"the fullest night has {rooms} of {rooms}, no answer is lost, nobody sees a deadlock",
        seen=f"{most} of {rooms}; {counts(ends)}",
        holds=most == rooms and failures == 0,
    )


def one_key(scene: Scene) -> Seen:
    clients, at_once, after = scene.clients, 500, 50
    order = clients.book(clients.stay(scene.room_type(3)))
    first = clients.send_all([order] * at_once, clients=100)
    later = clients.send_all([order] * after, clients=8)
    granted = [end for end in [*first, *later] if end.type == "ok"]
    busy = sum(end.code == "request_in_progress" for end in first)
    bodies = len({end.body_sha for end in granted})
    return Seen(
        done=f"one key {at_once} times by 100 clients at once, then {after} times",
        expected="201 with the same bytes, or 409 request_in_progress; afterwards 201 only; one booking",
        seen=f"{len(granted)} x 201 in {bodies} version, {busy} x in progress; afterwards {succeeded(later)} x 201",
        holds=bodies == 1 and succeeded(later) == after and succeeded(first) + busy == at_once,
    )


def shuffled_duplicates(scene: Scene) -> Seen:
    clients, keys, copies = scene.clients, scene.size(80, 1_000), 5
    room_type = scene.room_type(keys)
    orders = [clients.book(clients.stay(room_type, day=number % 20)) for number in range(keys)] * copies
    clients.chance.shuffle(orders)
    ends = clients.send_all(orders)
    clients.settle()
    booked = len(scene.ground.bookings_of([guest.principal for guest in clients.guests]))
    return Seen(
        done=f"{keys:,} keys, each {copies} times, shuffled",
        expected=f"{keys:,} bookings",
        seen=f"{booked:,} bookings; {counts(ends)}",
        holds=booked == keys,
    )


def keys_of_others(scene: Scene) -> Seen:
    clients, times = scene.clients, scene.size(20, 200)
    room_type = scene.room_type(2 * times)
    one, other = clients.guests[:2]
    orders = [clients.book(clients.stay(room_type), guest=one) for _ in range(times)]
    clients.send_all(orders)
    changed = clients.send_all(clients.book(clients.stay(room_type, day=5), guest=one, key=o.key) for o in orders)
    others = clients.send_all(clients.book(clients.stay(room_type), guest=other, key=o.key) for o in orders)
    refused = sum(end.status == 422 for end in changed)  # noqa: PLR2004
    first = {event.booking for event in clients.events if event.user == one.principal}
    booked = {end.booking for end in others if end.type == "ok"} - first
    return Seen(
        done=f"{times} keys again with another body, and by another user",
        expected="422 for another body; another user has a booking of their own",
        seen=f"{refused} x 422, {len(booked)} bookings of their own",
        holds=refused == times and len(booked) == times,
    )


def canceling_storm(scene: Scene) -> Seen:
    clients, requests = scene.clients, scene.size(300, 5_000)
    room_type, chance = scene.room_type(5), clients.chance

    def cancel_twice(order: Order, end: Event) -> Sequence[Order]:
        if order.f != "book" or end.type != "ok":
            return ()
        first, second = clients.cancel(order, end.booking), clients.cancel(order, end.booking)
        return (first, first, second)

    ends = clients.send_all(
        [clients.book(clients.stay(room_type, day=chance.randrange(2), nights=2)) for _ in range(requests)],
        then=cancel_twice,
    )
    clients.settle()
    left = sum(taken_of(scene, room_type).values())
    booked = len({end.booking for end in ends if end.f == "book" and end.type == "ok"})
    return Seen(
        done=f"{requests:,} tries for 5 rooms, every booking canceled under two keys, one of them twice",
        expected="no night is given back twice: 0 are taken at the end",
        seen=f"{booked:,} booked and canceled, {left} nights taken; {counts(ends)}",
        holds=left == 0 and booked > requests / 5,
    )
