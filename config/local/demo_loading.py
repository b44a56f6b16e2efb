"""Loading the demo: people, hotels, and the stays that make today a plausible day in each of them."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from apps.inventory import services as inventory
from apps.platform import clock, outbox
from apps.reviews import services as reviews
from config.local.demo_founding import ensure_house, ensure_people
from config.local.demo_stays import DAYS_BACK, HouseLife
from config.local.demo_world import HOTELS


@dataclass(frozen=True, kw_only=True)
class HotelToday:
    """What a newcomer finds in one hotel."""

    hotel: str
    business_date: date
    arrivals: int
    departures: int
    in_house: int
    sold_out_on: date | None
    rating: Decimal | None


def load_demo(*, password: str) -> tuple[HotelToday, ...]:
    """Load the demo, or bring it up to the business date of each hotel; nothing is done twice.

    Whatever others have booked stays as it is. No mail tells of what the demo's own guests have done.
    """
    people = ensure_people(password)
    nights_from = clock.now() - timedelta(days=DAYS_BACK + 1)
    states = []
    for spec in HOTELS:
        life = HouseLife(ensure_house(spec, people, nights_from=nights_from), people)
        life.fill_the_book()
        life.catch_up()
        life.give_rooms()
        reviews.refresh_rating(life.hotel.id)
        outbox.mute(life.muted)
        states.append(
            HotelToday(
                hotel=spec.name,
                business_date=life.today,
                arrivals=life.arrivals(),
                departures=life.departures(),
                in_house=life.in_house(),
                sold_out_on=life.sold_out_on(),
                rating=inventory.get_hotel(life.hotel.id).rating_average,
            )
        )
    return tuple(states)
