"""A hotel with plans, a season, taxes and terms, set up over HTTP: what a family is offered line by line, and books."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.services import Role
from apps.inventory.models import Hotel, RatePlan, Season, SeasonPrice
from apps.platform import clock
from apps.platform.db import uuid7
from tests.bookings.orders import fresh_key
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.inventory import HotelFactory

pytestmark = pytest.mark.django_db

SOON = clock.now().date() + timedelta(days=10)
THURSDAY = SOON + timedelta(days=(4 - SOON.isoweekday()) % 7)
"""The family comes on a Thursday and stays for nine nights: six of the week, three of weekends."""
STAY = {"arrival": f"{THURSDAY}", "departure": f"{THURSDAY + timedelta(days=9)}"}


def euros(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


class Desk:
    """The revenue manager and the administrator of one hotel, who send bodies and look at answers."""

    def __init__(self, hotel: Hotel) -> None:
        self.base = f"/api/v1/hotels/{hotel.id}"
        self.client = APIClient()
        self.client.force_authenticate(MembershipFactory.create(role=Role.HOTEL_ADMIN, scope_id=hotel.id).user)

    def post(self, place: str, **body: Any) -> Any:
        answer = self.client.post(f"{self.base}/{place}", body)
        assert answer.status_code == 201, answer.json()
        return answer.json()

    def refused(self, method: str, place: str, body: Mapping[str, Any]) -> list[tuple[str, str]]:
        answer = getattr(self.client, method)(f"{self.base}/{place}", body)
        assert answer.status_code == 400, answer.content
        assert answer["Content-Type"] == "application/problem+json"
        return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


@pytest.fixture
def hotel() -> Hotel:
    row: Hotel = HotelFactory.create(plan=False)
    return row


@pytest.fixture
def desk(hotel: Hotel) -> Desk:
    return Desk(hotel)


@pytest.fixture
def ids(desk: Desk) -> dict[str, str]:
    """A family room; BAR, NONREF and BB; a summer; VAT and a city tax: their ids by code."""
    family = desk.post(
        "room-types",
        code="FAM",
        name="Family room",
        max_adults=3,
        max_children=2,
        room_count=4,
        base_rate=euros("100.00"),
        included_adults=2,
        extra_adult=euros("30.00"),
        child_bands=[{"to_age": 2, "amount": euros("0")}, {"to_age": 12, "amount": euros("15.00")}],
    )["id"]
    plans = _plans(desk)
    return {"FAM": family, **plans, "Summer": _summer(desk, family, plans["BAR"]), **_charges(desk)}


def _plans(desk: Desk) -> dict[str, str]:
    bar = desk.post("rate-plans", code="BAR", name="Best available rate")["id"]
    nonref = desk.post(
        "rate-plans",
        code="NONREF",
        name="Non-refundable",
        parent_id=bar,
        adjustment={"percent": "-10", "rounding_step": euros("1.00")},
        prepayment_percent=100,
        cancellation_tiers=[{"days_before": None, "penalty": {"percent": "100"}}],
    )["id"]
    breakfast = desk.post(
        "rate-plans",
        code="BB",
        name="Bed and breakfast",
        meal_plan="breakfast",
        parent_id=bar,
        adjustment={"amount": euros("15.00"), "per_person": True},
        cancellation_tiers=[{"days_before": 7, "at": "18:00", "penalty": {"nights": 1}}],
    )["id"]
    return {"BAR": bar, "NONREF": nonref, "BB": breakfast}


def _summer(desk: Desk, room_type: str, plan: str) -> str:
    product = {"room_type_id": room_type, "rate_plan_id": plan}
    season: str = desk.post(
        "seasons",
        **{"name": "Summer", "from": f"{THURSDAY - timedelta(days=5)}", "to": f"{THURSDAY + timedelta(days=30)}"},
        prices=[
            product | {"weekdays": [1, 2, 3, 4, 7], "price": euros("120.00")},
            product
            | {
                "weekdays": [5, 6],
                "price": euros("150.00"),
                "by_adults": [euros("130.00"), euros("150.00"), euros("175.00")],
            },
        ],
    )["id"]
    return season


def _charges(desk: Desk) -> dict[str, str]:
    vat = desk.post("charges", code="VAT", name="VAT", kind="tax", percent="10", inclusive=True)["id"]
    city = desk.post(
        "charges",
        code="CITY",
        name="City tax",
        kind="tax",
        per="person_night",
        amount=euros("2.00"),
        exempt_under_age=18,
        max_nights=7,
        due="at_property",
    )["id"]
    return {"VAT": vat, "CITY": city}


def offers(desk: Desk) -> dict[str, Any]:
    """What a couple with children of 1 and 8 is offered, by rate plan."""
    found = APIClient().get(f"{desk.base}/offers", STAY | {"occupancy": "2-1,8"})
    assert found.status_code == 200, found.json()
    return {offer["rate_plan"]["code"]: offer for offer in found.json()["results"]}


def lines(of: Any) -> list[tuple[str, str, bool]]:
    return [(line["code"], line["amount"]["amount"], line["included"]) for line in of["taxes"] + of["fees"]]


@pytest.mark.usefixtures("ids")
def test_the_offer_of_a_family_line_by_line(desk: Desk) -> None:
    found = offers(desk)

    nights = {code: [night["amount"]["amount"] for night in offer["nights"]] for code, offer in found.items()}
    # Two adults, an infant for nothing, and 15.00 for the child of eight.
    assert nights["BAR"] == ["135.00", "165.00", "165.00", *["135.00"] * 5, "165.00"]
    # A tenth less, in whole euros: 121.50 goes up to 122, 148.50 to 149.
    assert nights["NONREF"] == ["122.00", "149.00", "149.00", *["122.00"] * 5, "149.00"]
    # 15.00 more for each of the four.
    assert nights["BB"] == ["195.00", "225.00", "225.00", *["195.00"] * 5, "225.00"]
    assert {night["source"] for night in found["BAR"]["nights"]} == {"season"}
    assert {night["source"] for night in found["BB"]["nights"]} == {"derived"}
    # The tax of two adults for seven of the nine nights.
    assert sorted(lines(found["BAR"])) == [("CITY", "28.00", False), ("VAT", "118.64", True)]
    assert sorted(lines(found["NONREF"])) == [("CITY", "28.00", False), ("VAT", "107.18", True)]
    assert sorted(lines(found["BB"])) == [("CITY", "28.00", False), ("VAT", "167.73", True)]
    assert {code: offer["total"]["amount"] for code, offer in found.items()} == {
        "BAR": "1333.00",
        "NONREF": "1207.00",
        "BB": "1873.00",
    }
    due = {code: (offer["due_now"]["amount"], offer["due_at_property"]["amount"]) for code, offer in found.items()}
    assert due == {"BAR": ("0.00", "1333.00"), "NONREF": ("1179.00", "28.00"), "BB": ("0.00", "1873.00")}
    penalties = {
        code: [step["penalty"]["amount"] for step in offer["cancellation"]["timeline"]] for code, offer in found.items()
    }
    assert penalties == {"BAR": ["0.00", "1333.00"], "NONREF": ["1207.00"], "BB": ["0.00", "195.00"]}


@pytest.mark.parametrize("code", ["BAR", "NONREF", "BB"])
def test_the_booking_of_an_offer_comes_to_the_same(desk: Desk, ids: dict[str, str], hotel: Hotel, code: str) -> None:
    offer = offers(desk)[code]
    guest = APIClient()
    guest.force_authenticate(UserFactory.create())
    by_offer: dict[str, Any] = {"offer_id": offer["offer_id"]}
    by_product: dict[str, Any] = {
        "room_type_id": ids["FAM"],
        "rate_plan_id": ids[code],
        "adults": 2,
        "children_ages": [1, 8],
    }

    for room in (by_offer, by_product):
        body = {"hotel_id": str(hotel.id), "rooms": [room], "booker": {"full_name": "Ada", "email": "a@b.example"}}
        answer = guest.post("/api/v1/bookings", body | STAY, headers={"Idempotency-Key": fresh_key()})

        assert answer.status_code == 201, answer.json()
        booking = answer.json()
        (stay,) = booking["reservations"]
        # (A night of a stay says in which room, too.)
        assert [
            {name: night[name] for name in offered}
            for night, offered in zip(stay["nights"], offer["nights"], strict=True)
        ] == (offer["nights"])
        assert (stay["taxes"], stay["fees"], stay["total"]) == (offer["taxes"], offer["fees"], offer["total"])
        names = ("total", "due_now", "due_at_property")
        assert {name: booking["amounts"][name] for name in names} == {name: offer[name] for name in names}
        assert booking["cancellation"] == offer["cancellation"]


def test_what_is_set_is_read_as_it_was_set(desk: Desk, ids: dict[str, str]) -> None:
    plan = desk.client.get(f"{desk.base}/rate-plans/{ids['NONREF']}").json()
    season = desk.client.get(f"{desk.base}/seasons/{ids['Summer']}").json()
    charge = desk.client.get(f"{desk.base}/charges/{ids['CITY']}").json()
    family = desk.client.get(f"{desk.base}/room-types/{ids['FAM']}").json()

    assert plan["adjustment"] == {
        "percent": "-10.00",
        "amount": euros("0.00"),
        "per_person": False,
        "rounding_step": euros("1.00"),
        "rounding": "nearest",
    }
    assert plan["cancellation_tiers"] == [
        {"days_before": None, "at": None, "penalty": {"percent": "100.00", "nights": None, "amount": None}}
    ]
    assert season["prices"][1]["by_adults"] == [euros("130.00"), euros("150.00"), euros("175.00")]
    assert (charge["amount"], charge["percent"], charge["from"]) == (euros("2.00"), None, None)
    assert family["child_bands"][1] == {"to_age": 12, "amount": euros("15.00")}
    sent_back = {name: season[name] for name in ("name", "from", "to", "prices")}
    assert desk.client.put(f"{desk.base}/seasons/{ids['Summer']}", sent_back).json() == season
    again = {name: plan[name] for name in ("parent_id", "adjustment", "cancellation_tiers", "guarantee")}
    assert desk.client.patch(f"{desk.base}/rate-plans/{ids['NONREF']}", again).json() == plan


def test_a_season_that_goes_leaves_the_base_rate(desk: Desk, ids: dict[str, str]) -> None:
    gone = desk.client.delete(f"{desk.base}/seasons/{ids['Summer']}")

    assert gone.status_code == 204
    assert [night["amount"]["amount"] for night in offers(desk)["BAR"]["nights"]] == ["115.00"] * 9
    assert desk.client.get(f"{desk.base}/seasons/{ids['Summer']}").status_code == 404


def test_an_archived_charge_is_no_longer_taken(desk: Desk, ids: dict[str, str]) -> None:
    desk.client.patch(f"{desk.base}/charges/{ids['CITY']}", {"archived": True})

    assert [line[0] for line in lines(offers(desk)["BAR"])] == ["VAT"]


def product(ids: Mapping[str, str], **more: Any) -> dict[str, Any]:
    return {"room_type_id": ids["FAM"], "rate_plan_id": ids["BAR"], "price": euros("100.00")} | more


def season(*prices: Any, **more: Any) -> dict[str, Any]:
    later = {"name": "Later", "from": f"{date(2031, 1, 1)}", "to": f"{date(2031, 1, 31)}"}
    return later | {"prices": prices} | more


def test_seasons_that_cannot_be_right_are_refused_with_pointers_and_nothing_is_stored(
    desk: Desk, ids: dict[str, str]
) -> None:
    before = (Season.objects.count(), SeasonPrice.objects.count())
    wrong: list[tuple[dict[str, Any], tuple[str, str]]] = [
        (season(**{"from": f"{THURSDAY}", "to": f"{THURSDAY}"}), ("/from", "overlap")),
        (season(product(ids, price=euros("-1"))), ("/prices/0/price/amount", "invalid")),
        (season(product(ids, price=euros("1.005"))), ("/prices/0/price/amount", "invalid")),
        (season(product(ids, price={"amount": "1.5", "currency": "JPY"})), ("/prices/0/price/amount", "invalid")),
        (season(product(ids, price={"amount": "1", "currency": "USD"})), ("/prices/0/price/currency", "invalid")),
        (season(product(ids, weekdays=[1]), product(ids, weekdays=[1])), ("/prices/1/weekdays", "repeated")),
        (season(product(ids, weekdays=[8])), ("/prices/0/weekdays/0", "max_value")),
        (season(product(ids, rate_plan_id=ids["BB"])), ("/prices/0/rate_plan_id", "derived")),
        (season(product(ids, room_type_id=f"{uuid7()}")), ("/prices/0/room_type_id", "unknown")),
        (season(product(ids, colour="red")), ("/prices/0/colour", "unknown_field")),
        (season(to="2030-12-31"), ("/to", "invalid")),
        (season(to="9999-12-31"), ("/to", "invalid")),
    ]

    for body, refusal in wrong:
        assert desk.refused("post", "seasons", body) == [refusal]

    assert (Season.objects.count(), SeasonPrice.objects.count()) == before


def test_plans_that_cannot_be_right_are_refused_with_pointers(desk: Desk, ids: dict[str, str]) -> None:
    below = desk.post("rate-plans", code="BBNR", name="Breakfast, non-refundable", parent_id=ids["BB"])["id"]
    before = list(RatePlan.objects.order_by("id").values())
    tier = {"days_before": 1, "penalty": {"nights": 1}}
    wrong: list[tuple[dict[str, Any], tuple[str, str]]] = [
        ({"parent_id": below}, ("/parent_id", "circular")),
        ({"parent_id": f"{uuid7()}"}, ("/parent_id", "unknown")),
        ({"parent_id": "BAR"}, ("/parent_id", "invalid")),
        ({"guarantee": "forever"}, ("/guarantee", "invalid_choice")),
        ({"visibility": "nobody"}, ("/visibility", "invalid_choice")),
        ({"adjustment": {"rounding": "sideways"}}, ("/adjustment/rounding", "invalid_choice")),
        ({"adjustment": {"amount": euros("0.001")}}, ("/adjustment/amount/amount", "invalid")),
        ({"prepayment_percent": 101}, ("/prepayment_percent", "max_value")),
        ({"cancellation_tiers": [tier, tier]}, ("/cancellation_tiers/1", "invalid")),
        ({"cancellation_tiers": [tier | {"penalty": {}}]}, ("/cancellation_tiers/0/penalty", "invalid")),
        ({"cancellation_tiers": [tier | {"at": "25:00"}]}, ("/cancellation_tiers/0/at", "invalid")),
    ]

    for body, refusal in wrong:
        assert desk.refused("patch", f"rate-plans/{ids['BB']}", body | {"name": "Renamed"}) == [refusal]

    assert list(RatePlan.objects.order_by("id").values()) == before


def test_charges_that_cannot_be_right_are_refused_with_pointers(desk: Desk, ids: dict[str, str]) -> None:
    wrong: list[tuple[dict[str, Any], tuple[str, str]]] = [
        ({"amount": euros("2.005")}, ("/amount/amount", "invalid")),
        ({"amount": euros("-2.00")}, ("/amount/amount", "invalid")),
        ({"percent": "10", "amount": euros("2.00"), "per": "stay"}, ("/amount", "invalid")),
        ({"kind": "tithe"}, ("/kind", "invalid_choice")),
        ({"per": "bed"}, ("/per", "invalid_choice")),
        ({"max_nights": 0}, ("/max_nights", "min_value")),
        ({"exempt_under_age": 19}, ("/exempt_under_age", "max_value")),
        ({"percent": "5", "per": "stay", "on_charges": ["NOWHERE"]}, ("/on_charges/0", "unknown")),
    ]

    for body, refusal in wrong:
        assert desk.refused("patch", f"charges/{ids['CITY']}", body | {"name": "Renamed"}) == [refusal]

    assert desk.client.get(f"{desk.base}/charges/{ids['CITY']}").json()["name"] == "City tax"
