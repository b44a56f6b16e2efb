"""The HTTP face of bookings: parse, one service call, answer."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services as accounts
from apps.bookings import selectors, services
from apps.bookings.api import serializers
from apps.bookings.api.callers import MANAGE_SECRET, caller_of
from apps.inventory import services as inventory
from apps.platform import principals
from apps.platform.http.answers import answer
from apps.platform.http.pagination import ListPagination
from apps.platform.http.requests import idempotency_key, parse_body, parse_query, user_id


class SignedInOrBooking(IsAuthenticated):
    """Anybody may book; to read one has to be somebody."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method == "POST" or super().has_permission(request, view)


class BookingList(APIView):
    """GET one's own bookings, and for staff those of their hotels. POST places a booking, also without an account."""

    permission_classes = [SignedInOrBooking]
    write_throttle_scope = "book"
    requires_key = True

    @extend_schema(parameters=[serializers.BookingsQuery], responses={200: list[services.BookingView]})
    def get(self, request: Request) -> Response:
        filters = parse_query(serializers.BookingsQuery, request)
        claimable = filters.pop("claimable")
        visible = (selectors.claimable_by if claimable else selectors.bookings_visible_to)(caller_of(request))
        pages = ListPagination()
        page = pages.paginate_queryset(selectors.narrowed(visible, **filters).only("id"), request, view=self)
        ids = [booking.id for booking in page or ()]
        views = services.get_bookings(ids)
        return pages.get_paginated_response([views[booking_id] for booking_id in ids])

    @extend_schema(request=serializers.PlaceBookingBody, responses={201: services.BookingView})
    def post(self, request: Request) -> HttpResponse:
        body = parse_body(serializers.PlaceBookingBody, request)
        caller = caller_of(request) if request.user.is_authenticated else _guest(body)
        accounts.require_may_book(caller, hotel_id=body["hotel_id"])
        outcome = services.place_booking(_place(body), caller=caller, key=idempotency_key(request))
        response = answer(request, outcome, {"booked": 201})
        if outcome.location and not request.user.is_authenticated:
            # That of the first day, at each replay: who has made it invalid since does not find it here.
            response[MANAGE_SECRET] = services.manage_secret(UUID(outcome.location.rpartition("/")[2]))
        return response

    def example_body(self, request: Request, **_: Any) -> dict[str, Any]:
        """Two nights in a month for the first product there is, in the name of whoever is signed in."""
        product = inventory.any_product()
        if product is None:
            return {}
        arrival = product.business_date + timedelta(days=30)
        booker = _suggested_booker(request)
        return {
            "hotel_id": product.hotel_id,
            "arrival": arrival,
            "departure": arrival + timedelta(days=2),
            "rooms": [
                {
                    "room_type_id": product.room_type_id,
                    "rate_plan_id": product.rate_plan_id,
                    "adults": 1,
                    "children_ages": [],
                    "guest": {"full_name": booker["full_name"]},
                }
            ],
            "booker": booker,
            # Who is nobody confirms later with the secret of the answer, which no page keeps for them.
            "confirm": not request.user.is_authenticated,
        }


def _suggested_booker(request: Request) -> dict[str, str]:
    """Whoever is signed in with an account, else somebody made up."""
    if isinstance(request.auth, accounts.KeyClaims) or not request.user.is_authenticated:
        return {"full_name": "Ada Lovelace", "email": "ada@guests.example", "phone": ""}
    account = accounts.get_account(user_id(request))
    return {"full_name": account.full_name or "Ada Lovelace", "email": account.email, "phone": ""}


def _guest(body: Mapping[str, Any]) -> accounts.Caller:
    """Somebody without an account, who is known by the booker's address."""
    return accounts.Caller(principal=principals.guest(body["booker"]["email"]))


def _room(body: Mapping[str, Any], position: int, room: Mapping[str, Any]) -> services.RoomRequest:
    guest_name = room.get("guest", {}).get("full_name", "")
    if "offer_id" in room:
        return services.room_of_offer(
            room["offer_id"],
            hotel_id=body["hotel_id"],
            arrival=body["arrival"],
            departure=body["departure"],
            pointer=f"/rooms/{position}/offer_id",
            guest_name=guest_name,
        )
    product = {name: room[name] for name in ("room_type_id", "rate_plan_id", "adults")}
    return services.RoomRequest(
        **product,
        children_ages=tuple(room.get("children_ages", ())),
        guest_name=guest_name,
        nightly_price=room.get("nightly_price"),
    )


def _place(body: Mapping[str, Any]) -> services.PlaceBooking:
    rooms: Sequence[Mapping[str, Any]] = body["rooms"]
    return services.PlaceBooking(
        hotel_id=body["hotel_id"],
        arrival=body["arrival"],
        departure=body["departure"],
        rooms=tuple(_room(body, position, room) for position, room in enumerate(rooms)),
        booker=services.Booker(**body["booker"]),
        confirm=body["confirm"],
        rate_code=body["rate_code"],
        override=services.Override(**body["override"]) if "override" in body else None,
        source=body["source"],
        external_id=body["external_id"],
        special_requests=body["special_requests"],
        metadata=body["metadata"],
    )


class BookingDetail(APIView):
    """One booking, with its revision as `ETag`."""

    @extend_schema(responses={200: services.BookingView})
    def get(self, request: Request, booking_id: UUID) -> Response:
        view = services.read_booking(booking_id, caller=caller_of(request))
        return Response(view, headers={"ETag": view.etag})


class BookingConfirm(APIView):
    """Sell the rooms that a pending booking holds."""

    write_throttle_scope = "book"
    requires_key = True

    @extend_schema(request=serializers.NoBody, responses={200: services.BookingView})
    def post(self, request: Request, booking_id: UUID) -> HttpResponse:
        parse_body(serializers.NoBody, request)
        command = services.ConfirmBooking(booking_id=booking_id)
        return answer(
            request,
            services.confirm_booking(command, caller=caller_of(request), key=idempotency_key(request)),
            {"confirmed": 200},
        )


class BookingCancel(APIView):
    """Give up a booking with all its rooms, at the penalty of its terms."""

    write_throttle_scope = "book"
    requires_key = True

    @extend_schema(request=serializers.CancelBody, responses={200: services.BookingView})
    def post(self, request: Request, booking_id: UUID) -> HttpResponse:
        body = parse_body(serializers.CancelBody, request)
        command = services.CancelBooking(booking_id=booking_id, **body)
        return answer(
            request,
            services.cancel_booking(command, caller=caller_of(request), key=idempotency_key(request)),
            {"canceled": 200},
        )


class BookingCancellation(APIView):
    """What canceling now would cost: the same figure that canceling then charges."""

    @extend_schema(responses={200: services.CancellationPreview})
    def get(self, request: Request, booking_id: UUID) -> Response:
        return Response(services.preview_cancellation(booking_id, caller=caller_of(request)))


class BookingHistory(APIView):
    """Every revision of a booking: who changed what and why, in money and in nights."""

    @extend_schema(responses={200: list[services.RevisionView]})
    def get(self, request: Request, booking_id: UUID) -> Response:
        return Response({"results": services.read_history(booking_id, caller=caller_of(request))})


class BookingRevision(APIView):
    """A booking as one of its revisions left it."""

    @extend_schema(responses={200: services.BookingView})
    def get(self, request: Request, booking_id: UUID, revision: int) -> Response:
        return Response(services.read_revision(booking_id, revision, caller=caller_of(request)))


class ReservationCancel(APIView):
    """Give up one room of a booking, at the penalty of its terms; the others stay."""

    write_throttle_scope = "book"
    requires_key = True

    @extend_schema(request=serializers.CancelBody, responses={200: services.BookingView})
    def post(self, request: Request, reservation_id: UUID) -> HttpResponse:
        body = parse_body(serializers.CancelBody, request)
        command = services.CancelReservation(reservation_id=reservation_id, **body)
        return answer(
            request, services.cancel_reservation(command, caller=caller_of(request), key=idempotency_key(request)), {}
        )


class ReservationCancellation(APIView):
    """What canceling one room now would cost: the same figure that canceling then charges."""

    @extend_schema(responses={200: services.CancellationPreview})
    def get(self, request: Request, reservation_id: UUID) -> Response:
        return Response(services.preview_stay_cancellation(reservation_id, caller=caller_of(request)))


class ReservationList(APIView):
    """The front desk's lists: arrivals, departures, guests in house; for a guest the own stays."""

    @extend_schema(parameters=[serializers.ReservationsQuery], responses={200: list[services.StayFacts]})
    def get(self, request: Request) -> Response:
        filters = parse_query(serializers.ReservationsQuery, request)
        visible = selectors.reservations_visible_to(caller_of(request), **filters)
        pages = ListPagination()
        page = pages.paginate_queryset(visible.only("id"), request, view=self)
        ids = [reservation.id for reservation in page or ()]
        stays = services.get_stays(ids)
        return pages.get_paginated_response([stays[reservation_id] for reservation_id in ids])
