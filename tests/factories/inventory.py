"""Hotels that sell: a hotel comes with its flexible rate plan, a room type with its nights up to the horizon."""

# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from datetime import timedelta
from typing import Any

from factory.declarations import LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory
from factory.helpers import post_generation

from apps.inventory.models import Charge, Hotel, RatePlan, Room, RoomClosure, RoomType, Season
from apps.inventory.services._generation import fill_nights
from apps.inventory.types import ClosureKind
from apps.platform import clock


class HotelFactory(DjangoModelFactory[Hotel]):
    """A hotel in Lisbon with the rate plan FLEX (`plan=False` for none)."""

    class Meta:
        model = Hotel
        skip_postgeneration_save = True

    name = Sequence(lambda n: f"Hotel {n}")
    address = "Rua Augusta 1"
    city = "Lisbon"
    country = "PT"
    time_zone = "Europe/Lisbon"
    currency = "EUR"

    @post_generation
    def plan(self: Any, create: bool, extracted: object, **kwargs: Any) -> None:
        if create and extracted is not False:
            RatePlanFactory.create(hotel=self, **kwargs)


class RatePlanFactory(DjangoModelFactory[RatePlan]):
    """A room-only plan at the full base rate; the first of a hotel is called FLEX."""

    class Meta:
        model = RatePlan

    hotel = SubFactory(HotelFactory, plan=False)
    code = "FLEX"
    name = "Flexible rate"


class RoomTypeFactory(DjangoModelFactory[RoomType]):
    """Five doubles at 100.00 a night, on sale from the hotel's business date (`nights=False`: no nights)."""

    class Meta:
        model = RoomType
        skip_postgeneration_save = True

    hotel = SubFactory(HotelFactory)
    code = Sequence(lambda n: f"DBL{n}")
    name = "Double"
    max_adults = 2
    max_children = 1
    room_count = 5
    base_rate_minor = 10_000

    @post_generation
    def nights(self: Any, create: bool, extracted: object, **kwargs: Any) -> None:
        if create and extracted is not False:
            fill_nights(room_type_id=self.id)


class RoomFactory(DjangoModelFactory[Room]):
    """A room with a number, of a room type of the same hotel."""

    class Meta:
        model = Room

    room_type = SubFactory(RoomTypeFactory)
    hotel = SelfAttribute("room_type.hotel")
    number = Sequence(lambda n: str(100 + n))


class RoomClosureFactory(DjangoModelFactory[RoomClosure]):
    """A room out of service for two nights, a week ahead: a closure of the database alone, without its nights."""

    class Meta:
        model = RoomClosure

    room = SubFactory(RoomFactory)
    hotel = SelfAttribute("room.hotel")
    first = LazyFunction(lambda: clock.now().date() + timedelta(days=7))
    last = LazyFunction(lambda: clock.now().date() + timedelta(days=8))
    kind = ClosureKind.OUT_OF_SERVICE.value
    reason = "New carpet"
    created_by = "system:test"


class SeasonFactory(DjangoModelFactory[Season]):
    """Two weeks, a month ahead, with neither nights nor prices: a season of the database alone."""

    class Meta:
        model = Season

    hotel = SubFactory(HotelFactory)
    name = Sequence(lambda n: f"Season {n}")
    first = LazyFunction(lambda: clock.now().date() + timedelta(days=30))
    last = LazyFunction(lambda: clock.now().date() + timedelta(days=43))


class ChargeFactory(DjangoModelFactory[Charge]):
    """A city tax of 2.00 for each person and night, paid at the property."""

    class Meta:
        model = Charge

    hotel = SubFactory(HotelFactory)
    code = Sequence(lambda n: f"CITY{n}")
    name = "City tax"
    kind = "tax"
    per = "person_night"
    amount_minor = 200
    due = "at_property"
