"""Placing a booking: price, hold the rooms, write the order, all or nothing."""

import secrets
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.conf import settings

from apps.accounts import services as accounts
from apps.bookings import events
from apps.bookings.services._audit import record_placing
from apps.bookings.services._errors import ExternalIdTaken, PaymentDue, TooManyHolds
from apps.bookings.services._expiry import expire_overdue_holds
from apps.bookings.services._orders import Override, PlaceBooking, RoomRequest
from apps.bookings.services._views import booking_address, booking_view, frozen, stay_nights
from apps.bookings.types import Status
from apps.inventory import services as inventory
from apps.platform import clock, commands, money
from apps.platform.audit import because
from apps.platform.commands import Answer, Contention
from apps.platform.db import RoundTrip, fetch_all, fetch_one, uuid7
from apps.platform.errors import Invalid
from apps.platform.events import publish
from apps.platform.idempotency import IdempotencyKeyExpired, Outcome

# Neither 0 and O nor 1, I and L: a number is read out at a front desk. 30^8 numbers, drawn at random.
_NUMBER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_NUMBER_LENGTH = 8


def place_booking(command: PlaceBooking, *, caller: accounts.Caller, key: str) -> Outcome:
    """Place one booking for this key, however often and from wherever it is asked: outcome `booked`, or a refusal.

    The rooms are held until `hold_expires_at`, or sold where the command says `confirm`.

    :raises Invalid: if dates or products cannot be right.
    :raises Denied: if the order overrides something, and the caller is staff without the permission to.
    :raises TooManyHolds: if the caller is a guest with as many pending bookings as allowed.
    """
    if command.overrides_something:
        inventory.require(accounts.rights_of(caller), accounts.Permission.OVERRIDE, command.hotel_id)
        _require_reason(command)
    placing = Placing(command=command, caller=caller, key=key)
    # (Where nothing is overridden, the reason that came with the request holds.)
    with because(command.override.reason) if command.override else nullcontext(), clock.own_pace():
        inventory.go_by_clock_of(command.hotel_id)
        return commands.run(
            command,
            principal=caller.principal,
            key=key,
            core=placing.core,
            look_ahead=placing.look_ahead,
            # Two orders of one guest are not both the last that may be pending.
            one_at_a_time="" if command.confirm else f"holds:{caller.principal}",
        )


def _require_reason(command: PlaceBooking) -> None:
    """Nothing is set aside silently.

    :raises Invalid: if the order does not say why.
    """
    if command.override is None or not command.override.reason.strip():
        detail = "Say why: it is written down with the change."
        raise Invalid(detail, items=[{"code": "required", "detail": detail, "pointer": "/override/reason"}])


def _confirmation_number() -> str:
    """Drawn at once: each draw asks the system for randomness."""
    drawn, number = secrets.randbelow(len(_NUMBER_ALPHABET) ** _NUMBER_LENGTH), ""
    for _ in range(_NUMBER_LENGTH):
        drawn, letter = divmod(drawn, len(_NUMBER_ALPHABET))
        number += _NUMBER_ALPHABET[letter]
    return number


class Placing:
    """One try at placing a booking: what the look ahead has read serves the core."""

    def __init__(self, *, command: PlaceBooking, caller: accounts.Caller, key: str) -> None:
        self.command, self.caller, self.key = command, caller, key
        self.quote: inventory.Quote

    def look_ahead(self, trip: RoundTrip) -> Callable[[], Contention]:
        asked = self._ask(trip)

        def contention() -> Contention:
            self.quote = asked()
            if self.quote.overdue_in_the_way:
                # In a transaction of its own, before ours holds any night: one lock order everywhere.
                expire_overdue_holds(room_type_ids={room.room_type_id for room in self.command.rooms})
                self.quote = self._ask(RoundTrip())()
            self._require_sold_to_caller()
            return Contention(
                resources=[f"room-type:{room.room_type_id}" for room in self.command.rooms],
                scarce=self.quote.least_left < settings.LOCK_SCARCE_ROOMS,
                refusal=self.quote.refusal,
            )

        return contention

    def _ask(self, trip: RoundTrip) -> Callable[[], inventory.Quote]:
        return inventory.price_stays(
            trip,
            hotel_id=self.command.hotel_id,
            stays=[self._stay(position, room) for position, room in enumerate(self.command.rooms)],
            unrestricted=self._override.restrictions,
            beyond_limit=self._override.overbooking,
        )

    def _stay(self, position: int, room: RoomRequest) -> inventory.StayRequest:
        price = room.nightly_price
        return inventory.StayRequest(
            room_type_id=room.room_type_id,
            rate_plan_id=room.rate_plan_id,
            arrival=self.command.arrival,
            departure=self.command.departure,
            adults=room.adults,
            children_ages=room.children_ages,
            pinned=inventory.read_offer_id(room.offer_id) if room.offer_id else None,
            nightly_price=price,
            pointer=f"/rooms/{position}",
        )

    @property
    def _override(self) -> Override:
        return self.command.override or Override(reason="")

    def _require_sold_to_caller(self) -> None:
        """Let go on only who may have these products, and owes nothing where they want them confirmed at once.

        :raises Invalid: as for an unknown product, if a plan is not sold to the caller.
        :raises PaymentDue: if a guest wants to confirm what is to be paid first.
        """
        hidden = [
            position
            for position, stay in enumerate(self.quote.stays)
            if not stay.request.pinned and not stay.is_sold_to(self.command.rate_code)
        ]
        due_now = sum(stay.priced.due_now_minor for stay in self.quote.stays) if self.command.confirm else 0
        if not hidden and not due_now:
            return
        if accounts.rights_of(self.caller).allows(accounts.Permission.MANAGE_BOOKINGS, self.command.hotel_id):
            return
        if hidden:
            raise inventory.unknown_products([f"/rooms/{position}/rate_plan_id" for position in hidden])
        raise PaymentDue(extra={"due_now": money.from_minor(due_now, self.quote.currency)})

    def core(self, fence: int | None) -> Answer:
        hold_until = None if self.command.confirm else clock.now() + timedelta(minutes=settings.HOLD_MINUTES)
        row = self._row(hold_until)
        stays = [stay_nights(reservation) for reservation in row["reservations"]]
        if self._override.overbooking:
            inventory.raise_limits(
                stays,
                hotel_id=self.command.hotel_id,
                actor=self.caller.principal,
                reason=self._override.reason,
            )
        inventory.take_nights(
            stays=stays,
            hold_until=hold_until,
            fence=fence,
            cause="place",
            unrestricted=self._override.restrictions,
        )
        _insert(row, self.caller)
        facts = events.BookingFacts(booking_id=row["id"], revision=1)
        publish(events.BookingPlaced(hotel_id=row["hotel_id"], data=facts))
        if hold_until is None:
            publish(events.BookingConfirmed(hotel_id=row["hotel_id"], data=facts))
        view = booking_view(row, self._labels())
        return Answer(code="booked", view=view, etag=view.etag, location=booking_address(view.id))

    def _row(self, hold_until: datetime | None) -> dict[str, Any]:
        """The booking with everything beneath it, as columns: what is inserted is what the view shows."""
        command, quote, now = self.command, self.quote, clock.now()
        reservations = [
            self._reservation(position, room, stay, hold_until)
            for position, (room, stay) in enumerate(zip(command.rooms, quote.stays, strict=True), start=1)
        ]
        total = sum(reservation["total_minor"] for reservation in reservations)
        return {
            "id": uuid7(),
            "hotel_id": command.hotel_id,
            "confirmation_number": _confirmation_number(),
            "principal": self.caller.principal,
            "idempotency_key": self.key,
            "account_id": self.caller.user_id,
            "booker_name": command.booker.full_name,
            "booker_email": command.booker.email,
            "booker_phone": command.booker.phone,
            "currency": quote.currency,
            "total_minor": total,
            "due_now_minor": sum(stay.priced.due_now_minor for stay in quote.stays),
            "cancellation_terms": frozen(inventory.merged(stay.priced.terms for stay in quote.stays)),
            "hold_expires_at": hold_until,
            "revision": 1,
            "source": command.source,
            "external_id": command.external_id,
            "special_requests": command.special_requests,
            "metadata": dict(command.metadata),
            "created_at": now,
            "updated_at": now,
            "reservations": reservations,
        }

    def _reservation(
        self, position: int, room: RoomRequest, stay: inventory.QuotedStay, hold_until: datetime | None
    ) -> dict[str, Any]:
        return {
            "id": uuid7(),
            "position": position,
            "hotel_id": self.command.hotel_id,
            "room_type_id": room.room_type_id,
            "rate_plan_id": room.rate_plan_id,
            "arrival": self.command.arrival,
            "departure": self.command.departure,
            "adults": room.adults,
            "children_ages": list(room.children_ages),
            "guest_name": room.guest_name or self.command.booker.full_name,
            "status": (Status.PENDING if hold_until else Status.CONFIRMED).value,
            "charges": list(map(asdict, stay.priced.charges)),
            "total_minor": stay.priced.total_minor,
            "due_now_minor": stay.priced.due_now_minor,
            "cancellation_terms": frozen(stay.priced.terms),
            "no_show_minor": stay.priced.no_show_minor,
            "guarantee": stay.priced.guarantee,
            "cancellation_policy": stay.policy,
            "penalty_minor": None,
            "confirmed_at": None if hold_until else clock.now(),
            "checked_in_at": None,
            "checked_out_at": None,
            "nights": [
                {"night": night.night, "amount_minor": night.amount_minor, "price_source": night.source}
                for night in stay.priced.nights
            ],
        }

    def _labels(self) -> inventory.Labels:
        stays = self.quote.stays
        return inventory.Labels(
            hotels={self.command.hotel_id: self.quote.hotel},
            room_types={
                stay.request.room_type_id: inventory.ProductName(
                    id=stay.request.room_type_id, code=stay.room_type_code, name=stay.room_type_name
                )
                for stay in stays
            },
            rate_plans={
                stay.request.rate_plan_id: inventory.ProductName(
                    id=stay.request.rate_plan_id, code=stay.rate_plan_code, name=stay.rate_plan_name
                )
                for stay in stays
            },
        )


def _columns(*names: str) -> str:
    return ", ".join(names)


_BOOKING = _columns(
    *("id", "hotel_id", "confirmation_number", "principal", "idempotency_key", "account_id", "booker_name"),
    *("booker_email", "booker_phone", "currency", "total_minor", "due_now_minor", "cancellation_terms"),
    *("hold_expires_at", "revision", "source", "external_id", "special_requests", "metadata"),
    *("created_at", "updated_at"),
)
_RESERVATION = _columns(
    *("id", "booking_id", "position", "hotel_id", "room_type_id", "rate_plan_id", "arrival", "departure", "adults"),
    *("children_ages", "guest_name", "status", "charges", "total_minor", "due_now_minor", "cancellation_terms"),
    *("no_show_minor", "guarantee", "cancellation_policy", "confirmed_at"),
)
_NIGHT = _columns("reservation_id", "night", "room_type_id", "amount_minor", "price_source")

# The whole order in one statement. Where the principal holds as many as allowed, or one of the booking's unique
# constraints is in the way, nothing is inserted, and the transaction lives on to find out which.
_INSERT = f"""
WITH placed AS (
    INSERT INTO bookings_booking ({_BOOKING})
    SELECT {_BOOKING} FROM jsonb_populate_record(NULL::bookings_booking, %(booking)s::jsonb)
     WHERE %(most_holds)s::int IS NULL OR %(most_holds)s::int > (
           SELECT count(*) FROM bookings_booking AS other
            WHERE other.principal = %(principal)s::text AND other.hold_expires_at > %(now)s::timestamptz)
        ON CONFLICT DO NOTHING
    RETURNING id AS placed_id
), stays AS (
    INSERT INTO bookings_reservation ({_RESERVATION})
    SELECT {_RESERVATION}
      FROM placed, jsonb_populate_recordset(NULL::bookings_reservation, %(reservations)s::jsonb)
), nights AS (
    INSERT INTO bookings_reservationnight ({_NIGHT})
    SELECT {_NIGHT} FROM placed, jsonb_populate_recordset(NULL::bookings_reservationnight, %(nights)s::jsonb)
)
SELECT accounts_is_staff(%(account_id)s::uuid) AS by_staff FROM placed
"""  # noqa: S608 - names of columns from this page


def _insert(row: Mapping[str, Any], caller: accounts.Caller) -> None:
    """Write the booking and everything beneath it.

    :raises TooManyHolds: if the caller is no staff of the hotel and has as many pending bookings as allowed.
    :raises IdempotencyKeyExpired: if the key has made a booking whose answer is pruned.
    :raises ExternalIdTaken: if the source has sent this id before.
    """
    most_holds = settings.PENDING_BOOKINGS_PER_GUEST if row["hold_expires_at"] else None
    placed = _inserted(row, most_holds=most_holds)
    if placed is not None:
        if placed["by_staff"] or caller.key is not None:
            record_placing(row, caller)
        return
    _explain_conflict(row)
    # The limit is for guests: neither for staff nor for partners, whose keys have a limit of their own.
    access = accounts.rights_of(caller)
    if caller.key is None and not access.allows(accounts.Permission.MANAGE_BOOKINGS, row["hotel_id"]):
        raise _too_many_holds(caller)
    _inserted(row, most_holds=None)
    record_placing(row, caller)


def _inserted(row: Mapping[str, Any], *, most_holds: int | None) -> Mapping[str, Any] | None:
    """Whether somebody of a staff has placed the booking; None where it could not be inserted."""
    reservations = [reservation | {"booking_id": row["id"], "nights": None} for reservation in row["reservations"]]
    nights = [
        night | {"reservation_id": reservation["id"], "room_type_id": reservation["room_type_id"]}
        for reservation in row["reservations"]
        for night in reservation["nights"]
    ]
    # (Each level without the one beneath it: nothing is written and read three times over.)
    tree = {"booking": {**row, "reservations": None}, "reservations": reservations, "nights": nights}
    parameters: dict[str, Any] = {name: orjson.dumps(value).decode() for name, value in tree.items()}
    who = {name: row[name] for name in ("principal", "account_id")}
    return fetch_one(_INSERT, parameters | who | {"most_holds": most_holds, "now": row["created_at"]}, prepared=True)


def _explain_conflict(row: Mapping[str, Any]) -> None:
    """Raise for the unique constraint that is in the way, if one is."""
    earlier = fetch_one(
        "SELECT id FROM bookings_booking WHERE principal = %(principal)s AND idempotency_key = %(idempotency_key)s",
        row,
    )
    if earlier is not None:
        raise IdempotencyKeyExpired(extra={"location": booking_address(earlier["id"])})
    if row["external_id"] and fetch_one(
        "SELECT id FROM bookings_booking WHERE source = %(source)s AND external_id = %(external_id)s", row
    ):
        raise ExternalIdTaken()


def _too_many_holds(caller: accounts.Caller) -> TooManyHolds:
    if caller.user_id is None:
        # Whoever types somebody's address does not learn what is held for it.
        return TooManyHolds(
            "Rooms are held for this address in as many unconfirmed bookings as one guest may have:"
            " confirm or cancel one of them, with its manage secret, or wait until a hold runs out."
        )
    holds = fetch_all(
        "SELECT id, confirmation_number, hold_expires_at FROM bookings_booking"
        " WHERE principal = %(principal)s AND hold_expires_at > %(now)s ORDER BY hold_expires_at",
        {"principal": caller.principal, "now": clock.now()},
    )
    return TooManyHolds(
        f"You hold rooms in {len(holds)} unconfirmed bookings: confirm or cancel one of them first.",
        extra={
            "holds": [
                {
                    "booking_id": hold["id"],
                    "confirmation_number": hold["confirmation_number"],
                    "hold_expires_at": hold["hold_expires_at"],
                    "confirm": f"{booking_address(hold['id'])}/confirm",
                    "cancel": f"{booking_address(hold['id'])}/cancel",
                }
                for hold in holds
            ]
        },
    )
