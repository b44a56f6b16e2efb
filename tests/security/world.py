"""Two hotels, two guests, the staff of each hotel and an administrator: who may see what of whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts import services as accounts
from apps.accounts.services import Role, Verb
from apps.bookings import services as bookings
from apps.inventory import services as inventory
from apps.inventory.models import Hotel, RoomType
from apps.platform import clock
from apps.platform.money import Money
from tests.bookings.orders import caller_of, fresh_key, order, today_at
from tests.factories.accounts import PASSWORD, MembershipFactory, UserFactory
from tests.factories.inventory import ChargeFactory, HotelFactory, RoomFactory, RoomTypeFactory, SeasonFactory

WHO = ("anonymous", "guest_a", "guest_b", "staff_1", "staff_2", "administrator")


@dataclass(frozen=True, kw_only=True)
class House:
    """A hotel with everything that belongs to one."""

    hotel: Hotel
    room_type: RoomType
    room: Any
    booking: dict[str, Any]
    key: accounts.IssuedApiKey


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything of guest A lies at the first hotel, everything of guest B at the second."""

    first: House
    second: House
    users: Mapping[str, Any]
    tokens: Mapping[str, str]
    session_of_a: str

    def api(self, who: str) -> APIClient:
        """The API as this person sees it, by their token."""
        api = APIClient()
        if who in self.tokens:
            api.credentials(HTTP_AUTHORIZATION=f"Bearer {self.tokens[who]}")
        return api

    def browser(self, who: str) -> Client:
        """A browser in which this person is signed in."""
        client = Client(headers={"Accept": "text/html,*/*;q=0.8"})
        if who in self.users:
            client.force_login(self.users[who])
        return client

    def values(self, pattern: str) -> dict[str, str]:
        """A value for each parameter of an address: always a thing of the first hotel or of guest A."""
        house = self.first
        stay = house.booking["reservations"][0]
        values = {
            "hotel_id": str(house.hotel.id),
            "room_type_id": str(house.room_type.id),
            "rate_plan_id": str(house.hotel.rate_plans.order_by("id")[0].id),
            "room_id": str(house.room.id),
            "season_id": str(house.hotel.seasons.get().id),
            "charge_id": str(house.hotel.charges.get().id),
            "closure_id": str(house.room.closures.get().id),
            "booking_id": str(house.booking["id"]),
            "revision": "1",
            "reservation_id": str(stay["id"]),
            "session_id": self.session_of_a,
            "key_id": str(house.key.key.id),
            "of_user": str(self.users["staff_1"].id),
            "held_id": str(self.users["staff_1"].memberships.get().id),
            "user_id": str(self.users["guest_a"].id),
            "code": "not_found",
            "provider": "online",
            "key": "nothing",
            "role": "front_desk",
            "app_label": "bookings",
            "action": "cancel",
            "deed": "pay",
            "content_type_id": "1",
            "name": "nothing.eml",
            "mail": "nothing",
            "number": "nothing",
            "secret": "nothing",
            "token": "nothing",
        }
        values["object_id"] = self._object_of(pattern) or values["booking_id"]
        values["id"] = values["object_id"]
        return values

    def _object_of(self, pattern: str) -> str | None:
        """The oldest row of the model that a page of the admin is about."""
        steps = pattern.split("/")
        if steps[0] != "admin" or len(steps) < 3 or "<" in steps[1]:
            return None
        found = ContentType.objects.filter(app_label=steps[1], model=steps[2]).first()
        model = found.model_class() if found is not None else None
        if model is None:
            return None
        oldest = model._default_manager.order_by("pk").first()
        return None if oldest is None else str(oldest.pk)


def made_world() -> World:
    """The world, in the database."""
    first_hotel, second_hotel = HotelFactory.create(city="Lisbon"), HotelFactory.create(city="Porto")
    users = {
        "guest_a": UserFactory.create(email="a@guests.example", full_name="Ada Lovelace"),
        "guest_b": UserFactory.create(email="b@guests.example", full_name="Bob Hale"),
        "staff_1": MembershipFactory.create(role=Role.HOTEL_ADMIN, scope_id=first_hotel.id).user,
        "staff_2": MembershipFactory.create(role=Role.HOTEL_ADMIN, scope_id=second_hotel.id).user,
        "administrator": MembershipFactory.create(role=Role.PLATFORM_ADMIN).user,
    }
    pairs = {who: accounts.sign_in(email=user.email, password=PASSWORD) for who, user in users.items()}
    tokens = {who: pair.access for who, pair in pairs.items()}
    return World(
        first=_house(first_hotel, users["guest_a"], users["administrator"]),
        second=_house(second_hotel, users["guest_b"], users["administrator"]),
        users=users,
        tokens=tokens,
        session_of_a=str(accounts.read_access_token(tokens["guest_a"]).session_id),
    )


def _house(hotel: Hotel, guest: Any, administrator: Any) -> House:
    room_type = RoomTypeFactory.create(hotel=hotel)
    room = RoomFactory.create(room_type=room_type)
    SeasonFactory.create(hotel=hotel)
    ChargeFactory.create(hotel=hotel)
    _close(room, administrator)
    outcome = bookings.place_booking(order(room_type), caller=caller_of(guest), key=fresh_key())
    night = inventory.business_date(inventory.get_hotel(hotel.id), clock.now()) + timedelta(days=200)
    price = inventory.PriceChange(amount=Money(amount="100", currency=hotel.currency))
    change = inventory.CalendarChange(first=night, last=night, rate_plan_ids=(), price=price)
    access = accounts.access_of(administrator.id)
    inventory.change_calendar(access=access, hotel_id=hotel.id, changes=[change])
    key = accounts.issue_key(
        access=access,
        issuer_id=administrator.id,
        name=f"Kiosk of {hotel.name}",
        hotel_ids=[hotel.id],
        verbs=[Verb.READ],
        requests_per_minute=600,
    )
    return House(hotel=hotel, room_type=room_type, room=room, booking=orjson.loads(outcome.body), key=key)


def _close(room: Any, administrator: Any) -> None:
    """The room is to be painted one day."""
    first = today_at(room.room_type) + timedelta(days=100)
    inventory.close_room(
        access=accounts.access_of(administrator.id),
        hotel_id=room.hotel_id,
        room_id=room.id,
        first=first,
        last=first,
        kind=inventory.ClosureKind.OUT_OF_SERVICE,
        reason="Paint",
    )
