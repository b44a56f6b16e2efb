"""Hotels that nobody runs, for demonstrations and measurements: plausible, and the same ones for the same seed."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from apps.inventory.models import Charge, Hotel, NightlyRate, RatePlan, RoomType, Season, SeasonPrice
from apps.inventory.types import MealPlan
from apps.platform import clock
from apps.platform.money import exponent

_USUAL_RATE = 110  # of a double room, in the units of a place of level 1
_DATED_NIGHTS = 12
_NO_REFUND = [{"days_before": None, "at": None, "penalty": {"percent": "100"}}]

Things = Mapping[str, Any]
"""What the list of cities, names and room types holds."""


@dataclass(frozen=True, kw_only=True)
class MadeUpHotel:
    """A hotel with all that it sells, not stored yet.

    :param closed: room types with the first and the last of some nights that they are not sold.
    """

    hotel: Hotel
    room_types: Sequence[RoomType]
    rate_plans: Sequence[RatePlan]
    charges: Sequence[Charge]
    seasons: Sequence[Season]
    season_prices: Sequence[SeasonPrice]
    date_prices: Sequence[NightlyRate] = ()
    closed: Sequence[tuple[RoomType, date, date]] = field(default=())


class MakeUp:
    """Makes hotels up, one after the other, from a list of what the world has."""

    def __init__(self, things: Things, *, seed: int, nights: int) -> None:
        self._things, self._random, self._nights = things, random.Random(seed), nights  # noqa: S311 - no secrets
        self._today = clock.now().date()

    def hotel(self, place: Mapping[str, str], number: int) -> MadeUpHotel:
        """A hotel in a city of the list."""
        hotel = self._house(place, number)
        quality = Decimal(hotel.stars or 1) / 3 * Decimal(self._random.randint(80, 125)) / 100
        level = Decimal(place["level"]) * quality * _USUAL_RATE
        room_types = [self._room_type(hotel, kind, level) for kind in self._things["room_types"]]
        plans = list(self._plans(hotel))
        seasons = list(self._seasons(hotel)) if self._random.random() < 0.4 else []  # noqa: PLR2004 - a share
        return MadeUpHotel(
            hotel=hotel,
            room_types=room_types,
            rate_plans=plans,
            charges=list(self._charges(hotel)),
            seasons=[season for season, _ in seasons],
            season_prices=[
                price
                for season, factor in seasons
                for price in self._season_prices(season, room_types, plans[0], factor)
            ],
            date_prices=list(self._date_prices(room_types, plans[0])),
            closed=list(self._closed(room_types)),
        )

    def _house(self, place: Mapping[str, str], number: int) -> Hotel:
        r, names = self._random, self._things["hotel_names"]
        words = (r.choice(names["before"]), r.choice(names["words"]), r.choice(names["after"]))
        reviewed = r.random() < 0.9  # noqa: PLR2004 - a share
        return Hotel(
            name=" ".join(word for word in words if word),
            address=f"{r.choice(self._things['streets'])} {r.randint(1, 240)}",
            city=place["name"],
            country=place["country"],
            # Dense in the middle, some kilometres out at the most.
            latitude=Decimal(place["latitude"]) + Decimal(round(r.gauss(0, 0.025), 5)),
            longitude=Decimal(place["longitude"]) + Decimal(round(r.gauss(0, 0.032), 5)),
            time_zone=place["time_zone"],
            currency=place["currency"],
            stars=r.choices([None, 1, 2, 3, 4, 5], [10, 5, 15, 35, 27, 8])[0],
            amenities=sorted(r.sample(self._things["amenities"], r.randint(2, 9))),
            rating_average=min(Decimal(5), Decimal(round(r.gauss(4.0, 0.5), 2))) if reviewed else None,
            rating_count=round(r.lognormvariate(4, 1.2)) if reviewed else 0,
            description=f"Made up by load_catalogue, number {number}.",
        )

    def _room_type(self, hotel: Hotel, kind: Things, level: Decimal) -> RoomType:
        base_rate = _plain(level * Decimal(str(kind["rate"])), hotel.currency)
        return RoomType(
            hotel=hotel,
            code=kind["code"],
            name=kind["name"],
            max_adults=kind["max_adults"],
            max_children=kind["max_children"],
            room_count=self._random.randint(*kind["rooms"]),
            base_rate_minor=base_rate,
            included_adults=min(2, kind["max_adults"]),
            extra_adult_minor=_plain(level / 4, hotel.currency),
            child_bands=[
                {"to_age": 5, "amount_minor": 0},
                {"to_age": 12, "amount_minor": _plain(level / 8, hotel.currency)},
            ],
        )

    def _plans(self, hotel: Hotel) -> Iterator[RatePlan]:
        root = RatePlan(hotel=hotel, code="FLEX", name="Flexible rate")
        yield root
        yield RatePlan(
            hotel=hotel,
            code="SAVE",
            name="Saver, no refund",
            ancestors=[root.id],
            adjustment_percent=self._random.choice([-8, -10, -12, -15]),
            cancellation_tiers=_NO_REFUND,
            prepayment_percent=100,
        )
        if "breakfast" in hotel.amenities:
            yield RatePlan(
                hotel=hotel,
                code="BB",
                name="Bed and breakfast",
                meal_plan=MealPlan.BREAKFAST.value,
                ancestors=[root.id],
                adjustment_minor=_plain(Decimal(_USUAL_RATE) * self._level(hotel) / 9, hotel.currency),
                adjustment_per_person=True,
            )

    def _level(self, hotel: Hotel) -> Decimal:
        return next(Decimal(place["level"]) for place in self._things["cities"] if place["name"] == hotel.city)

    def _charges(self, hotel: Hotel) -> Iterator[Charge]:
        if self._random.random() < 0.7:  # noqa: PLR2004 - a share
            percent = self._random.choice([6, 8, 10])
            yield Charge(hotel=hotel, code="VAT", name="Value added tax", kind="tax", percent=percent, inclusive=True)
        if self._random.random() < 0.4:  # noqa: PLR2004 - a share
            yield Charge(
                hotel=hotel,
                code="CITY",
                name="City tax",
                kind="tax",
                per="person_night",
                amount_minor=_plain(2 * self._level(hotel), hotel.currency),
                exempt_under_age=13,
                max_nights=7,
                due="at_property",
            )

    def _seasons(self, hotel: Hotel) -> Iterator[tuple[Season, Decimal]]:
        last_night = self._today + timedelta(days=self._nights)
        for year in range(self._today.year, last_night.year + 1):
            for kind in self._things["seasons"]:
                first = date.fromisoformat(f"{year}-{kind['first']}")
                last = date.fromisoformat(f"{year}-{kind['last']}")
                if last < first:
                    last = date.fromisoformat(f"{year + 1}-{kind['last']}")
                if self._today <= last and first <= last_night:
                    season = Season(hotel=hotel, name=f"{kind['name']} {year}", first=first, last=last)
                    yield season, Decimal(str(kind["factor"]))

    def _season_prices(
        self, season: Season, room_types: Sequence[RoomType], plan: RatePlan, factor: Decimal
    ) -> Iterator[SeasonPrice]:
        for room_type in room_types:
            for weekday in range(1, 8):
                weekend = Decimal("1.15") if weekday in {5, 6} else Decimal(1)
                amount = _rounded(room_type.base_rate_minor * factor * weekend, room_type.hotel.currency)
                for_one = _rounded(amount * Decimal("0.9"), room_type.hotel.currency)
                yield SeasonPrice(
                    season=season,
                    room_type=room_type,
                    rate_plan=plan,
                    weekday=weekday,
                    amount_minor=amount,
                    by_adults=[for_one, amount] if room_type.max_adults > 1 else None,
                )

    def _date_prices(self, room_types: Sequence[RoomType], plan: RatePlan) -> Iterator[NightlyRate]:
        if self._random.random() > 0.3:  # noqa: PLR2004 - a share
            return
        for room_type in room_types:
            for ahead in self._random.sample(range(self._nights), min(_DATED_NIGHTS, self._nights)):
                factor = Decimal(self._random.randint(70, 180)) / 100
                yield NightlyRate(
                    room_type=room_type,
                    rate_plan=plan,
                    night=self._today + timedelta(days=ahead),
                    amount_minor=_rounded(room_type.base_rate_minor * factor, room_type.hotel.currency),
                )

    def _closed(self, room_types: Sequence[RoomType]) -> Iterator[tuple[RoomType, date, date]]:
        for room_type in room_types:
            for _ in range(self._random.choice([0, 1, 2, 4])):
                first = self._today + timedelta(days=self._random.randrange(self._nights))
                yield room_type, first, first + timedelta(days=self._random.randint(2, 30))


def _plain(amount: Decimal, currency: str) -> int:
    """An amount as hotels ask it, in minor units: without decimals."""
    return _rounded(amount.scaleb(exponent(currency)), currency)


def _rounded(minor: Decimal, currency: str) -> int:
    step = 100 if exponent(currency) != 3 else 500  # noqa: PLR2004 - decimal places
    return max(step, round(minor / step) * step)
