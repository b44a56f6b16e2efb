"""Making up a world of hotels."""

from datetime import timedelta
from io import StringIO
from typing import Any

import orjson
import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from apps.inventory import policies, services
from apps.inventory.management.commands.load_catalogue import WORLD
from apps.inventory.models import Hotel, LowestRate, RoomNight
from apps.inventory.services._made_up import MakeUp
from apps.platform import clock
from tests.factories.inventory import HotelFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _horizon(settings: LazySettings) -> None:
    settings.INVENTORY_HORIZON_NIGHTS = 40


def _load(**options: Any) -> str:
    out = StringIO()
    call_command("load_catalogue", stdout=out, verbosity=0, **{"hotels": 12, "nights": 40} | options)
    return out.getvalue()


def test_a_made_up_world_can_be_searched_at_once() -> None:
    told = _load(city="Porto", in_city=9)

    assert told.startswith("12 hotels and 2,400 nights")
    assert RoomNight.objects.count() == 12 * 5 * 40
    assert LowestRate.objects.values("hotel").distinct().count() == 12
    arrival = clock.now().date() + timedelta(days=5)
    found = services.search_availability(
        services.AvailabilityQuery(
            city="porto",
            arrival=arrival,
            departure=arrival + timedelta(days=2),
            party=policies.parse_party(["2"]),
            ordering=services.Ordering.TOTAL,
        )
    )
    assert 1 < len(found.results) <= 9
    assert services.generate_inventory() <= 12 * 5, "only what the calendar has moved on since"


def test_the_same_seed_makes_up_the_same_world() -> None:
    def world(seed: int) -> list[Any]:
        make_up = MakeUp(things := orjson.loads(WORLD.read_bytes()), seed=seed, nights=400)
        hotels = [make_up.hotel(place, number) for number, place in enumerate(things["cities"])]
        return [
            (
                made.hotel.name,
                made.hotel.latitude,
                [(one.code, one.base_rate_minor) for one in made.room_types],
                [price.amount_minor for price in made.season_prices],
                [price.night for price in made.date_prices],
                len(made.closed),
            )
            for made in hotels
        ]

    assert world(7) == world(7)
    assert world(7) != world(8)


def test_a_world_is_not_loaded_among_hotels_unless_told() -> None:
    HotelFactory.create()

    with pytest.raises(CommandError, match="--add"):
        _load()

    assert Hotel.objects.count() == 1
    _load(add=True)
    assert Hotel.objects.count() == 13


def test_a_city_that_is_not_on_the_list_is_refused_with_the_list() -> None:
    with pytest.raises(CommandError, match="Lisbon"):
        _load(city="Atlantis", in_city=3)
