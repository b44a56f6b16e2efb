"""Every request in docs/api.md, sent in order to the running platform; the answers are those that the page shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from tests.docs.reading import ROOT, Message, Names, blocks, message, shown_json
from tests.journeys.client import Answer, Client
from tests.stack import Platform

PASSWORD = "seven-green-parrots"
PAGE = ROOT / "docs" / "api.md"


@dataclass(frozen=True, kw_only=True)
class Example:
    """A request of the page with the answer that follows it."""

    request: Message
    answer: Message


def examples() -> Iterator[Example]:
    messages = [message(block) for block in blocks(PAGE) if block.language == "http"]
    for request, answer in zip(messages[::2], messages[1::2], strict=True):
        assert not request.is_answer, f"{PAGE.name}:{request.line} has no request before it"
        assert answer.is_answer, f"{PAGE.name}:{request.line} has no answer after it"
        yield Example(request=request, answer=answer)


@pytest.fixture
def names(platform: Platform) -> Names:
    """The world of the page: a hotel in Lisbon with a single suite, its front desk, and dates ahead."""
    platform.manage("shell", "-v0", "-c", _people())
    administrator = platform.client()
    administrator.sign_in("admin@example.com", PASSWORD)
    hotel = _hotel(administrator)
    platform.manage("shell", "-v0", "-c", _grant(hotel))
    today = date.fromisoformat(administrator.get(f"/api/v1/hotels/{hotel}/calendar").json()["business_date"])
    return Names(
        HOTEL=hotel,
        TODAY=f"{today}",
        TOMORROW=f"{today + timedelta(days=1)}",
        ARRIVAL=f"{today + timedelta(days=30)}",
        NEXT_DAY=f"{today + timedelta(days=31)}",
        DEPARTURE=f"{today + timedelta(days=32)}",
        LATER=f"{today + timedelta(days=33)}",
    )


def _people() -> str:
    return (
        "from apps.accounts import services as a\n"
        f"admin = a.ensure_account(email='admin@example.com', full_name='Admin', password='{PASSWORD}')\n"
        "a.grant_role(user_id=admin.id, role=a.Role.PLATFORM_ADMIN, scope_id=None)\n"
        f"a.ensure_account(email='filipa@example.com', full_name='Filipa Santos', password='{PASSWORD}')"
    )


def _grant(hotel: str) -> str:
    return (
        "from uuid import UUID\n"
        "from apps.accounts import services as a\n"
        "desk = a.ensure_account(email='filipa@example.com', full_name='Filipa Santos')\n"
        f"a.grant_role(user_id=desk.id, role=a.Role.FRONT_DESK, scope_id=UUID('{hotel}'))"
    )


def _hotel(administrator: Client) -> str:
    hotel = administrator.post(
        "/api/v1/hotels",
        {
            "name": "Hotel Miramar",
            "address": "Rua do Jardim do Tabaco 12",
            "city": "Lisbon",
            "country": "PT",
            "time_zone": "Europe/Lisbon",
            "currency": "EUR",
        },
    ).json()
    for code, name, rooms, rate in (("DBL", "Double room", 8, "129.00"), ("SUI", "Terrace suite", 1, "340.00")):
        made = administrator.post(
            f"/api/v1/hotels/{hotel['id']}/room-types",
            {
                "code": code,
                "name": name,
                "max_adults": 2,
                "max_children": 1,
                "room_count": rooms,
                "base_rate": {"amount": rate, "currency": "EUR"},
            },
        )
        assert made.status == 201, made.content
    return str(hotel["id"])


def test_every_example_answers_as_shown(platform: Platform, names: Names) -> None:
    shown = list(examples())

    wrong = [fault for example in shown for fault in _faults(platform, names, example)]

    assert len(shown) >= 20
    assert wrong == []


def test_the_comparison_sees_another_value_a_missing_member_and_a_shorter_list() -> None:
    names = Names(ID="7")
    real = {"id": "7", "name": "Ada", "rooms": [{"total": "10.00"}]}

    assert names.differences({"id": "$ID", "name": "A…", "rooms": ["…"]}, real) == []
    assert names.differences({"id": "$ID", "name": "Eve"}, real)
    assert names.differences({"status": "$STATUS"}, real)
    assert names.differences({"rooms": [{"total": "10.00"}, {"total": "…"}]}, real)


def _faults(platform: Platform, names: Names, example: Example) -> list[str]:
    """How the answer of the platform differs from that of the page."""
    answer = _send(platform, names, example.request)
    shown, where = example.answer, f"{PAGE.name}:{example.answer.line}"
    status = int(shown.first_line.split(" ")[1])
    if answer.status != status:
        return [f"{where} shows {status}, the answer is {answer.status}: {answer.content.decode()[:600]}"]
    wanted: dict[str, Any] = dict(shown.headers)
    given = {name: answer.headers.get(name, "(absent)") for name in wanted}
    faults = names.differences(wanted, given)
    if shown.body:
        faults += names.differences(shown_json(shown.body), answer.json())
    return [f"{where} {fault}" for fault in faults]


def _send(platform: Platform, names: Names, request: Message) -> Answer:
    method, address = request.first_line.split(" ", 1)
    headers = {name: names.filled(value) for name, value in request.headers.items()}
    body = names.filled(request.body).encode() if request.body else None
    return platform.client().send(method, names.filled(address), body, headers)
