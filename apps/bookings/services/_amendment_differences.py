"""What an amendment changes, told in words, nights and money."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from apps.bookings.services._amended_stays import AmendedStay, penalty_so_far
from apps.bookings.services._amendments import (
    AmendmentPreview,
    ChargesDifference,
    MoneyDifference,
    NightDifference,
    StayDifference,
    TermsDifference,
)
from apps.bookings.services._views import tiers_of
from apps.inventory import services as inventory
from apps.platform import money

Row = Mapping[str, Any]

_OF_BOOKING = {
    **dict.fromkeys(("booker_name", "booker_email", "booker_phone"), "booker"),
    "special_requests": "special_requests",
    "total_minor": "total",
}
_OF_STAY = {
    **{name: name for name in ("arrival", "departure")},
    **{f"{name}_id": name for name in ("room_type", "rate_plan")},
    **dict.fromkeys(("adults", "children_ages"), "occupancy"),
    "guest_name": "guest",
    "total_minor": "total",
}
_COLUMNS = (
    *("total_minor", "due_now_minor", "cancellation_terms"),
    *("booker_name", "booker_email", "booker_phone", "special_requests"),
)


def names_of_changes(before: Row, after: Row) -> tuple[str, ...]:
    """What differs between a booking and what it will be, in single words, each once; empty if nothing does."""
    found = dict.fromkeys(_differing(_OF_BOOKING, before, after))
    for was, will_be in zip(before["reservations"], after["reservations"], strict=True):
        found |= dict.fromkeys(_differing(_OF_STAY, was, will_be))
    return tuple(sorted(found))


def booking_changes(before: Row, after: Row) -> dict[str, Any]:
    """The columns of the booking itself that differ."""
    return {name: after[name] for name in _COLUMNS if before[name] != after[name]}


def _differing(names: Mapping[str, str], before: Row, after: Row) -> list[str]:
    return [word for name, word in names.items() if before[name] != after[name]]


def differences_of(booking: Row, after: Row, stays: Sequence[AmendedStay], now: datetime) -> AmendmentPreview:
    """What differs between a booking and what it will be.

    :param stays: those that change.
    """
    will_be = {stay["id"]: stay for stay in after["reservations"]}
    currency = booking["currency"]
    penalties = sum(penalty_so_far(stay.before, now) for stay in stays if stay.request is not None)
    return AmendmentPreview(
        booking_id=booking["id"],
        revision=booking["revision"],
        changes=names_of_changes(booking, after),
        reservations=tuple(_stay_difference(booking, stay, will_be[stay.before["id"]]) for stay in stays),
        total=_money("total_minor", booking, after, currency),
        due_now=_money("due_now_minor", booking, after, currency),
        cancellation=_terms(booking, after, currency),
        penalty_so_far=money.from_minor(penalties, currency),
    )


def _money(name: str, before: Row, after: Row, currency: str) -> MoneyDifference:
    return MoneyDifference(
        before=money.from_minor(before[name], currency), after=money.from_minor(after[name], currency)
    )


def _terms(before: Row, after: Row, currency: str) -> TermsDifference:
    return TermsDifference(
        before=inventory.cancellation_of(tiers_of(before), currency),
        after=inventory.cancellation_of(tiers_of(after), currency),
    )


def _stay_difference(booking: Row, stay: AmendedStay, after: Row) -> StayDifference:
    currency, before = booking["currency"], stay.before
    nights = _nights(stay, after, currency)
    taxes_before, fees_before = _charges(before, currency)
    taxes_after, fees_after = _charges(after, currency)
    return StayDifference(
        id=before["id"],
        number=f"{booking['confirmation_number']}-{before['position']}",
        changes=tuple(sorted(set(_differing(_OF_STAY, before, after)))),
        kept=tuple(nights["kept"]),
        added=tuple(nights["added"]),
        removed=tuple(nights["removed"]),
        repriced=tuple(nights["repriced"]),
        taxes=ChargesDifference(before=taxes_before, after=taxes_after),
        fees=ChargesDifference(before=fees_before, after=fees_after),
        total=_money("total_minor", before, after, currency),
        due_now=_money("due_now_minor", before, after, currency),
        cancellation=_terms(before, after, currency),
    )


def _charges(
    stay: Row, currency: str
) -> tuple[tuple[inventory.OfferedCharge, ...], tuple[inventory.OfferedCharge, ...]]:
    return inventory.charges_shown([inventory.ChargeLine(**charge) for charge in stay["charges"]], currency)


def _nights(stay: AmendedStay, after: Row, currency: str) -> dict[str, list[NightDifference]]:
    """Each night of before and after once, under what becomes of it."""
    was = {night["night"]: night for night in stay.before["nights"]}
    will_be = {night["night"]: night for night in after["nights"]}
    standing = was if stay.request is None or stay.request.before is None else stay.request.before.kept
    found: dict[str, list[NightDifference]] = {name: [] for name in ("kept", "added", "removed", "repriced")}
    for night in sorted(was.keys() | will_be.keys()):
        if night not in will_be:
            name = "removed"
        elif night not in was:
            name = "added"
        else:
            name = "kept" if night in standing else "repriced"
        sides = [side.get(night) for side in (was, will_be)]
        before, now = [money.from_minor(side["amount_minor"], currency) if side else None for side in sides]
        source = next(side["price_source"] for side in reversed(sides) if side)
        found[name].append(NightDifference(date=night, before=before, after=now, source=source))
    return found
