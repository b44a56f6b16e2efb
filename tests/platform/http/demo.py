"""A small API to try the plumbing on: its own views, its own routes, no table of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.platform.errors import Conflict, Invalid
from apps.platform.http.requests import StrictSerializer, idempotency_key, parse_body, parse_query
from config import urls as real

BOX_ID = UUID("0199f3a2-7c1e-7d3a-9a52-3f6b8f1c2d4e")
LID_ID = UUID("0199f3a2-7c1e-7d3a-9a52-3f6b8f1c2d4f")
ADMISSIONS: list[str] = []
"""The keys that the demo has been sent, newest last."""


class Colour(StrEnum):
    """A choice."""

    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, kw_only=True)
class Lid:
    """A part."""

    id: UUID
    closes_on: date | None


@dataclass(frozen=True, kw_only=True)
class Box:
    """A thing."""

    id: UUID
    colour: Colour
    size: Literal["small", "large"]
    made_at: datetime
    weight: Decimal
    lids: tuple[Lid, ...]
    counts: Mapping[str, int]
    spare: Lid | None
    actions: tuple[str, ...] = ()


BOX = Box(
    id=BOX_ID,
    colour=Colour.RED,
    size="small",
    made_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    weight=Decimal("1.50"),
    lids=(Lid(id=LID_ID, closes_on=date(2026, 7, 3)),),
    counts={"nails": 4},
    spare=None,
    actions=("open",),
)


class BoxBody(StrictSerializer):
    """What a box is made of."""

    name = serializers.CharField()
    sizes = serializers.ListField(child=serializers.IntegerField(), required=False)


class BoxesQuery(StrictSerializer):
    """How the list is narrowed."""

    colour = serializers.ChoiceField(choices=["red", "blue"], required=False)


class BoxIsFull(Conflict):
    """A refusal of this demo."""

    code = "demo_box_is_full"
    title = "The box is full"
    cause = "Too much is in it."
    remedy = "Take something out."


class _Open(APIView):
    permission_classes = (AllowAny,)


class BoxList(_Open):
    """All boxes."""

    requires_key = True

    @extend_schema(parameters=[BoxesQuery], responses={200: list[Box]})
    def get(self, request: Request) -> Response:
        parse_query(BoxesQuery, request)
        return Response({"next": None, "previous": None, "results": [BOX]})

    @extend_schema(request=BoxBody, responses={201: Box})
    def post(self, request: Request) -> Response:
        body = parse_body(BoxBody, request)
        if body["name"] == "full":
            raise BoxIsFull(items=[{"code": "full", "pointer": "/name"}])
        if body["name"] == "bad":
            raise Invalid(items=[{"code": "bad", "pointer": "/name"}])
        ADMISSIONS.append(idempotency_key(request))
        return Response(BOX, status=201, headers={"Location": f"/api/v1/boxes/{BOX_ID}", "ETag": '"1"'})

    def example_body(self, request: Request) -> dict[str, Any]:
        return {"name": f"a box for {request.method}", "sizes": [1, 2]}

    def example_query(self, request: Request) -> dict[str, Any]:
        return {"colour": "red"}


class BoxDetail(_Open):
    """One box."""

    @extend_schema(responses=Box)
    def get(self, request: Request, box_id: UUID) -> Response:
        return Response(BOX, headers={"ETag": '"7"'})

    @extend_schema(request=BoxBody, responses={200: Box})
    def patch(self, request: Request, box_id: UUID) -> Response:
        return Response({"if_match": request.headers.get("If-Match"), **parse_body(BoxBody, request)})


class BoxOpen(_Open):
    """Open it: there is nothing to read here."""

    requires_key = True

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, box_id: UUID) -> Response:
        ADMISSIONS.append(idempotency_key(request))
        return Response(status=204)

    def current_etag(self, request: Request) -> str:
        return '"8"'


class BoxSearch(_Open):
    """Look into it."""

    @extend_schema(parameters=[BoxesQuery], responses=Box)
    def get(self, request: Request, box_id: UUID) -> Response:
        return Response(BOX)

    def example_query(self, request: Request, box_id: UUID) -> dict[str, Any]:
        return {"colour": "blue"}


class LidTurn(_Open):
    """Turn a lid, which has no page of its own."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, lid_id: UUID) -> Response:
        return Response(status=204)


class Searched(_Open):
    """Limited as a search is."""

    throttle_scope = "search"

    @extend_schema(responses={200: dict[str, str]})
    def get(self, request: Request) -> Response:
        return Response({"found": "it"})


class Members(APIView):
    """For those who are signed in."""

    @extend_schema(request=BoxBody, responses={200: dict[str, str]})
    def post(self, request: Request) -> Response:
        return Response(parse_body(BoxBody, request))


def broken(request: HttpRequest) -> HttpResponse:
    """A view outside the API that fails."""
    raise RuntimeError("as expected")


_api = [
    path("boxes", BoxList.as_view()),
    path("boxes/<uuid:box_id>", BoxDetail.as_view()),
    path("boxes/<uuid:box_id>/open", BoxOpen.as_view()),
    path("boxes/<uuid:box_id>/search", BoxSearch.as_view()),
    path("lids/<uuid:lid_id>/turn", LidTurn.as_view()),
    path("searched", Searched.as_view()),
    path("members", Members.as_view()),
]
urlpatterns = [
    path("api/v1/", include(_api)),
    path("broken", broken),
    path("api/broken", broken),
    # The site around it is the real one, and what answers for addresses that nobody knows is its last entry.
    *(entry for entry in real.urlpatterns if str(entry.pattern) != "api/v1/"),
]
handler400, handler403, handler404, handler500 = real.handler400, real.handler403, real.handler404, real.handler500
