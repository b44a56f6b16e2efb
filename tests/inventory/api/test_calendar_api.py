"""The calendar over HTTP: what it shows, many changes at once, and the way back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.urls import resolve
from rest_framework.test import APIClient

from apps.accounts.services import Role
from apps.inventory.models import NightlyRate, ProductRestriction, RoomNight, RoomType
from apps.platform.db import uuid7
from apps.platform.http.json import JSONRenderer
from tests.factories.accounts import MembershipFactory
from tests.factories.inventory import RoomTypeFactory
from tests.inventory.nights import FIRST, LAST, plan_of

pytestmark = pytest.mark.django_db

DATES = {"from": FIRST.isoformat(), "to": LAST.isoformat()}
PRICE = {"amount": {"amount": "75.00", "currency": "EUR"}}


@pytest.fixture
def room_type() -> RoomType:
    row: RoomType = RoomTypeFactory.create()
    return row


def staff(hotel_id: UUID, role: Role = Role.REVENUE_MANAGER) -> APIClient:
    client = APIClient()
    client.force_authenticate(MembershipFactory.create(role=role, scope_id=hotel_id).user)
    return client


def address(room_type: RoomType, more: str = "") -> str:
    return f"/api/v1/hotels/{room_type.hotel_id}/calendar{more}"


def test_changes_are_made_and_shown(room_type: RoomType) -> None:
    client = staff(room_type.hotel_id)
    of_flex = {**DATES, "room_type_ids": [str(room_type.id)], "rate_plan_ids": [str(plan_of(room_type).id)]}
    changes: list[dict[str, Any]] = [
        {**of_flex, "price": PRICE, "restrictions": {"min_stay": 2, "closed_to_arrival": True}},
        {**DATES, "stop_sell": True, "overbooking_limit": 1, "restrictions": {"max_stay": 9}},
    ]

    saved = client.patch(address(room_type), {"changes": changes})

    assert saved.status_code == 200, saved.json()
    told = saved.json()
    assert UUID(told.pop("change_id")).version == 7
    counts = {"prices": 3, "stop_sell": 3, "overbooking_limits": 3, "restrictions": 6}
    assert told == {"dry_run": False, "nights_changed": 6, "counts": counts, "changes": []}
    shown = client.get(address(room_type), DATES).json()
    night = shown["room_types"][0]["nights"][0]
    assert (night["stop_sell"], night["overbooking_limit"], night["restrictions"]) == (True, 1, {"max_stay": 9})
    (price,) = night["prices"]
    assert (price["amount"]["amount"], price["source"], price["by_adults"]) == ("75.00", "date", [])
    assert price["restrictions"] == {"min_stay": 2, "closed_to_arrival": True}
    assert price["effective_restrictions"] == price["restrictions"] | {"max_stay": 9, "stop_sell": True}
    assert [plan["code"] for plan in shown["rate_plans"]] == ["FLEX"]


def test_a_null_takes_away_what_is_left_out_stays(room_type: RoomType) -> None:
    client = staff(room_type.hotel_id)
    of_plans = {**DATES, "rate_plan_ids": []}
    rules = {"min_stay": 2, "closed_to_arrival": True}
    client.patch(address(room_type), {"changes": [{**of_plans, "price": PRICE, "restrictions": rules}]})

    client.patch(address(room_type), {"changes": [{**of_plans, "restrictions": {"min_stay": None}}]})
    assert NightlyRate.objects.count() == 3
    assert {orjson.dumps(row.rules) for row in ProductRestriction.objects.all()} == {b'{"closed_to_arrival":true}'}

    client.patch(address(room_type), {"changes": [{**of_plans, "price": None}]})
    assert not NightlyRate.objects.exists()


@pytest.mark.parametrize(
    ("price", "amount"),
    [
        ({"percent": "-10"}, 9_000),
        ({"plus": {"amount": "-2.50", "currency": "EUR"}}, 9_750),
        ({"by_adults": [{"amount": "60", "currency": "EUR"}, {"amount": "70", "currency": "EUR"}]}, 7_000),
    ],
)
def test_prices_come_in_every_shape(room_type: RoomType, price: dict[str, Any], amount: int) -> None:
    change = {**DATES, "weekdays": [FIRST.isoweekday()], "rate_plan_ids": [], "price": price}

    staff(room_type.hotel_id).patch(address(room_type), {"changes": [change]})

    assert NightlyRate.objects.get().amount_minor == amount


def test_a_dry_run_shows_each_night_before_and_after(room_type: RoomType) -> None:
    change = {"from": DATES["from"], "to": DATES["from"], "rate_plan_ids": [], "price": PRICE}

    shown = staff(room_type.hotel_id).patch(address(room_type), {"changes": [change], "dry_run": True}).json()

    assert shown["change_id"] is None
    assert shown["changes"] == [
        {
            "room_type_id": str(room_type.id),
            "rate_plan_id": str(plan_of(room_type).id),
            "date": DATES["from"],
            "before": {"price": None},
            "after": {"price": PRICE["amount"]},
        }
    ]
    assert not NightlyRate.objects.exists()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/changes"),
        ({"changes": []}, "/changes"),
        ({"changes": [{}]}, "/changes/0/from"),
        ({"changes": [{**DATES, "stop_sell": True, "held": 1}]}, "/changes/0/held"),
        ({"changes": [{**DATES, "restrictions": {"no_pets": True}}]}, "/changes/0/restrictions/no_pets"),
        ({"changes": [{**DATES, "restrictions": {"min_stay": -1}}]}, "/changes/0/restrictions/min_stay"),
        ({"changes": [{**DATES, "weekdays": [8], "stop_sell": True}]}, "/changes/0/weekdays/0"),
        ({"changes": [{**DATES, "room_type_ids": ["x"], "stop_sell": True}]}, "/changes/0/room_type_ids/0"),
        ({"changes": [{**DATES, "rate_plan_ids": [], "price": {}}]}, "/changes/0/price"),
        (
            {"changes": [{**DATES, "rate_plan_ids": [], "price": {"amount": {"amount": "-1", "currency": "EUR"}}}]},
            "/changes/0/price/amount/amount",
        ),
        (
            {"changes": [{**DATES, "rate_plan_ids": [], "price": {"amount": {"amount": "1.005", "currency": "EUR"}}}]},
            "/changes/0/price/amount/amount",
        ),
        (
            {"changes": [{**DATES, "rate_plan_ids": [], "price": {"amount": {"amount": "1", "currency": "USD"}}}]},
            "/changes/0/price/amount/currency",
        ),
        ({"changes": [{"from": DATES["from"], "to": "2020-01-01", "stop_sell": True}]}, "/changes/0/to"),
        ({"changes": [{**DATES, "overbooking_limit": -1}]}, "/changes/0/overbooking_limit"),
        # The body that this route once took.
        ({**DATES, "room_type_id": str(uuid7()), "stop_sell": True}, "/from"),
    ],
)
def test_what_is_wrong_is_pointed_at_and_nothing_is_changed(
    room_type: RoomType, body: dict[str, Any], pointer: str
) -> None:
    refused = staff(room_type.hotel_id).patch(address(room_type), body)

    assert refused.status_code == 400
    assert pointer in {error["pointer"] for error in refused.json()["errors"]}
    assert not RoomNight.objects.filter(stop_sell=True).exists()
    assert not NightlyRate.objects.exists()


def test_a_change_is_undone_once_and_its_entries_are_found_by_its_id(room_type: RoomType) -> None:
    client = staff(room_type.hotel_id, Role.HOTEL_ADMIN)
    saved = client.patch(address(room_type), {"changes": [{**DATES, "stop_sell": True}]}).json()
    body = {"change_id": saved["change_id"]}

    log = client.get(f"/api/v1/hotels/{room_type.hotel_id}/audit-log", {"batch": saved["change_id"]}).json()
    undone = client.post(address(room_type, "/undo"), body)
    again = client.post(address(room_type, "/undo"), body)

    assert {entry["batch"] for entry in log["results"]} == {saved["change_id"]}
    assert len(log["results"]) == 3
    assert (undone.status_code, undone.json()["nights_changed"]) == (200, 3)
    assert (again.status_code, again.json()["code"]) == (409, "changed_since")
    assert not RoomNight.objects.filter(stop_sell=True).exists()


def test_the_front_desk_sees_and_does_not_change(room_type: RoomType) -> None:
    desk, manager = (staff(room_type.hotel_id, role) for role in (Role.FRONT_DESK, Role.REVENUE_MANAGER))
    changes = {"changes": [{**DATES, "stop_sell": True}]}
    saved = manager.patch(address(room_type), changes).json()

    assert desk.get(address(room_type)).status_code == 200
    assert desk.patch(address(room_type), changes).status_code == 403
    assert desk.post(address(room_type, "/undo"), {"change_id": saved["change_id"]}).status_code == 403


def test_the_bodies_that_the_pages_propose_are_valid(room_type: RoomType, api: APIClient) -> None:
    user = MembershipFactory.create(role=Role.REVENUE_MANAGER, scope_id=room_type.hotel_id).user
    api.force_authenticate(user)
    saved = api.patch(address(room_type), {"changes": [{**DATES, "stop_sell": True}]}).json()

    for method, place in (("patch", address(room_type)), ("post", address(room_type, "/undo"))):
        request: Any = api.get(address(room_type)).wsgi_request
        request.user = user
        match = resolve(place)
        view = match.func.cls()  # type: ignore[attr-defined]
        body = view.example_body(view.initialize_request(request), **match.kwargs)
        answer = getattr(api, method)(place, JSONRenderer().render(body), content_type="application/json")

        assert answer.status_code == 200, answer.json()
        assert answer.json()["dry_run"] is True
    assert body["change_id"] == UUID(saved["change_id"])


def test_dates_out_of_order_are_refused_to_readers_too(room_type: RoomType) -> None:
    early = {"from": FIRST.isoformat(), "to": (FIRST - timedelta(days=1)).isoformat()}

    refused = staff(room_type.hotel_id).get(address(room_type), early)

    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (400, "to")
