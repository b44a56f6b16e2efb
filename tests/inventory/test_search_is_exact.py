"""Search finds what looking at every hotel finds: in every order, from both ends, with and without the read model."""

import itertools
import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.conf import LazySettings

from apps.inventory import policies, services
from apps.inventory.models import (
    Charge,
    Hotel,
    LowestRate,
    NightlyRate,
    ProductRestriction,
    RatePlan,
    RoomNight,
    RoomType,
    Season,
    SeasonNight,
    SeasonPrice,
)
from apps.inventory.services import Ordering, _search
from apps.platform import clock
from tests.factories.inventory import HotelFactory, RatePlanFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

HERE = services.Near(latitude=Decimal("38.7"), longitude=Decimal("-9.14"), km=Decimal(4))
TODAY = clock.now().date()
PARTIES = [["2"], ["1"], ["2", "1"], ["3"], ["2-4"], ["2", "2-7,3", "1"]]


@pytest.fixture(autouse=True)
def _horizon(settings: LazySettings) -> None:
    settings.INVENTORY_HORIZON_NIGHTS = 70


class World:
    """Hotels in one city with everything that can make a price or keep it from being sold."""

    def __init__(self, seed: int, hotels: int = 14) -> None:
        self.random = random.Random(seed)
        for _ in range(hotels):
            self._hotel()

    def _hotel(self) -> None:
        r = self.random
        hotel = HotelFactory.create(
            rating_average=r.choice([None, "3.50", "4.00", "4.00", "4.75"]),
            rating_count=r.randint(0, 2),
            stars=r.choice([None, 2, 3, 5]),
            amenities=r.sample(["wifi", "pool", "spa"], r.randint(0, 3)),
            **r.choice([{}, self._place(), self._place(), self._place()]),
        )
        plans = [RatePlan.objects.get(hotel=hotel)]
        if r.random() < 0.6:
            plans.append(self._derived(hotel, "SAVE", plans[0], adjustment_percent=Decimal(-10)))
        if r.random() < 0.3:
            people = {"adjustment_minor": r.choice([-700, 900]), "adjustment_per_person": True}
            plans.append(self._derived(hotel, "EACH", plans[-1], rounding_step_minor=500, **people))
        if r.random() < 0.3:
            plans.append(self._derived(hotel, "SECRET", plans[0], adjustment_percent=-90, visibility="by_code"))
        types = [self._room_type(hotel, code) for code in r.sample(["SGL", "DBL", "FAM"], r.randint(1, 3))]
        if r.random() < 0.4:
            self._season(hotel, types, plans[0])
        for room_type, plan in itertools.product(types, plans):
            self._nights(room_type, plan)
        self._charges(hotel)

    def _charges(self, hotel: Hotel) -> None:
        r = self.random
        if r.random() < 0.5:
            Charge.objects.create(
                hotel=hotel, code="VAT", name="VAT", kind="tax", percent=6, inclusive=r.random() < 0.5
            )
        if r.random() < 0.3:
            after = {"on_charges": ["VAT"], "first": TODAY + timedelta(days=20), "max_nights": r.choice([None, 2])}
            Charge.objects.create(hotel=hotel, code="FEE", name="Fee", kind="fee", percent=12, **after)
        if r.random() < 0.5:
            per = {"per": "person_night", "exempt_under_age": 5, "due": "at_property"}
            Charge.objects.create(hotel=hotel, code="CITY", name="City tax", kind="tax", amount_minor=400, **per)

    def _place(self) -> dict[str, Decimal]:
        return {
            "latitude": HERE.latitude + Decimal(self.random.randint(-50, 50)) / 1000,
            "longitude": HERE.longitude + Decimal(self.random.randint(-50, 50)) / 1000,
        }

    def _derived(self, hotel: Hotel, code: str, parent: RatePlan, **how: Any) -> RatePlan:
        ancestors = [*parent.ancestors, parent.id]
        return RatePlanFactory.create(hotel=hotel, code=code, ancestors=ancestors, **how)

    def _room_type(self, hotel: Hotel, code: str) -> RoomType:
        r = self.random
        adults = {"SGL": 1, "DBL": 2, "FAM": 4}[code]
        return RoomTypeFactory.create(
            hotel=hotel,
            code=code,
            max_adults=adults,
            max_children=0 if adults == 1 else 2,
            room_count=r.randint(1, 3),
            base_rate_minor=r.choice([8_000, 8_000, 9_500, 12_345]) * adults,
            included_adults=r.choice([None, 1]),
            extra_adult_minor=r.choice([0, 2_000]),
            child_bands=r.choice([[], [{"to_age": 5, "amount_minor": 0}, {"to_age": 12, "amount_minor": 1_500}]]),
        )

    def _season(self, hotel: Hotel, types: Sequence[RoomType], plan: RatePlan) -> None:
        first, last = TODAY + timedelta(days=5), TODAY + timedelta(days=30)
        season = Season.objects.create(hotel=hotel, name="High", first=first, last=last)
        nights = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
        SeasonNight.objects.bulk_create([SeasonNight(hotel=hotel, night=night, season=season) for night in nights])
        for room_type, weekday in itertools.product(types, range(1, 8)):
            amount = self.random.choice([6_000, 14_000])
            by_adults = self.random.choice([None, [amount, amount + 2_500]])
            SeasonPrice.objects.create(
                season=season,
                room_type=room_type,
                rate_plan=plan,
                weekday=weekday,
                amount_minor=amount,
                by_adults=by_adults,
            )

    def _nights(self, room_type: RoomType, plan: RatePlan) -> None:
        r = self.random
        for ahead in r.sample(range(3, 40), 6):
            night = TODAY + timedelta(days=ahead)
            NightlyRate.objects.create(
                room_type=room_type, rate_plan=plan, night=night, amount_minor=r.choice([5_000, 11_111, 30_000])
            )
        for ahead in r.sample(range(3, 40), 3):
            rules = r.choice([{"min_stay": 2}, {"closed_to_arrival": True}, {"stop_sell": True}])
            night = TODAY + timedelta(days=ahead)
            ProductRestriction.objects.create(room_type=room_type, rate_plan=plan, night=night, rules=rules)
        full = [TODAY + timedelta(days=ahead) for ahead in r.sample(range(3, 40), 4)]
        RoomNight.objects.filter(room_type=room_type, night__in=full).update(sold=room_type.room_count)


def _queries(chosen: random.Random) -> services.AvailabilityQuery:
    arrival = TODAY + timedelta(days=chosen.randint(3, 35))
    return services.AvailabilityQuery(
        city=chosen.choice(["LISBON", "lisbon"]),
        arrival=arrival,
        departure=arrival + timedelta(days=chosen.randint(1, 4)),
        party=policies.parse_party(chosen.choice(PARTIES)),
        near=HERE if chosen.random() < 0.5 else services.Near(latitude=HERE.latitude, longitude=HERE.longitude),
        min_rating=chosen.choice([None, None, Decimal(4)]),
        stars=chosen.choice([None, None, 3]),
        amenities=chosen.choice([(), (), ("wifi",)]),
        min_total=chosen.choice([None, None, Decimal(200)]),
        max_total=chosen.choice([None, None, Decimal("450.00")]),
    )


def _one_by_one(query: services.AvailabilityQuery) -> list[tuple[UUID, int, int | None]]:
    """Each hotel that fits, with its total and its distance in metres, in no order."""
    found = []
    for hotel in services.get_hotels(Hotel.objects.values_list("id", flat=True)).values():
        metres = _metres(hotel)
        is_fit = (
            (query.near is None or query.near.km is None or (metres is not None and metres <= query.near.km * 1000))
            and (query.min_rating is None or (hotel.rating_average or 0) >= query.min_rating)
            and (query.stars is None or (hotel.stars or 0) >= query.stars)
            and set(query.amenities) <= set(hotel.amenities)
        )
        total = _cheapest(hotel.id, query.arrival, query.departure, query.party) if is_fit else None
        if (
            total is not None
            and (query.min_total is None or total >= query.min_total * 100)
            and (query.max_total is None or total <= query.max_total * 100)
        ):
            found.append((hotel.id, total, metres))
    return found


def _metres(hotel: services.HotelFacts) -> int | None:
    if hotel.latitude is None or hotel.longitude is None:
        return None
    return round(policies.distance_km(HERE, hotel.latitude, hotel.longitude) * 1000)


def _cheapest(hotel_id: UUID, arrival: date, departure: date, party: services.Party) -> int | None:
    """The least total over all ways to give each room of the party an offer."""
    offers = services.offers_of(hotel_id=hotel_id, arrival=arrival, departure=departure, party=party).results
    prices: list[dict[tuple[UUID, int], int]] = []
    for position in range(len(party)):
        prices.append({})
        for offer in offers:
            if position in offer.fits_rooms:
                place = (offer.room_type.id, offer.rooms_left)
                total = int(Decimal(offer.total.amount) * 100)
                prices[-1][place] = min(total, prices[-1].get(place, total))
    totals = [
        sum(price[place] for price, place in zip(prices, way, strict=True))
        for way in itertools.product(*prices)
        if all(way.count(place) <= place[1] for place in way)
    ]
    return min(totals, default=None)


def _expected(query: services.AvailabilityQuery) -> list[UUID]:
    ratings = {row.id: (row.rating_average, row.rating_count) for row in Hotel.objects.all()}

    def place(found: tuple[UUID, int, int | None]) -> Any:
        hotel_id, total, metres = found
        average, count = ratings[hotel_id]
        by = {
            Ordering.TOTAL: (total,),
            Ordering.DISTANCE: (10**9 if metres is None else metres,),
            Ordering.RATING: (1 if average is None else -average, -count),
        }
        return (*by[query.ordering], str(hotel_id))

    return [hotel_id for hotel_id, _, _ in sorted(_one_by_one(query), key=place)]


def _walk(query: services.AvailabilityQuery) -> tuple[list[list[UUID]], list[list[UUID]]]:
    """The pages from the first on, and the same ones on the way back from the last."""
    forth, back = [], []
    page = services.search_availability(query)
    assert page.previous_cursor is None
    while True:
        forth.append([found.hotel.id for found in page.results])
        if page.next_cursor is None:
            break
        page = services.search_availability(_at(query, page.next_cursor))
    back.append(forth[-1])
    while page.previous_cursor is not None:
        page = services.search_availability(_at(query, page.previous_cursor))
        back.append([found.hotel.id for found in page.results])
    return forth, back


def _at(query: services.AvailabilityQuery, cursor: str) -> services.AvailabilityQuery:
    return services.AvailabilityQuery(**{**vars(query), "cursor": cursor})


@pytest.mark.parametrize(("seed", "at_once"), [(0, 8), (1, 1), (2, 2), (3, 1)])
def test_search_finds_what_looking_at_every_hotel_finds(
    seed: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A page that prices all hotels of a small world at once would be right by accident.
    for size in ("_FEW", "_MANY", "_AHEAD"):
        monkeypatch.setattr(_search, size, at_once)
    World(seed)
    services.fill_lowest_rates()
    chosen = random.Random(seed)

    for number in range(8):
        query = _queries(chosen)
        if number == 4:
            LowestRate.objects.filter(hotel__in=Hotel.objects.order_by("?")[:5]).delete()
        for ordering in Ordering:
            ordered = services.AvailabilityQuery(
                **{**vars(query), "ordering": ordering, "limit": chosen.choice([1, 3, 9])}
            )
            expected = _expected(ordered)
            forth, back = _walk(ordered)
            assert list(itertools.chain(*forth)) == expected, ordered
            assert list(itertools.chain(*reversed(back))) == expected, ordered
            assert all(len(page) == ordered.limit for page in forth[:-1])


@pytest.mark.parametrize("seed", range(3))
def test_no_price_is_below_the_least_that_search_knows(seed: int) -> None:
    World(seed + 100, hotels=8)
    services.fill_lowest_rates()

    for hotel in Hotel.objects.all():
        for ahead in range(3, 40, 9):
            arrival = TODAY + timedelta(days=ahead)
            month = LowestRate.objects.get(hotel=hotel, month=arrival.replace(day=1))
            for text in ("1", "2", "3", "1-4,9", "2-3", "4"):
                (room,) = party = policies.parse_party([text])
                total = _cheapest(hotel.id, arrival, arrival + timedelta(days=1), party)
                sums = [month.for_one, month.for_two, month.for_more][min(room.adults, 3) - 1]
                assert total is None or sums[arrival.day] - sums[arrival.day - 1] <= total


def test_a_change_of_prices_is_known_at_once_and_only_for_its_months() -> None:
    room_type = RoomTypeFactory.create()
    services.fill_lowest_rates()
    before = {rate.month: rate.for_one for rate in LowestRate.objects.all()}
    night = TODAY + timedelta(days=10)
    plan = RatePlan.objects.get()
    NightlyRate.objects.create(room_type=room_type, rate_plan=plan, night=night, amount_minor=1)

    services.refresh_lowest_rates(room_type.hotel_id, night, night)

    after = {rate.month: rate.for_one for rate in LowestRate.objects.all()}
    month = night.replace(day=1)
    assert after[month][night.day] - after[month][night.day - 1] == 1
    assert after.pop(month) != before.pop(month)
    assert after == before


def test_the_job_adds_missing_months_and_forgets_those_that_are_over() -> None:
    room_type = RoomTypeFactory.create()
    assert services.fill_lowest_rates() == 1
    months = set(LowestRate.objects.values_list("month", flat=True))
    LowestRate.objects.filter(month=max(months)).delete()
    old = date(2020, 1, 1)
    LowestRate.objects.create(hotel=room_type.hotel, month=old, for_one=[0], for_two=[0], for_more=[0])

    assert services.fill_lowest_rates() == 1
    assert services.fill_lowest_rates() == 0

    assert set(LowestRate.objects.values_list("month", flat=True)) == months
