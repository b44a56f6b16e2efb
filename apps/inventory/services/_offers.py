"""Which products a party could book for a stay, and at what price."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings

from apps.inventory import policies, selectors
from apps.inventory.services._checks import hotel_of
from apps.inventory.services._generation import BUSINESS_DATE
from apps.inventory.services._offer_ids import offer_id_of
from apps.inventory.services._rates import Plan, PricedType, RateBook
from apps.inventory.types import (
    BrokenRestriction,
    Candidate,
    ChargeKind,
    ChargeLine,
    HotelFacts,
    Offer,
    OfferedCharge,
    OfferedNight,
    OfferedRoomType,
    Offers,
    Party,
    PartyRoom,
    PricedStay,
)
from apps.platform import clock
from apps.platform.db import RoundTrip, array_of, fetch_all
from apps.platform.errors import Invalid, NotFound
from apps.platform.money import from_minor


@dataclass(frozen=True, kw_only=True)
class FreeType:
    """A room type that is free on every night of a stay."""

    shown: OfferedRoomType
    priced: PricedType
    rooms_left: int

    @property
    def hotel_id(self) -> UUID:
        return self.priced.hotel_id

    def fits(self, occupancy: PartyRoom) -> bool:
        return policies.fits(
            max_adults=self.shown.max_adults,
            max_children=self.shown.max_children,
            adults=occupancy.adults,
            children=len(occupancy.children_ages),
        )


# A night counts only where its row is there and open; the tightest one says how many rooms are left. Overdue holds
# count as free: they can only be where something is held. The range goes straight down the primary key.
FREE_TYPES = f"""
SELECT hotel.id AS hotel_id, type.id AS room_type_id, type.code, type.name, type.max_adults, type.max_children,
       type.base_rate_minor, type.included_adults, type.extra_adult_minor, type.child_bands, stay.rooms_left
  FROM inventory_hotel AS hotel
  JOIN inventory_roomtype AS type ON type.hotel_id = hotel.id
 CROSS JOIN LATERAL (
       SELECT count(*) AS nights,
              min(night.physical - night.out_of_order + night.overbooking_limit - night.sold - night.held
                  + CASE WHEN night.held = 0 THEN 0 ELSE (
                      SELECT count(*) FROM inventory_hold AS hold
                       WHERE hold.room_type_id = type.id
                         AND hold.expires_at <= %(instant)s::timestamptz + hotel.clock_ahead
                         AND hold.arrival <= night.night AND hold.departure > night.night) END) AS rooms_left
         FROM inventory_roomnight AS night
        WHERE night.room_type_id = type.id AND NOT night.stop_sell
          AND night.night >= %(arrival)s::date AND night.night < %(departure)s::date) AS stay
 WHERE hotel.id = ANY(%(hotels)s::uuid[]) AND hotel.archived_at IS NULL AND type.archived_at IS NULL
   AND type.max_adults >= %(least_adults)s::int AND type.max_children >= %(least_children)s::int
   AND stay.nights = %(departure)s::date - %(arrival)s::date AND stay.rooms_left > 0
   AND {BUSINESS_DATE} <= %(arrival)s::date AND {BUSINESS_DATE} + %(horizon)s::int >= %(departure)s::date
 ORDER BY hotel.id, type.code"""  # noqa: S608 - constants only


class Sale:
    """One stay at some hotels: what each product costs whom, and what stands against it."""

    def __init__(self, book: RateBook, *, arrival: date, departure: date, code: str = "", staff: bool = False) -> None:
        """Look at one stay within the dates of a book.

        :param book: has the night of departure too, for the restrictions on leaving.
        """
        self.book = book
        self.arrival, self.departure, self.code, self.staff = arrival, departure, code, staff
        self.nights = policies.nights_of(arrival, departure)
        self._plans: dict[UUID, Sequence[Plan]] = {}

    def plans_of(self, hotel_id: UUID) -> Sequence[Plan]:
        """The plans that are offered to the caller."""
        if hotel_id not in self._plans:
            plans = self.book.plans_of.get(hotel_id, ())
            self._plans[hotel_id] = [plan for plan in plans if plan.is_sold_to(code=self.code, staff=self.staff)]
        return self._plans[hotel_id]

    def broken(self, hotel: HotelFacts, room_type: PricedType, plan: Plan) -> list[BrokenRestriction]:
        """The restrictions that stand against the stay in this product."""
        if room_type.id not in self.book.restricted_types:
            return []
        today = policies.business_date(clock.now(), hotel.time_zone, hotel.business_day_rollover)
        return list(
            policies.broken_by(
                arrival=self.arrival,
                departure=self.departure,
                today=today,
                nights=[(night, self.book.rules(room_type.id, plan, night)) for night in self.nights],
                leaving=self.book.rules(room_type.id, plan, self.departure),
            )
        )

    def amounts(self, room_type: PricedType, plan: Plan, occupancy: PartyRoom) -> list[int]:
        """What each night costs, without charges."""
        return self.book.amounts(room_type, plan, self.nights, occupancy)

    def total(self, hotel: HotelFacts, amounts: Sequence[int], occupancy: PartyRoom) -> int:
        """What `priced` comes to with nights at these prices."""
        codes = self.book.codes_in_total_of.get(hotel.id)
        if not codes:
            return sum(amounts)
        nights = list(zip(self.nights, amounts, strict=True))
        rules = self.book.charges_of[hotel.id]
        return policies.total_of(nights, policies.charges_of(rules, nights, occupancy, codes=codes))

    def priced(self, hotel: HotelFacts, room_type: PricedType, plan: Plan, occupancy: PartyRoom) -> PricedStay:
        """What the stay costs these people, and the terms."""
        return policies.price_stay(
            [(night, self.book.price(room_type, plan, night, occupancy)) for night in self.nights],
            occupancy=occupancy,
            charges=self.book.charges_of.get(hotel.id, ()),
            plan=plan.terms,
            check_in_time=hotel.check_in_time,
            time_zone=hotel.time_zone,
            booked_at=clock.now(),
        )


@dataclass(frozen=True, kw_only=True)
class Way:
    """The cheapest way to house a party: a room type and a plan for each of its rooms."""

    rooms: tuple[tuple[FreeType, Plan], ...]
    total_minor: int


def cheapest_way(hotel: HotelFacts, types: Sequence[FreeType], party: Party, sale: Sale) -> Way | None:
    """The cheapest way to house the party in room types that are free for the stay; None where there is none."""
    cheapest: list[list[tuple[Plan, int] | None]] = []
    most: int | None = None
    for one in types:
        of_room = {room: _cheapest_plan(hotel, one, room, sale, most) for room in dict.fromkeys(party)}
        cheapest.append([of_room[room] for room in party])
        if len(party) == 1 and (best := of_room[party[0]]) is not None:
            # A single room goes where it is cheapest: what cannot be that need not be known exactly.
            most = best[1] if most is None else min(most, best[1])
    candidates = [
        Candidate(rooms_left=one.rooms_left, totals=[None if best is None else best[1] for best in by_room])
        for one, by_room in zip(types, cheapest, strict=True)
    ]
    housing = policies.house_the_party(candidates, len(party))
    if housing is None:
        return None
    chosen = [
        (types[position], *best)
        for room, position in enumerate(housing)
        if (best := cheapest[position][room]) is not None
    ]
    return Way(rooms=tuple((one, plan) for one, plan, _ in chosen), total_minor=sum(total for _, _, total in chosen))


def _cheapest_plan(
    hotel: HotelFacts, one: FreeType, room: PartyRoom, sale: Sale, most: int | None
) -> tuple[Plan, int] | None:
    """The plan that sells the room type to one room of a party at the lowest total, with that; the first of several.

    Charges only add to the nights: a plan whose nights alone cost more than another in all is not looked at further.

    :param most: nor is one whose nights alone cost more than this.
    """
    if not one.fits(room):
        return None
    plans = sale.plans_of(hotel.id)
    amounts = [sale.amounts(one.priced, plan, room) for plan in plans]
    best: tuple[int, int] | None = None
    for least, number in sorted((sum(nights), number) for number, nights in enumerate(amounts)):
        if (most is not None and least > most) or (best is not None and least > best[0]):
            break
        if not sale.broken(hotel, one.priced, plans[number]):
            found = (sale.total(hotel, amounts[number], room), number)
            best = found if best is None else min(best, found)
    return None if best is None else (plans[best[1]], best[0])


def offers_of(
    *, hotel_id: UUID, arrival: date, departure: date, party: Party, rate_code: str = "", staff: bool = False
) -> Offers:
    """Every product of the hotel that is free for the whole stay and fits a room of the party, the cheapest first.

    A product is offered once for each kind of occupancy in the party, because the price may differ.

    :param rate_code: the code of a plan that is sold only to who names it.
    :param staff: plans that only staff sell are offered too.
    :raises NotFound: if there is no such hotel.
    :raises Invalid: naming the date that the hotel cannot sell.
    """
    require_possible_dates(arrival, departure)
    hotel = selectors.hotel_facts(hotel_of(hotel_id))
    if hotel.archived:
        raise NotFound("There is no such hotel.")
    require_sellable_dates(hotel, arrival, departure)
    parameters = stay_parameters([hotel_id], arrival, departure, party)
    free = [free_type(row) for row in fetch_all(FREE_TYPES, parameters, prepared=True)]
    types = [one.priced.id for one in free]
    book = RateBook(RoundTrip(), hotels=[hotel_id], types=types, first=arrival, last=departure)
    sale = Sale(book, arrival=arrival, departure=departure, code=rate_code, staff=staff)
    offers = [
        offer_of(hotel, one, plan, sale.priced(hotel, one.priced, plan, occupancy), occupancy=occupancy, party=party)
        for one in free
        for plan in sale.plans_of(hotel_id)
        if not sale.broken(hotel, one.priced, plan)
        for occupancy in dict.fromkeys(party)
        if one.fits(occupancy)
    ]
    return Offers(
        hotel_id=hotel_id,
        time_zone=hotel.time_zone,
        currency=hotel.currency,
        arrival=arrival,
        departure=departure,
        results=tuple(sorted(offers, key=lambda offer: Decimal(offer.total.amount))),
    )


def require_sellable_dates(hotel: HotelFacts, arrival: date, departure: date) -> None:
    """Refuse dates that this hotel does not sell now.

    :raises Invalid: naming the parameter.
    """
    today = policies.business_date(clock.now(), hotel.time_zone, hotel.business_day_rollover)
    if arrival < today:
        raise invalid("arrival", f"It is {today} at the hotel: the arrival cannot be before that.")
    last = today + timedelta(days=settings.INVENTORY_HORIZON_NIGHTS)
    if departure > last:
        raise invalid("departure", f"The hotel sells nights up to {last}.")


def require_possible_dates(arrival: date, departure: date) -> None:
    """Refuse dates that can be right at no hotel.

    :raises Invalid: naming the parameter.
    """
    today = clock.now().date()
    # Somewhere the business day may be two calendar days away from that of UTC.
    if (today - arrival).days > 2:  # noqa: PLR2004
        raise invalid("arrival", "The arrival is past.")
    if departure <= arrival:
        raise invalid("departure", "The departure is after the arrival.")
    if (departure - arrival).days > policies.MAX_NIGHTS:
        raise invalid("departure", f"A stay has at most {policies.MAX_NIGHTS} nights.")
    if (departure - today).days > settings.INVENTORY_HORIZON_NIGHTS + 2:
        raise invalid("departure", f"Nights are sold {settings.INVENTORY_HORIZON_NIGHTS} days ahead.")


def invalid(parameter: str, detail: str) -> Invalid:
    """A refusal of one query parameter."""
    return Invalid(detail, items=[{"code": "invalid", "detail": detail, "parameter": parameter}])


def stay_parameters(hotels: Iterable[UUID], arrival: date, departure: date, party: Party) -> dict[str, Any]:
    """The parameters of FREE_TYPES."""
    return {
        "hotels": array_of(hotels),
        "instant": clock.system_now(),
        "horizon": settings.INVENTORY_HORIZON_NIGHTS,
        "arrival": arrival,
        "departure": departure,
        "least_adults": min(room.adults for room in party),
        "least_children": min(len(room.children_ages) for room in party),
    }


def free_type(row: Mapping[str, Any]) -> FreeType:
    """A row of FREE_TYPES, or of any other statement with these columns."""
    return FreeType(
        shown=OfferedRoomType(
            id=row["room_type_id"],
            code=row["code"],
            name=row["name"],
            max_adults=row["max_adults"],
            max_children=row["max_children"],
        ),
        priced=PricedType(
            id=row["room_type_id"],
            hotel_id=row["hotel_id"],
            base_rate_minor=row["base_rate_minor"],
            rule=policies.occupancy_rule(row),
        ),
        rooms_left=row["rooms_left"],
    )


def offer_of(
    hotel: HotelFacts, one: FreeType, plan: Plan, priced: PricedStay, *, occupancy: PartyRoom, party: Party
) -> Offer:
    """The product as the guest sees it, each night with its price."""
    currency = hotel.currency
    taxes, fees = charges_shown(priced.charges, currency)
    return Offer(
        offer_id=offer_id_of(
            hotel_id=hotel.id,
            room_type_id=one.shown.id,
            rate_plan_id=plan.shown.id,
            occupancy=occupancy,
            priced=priced,
        ),
        room_type=one.shown,
        rate_plan=plan.shown,
        fits_rooms=tuple(position for position, room in enumerate(party) if room == occupancy),
        nights=tuple(
            OfferedNight(date=night.night, amount=from_minor(night.amount_minor, currency), source=night.source)
            for night in priced.nights
        ),
        taxes=taxes,
        fees=fees,
        total=from_minor(priced.total_minor, currency),
        due_now=from_minor(priced.due_now_minor, currency),
        due_at_property=from_minor(priced.total_minor - priced.due_now_minor, currency),
        rooms_left=one.rooms_left,
        guarantee=priced.guarantee,
        cancellation=policies.cancellation_of(priced.terms, currency),
    )


def charges_shown(
    lines: Sequence[ChargeLine], currency: str
) -> tuple[tuple[OfferedCharge, ...], tuple[OfferedCharge, ...]]:
    """Taxes and fees as guests read them."""
    shown: dict[ChargeKind, list[OfferedCharge]] = {ChargeKind.TAX: [], ChargeKind.FEE: []}
    for line in lines:
        shown[line.kind].append(
            OfferedCharge(
                code=line.code,
                name=line.name,
                amount=from_minor(line.amount_minor, currency),
                included=line.inclusive,
                due=line.due,
            )
        )
    return tuple(shown[ChargeKind.TAX]), tuple(shown[ChargeKind.FEE])
