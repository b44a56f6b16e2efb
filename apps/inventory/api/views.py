"""Hotels and what they sell, over HTTP: public reads of hotels, everything else for their staff."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services as accounts
from apps.inventory import selectors, services
from apps.inventory.api import serializers as bodies
from apps.inventory.api.representations import Generated, hotel_view
from apps.inventory.api.representations import HotelView as HotelAnswer
from apps.platform.http.pagination import ListPagination
from apps.platform.http.requests import parse_body, parse_query

API = "/api/v1"


def access_of(request: Request) -> accounts.Access:
    """What the caller may do where: nothing for nobody."""
    if request.user.pk is None:
        return accounts.access_of(None)
    return accounts.rights_of(accounts.caller_for(request.user.pk, credential=request.auth))


def page_of(view: APIView, rows: QuerySet[Any], shown: Callable[[Any], Any]) -> Response:
    """One page of a list."""
    pagination = ListPagination()
    page = pagination.paginate_queryset(rows, view.request, view=view) or []
    return pagination.get_paginated_response([shown(row) for row in page])


def created(thing: Any, address: str) -> Response:
    """The answer to a POST that made something."""
    return Response(thing, status=201, headers={"Location": f"{API}/{address}"})


class PublicReadView(APIView):
    """Anybody reads; who writes is signed in."""

    def get_permissions(self) -> Sequence[BasePermission]:
        return [AllowAny() if self.request.method in {"GET", "HEAD", "OPTIONS"} else IsAuthenticated()]


class HotelsView(PublicReadView):
    """The hotels."""

    @extend_schema(parameters=[bodies.HotelsQuery], responses={200: list[HotelAnswer]})
    def get(self, request: Request) -> Response:
        """The hotels on offer, the newest first."""
        filters = parse_query(bodies.HotelsQuery, request)
        return page_of(self, selectors.hotels(**filters), lambda row: hotel_view(selectors.hotel_facts(row)))

    @extend_schema(request=bodies.HotelBody, responses={201: HotelAnswer})
    def post(self, request: Request) -> Response:
        """Found a hotel. It comes with a flexible rate plan."""
        hotel = services.create_hotel(access=access_of(request), **parse_body(bodies.HotelBody, request))
        return created(hotel_view(hotel), f"hotels/{hotel.id}")

    def example_body(self, request: Request) -> Mapping[str, Any]:
        return {
            "name": "Harbour House",
            "address": "Rua do Alecrim 12",
            "city": "Lisbon",
            "country": "PT",
            "time_zone": "Europe/Lisbon",
            "currency": "EUR",
        }


class HotelView(PublicReadView):
    """One hotel."""

    @extend_schema(responses={200: HotelAnswer})
    def get(self, request: Request, hotel_id: UUID) -> Response:
        """The hotel with its rating."""
        parse_query(bodies.NoQuery, request)
        return Response(hotel_view(services.get_hotel(hotel_id)))

    @extend_schema(request=bodies.HotelChangesBody, responses={200: HotelAnswer})
    def patch(self, request: Request, hotel_id: UUID) -> Response:
        """Change the hotel. Zone and currency are fixed once there is a reservation."""
        given = parse_body(bodies.HotelChangesBody, request)
        return Response(hotel_view(services.update_hotel(access=access_of(request), hotel_id=hotel_id, **given)))

    def example_body(self, request: Request, hotel_id: UUID) -> Mapping[str, Any]:
        return {"name": services.get_hotel(hotel_id).name}


class RoomTypesView(APIView):
    """The room types of a hotel."""

    @extend_schema(responses={200: list[services.RoomTypeFacts]})
    def get(self, request: Request, hotel_id: UUID) -> Response:
        """The room types, archived ones too, the newest first."""
        parse_query(bodies.NoQuery, request)
        services.require_staff(access_of(request), hotel_id)
        return page_of(self, selectors.room_types_of(hotel_id), selectors.room_type_facts)

    @extend_schema(request=bodies.RoomTypeBody, responses={201: services.RoomTypeFacts})
    def post(self, request: Request, hotel_id: UUID) -> Response:
        """Add a room type. Its nights are on sale at once."""
        given = parse_body(bodies.RoomTypeBody, request)
        room_type = services.add_room_type(access=access_of(request), hotel_id=hotel_id, **given)
        return created(room_type, f"hotels/{hotel_id}/room-types/{room_type.id}")

    def example_body(self, request: Request, hotel_id: UUID) -> Mapping[str, Any]:
        currency = services.get_hotel(hotel_id).currency
        return {
            "code": new_code("RT"),
            "name": "Family room",
            "max_adults": 2,
            "max_children": 2,
            "room_count": 4,
            "base_rate": {"amount": "150", "currency": currency},
        }


class RoomTypeView(APIView):
    """One room type."""

    @extend_schema(responses={200: services.RoomTypeFacts})
    def get(self, request: Request, hotel_id: UUID, room_type_id: UUID) -> Response:
        """The room type."""
        parse_query(bodies.NoQuery, request)
        services.require_staff(access_of(request), hotel_id)
        return Response(services.get_room_type(hotel_id=hotel_id, room_type_id=room_type_id))

    @extend_schema(request=bodies.RoomTypeChangesBody, responses={200: services.RoomTypeFacts})
    def patch(self, request: Request, hotel_id: UUID, room_type_id: UUID) -> Response:
        """Change the room type. Another `room_count` holds from the hotel's business date on."""
        given = parse_body(bodies.RoomTypeChangesBody, request)
        return Response(
            services.update_room_type(access=access_of(request), hotel_id=hotel_id, room_type_id=room_type_id, **given)
        )

    def example_body(self, request: Request, hotel_id: UUID, room_type_id: UUID) -> Mapping[str, Any]:
        room_type = services.get_room_type(hotel_id=hotel_id, room_type_id=room_type_id)
        return {"room_count": room_type.room_count, "base_rate": room_type.base_rate}


class RoomsView(APIView):
    """The physical rooms of a hotel."""

    @extend_schema(responses={200: list[services.RoomFacts]})
    def get(self, request: Request, hotel_id: UUID) -> Response:
        """The rooms, archived ones too, the newest first."""
        parse_query(bodies.NoQuery, request)
        services.require_staff(access_of(request), hotel_id)
        return page_of(self, selectors.rooms_of(hotel_id), selectors.room_facts)

    @extend_schema(request=bodies.RoomBody, responses={201: services.RoomFacts})
    def post(self, request: Request, hotel_id: UUID) -> Response:
        """Give a room of a room type its number; at most `room_count` of a type."""
        given = parse_body(bodies.RoomBody, request)
        room = services.add_room(access=access_of(request), hotel_id=hotel_id, **given)
        return created(room, f"hotels/{hotel_id}/rooms/{room.id}")

    def example_body(self, request: Request, hotel_id: UUID) -> Mapping[str, Any]:
        room_type = selectors.room_types_of(hotel_id).filter(archived_at__isnull=True).first()
        return {"room_type_id": room_type.id if room_type else None, "number": new_code("R"), "floor": "1"}


class RoomView(APIView):
    """One physical room."""

    @extend_schema(responses={200: services.RoomFacts})
    def get(self, request: Request, hotel_id: UUID, room_id: UUID) -> Response:
        """The room."""
        parse_query(bodies.NoQuery, request)
        services.require_staff(access_of(request), hotel_id)
        return Response(services.get_room(hotel_id=hotel_id, room_id=room_id))

    @extend_schema(request=bodies.RoomChangesBody, responses={200: services.RoomFacts})
    def patch(self, request: Request, hotel_id: UUID, room_id: UUID) -> Response:
        """Change the room: its number, floor, room type or condition."""
        given = parse_body(bodies.RoomChangesBody, request)
        return Response(services.update_room(access=access_of(request), hotel_id=hotel_id, room_id=room_id, **given))

    def example_body(self, request: Request, hotel_id: UUID, room_id: UUID) -> Mapping[str, Any]:
        room = services.get_room(hotel_id=hotel_id, room_id=room_id)
        return {"number": room.number, "condition": room.condition}


class GenerateView(APIView):
    """The generation of nights."""

    @extend_schema(request=None, responses={200: Generated})
    def post(self, request: Request, hotel_id: UUID) -> Response:
        """Fill the hotel's missing nights now, which a job does every few minutes anyway."""
        parse_body(bodies.NoBody, request)
        added = services.generate_inventory_of(access=access_of(request), hotel_id=hotel_id)
        return Response(Generated(nights_added=added))


def new_code(prefix: str) -> str:
    """A code that an example can use: nobody has it."""
    return f"{prefix}{uuid4().hex[:4].upper()}"
