"""The demo's accounts and hotels: made where they are missing, left alone where they stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from apps.accounts import services as accounts
from apps.inventory import selectors
from apps.inventory import services as inventory
from apps.platform import clock
from apps.platform.money import Money
from config.local.demo_rates import ensure_charges, ensure_saver, ensure_season
from config.local.demo_world import ADMINISTRATOR, FRONT_DESK, GROUP, GUEST, GUESTS, MIRAMAR, DemoHotel

FLEX = "FLEX"
BREAKFAST = "BB"


@dataclass(frozen=True, kw_only=True)
class People:
    """Who acts in the demo."""

    administrator: accounts.Caller
    access: accounts.Access
    by_email: Mapping[str, accounts.Account]


@dataclass(frozen=True, kw_only=True)
class House:
    """A hotel of the demo as it stands in the database: ids by code."""

    spec: DemoHotel
    hotel: inventory.HotelFacts
    room_types: Mapping[str, UUID]
    rate_plans: Mapping[str, UUID]


def ensure_people(password: str) -> People:
    """The demo's accounts. Those that the demo shows have this password, the others none."""
    signed_in = [
        accounts.ensure_account(
            email=email, full_name=name, password=password, is_staff=email == ADMINISTRATOR[0], verified=True
        )
        for email, name in (ADMINISTRATOR, FRONT_DESK, GUEST)
    ]
    others = [accounts.ensure_account(email=email, full_name=name, verified=True) for email, name in (*GUESTS, GROUP)]
    administrator = signed_in[0]
    accounts.grant_role(user_id=administrator.id, role=accounts.Role.PLATFORM_ADMIN)
    return People(
        administrator=accounts.caller_for(administrator.id),
        access=accounts.access_of(administrator.id),
        by_email={account.email: account for account in (*signed_in, *others)},
    )


def ensure_house(spec: DemoHotel, people: People, *, nights_from: datetime) -> House:
    """A hotel with its rate plans, room types and rooms, on sale from the business date of `nights_from` on."""
    access = people.access
    with clock.moved_to(nights_from):
        row = selectors.hotels(city=spec.city).filter(name=spec.name).order_by("id").first()
        hotel = _found(spec, access) if row is None else selectors.hotel_facts(row)
        rate_plans = {plan.code: plan.id for plan in selectors.rate_plans_of(hotel.id)}
        if BREAKFAST not in rate_plans:
            rate_plans[BREAKFAST] = inventory.add_rate_plan(
                access=access,
                hotel_id=hotel.id,
                code=BREAKFAST,
                name="Bed and breakfast",
                meal_plan=inventory.MealPlan.BREAKFAST,
                percent=spec.breakfast_percent,
            ).id
        room_types = {room_type.code: room_type.id for room_type in selectors.room_types_of(hotel.id)}
        _add_room_types(spec, access, hotel, room_types)
        _number_rooms(spec, access, hotel, room_types)
        ensure_saver(spec, access, hotel.id, rate_plans, parent=FLEX)
        ensure_charges(spec, access, hotel.id)
        # (Where the demo has rested for longer than the horizon, the nights of last week are missing too.)
        inventory.generate_inventory(hotel.id)
    inventory.generate_inventory(hotel.id)
    ensure_season(
        spec,
        access,
        hotel,
        today=inventory.business_date(hotel, clock.now()),
        room_types=room_types,
        plans={rate_plans[FLEX]: Decimal(100), rate_plans[BREAKFAST]: spec.breakfast_percent},
    )
    if spec is MIRAMAR:
        front_desk = people.by_email[FRONT_DESK[0]]
        accounts.grant_role(user_id=front_desk.id, role=accounts.Role.FRONT_DESK, scope_id=hotel.id)
    return House(spec=spec, hotel=hotel, room_types=room_types, rate_plans=rate_plans)


def _found(spec: DemoHotel, access: accounts.Access) -> inventory.HotelFacts:
    return inventory.create_hotel(
        access=access,
        name=spec.name,
        description=spec.description,
        address=spec.address,
        city=spec.city,
        country=spec.country,
        latitude=spec.latitude,
        longitude=spec.longitude,
        time_zone=spec.time_zone,
        currency=spec.currency,
        stars=spec.stars,
        amenities=spec.amenities,
    )


def _add_room_types(
    spec: DemoHotel, access: accounts.Access, hotel: inventory.HotelFacts, known: dict[str, UUID]
) -> None:
    for room_type in spec.room_types:
        if room_type.code not in known:
            known[room_type.code] = inventory.add_room_type(
                access=access,
                hotel_id=hotel.id,
                code=room_type.code,
                name=room_type.name,
                description=room_type.description,
                max_adults=room_type.max_adults,
                max_children=room_type.max_children,
                room_count=len(room_type.numbers),
                base_rate=Money(amount=room_type.base_rate, currency=spec.currency),
            ).id


def _number_rooms(
    spec: DemoHotel, access: accounts.Access, hotel: inventory.HotelFacts, room_types: Mapping[str, UUID]
) -> None:
    known = {room.number for room in selectors.rooms_of(hotel.id)}
    for room_type in spec.room_types:
        for number in room_type.numbers:
            if number not in known:
                inventory.add_room(
                    access=access,
                    hotel_id=hotel.id,
                    room_type_id=room_types[room_type.code],
                    number=number,
                    floor=number[:1],
                )
