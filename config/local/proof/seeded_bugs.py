"""Eight ways to build a booking wrongly, for the proof that its checker would see them (T26).

`seed` puts one of them into a process whose environment names it, by replacing functions by their names. The platform
itself knows nothing of it, and only the settings of the proof have the app that calls it (see arms.py).
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from typing import Any
from uuid import UUID

BUG = "PROOF_SEEDED_BUG"
"""The variable that names the bug of a process. Without it nothing is replaced."""

# How long a race is held open. The paused holder of a lock outlives the shortest lock there is, one second.
_RACE_SECONDS = 0.1
_PAUSE_SECONDS = 1.5


def seed(name: str) -> None:
    """Put this bug into the process.

    :raises KeyError: if there is no such bug.
    :raises AttributeError: if a function is not where this page says; nothing is proven by a bug that is not there.
    """
    SEEDS[name]()


def _replace(where: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Replace a function, named as `module:path`, by what is made of it."""
    module, _, path = where.partition(":")
    *owners, name = path.split(".")
    owner: Any = import_module(module)
    for step in owners:
        owner = getattr(owner, step)
    _put(owner, name, make(getattr(owner, name)))


def _put(owner: Any, name: str, function: Callable[..., Any]) -> None:
    setattr(owner, name, function)


def _wait_for_the_race() -> None:
    time.sleep(random.uniform(0, _RACE_SECONDS))  # noqa: S311 - jitter, not a secret


def _read_then_write() -> None:
    """The nights are read, found free, and written: what others have taken in between is forgotten."""

    def take_nights(*, stays: Sequence[Any], fence: int | None, **_: Any) -> None:
        nights = _free_nights(stays)
        _wait_for_the_race()
        for night in nights:
            _execute(
                "UPDATE inventory_roomnight SET sold = %(sold)s + 1"
                " WHERE room_type_id = %(room_type_id)s AND night = %(night)s",
                night,
            )

    _replace("apps.inventory.services:take_nights", lambda _: take_nights)


def _lock_is_trusted() -> None:
    """Whoever has the lock looks, and writes: without the condition, and whatever the fence of the night says by then.

    Every other holder is paused in between, for longer than its lock lasts.
    """

    def take_nights(*, stays: Sequence[Any], fence: int | None, **_: Any) -> None:
        nights = _free_nights(stays)
        if fence is not None and fence % 2:
            time.sleep(_PAUSE_SECONDS)
        for night in nights:
            _execute(
                "UPDATE inventory_roomnight SET sold = sold + 1"
                " WHERE room_type_id = %(room_type_id)s AND night = %(night)s",
                night,
            )

    _replace("apps.inventory.services:take_nights", lambda _: take_nights)


def _free_nights(stays: Sequence[Any]) -> list[dict[str, Any]]:
    from apps.inventory.services import NoRoomsLeft
    from apps.platform.db import fetch_all

    nights = [
        night
        for stay in stays
        for night in fetch_all(
            "SELECT room_type_id, night, sold, sold + held < physical - out_of_order + overbooking_limit AS is_free"
            " FROM inventory_roomnight WHERE room_type_id = %s AND night >= %s AND night < %s",
            [stay.room_type_id, stay.arrival, stay.departure],
        )
    ]
    if not all(night["is_free"] for night in nights):
        raise NoRoomsLeft()
    return nights


def _answer_of_its_own() -> None:
    """The answer to a key is stored after the commit of its effect, by a transaction of its own."""

    def make(settle: Callable[..., bool]) -> Callable[..., bool]:
        def later(*, told: Sequence[Any] = (), **answer: Any) -> bool:
            _tell(told)
            _after_the_commit(lambda: settle(**answer))
            return True

        return later

    _replace("apps.platform.idempotency:settle", make)


def _events_of_their_own() -> None:
    """Events are written after the commit of what they tell, by a transaction of their own."""

    def make(settle: Callable[..., bool]) -> Callable[..., bool]:
        def silently(*, told: Sequence[Any] = (), **answer: Any) -> bool:
            _after_the_commit(lambda: _tell(told))
            return settle(**answer)

        return silently

    _replace("apps.platform.idempotency:settle", make)


def _after_the_commit(work: Callable[[], object]) -> None:
    from django.db import transaction

    def later() -> None:
        _wait_for_the_race()
        work()

    transaction.on_commit(later)


def _tell(rows: Sequence[Any]) -> None:
    from apps.platform import events

    if rows:
        _execute(f"INSERT INTO platform_outboxmessage {events.INSERTED_ROWS}", events.parameters_of(rows))


def _key_without_constraint() -> None:
    """Nothing but a look beforehand keeps a key from being used twice: the database has lost its constraints."""
    conflict = "ON CONFLICT (principal, key) DO NOTHING"

    def ignorant(fetch_one: Callable[..., Any]) -> Callable[..., Any]:
        return lambda sql, *given, **named: fetch_one(sql.replace(conflict, ""), *given, **named)

    def late(claim: Callable[..., None]) -> Callable[..., None]:
        def claim_later(**key: Any) -> None:
            _wait_for_the_race()
            claim(**key)

        return claim_later

    _replace("apps.platform.idempotency:fetch_one", ignorant)
    _replace("apps.platform.idempotency:claim", late)


def _canceled_twice() -> None:
    """A second cancellation does not see the first, and gives the nights back again."""
    from apps.bookings.services import InvalidTransition
    from apps.bookings.types import Action

    def make(require: Callable[..., Any]) -> Callable[..., Any]:
        def lenient(action: Action, locked: Any) -> Any:
            if action is not Action.CANCEL:
                return require(action, locked)
            return [stay | {"status": "confirmed"} for stay in locked.concerned]

        return lenient

    def careless(move: Callable[..., None]) -> Callable[..., None]:
        def move_if_possible(*stays: Any, **how: Any) -> None:
            with suppress(InvalidTransition):
                move(*stays, **how)

        return move_if_possible

    def nights_of(stays: Sequence[UUID], **_: Any) -> Any:
        from apps.platform.db import fetch_all

        return fetch_all(
            "UPDATE bookings_reservationnight SET released_at = now() WHERE reservation_id = ANY(%s)"
            " RETURNING reservation_id, room_type_id, night",
            [list(stays)],
        )

    _replace("apps.bookings.services._canceling:require_state", make)
    _replace("apps.bookings.services._canceling:move", careless)
    _replace("apps.bookings.services._canceling:release_nights", lambda _: nights_of)


def _refusal_not_stored() -> None:
    """A refusal is answered and forgotten: a delayed duplicate of the request may succeed."""
    from apps.platform import canonical
    from apps.platform.idempotency import Outcome

    def refuse(_: Any, refusal: Any) -> Outcome:
        return Outcome(code=refusal.code, body=canonical.encode(refusal.members()), refused=True)

    _replace("apps.platform.commands:_Run.refuse", lambda _: refuse)


def _rendered_anew() -> None:
    """A replay is not what was answered, but what would be answered now."""
    from apps.bookings.services import get_booking
    from apps.platform import canonical

    def make(ask: Callable[..., Any]) -> Callable[..., Any]:
        def ask_anew(*where: Any, **key: Any) -> Callable[[], Any]:
            stored = ask(*where, **key)

            def outcome() -> Any:
                found = stored()
                if found is None or not found.location:
                    return found
                booking = get_booking(UUID(found.location.rsplit("/", 1)[-1]))
                return replace(found, body=canonical.encode(booking))

            return outcome

        return ask_anew

    _replace("apps.platform.idempotency:ask", make)


def _execute(sql: str, parameters: Mapping[str, Any]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


SEEDS: Mapping[str, Callable[[], None]] = {
    "read-then-write": _read_then_write,
    "answer-in-its-own-transaction": _answer_of_its_own,
    "no-unique-per-key": _key_without_constraint,
    "second-cancel-gives-back-again": _canceled_twice,
    "outbox-after-commit": _events_of_their_own,
    "fence-ignored": _lock_is_trusted,
    "refusal-not-stored": _refusal_not_stored,
    "replay-rendered-anew": _rendered_anew,
}
