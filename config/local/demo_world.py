"""What the demo is made of: three hotels in three calendars and currencies, their guests, and what those say."""

from dataclasses import dataclass
from decimal import Decimal

ADMINISTRATOR = ("admin@demo.example", "Alex Administrator")
FRONT_DESK = ("frontdesk@demo.example", "Filipa Santos")
GUEST = ("guest@demo.example", "Ana Sousa")
GROUP = ("travel@aurora.demo.example", "Aurora Congress Travel")
GUESTS = (
    ("ines.carvalho@demo.example", "Inês Carvalho"),
    ("kenji.tanaka@demo.example", "Kenji Tanaka"),
    ("mariam.alsabah@demo.example", "Mariam Al-Sabah"),
    ("lukas.weber@demo.example", "Lukas Weber"),
    ("chloe.martin@demo.example", "Chloé Martin"),
    ("david.okafor@demo.example", "David Okafor"),
    ("sofia.rossi@demo.example", "Sofia Rossi"),
    ("emma.lindqvist@demo.example", "Emma Lindqvist"),
    ("mateo.garcia@demo.example", "Mateo García"),
    ("priya.nair@demo.example", "Priya Nair"),
    ("oliver.smith@demo.example", "Oliver Smith"),
)


@dataclass(frozen=True, kw_only=True)
class DemoRoomType:
    """A room type with the numbers on its doors."""

    code: str
    name: str
    description: str
    max_adults: int
    max_children: int
    base_rate: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DemoSaver:
    """A plan that derives from the flexible one: so many percent off, to a multiple of a step."""

    percent: Decimal
    rounding_step: str


@dataclass(frozen=True, kw_only=True)
class DemoSeason:
    """Dates of every year, as month and day, at so many times the usual rates."""

    name: str
    first: tuple[int, int]
    last: tuple[int, int]
    on_weekdays: Decimal
    at_weekends: Decimal
    round_to: Decimal


@dataclass(frozen=True, kw_only=True)
class DemoCharge:
    """A tax: a percent, or an amount per something."""

    code: str
    name: str
    percent: Decimal | None = None
    amount: str | None = None
    per: str = "stay"
    inclusive: bool = False
    exempt_under_age: int = 0
    due: str = "now"


@dataclass(frozen=True, kw_only=True)
class DemoHotel:
    """A hotel; `ratings` is what its guests give, in turns."""

    code: str
    name: str
    description: str
    address: str
    city: str
    country: str
    latitude: Decimal
    longitude: Decimal
    time_zone: str
    currency: str
    stars: int
    amenities: tuple[str, ...]
    breakfast_percent: Decimal
    ratings: tuple[int, ...]
    room_types: tuple[DemoRoomType, ...]
    saver: DemoSaver | None = None
    season: DemoSeason | None = None
    charges: tuple[DemoCharge, ...] = ()


def _numbers(first: int, count: int) -> tuple[str, ...]:
    return tuple(str(first + offset) for offset in range(count))


MIRAMAR = DemoHotel(
    code="miramar",
    name="Hotel Miramar",
    description="A tiled town house above the Tagus, five minutes from the Alfama stairs.",
    address="Rua do Jardim do Tabaco 12",
    city="Lisbon",
    country="PT",
    latitude=Decimal("38.71240"),
    longitude=Decimal("-9.12510"),
    time_zone="Europe/Lisbon",
    currency="EUR",
    stars=4,
    amenities=("wifi", "breakfast", "bar", "terrace", "airport_shuttle"),
    breakfast_percent=Decimal(112),
    ratings=(5, 4, 4, 5, 3),
    room_types=(
        DemoRoomType(
            code="DBL",
            name="Double room",
            description="A quiet room to the courtyard.",
            max_adults=2,
            max_children=1,
            base_rate="129.00",
            numbers=_numbers(101, 8),
        ),
        DemoRoomType(
            code="SEA",
            name="River view room",
            description="A balcony over the Tagus.",
            max_adults=2,
            max_children=1,
            base_rate="169.00",
            numbers=_numbers(201, 6),
        ),
        DemoRoomType(
            code="FAM",
            name="Family room",
            description="Two rooms with a door between them.",
            max_adults=4,
            max_children=3,
            base_rate="215.00",
            numbers=_numbers(301, 4),
        ),
        DemoRoomType(
            code="SUI",
            name="Terrace suite",
            description="The top floor, with a terrace of its own.",
            max_adults=2,
            max_children=2,
            base_rate="340.00",
            numbers=_numbers(401, 2),
        ),
    ),
)
HANAMI = DemoHotel(
    code="hanami",
    name="Ryokan Hanami",
    description="Twelve tatami rooms around a cherry garden in Higashiyama, with a bath of hot spring water.",
    address="Kiyomizu 2-chome 208",
    city="Kyoto",
    country="JP",
    latitude=Decimal("34.99620"),
    longitude=Decimal("135.78070"),
    time_zone="Asia/Tokyo",
    currency="JPY",
    stars=5,
    amenities=("wifi", "breakfast", "onsen", "garden", "tea_room"),
    breakfast_percent=Decimal(115),
    ratings=(5, 5, 4, 5, 5),
    room_types=(
        DemoRoomType(
            code="TAT",
            name="Tatami room",
            description="Eight mats, futons, and the garden behind paper doors.",
            max_adults=2,
            max_children=1,
            base_rate="24000",
            numbers=_numbers(11, 6),
        ),
        DemoRoomType(
            code="GAR",
            name="Garden room",
            description="Ten mats with a veranda to the cherry trees.",
            max_adults=3,
            max_children=2,
            base_rate="36000",
            numbers=_numbers(21, 4),
        ),
        DemoRoomType(
            code="BTH",
            name="Room with open-air bath",
            description="Twelve mats and a cypress bath under the sky.",
            max_adults=2,
            max_children=2,
            base_rate="58000",
            numbers=_numbers(31, 2),
        ),
    ),
    saver=DemoSaver(percent=Decimal(-12), rounding_step="500"),
    season=DemoSeason(
        name="Cherry blossom",
        first=(3, 20),
        last=(4, 15),
        on_weekdays=Decimal("1.5"),
        at_weekends=Decimal("1.8"),
        round_to=Decimal(1000),
    ),
    charges=(
        DemoCharge(code="CT", name="Consumption tax", percent=Decimal(10), inclusive=True),
        DemoCharge(
            code="STAY",
            name="Accommodation tax",
            amount="500",
            per="person_night",
            exempt_under_age=15,
            due="at_property",
        ),
    ),
)
DAR_AL_SALAM = DemoHotel(
    code="dar-al-salam",
    name="Dar Al Salam",
    description="A business hotel on the Gulf Road, opposite the towers and the sea.",
    address="Arabian Gulf Street 45",
    city="Kuwait City",
    country="KW",
    latitude=Decimal("29.38970"),
    longitude=Decimal("47.99920"),
    time_zone="Asia/Kuwait",
    currency="KWD",
    stars=4,
    amenities=("wifi", "breakfast", "pool", "gym", "parking"),
    breakfast_percent=Decimal(110),
    ratings=(4, 3, 4, 5, 3),
    room_types=(
        DemoRoomType(
            code="STD",
            name="Standard room",
            description="A desk, a large bed, and the city below.",
            max_adults=2,
            max_children=1,
            base_rate="38.500",
            numbers=_numbers(501, 8),
        ),
        DemoRoomType(
            code="GLF",
            name="Gulf view room",
            description="The same with the sea below.",
            max_adults=2,
            max_children=2,
            base_rate="49.250",
            numbers=_numbers(601, 6),
        ),
        DemoRoomType(
            code="ROY",
            name="Royal suite",
            description="Two bedrooms and a majlis.",
            max_adults=4,
            max_children=3,
            base_rate="145.000",
            numbers=_numbers(701, 2),
        ),
    ),
)
HOTELS = (MIRAMAR, HANAMI, DAR_AL_SALAM)

REVIEWS = {
    5: (
        ("We will be back", "Everything was ready when we arrived, and everybody knew our names by the second day."),
        ("The best stay of the year", "Quiet, spotless, and a breakfast worth getting up for."),
        ("Perfect", "The room was exactly as promised, and checking in took two minutes."),
    ),
    4: (
        ("Very good", "Lovely people and a comfortable bed. The lift takes its time."),
        ("A good base for the city", "Close to everything. A second pillow would have been nice."),
    ),
    3: (("Fine", "Clean and central, but the street is loud until midnight."),),
}
"""Title and text by rating."""
