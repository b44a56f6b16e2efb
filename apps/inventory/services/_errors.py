"""Why a stay is not sold, and how a refusal names each night and restriction."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from apps.inventory.types import BrokenRestriction, Restriction
from apps.platform.errors import Conflict, Invalid


class NoRoomsLeft(Conflict):
    """A night of the stay is full, closed or not on sale; nothing was taken."""

    code = "no_rooms_left"
    title = "No rooms left"
    cause = "At least one night of the stay is sold out, closed, or not on sale yet; `errors` names each."
    remedy = "Search again: other dates, another room type or another hotel. A fresh key is needed for the new request."
    example = {
        "errors": [
            {"code": "sold_out", "detail": "Sold out.", "pointer": "/rooms/0", "date": "2026-07-03"},
        ]
    }


class Restricted(Conflict):
    """There are rooms, but the hotel does not sell this stay."""

    code = "restricted"
    title = "The stay is restricted"
    cause = (
        "There are rooms, but a restriction of the hotel stands against these dates: a minimum or maximum length of"
        " stay, a date closed to arrival or departure, or a booking too early or too late. `errors` names each."
    )
    remedy = "Choose dates that meet the restriction, or another product; `?explain=1` on the offers suggests some."
    example = {
        "errors": [
            {
                "code": "min_stay",
                "detail": "Stays that arrive on this date last at least 3 nights.",
                "pointer": "/rooms/0",
                "date": "2026-07-03",
                "limit": 3,
            }
        ]
    }


class StayNotAllowed(Conflict):
    """The party does not fit the room type."""

    code = "stay_not_allowed"
    title = "The stay is not allowed"
    cause = "A room of this type does not sleep that many adults or children."
    remedy = "Choose a larger room type, or spread the party over more rooms."


class OfferUnknown(Invalid):
    """The offer id is none of ours."""

    code = "offer_unknown"
    title = "Unknown offer"
    cause = "The `offer_id` was not made by this platform, or it was changed on the way."
    remedy = "Ask for the offers again, and send an `offer_id` as it comes."


class OfferChanged(Conflict):
    """The offer's time is over, and it would no longer be made like that."""

    code = "offer_changed"
    title = "The offer has changed"
    cause = "An offer holds for 15 minutes. After that the price or the terms of this one have changed."
    remedy = "Show the new offer in `offers` to the guest, and book with its `offer_id` and a fresh key."
    example = {
        "offers": [
            {"pointer": "/rooms/0", "offer_id": "eyJ...", "total": {"amount": "240.00", "currency": "EUR"}},
        ]
    }


class CapacityBelowSold(Conflict):
    """Some night has more rooms sold and held than would be left."""

    code = "capacity_below_sold"
    title = "More rooms are sold than would be left"
    cause = "On the nights in `errors`, more rooms of the type are sold or held than there would be."
    remedy = (
        "Move or cancel reservations of those nights first, or leave more rooms. Staff who may override send `override`"
        " with a `reason`: then the overbooking limit of those nights rises, and `GET /hotels/{id}/overbooked` names"
        " them until their guests are walked."
    )
    example = {
        "errors": [
            {"code": "sold", "detail": "5 rooms are sold or held.", "pointer": "/room_count", "date": "2026-07-03"}
        ]
    }


class RoomClosed(Conflict):
    """The room is closed on some of these nights already."""

    code = "room_closed"
    title = "The room is closed already"
    cause = "A room has one closure a night, and on the nights in `errors` it has another one."
    remedy = "Change or end the other closure, or choose other dates."
    example = {
        "errors": [
            {"code": "room_closed", "detail": "Closed already.", "pointer": "/from", "date": "2026-07-03"},
        ]
    }


class ClosureEnded(Conflict):
    """The closure is over."""

    code = "closure_ended"
    title = "The closure has ended"
    cause = "A closure that has ended, by itself or because somebody ended it, stays as it was."
    remedy = "Close the room again with a new closure."


def unknown_products(pointers: Sequence[str]) -> Invalid:
    """The refusal of products that the hotel does not have, or not for the caller."""
    detail = "The hotel sells no such thing."
    items = [{"code": "unknown", "detail": detail, "pointer": pointer} for pointer in pointers]
    return Invalid("A product is not known at this hotel.", items=items)


def missing_night(pointer: str, night: date, *, closed: bool) -> dict[str, Any]:
    """How a refusal names a night."""
    code, detail = ("not_on_sale", "Not on sale.") if closed else ("sold_out", "Sold out.")
    return {"code": code, "detail": detail, "pointer": pointer, "date": night.isoformat()}


_SENTENCES: Mapping[Restriction, str] = {
    Restriction.STOP_SELL: "Not sold for this night.",
    Restriction.CLOSED_TO_ARRIVAL: "Nobody arrives on this date.",
    Restriction.CLOSED_TO_DEPARTURE: "Nobody departs on this date.",
    Restriction.MIN_STAY: "Stays that arrive on this date last at least {limit} nights.",
    Restriction.MAX_STAY: "Stays that arrive on this date last at most {limit} nights.",
    Restriction.MIN_STAY_THROUGH: "Stays over this night last at least {limit} nights.",
    Restriction.MAX_STAY_THROUGH: "Stays over this night last at most {limit} nights.",
    Restriction.MIN_ADVANCE: "Booked at least {limit} days ahead.",
    Restriction.MAX_ADVANCE: "Booked at most {limit} days ahead.",
}


def broken_restriction(broken: BrokenRestriction) -> dict[str, Any]:
    """How a refusal or an explanation names a restriction."""
    item: dict[str, Any] = {
        "code": broken.restriction.value,
        "detail": _SENTENCES[broken.restriction].format(limit=broken.limit),
        "date": broken.date.isoformat(),
    }
    return item if broken.limit is None else item | {"limit": broken.limit}
