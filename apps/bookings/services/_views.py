"""How a booking looks from outside: frozen views, whose JSON is what clients see and what a key's answer stores."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from apps.bookings.policies import ALSO_OF_ROOMS, ROOM_BY_ROOM, actions_on, booking_status, owed
from apps.bookings.services._rows import TREE, parsed_tree
from apps.bookings.types import Action, Status
from apps.inventory import services as inventory
from apps.platform import money
from apps.platform.db import fetch_all
from apps.platform.errors import NotFound
from apps.platform.money import Money


@dataclass(frozen=True, kw_only=True)
class Booker:
    """Who ordered. The address gets the mails."""

    full_name: str
    email: str
    phone: str = ""


@dataclass(frozen=True, kw_only=True)
class GuestView:
    """Who stays in the room."""

    full_name: str


@dataclass(frozen=True, kw_only=True)
class NightView:
    """One night at the price it was sold for; `room` is where the guest sleeps, once a room is assigned."""

    date: date
    amount: Money
    source: str
    room: inventory.RoomName | None = None


@dataclass(frozen=True, kw_only=True)
class ReservationView:
    """One room stay; `number` is the confirmation number with the position of the room."""

    id: UUID
    number: str
    status: Status
    room_type: inventory.ProductName
    rate_plan: inventory.ProductName
    arrival: date
    departure: date
    adults: int
    children_ages: tuple[int, ...]
    guest: GuestView
    nights: tuple[NightView, ...]
    taxes: tuple[inventory.OfferedCharge, ...]
    fees: tuple[inventory.OfferedCharge, ...]
    total: Money
    penalty: Money | None
    cancellation: inventory.Cancellation
    do_not_move: bool
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    actions: tuple[Action, ...]


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """What is to be paid, and where; `penalties` is what rooms that were given up have cost.

    :param paid: what has come, less what was given back.
    :param balance: what is still owed, for rooms and penalties; below zero: what the hotel has too much.
    """

    total: Money
    due_now: Money
    due_at_property: Money
    penalties: Money
    paid: Money
    balance: Money


@dataclass(frozen=True, kw_only=True)
class BookingView:
    """A booking with all its room stays, in the hotel's currency and calendar."""

    id: UUID
    confirmation_number: str
    status: Status
    hold_expires_at: datetime | None
    revision: int
    hotel_id: UUID
    hotel_name: str
    time_zone: str
    arrival: date
    departure: date
    booker: Booker
    amounts: Amounts
    total: Money
    reservations: tuple[ReservationView, ...]
    cancellation: inventory.Cancellation
    actions: tuple[Action, ...]
    source: str
    external_id: str
    special_requests: str
    metadata: Mapping[str, Any]
    created_at: datetime

    @property
    def etag(self) -> str:
        return f'"{self.revision}"'


def booking_address(booking_id: UUID) -> str:
    """Where a booking can be read."""
    return f"/api/v1/bookings/{booking_id}"


_TREES = f"SELECT ({TREE})::text AS state FROM bookings_booking AS booking WHERE id = ANY(%(ids)s::uuid[])"  # noqa: S608


def get_bookings(booking_ids: Iterable[UUID]) -> dict[UUID, BookingView]:
    """The bookings there are among these ids. Two statements, however many."""
    rows = _trees(booking_ids)
    labels = labels_for(rows)
    return {row["id"]: booking_view(row, labels) for row in rows}


def get_tree(booking_id: UUID) -> dict[str, Any]:
    """The row of a booking with everything beneath it.

    :raises NotFound: if there is none.
    """
    rows = _trees([booking_id])
    if not rows:
        raise NotFound("There is no such booking.")
    return rows[0]


def _trees(booking_ids: Iterable[UUID]) -> list[dict[str, Any]]:
    return [parsed_tree(row["state"]) for row in fetch_all(_TREES, {"ids": list(booking_ids)})]


def labels_for(rows: Sequence[Mapping[str, Any]]) -> inventory.Labels:
    """The names of hotels, products and rooms in the rows of some bookings. One statement."""
    named = named_in(rows)
    return inventory.labels_of(
        hotel_ids={row["hotel_id"] for row in rows},
        room_type_ids=named["named_types"],
        rate_plan_ids=named["named_plans"],
        room_ids=named["named_rooms"],
    )


def named_in(rows: Sequence[Mapping[str, Any]]) -> dict[str, set[UUID]]:
    """The room types, rate plans and rooms whose names the views of some bookings show."""
    stays = [stay for row in rows for stay in row["reservations"]]
    rooms = {night.get("room_id") for stay in stays for night in stay["nights"]}
    return {
        "named_types": {stay["room_type_id"] for stay in stays},
        "named_plans": {stay["rate_plan_id"] for stay in stays},
        "named_rooms": {room_id for room_id in rooms if room_id},
    }


def get_booking(booking_id: UUID) -> BookingView:
    """One booking, whoever asks: the caller of this service is responsible for who may see it.

    :raises NotFound: if there is none.
    """
    view = get_bookings([booking_id]).get(booking_id)
    if view is None:
        raise NotFound("There is no such booking.")
    return view


def booking_view(row: Mapping[str, Any], labels: inventory.Labels) -> BookingView:
    """The view of a row of bookings_booking with its reservations and nights beneath it."""
    currency = row["currency"]
    statuses = [Status(reservation["status"]) for reservation in row["reservations"]]
    status = booking_status(statuses)
    total = money.from_minor(row["total_minor"], currency)
    return BookingView(
        id=row["id"],
        confirmation_number=row["confirmation_number"],
        status=status,
        hold_expires_at=row["hold_expires_at"] if status is Status.PENDING else None,
        revision=row["revision"],
        hotel_id=row["hotel_id"],
        hotel_name=labels.hotels[row["hotel_id"]].name,
        time_zone=labels.hotels[row["hotel_id"]].time_zone,
        arrival=min(reservation["arrival"] for reservation in row["reservations"]),
        departure=max(reservation["departure"] for reservation in row["reservations"]),
        booker=Booker(full_name=row["booker_name"], email=row["booker_email"], phone=row["booker_phone"]),
        amounts=Amounts(
            total=total,
            due_now=money.from_minor(row["due_now_minor"], currency),
            due_at_property=money.from_minor(row["total_minor"] - row["due_now_minor"], currency),
            penalties=money.from_minor(sum(stay["penalty_minor"] or 0 for stay in row["reservations"]), currency),
            # (What is being placed now has no such sum: nothing can have come for it.)
            paid=money.from_minor(row.get("paid_minor", 0), currency),
            balance=money.from_minor(owed(row["reservations"]) - row.get("paid_minor", 0), currency),
        ),
        total=total,
        reservations=tuple(
            _reservation_view(reservation, row, labels, currency) for reservation in row["reservations"]
        ),
        cancellation=inventory.cancellation_of(tiers_of(row), currency),
        actions=_booking_actions(statuses),
        source=row["source"],
        external_id=row["external_id"],
        special_requests=row["special_requests"],
        metadata=row["metadata"],
        created_at=row["created_at"],
    )


def stay_nights(row: Mapping[str, Any]) -> inventory.StayNights:
    """The nights of a row of bookings_reservation, as the inventory knows them."""
    return inventory.StayNights(
        reservation_id=row["id"],
        room_type_id=row["room_type_id"],
        arrival=row["arrival"],
        departure=row["departure"],
    )


def tiers_of(row: Mapping[str, Any]) -> tuple[inventory.TermStep, ...]:
    """The frozen cancellation terms of a row of bookings_booking or of bookings_reservation."""
    return tuple(
        inventory.TermStep(
            starts_at=datetime.fromisoformat(tier["from"]) if tier["from"] else None,
            ends_at=datetime.fromisoformat(tier["until"]) if tier["until"] else None,
            penalty_minor=tier["penalty_minor"],
        )
        for tier in row["cancellation_terms"]
    )


def frozen(terms: Iterable[inventory.TermStep]) -> list[dict[str, Any]]:
    """The terms of this moment as they are stored: instants as text, penalties in minor units."""
    return [
        {
            "from": step.starts_at.isoformat() if step.starts_at else None,
            "until": step.ends_at.isoformat() if step.ends_at else None,
            "penalty_minor": step.penalty_minor,
        }
        for step in terms
    ]


def actions_of_room(status: Status) -> tuple[Action, ...]:
    """What can be done with one room of a booking alone."""
    return tuple(action for action in actions_on(status) if action in ROOM_BY_ROOM or action in ALSO_OF_ROOMS)


def _booking_actions(statuses: Sequence[Status]) -> tuple[Action, ...]:
    """What can be done with the booking as a whole."""
    possible = {action for status in statuses for action in actions_on(status)} - ROOM_BY_ROOM
    return tuple(action for action in Action if action in possible)


def _reservation_view(
    reservation: Mapping[str, Any], booking: Mapping[str, Any], labels: inventory.Labels, currency: str
) -> ReservationView:
    status = Status(reservation["status"])
    taxes, fees = inventory.charges_shown(
        [inventory.ChargeLine(**charge) for charge in reservation["charges"]], currency
    )
    return ReservationView(
        id=reservation["id"],
        number=f"{booking['confirmation_number']}-{reservation['position']}",
        status=status,
        room_type=labels.room_types[reservation["room_type_id"]],
        rate_plan=labels.rate_plans[reservation["rate_plan_id"]],
        arrival=reservation["arrival"],
        departure=reservation["departure"],
        adults=reservation["adults"],
        children_ages=tuple(reservation["children_ages"]),
        guest=GuestView(full_name=reservation["guest_name"]),
        nights=tuple(
            NightView(
                date=night["night"],
                amount=money.from_minor(night["amount_minor"], currency),
                source=night["price_source"],
                room=labels.rooms.get(night.get("room_id")) if labels.rooms else None,
            )
            for night in reservation["nights"]
        ),
        taxes=taxes,
        fees=fees,
        total=money.from_minor(reservation["total_minor"], currency),
        penalty=None
        if reservation["penalty_minor"] is None
        else money.from_minor(reservation["penalty_minor"], currency),
        cancellation=inventory.cancellation_of(tiers_of(reservation), currency),
        do_not_move=bool(reservation.get("do_not_move")),
        checked_in_at=reservation["checked_in_at"],
        checked_out_at=reservation["checked_out_at"],
        actions=actions_of_room(status),
    )
