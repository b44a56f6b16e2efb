"""What the guest's page shows of a booking: dates in words, instants on the hotel's clock, terms as steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from apps.bookings import policies, services
from apps.bookings.types import Action, PaymentState, Status
from apps.inventory import services as inventory
from apps.platform import clock, money
from apps.platform.money import Money

_STATUS = {
    Status.PENDING: "On hold",
    Status.CONFIRMED: "Confirmed",
    Status.CHECKED_IN: "In the house",
    Status.CHECKED_OUT: "Completed",
    Status.CANCELED: "Canceled",
    Status.EXPIRED: "Expired",
    Status.NO_SHOW: "Nobody came",
}
_PAYMENT = {
    PaymentState.CREATED: "on its way",
    PaymentState.REQUIRES_ACTION: "waiting for you",
    PaymentState.AUTHORIZED: "reserved on your card",
    PaymentState.CAPTURED: "paid",
    PaymentState.REFUNDED: "given back",
    PaymentState.VOIDED: "given up",
    PaymentState.FAILED: "did not work",
}
_FINE = frozenset({Status.CONFIRMED, Status.CHECKED_IN, Status.CHECKED_OUT})


@dataclass(frozen=True, kw_only=True)
class Step:
    """What canceling costs from one moment to the next, on the hotel's clock; `now` at this moment."""

    cost: str
    since: str
    until: str
    is_free: bool
    is_now: bool
    is_over: bool


@dataclass(frozen=True, kw_only=True)
class Room:
    """One room as the page shows it."""

    stay: services.ReservationView
    status: str
    is_fine: bool
    arrival: str
    departure: str
    party: str
    nights: tuple[tuple[str, Money], ...]
    can_cancel: bool
    can_change: bool


def shown(booking: services.BookingView, *, terms: inventory.Cancellation | None = None) -> dict[str, Any]:
    """The context of every page about the booking.

    :param terms: those that are meant, where they are of one room only.
    """
    hotel, zone, now = inventory.get_hotel(booking.hotel_id), ZoneInfo(booking.time_zone), clock.now()
    rooms = [_shown_room(room) for room in booking.reservations]
    return {
        "booking": booking,
        "hotel": hotel,
        "status": _STATUS[booking.status],
        "is_fine": booking.status in _FINE,
        "is_pending": booking.status is Status.PENDING,
        "held_until": _moment(booking.hold_expires_at, zone) if booking.hold_expires_at else "",
        "arrival": in_words(booking.arrival),
        "departure": in_words(booking.departure),
        "nights": (booking.departure - booking.arrival).days,
        "rooms": rooms,
        "several": len(rooms) > 1,
        "can_cancel": Action.CANCEL in booking.actions,
        "can_confirm": Action.CONFIRM in booking.actions and not _to_pay_first(booking),
        "to_pay_first": _to_pay_first(booking) if booking.status is Status.PENDING else None,
        "owes": _is_above_zero(booking.amounts.balance),
        "penalties": booking.amounts.penalties if _is_above_zero(booking.amounts.penalties) else None,
        "steps": list(_steps(terms or booking.cancellation, zone, now)),
        "zone": booking.time_zone,
    }


def shown_payments(payments: services.PaymentsView) -> list[dict[str, Any]]:
    """Each payment with how far it has come, and where the guest goes on."""
    return [
        {"amount": one.amount, "state": _PAYMENT[one.state], "action_url": one.action_url, "refunded": one.refunded}
        for one in payments.results
    ]


def in_words(day: date) -> str:
    """A date as people write it."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def _moment(instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    return f"{in_words(local.date())}, {local:%H:%M}"


def _is_above_zero(amount: Money) -> bool:
    return money.to_minor(amount.amount, amount.currency) > 0


def _to_pay_first(booking: services.BookingView) -> Money | None:
    """What is due before the booking can be confirmed, where it has not been paid."""
    due, paid = (money.to_minor(sum_.amount, sum_.currency) for sum_ in (booking.amounts.due_now, booking.amounts.paid))
    return money.from_minor(due - paid, booking.total.currency) if due > paid else None


def _shown_room(room: services.ReservationView) -> Room:
    children = len(room.children_ages)
    party = f"{room.adults} adult{'s' * (room.adults != 1)}"
    if children:
        party += f", {children} {'child' if children == 1 else 'children'}"
    return Room(
        stay=room,
        status=_STATUS[room.status],
        is_fine=room.status in _FINE,
        arrival=in_words(room.arrival),
        departure=in_words(room.departure),
        party=party,
        nights=tuple((in_words(night.date), night.amount) for night in room.nights),
        can_cancel=Action.CANCEL in room.actions,
        can_change=room.status in policies.WITHIN[Action.AMEND],
    )


def _steps(terms: inventory.Cancellation, zone: ZoneInfo, now: datetime) -> Iterator[Step]:
    for step in terms.timeline:
        since, until, penalty = step["from"], step["until"], step["penalty"]
        is_free = not _is_above_zero(penalty)
        yield Step(
            cost="Free of charge" if is_free else f"{penalty.amount} {penalty.currency}",
            since=_moment(since, zone) if since else "",
            until=_moment(until, zone) if until else "",
            is_free=is_free,
            is_now=(since is None or since <= now) and (until is None or now < until),
            is_over=until is not None and until <= now,
        )
