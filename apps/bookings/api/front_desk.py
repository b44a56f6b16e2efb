"""The HTTP face of the front desk: rooms for stays, guests in and out."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.api.callers import caller_of
from apps.bookings.api.serializers import BookerBody, NoBody, NoQuery, OverrideBody
from apps.inventory import services as inventory
from apps.platform.http.answers import answer
from apps.platform.http.fields import OneLineField
from apps.platform.http.requests import StrictSerializer, idempotency_key, parse_body, parse_query


class CheckInBody(StrictSerializer):
    room_id = serializers.UUIDField(required=False, help_text="Without one: the room assigned, or the best ready one.")
    override_reason = OneLineField(
        max_length=500, required=False, help_text="Staff who may override: why somebody late stays although it is full."
    )


class AssignBody(StrictSerializer):
    room_id = serializers.UUIDField(required=False, help_text="Without one: whichever fits best.")
    do_not_move = serializers.BooleanField(required=False, help_text="Whether the guest is promised the room.")
    even_if_promised = serializers.BooleanField(required=False, help_text="The guest was promised another, and agrees.")


class UnassignBody(StrictSerializer):
    even_if_promised = serializers.BooleanField(required=False, help_text="The guest was promised it, and agrees.")


class MoveBody(StrictSerializer):
    room_id = serializers.UUIDField()
    from_date = serializers.DateField(
        required=False, help_text="The first night in it; by default tonight for a guest in house, else the arrival."
    )
    reason = OneLineField(max_length=500, required=False, allow_blank=True)
    keep_price = serializers.BooleanField(required=False, default=True, help_text="Another price is an amendment.")
    even_if_promised = serializers.BooleanField(required=False, help_text="The guest was promised the old one.")


class _FrontDesk(APIView):
    """Something with one room by the staff of its hotel."""

    write_throttle_scope = "book"
    requires_key = True


class ReservationAssign(_FrontDesk):
    """Give a stay a room of its type: the one named, or the one that fits best."""

    @extend_schema(request=AssignBody, responses={200: services.BookingView})
    def post(self, request: Request, reservation_id: UUID) -> HttpResponse:
        body = parse_body(AssignBody, request)
        command = services.AssignRoom(reservation_id=reservation_id, **body)
        return answer(
            request, services.assign_room(command, caller=caller_of(request), key=idempotency_key(request)), {}
        )


class ReservationUnassign(_FrontDesk):
    """Take the room away from a stay that has not begun."""

    @extend_schema(request=UnassignBody, responses={200: services.BookingView})
    def post(self, request: Request, reservation_id: UUID) -> HttpResponse:
        body = parse_body(UnassignBody, request)
        command = services.UnassignRoom(reservation_id=reservation_id, **body)
        return answer(
            request, services.unassign_room(command, caller=caller_of(request), key=idempotency_key(request)), {}
        )


class ReservationMove(_FrontDesk):
    """Another room from a date on, of any type, at the price that was agreed on."""

    @extend_schema(request=MoveBody, responses={200: services.BookingView})
    def post(self, request: Request, reservation_id: UUID) -> HttpResponse:
        body = parse_body(MoveBody, request)
        command = services.MoveRoom(reservation_id=reservation_id, **body)
        return answer(request, services.move_room(command, caller=caller_of(request), key=idempotency_key(request)), {})


class ReservationCheckIn(_FrontDesk):
    """The guest is in the house."""

    @extend_schema(request=CheckInBody, responses={200: services.BookingView})
    def post(self, request: Request, reservation_id: UUID) -> HttpResponse:
        body = parse_body(CheckInBody, request)
        command = services.CheckIn(reservation_id=reservation_id, **body)
        return answer(request, services.check_in(command, caller=caller_of(request), key=idempotency_key(request)), {})


class ReservationCheckOut(_FrontDesk):
    """The guest has left; nights not stayed are free again."""

    @extend_schema(request=NoBody, responses={200: services.BookingView})
    def post(self, request: Request, reservation_id: UUID) -> HttpResponse:
        parse_body(NoBody, request)
        command = services.CheckOut(reservation_id=reservation_id)
        return answer(request, services.check_out(command, caller=caller_of(request), key=idempotency_key(request)), {})


class ReservationNoShow(_FrontDesk):
    """The guest did not come."""

    @extend_schema(request=NoBody, responses={200: services.BookingView})
    def post(self, request: Request, reservation_id: UUID) -> HttpResponse:
        parse_body(NoBody, request)
        command = services.RecordNoShow(reservation_id=reservation_id)
        return answer(
            request, services.record_no_show(command, caller=caller_of(request), key=idempotency_key(request)), {}
        )


class ReservationRevertCheckIn(_FrontDesk):
    """The guest is not in the house after all; on the same business date."""

    @extend_schema(request=NoBody, responses={200: services.BookingView})
    def post(self, request: Request, reservation_id: UUID) -> HttpResponse:
        parse_body(NoBody, request)
        command = services.RevertCheckIn(reservation_id=reservation_id)
        return answer(
            request, services.revert_check_in(command, caller=caller_of(request), key=idempotency_key(request)), {}
        )


class ReservationRevertCheckOut(_FrontDesk):
    """The guest has not left after all; on the same business date."""

    @extend_schema(request=NoBody, responses={200: services.BookingView})
    def post(self, request: Request, reservation_id: UUID) -> HttpResponse:
        parse_body(NoBody, request)
        command = services.RevertCheckOut(reservation_id=reservation_id)
        return answer(
            request, services.revert_check_out(command, caller=caller_of(request), key=idempotency_key(request)), {}
        )


class WalkInBody(StrictSerializer):
    """Somebody who has not booked: a product, until when, and who it is."""

    departure = serializers.DateField()
    room_type_id = serializers.UUIDField()
    rate_plan_id = serializers.UUIDField()
    adults = serializers.IntegerField(min_value=1, max_value=20)
    children_ages = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=17), max_length=10, required=False, default=list
    )
    guest = BookerBody()
    room_id = serializers.UUIDField(required=False, help_text="Without one: the best ready room of the type.")
    rate_code = OneLineField(max_length=20, required=False, default="", allow_blank=True)
    special_requests = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)
    override = OverrideBody(required=False)


class WalkIns(APIView):
    """Let somebody in who has not booked: placed, confirmed, given a room and checked in, all of it or nothing."""

    write_throttle_scope = "book"
    requires_key = True

    @extend_schema(request=WalkInBody, responses={201: services.BookingView})
    def post(self, request: Request, hotel_id: UUID) -> HttpResponse:
        body = parse_body(WalkInBody, request)
        command = services.WalkIn(
            hotel_id=hotel_id,
            departure=body["departure"],
            room=services.RoomRequest(
                room_type_id=body["room_type_id"],
                rate_plan_id=body["rate_plan_id"],
                adults=body["adults"],
                children_ages=tuple(body["children_ages"]),
            ),
            booker=services.Booker(**body["guest"]),
            room_id=body.get("room_id"),
            rate_code=body["rate_code"],
            special_requests=body["special_requests"],
            override=services.Override(**body["override"]) if "override" in body else None,
        )
        outcome = services.walk_in(command, caller=caller_of(request), key=idempotency_key(request))
        return answer(request, outcome, {"booked": 201})


class Housekeeping(APIView):
    """The rooms of a hotel today: clean or not, who comes and goes, what is closed. No names of guests."""

    @extend_schema(responses={200: services.HousekeepingBoard})
    def get(self, request: Request, hotel_id: UUID) -> Response:
        parse_query(NoQuery, request)
        return Response(services.housekeeping_board(hotel_id, caller=caller_of(request)))


class ConditionBody(StrictSerializer):
    condition = serializers.ChoiceField(choices=[condition.value for condition in inventory.RoomCondition])


class RoomConditionView(APIView):
    """How housekeeping has left a room."""

    @extend_schema(request=ConditionBody, responses={200: inventory.RoomFacts})
    def put(self, request: Request, hotel_id: UUID, room_id: UUID) -> Response:
        body = parse_body(ConditionBody, request)
        room = inventory.set_room_condition(
            access=accounts.rights_of(caller_of(request)),
            hotel_id=hotel_id,
            room_id=room_id,
            condition=inventory.RoomCondition(body["condition"]),
        )
        return Response(room)

    def example_body(self, request: Request, hotel_id: UUID, room_id: UUID) -> dict[str, str]:
        return {"condition": "clean"}


class OverbookedProposals(APIView):
    """The overbooked nights of a hotel, each with the stays that could give way, and how."""

    @extend_schema(responses={200: list[services.NightInNeed]})
    def get(self, request: Request, hotel_id: UUID) -> Response:
        parse_query(NoQuery, request)
        return Response({"results": services.proposals_for(hotel_id, caller=caller_of(request))})
