"""Every route x {anonymous, guest A, guest B, staff of hotel 1, staff of hotel 2, administrator}: a declared status.

Statement 17 of docs/security.md. The table is route_matrix.txt; each line is a method, an address and six answers, for
a thing of guest A or of hotel 1. A route that is not declared fails, and so does a line without a route.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.core.cache import cache
from django.db import transaction
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from apps.platform.http.browsable import offered
from apps.platform.http.json import JSONRenderer
from tests.bookings.orders import fresh_key
from tests.security.routes import Address, addresses
from tests.security.world import WHO, World, made_world

TABLE = Path(__file__).with_name("route_matrix.txt")


def declared() -> dict[tuple[str, str], list[int]]:
    """The table: six statuses by method and address."""
    lines = (line for line in TABLE.read_text().splitlines() if line and not line.startswith("#"))
    rows = (line.split() for line in lines)
    return {(row[0], row[1]): [int(status) for status in row[2:]] for row in rows}


def asked() -> Iterator[tuple[str, Address]]:
    """Every method of every address."""
    for address in addresses():
        for method in address.methods:
            yield method.upper(), address


@pytest.fixture
def world(db: None) -> World:
    made = made_world()
    cache.clear()
    return made


def answers(world: World, method: str, address: Address) -> list[int]:
    """The status that each of the six gets; whatever it does is undone."""
    values = world.values(address.pattern)
    path = address.filled(values)
    body = _offered(world, address, values, "example_body") if method in {"POST", "PUT", "PATCH"} else None
    if method == "GET" and (query := _offered(world, address, values, "example_query")):
        path += f"?{urlencode(query)}"
    return [_answer(world, who, method, path, body) for who in WHO]


def _answer(world: World, who: str, method: str, path: str, body: Any) -> int:
    block = transaction.atomic()
    # The runner's transaction is durable: it may stand inside one that a test undoes.
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        if path.startswith("/api/v1"):
            headers = {"Idempotency-Key": fresh_key(), "If-Match": '"1"'}
            answer: Any = world.api(who).generic(
                method, path, _encoded(body), content_type="application/json", headers=headers
            )
        else:
            answer = world.browser(who).generic(method, path)
        transaction.set_rollback(True)
    cache.clear()  # what it told Redis is undone too
    return int(answer.status_code)


def _encoded(body: Any) -> str:
    return "" if body is None else JSONRenderer().render(body).decode()


def _offered(world: World, address: Address, values: dict[str, str], name: str) -> Any:
    """What the view itself proposes to an administrator, so that no refusal is about the form of a request."""
    if address.view is None:
        return {}
    request = Request(APIRequestFactory().get("/"))
    request.user = world.users["administrator"]
    own = {
        parameter: UUID(values[parameter]) if f"<uuid:{parameter}>" in address.pattern else values[parameter]
        for parameter in address.parameters
    }
    proposed = offered(address.view(), name, request, **own) or {}
    if "hotel_ids" in proposed:
        proposed["hotel_ids"] = [values["hotel_id"]]
    return proposed


def test_every_route_is_declared_and_every_line_is_a_route() -> None:
    known = {(method, f"/{address.pattern}".replace(" ", "")) for method, address in asked()}

    assert len(known) > 100
    assert sorted(known - set(declared())) == [], "not declared: say in route_matrix.txt who gets which answer"
    assert sorted(set(declared()) - known) == [], "no such route any more"


def test_everybody_gets_the_declared_answer(world: World) -> None:
    table, wrong = declared(), []
    for method, address in asked():
        line = (method, f"/{address.pattern}".replace(" ", ""))
        got = answers(world, method, address)
        if got != table.get(line):
            wrong.append(f"{line[0]:<6} {line[1]} {' '.join(map(str, got))}  (declared: {table.get(line)})")

    assert wrong == [], "\n" + "\n".join(wrong)


def test_nothing_breaks_for_anybody() -> None:
    assert [line for line, statuses in declared().items() if any(status >= 500 for status in statuses)] == []


def test_the_anonymous_get_in_nowhere_but_where_it_is_meant() -> None:
    """An answer below 300 without signing in is public: those are counted here, one by one."""
    public = {f"{method} {path}" for (method, path), statuses in declared().items() if statuses[0] < 300}

    assert public == PUBLIC


PUBLIC = {
    "GET /",
    "GET /.well-known/jwks.json",
    "GET /account/forgotten",
    "GET /account/password",
    "GET /account/verify",
    "GET /admin/login/",
    "GET /api-auth/login/",
    "GET /api/docs/",
    "GET /api/schema/",
    "GET /api/v1",
    "GET /api/v1/availability",
    "GET /api/v1/hotels",
    "GET /api/v1/hotels/<uuid:hotel_id>",
    "GET /api/v1/hotels/<uuid:hotel_id>/lowest-prices",
    "GET /api/v1/hotels/<uuid:hotel_id>/offers",
    "GET /api/v1/hotels/<uuid:hotel_id>/reviews",
    "GET /livez",
    "GET /mailbox/",
    "GET /problems/",
    "GET /problems/<slug:code>",
    "GET /readyz",
    "POST /api/v1/bookings",
}
