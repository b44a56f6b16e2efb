"""Searching over HTTP: how parameters are read, and what is refused."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.platform import clock
from tests.factories.inventory import HotelFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

ARRIVAL = clock.now().date() + timedelta(days=10)
DATES = {"arrival": ARRIVAL.isoformat(), "departure": (ARRIVAL + timedelta(days=2)).isoformat()}
PLACE = {"latitude": Decimal("38.71"), "longitude": Decimal("-9.14")}


def _get(address: str, **query: Any) -> Any:
    return APIClient().get(f"/api/v1/{address}", query)


def _names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [one.get("hotel", one)["name"] for one in answer.json()["results"]]


def test_every_filter_is_read() -> None:
    fitting = HotelFactory.create(
        name="fits", stars=4, rating_average="4.50", amenities=["wifi", "spa", "bar"], **PLACE
    )
    RoomTypeFactory.create(hotel=fitting, base_rate_minor=10_000)
    RoomTypeFactory.create(hotel=HotelFactory.create(name="elsewhere", city="Faro"))

    def found(**query: Any) -> list[str]:
        plain = {
            "city": "lisbon",
            "near": "38.7,-9.14,3",
            "occupancy": ["2", "1-3"],
            "stars": "4",
            "min_rating": "4.5",
            "amenities": ["spa", "wifi"],
            "min_total": "400.00",
            "max_total": "400",
            "currency": "EUR",
            "ordering": "distance",
        }
        return _names(_get("availability", **DATES, **plain | query))

    assert found() == ["fits"]
    for stricter in (
        {"stars": "5"},
        {"min_rating": "4.51"},
        {"amenities": ["spa", "pool"]},
        {"near": "38.7,-9.14,1"},
        {"min_total": "400.01"},
        {"max_total": "399.99"},
        {"currency": "USD"},
    ):
        assert found(**stricter) == [], stricter


def test_a_place_with_a_radius_needs_no_city() -> None:
    for name, latitude in (("near", "38.71"), ("far", "38.80")):
        hotel = HotelFactory.create(name=name, city=name, latitude=Decimal(latitude), longitude=Decimal("-9.14"))
        RoomTypeFactory.create(hotel=hotel)

    assert _names(_get("availability", **DATES, near="38.7,-9.14,3")) == ["near"]
    assert _names(_get("availability", **DATES, near="38.7,-9.14,30", ordering="distance")) == ["near", "far"]
    assert _names(_get("hotels", near="38.7,-9.14,3")) == ["near"]
    assert sorted(_names(_get("hotels", near="38.7,-9.14,30"))) == ["far", "near"]


@pytest.mark.parametrize("near", ["1e-400,1e-400,1e-400", "90,180,500", "-90,-180,0.001"])
def test_odd_places_are_places(near: str) -> None:
    RoomTypeFactory.create(hotel=HotelFactory.create(**PLACE))

    assert _names(_get("availability", **DATES, near=near, ordering="distance")) == []
    assert _names(_get("hotels", near=near)) == []


def test_places_beyond_the_date_line_are_near() -> None:
    HotelFactory.create(name="west of it", latitude=Decimal("-17.0"), longitude=Decimal("179.95"))
    HotelFactory.create(name="east of it", latitude=Decimal("-17.0"), longitude=Decimal("-179.95"))
    HotelFactory.create(name="at the pole", latitude=Decimal("89.99"), longitude=Decimal("10"))

    assert sorted(_names(_get("hotels", near="-17,-179.98,20"))) == ["east of it", "west of it"]
    assert sorted(_names(_get("hotels", near="-17,179.98,20"))) == ["east of it", "west of it"]
    assert _names(_get("hotels", near="89.99,-170,20")) == ["at the pole"]


@pytest.mark.parametrize(
    ("parameter", "query"),
    [
        ("city", {}),
        ("near", {"near": "38.7,-9.14"}),
        ("near", {"near": "38.7"}),
        ("near", {"near": "38.7,-9.14,501"}),
        ("near", {"near": "38.7,-9.14,0"}),
        ("near", {"near": "1" * 65}),
        ("near", {"near": "nan,nan,5"}),
        ("stars", {"city": "Lisbon", "stars": "6"}),
        ("currency", {"city": "Lisbon", "currency": "EEE"}),
        ("max_total", {"city": "Lisbon", "max_total": "-1"}),
        ("max_total", {"city": "Lisbon", "max_total": "1.005"}),
        ("ordering", {"city": "Lisbon", "ordering": "name"}),
        ("colour", {"city": "Lisbon", "colour": "red"}),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(parameter: str, query: dict[str, Any]) -> None:
    RoomTypeFactory.create()

    answer = _get("availability", **DATES, **query)

    assert answer.status_code == 400
    assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]


def test_hotels_near_a_place_want_a_radius() -> None:
    answer = _get("hotels", near="38.7,-9.14")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "near"
