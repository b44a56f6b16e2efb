"""One stay of an amendment: what it keeps, what it wants, what it will be. Reads and writes nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from apps.bookings import policies
from apps.bookings.services._amendments import StayChange
from apps.bookings.services._canceling import penalty_of
from apps.bookings.services._views import frozen
from apps.bookings.types import Status
from apps.inventory import services as inventory

Row = Mapping[str, Any]
Place = tuple[UUID, date]

_PARTY = ("adults", "children_ages")
_MONEY = ("arrival", "departure", "room_type_id", "rate_plan_id", *_PARTY)


@dataclass(frozen=True, kw_only=True)
class AmendedStay:
    """A stay as it is, with its nights, and as somebody wants it.

    :param request: what has to be priced; None where its nights and its money stay as they are.
    """

    before: Row
    wanted: Row
    request: inventory.StayRequest | None

    @property
    def staying(self) -> frozenset[date]:
        """The nights that the stay has before and after, in a room of the same type."""
        if self.request is None or self.request.before is None:
            return frozenset(night["night"] for night in self.before["nights"])
        return self.request.before.own.intersection(self.request.nights)

    @property
    def given(self) -> list[Place]:
        """The nights that go back, each as the room type that it takes."""
        staying = self.staying
        return [
            (night["room_type_id"], night["night"]) for night in self.before["nights"] if night["night"] not in staying
        ]

    @property
    def taken(self) -> list[Place]:
        """The nights that are wanted and not there yet."""
        if self.request is None:
            return []
        staying = self.staying
        return [(self.request.room_type_id, night) for night in self.request.nights if night not in staying]

    @property
    def changes_type(self) -> bool:
        return bool(self.before["room_type_id"] != self.wanted["room_type_id"])

    @property
    def changes_plan(self) -> bool:
        return bool(self.before["rate_plan_id"] != self.wanted["rate_plan_id"])

    def settled(self, quoted: inventory.QuotedStay | None, now: datetime) -> dict[str, Any]:
        """The row of the stay as it will be, with its nights, if it is amended at `now`.

        A penalty that has accrued is not escaped: no step of the terms is below it from then on, as far as the new
        total goes, and not to come costs no less.
        """
        if quoted is None or self.request is None:
            return dict(self.wanted)
        priced = quoted.priced
        floor = min(penalty_so_far(self.before, now), priced.total_minor)
        terms = policies.not_below(priced.terms, since=now, floor_minor=floor) if floor else priced.terms
        return dict(self.wanted) | {
            "nights": self._nights(priced.nights),
            "do_not_move": self.before["do_not_move"] and not self.changes_type,
            "charges": [asdict(charge) for charge in priced.charges],
            "total_minor": priced.total_minor,
            "due_now_minor": priced.due_now_minor,
            "cancellation_terms": frozen(terms),
            "no_show_minor": max(priced.no_show_minor, floor),
            "guarantee": priced.guarantee.value,
            "cancellation_policy": dict(quoted.policy),
        }

    def _nights(self, priced: Sequence[inventory.PricedNight]) -> list[dict[str, Any]]:
        """A night that stays is where it was; another one is in a room of the type that is wanted, in none yet."""
        before, staying = {night["night"]: night for night in self.before["nights"]}, self.staying
        new = {
            "reservation_id": self.before["id"],
            "room_type_id": self.wanted["room_type_id"],
            "charged_room_type_id": None,
            "room_id": None,
            "released_at": None,
        }
        return [
            dict(before[night.night] if night.night in staying else new)
            | {"night": night.night, "amount_minor": night.amount_minor, "price_source": night.source.value}
            for night in priced
        ]


def amended_stay(before: Row, change: StayChange, *, today: date, booked_at: datetime, pointer: str) -> AmendedStay:
    """A stay with what is to be changed of it.

    :param today: the hotel's business date; nights before it, of a guest in the house, are as they were.
    :param booked_at: since when the grace of the plan runs.
    """
    given = {field.name: getattr(change, field.name) for field in fields(change)}
    if given["children_ages"] is not None:
        given["children_ages"] = list(given["children_ages"])
    wanted = dict(before) | {name: value for name, value in given.items() if value is not None and name in before}
    moves = any(before[name] != wanted[name] for name in _MONEY)
    sold = _sold(before, wanted, today, booked_at)
    return AmendedStay(before=before, wanted=wanted, request=_request(wanted, sold, pointer) if moves else None)


def _request(wanted: Row, sold: inventory.SoldStay, pointer: str) -> inventory.StayRequest:
    return inventory.StayRequest(
        room_type_id=wanted["room_type_id"],
        rate_plan_id=wanted["rate_plan_id"],
        arrival=wanted["arrival"],
        departure=wanted["departure"],
        adults=wanted["adults"],
        children_ages=tuple(wanted["children_ages"]),
        before=sold,
        pointer=pointer,
        dates_pointer=pointer,
    )


def _sold(before: Row, wanted: Row, today: date, booked_at: datetime) -> inventory.SoldStay:
    same_type = before["room_type_id"] == wanted["room_type_id"]
    same_plan = before["rate_plan_id"] == wanted["rate_plan_id"]
    same_party = same_type and all(before[name] == wanted[name] for name in _PARTY)
    nights = frozenset(night["night"] for night in before["nights"])
    past = frozenset(night for night in nights if night < today and before["status"] == Status.CHECKED_IN)
    kept = nights if same_plan and same_party else past
    return inventory.SoldStay(
        arrival=before["arrival"],
        departure=before["departure"],
        kept={night["night"]: _price(night) for night in before["nights"] if night["night"] in kept},
        as_product=nights if same_type and same_plan else past,
        own=nights if same_type else past,
        is_same_party=same_party,
        terms=(before["cancellation_policy"] or {}) | {"guarantee": before["guarantee"]} if same_plan else None,
        booked_at=booked_at,
    )


def _price(night: Row) -> inventory.NightPrice:
    return inventory.NightPrice(amount_minor=night["amount_minor"], source=inventory.PriceSource(night["price_source"]))


def penalty_so_far(stay: Row, now: datetime) -> int:
    """What canceling the stay would cost at `now`, in minor units, as if a guest in the house were not there."""
    return penalty_of(stay if stay["status"] == Status.PENDING else dict(stay) | {"status": Status.CONFIRMED}, now)


def freed_by(stays: Iterable[AmendedStay]) -> Counter[Place]:
    """How many rooms go back, by room type and night."""
    return Counter(place for stay in stays for place in stay.given)


def beyond_freed(stays: Sequence[AmendedStay]) -> list[inventory.StayNights]:
    """The nights that are wanted beside those that the same stays give back."""
    freed = freed_by(stays)
    wanted: list[tuple[UUID, UUID, date]] = []
    for stay in stays:
        for room_type_id, night in stay.taken:
            if freed[room_type_id, night] > 0:
                freed[room_type_id, night] -= 1
            else:
                wanted.append((stay.before["id"], room_type_id, night))
    return inventory.stays_of(wanted)


def runs_of(stays: Sequence[AmendedStay], *, taken: bool) -> list[inventory.StayNights]:
    """The nights that go back, or those that are wanted, as the inventory exchanges them."""
    return inventory.stays_of(
        (stay.before["id"], room_type_id, night)
        for stay in stays
        for room_type_id, night in (stay.taken if taken else stay.given)
    )
