"""The rooms of a house on a telephone: one tap says how a room was left. Plain forms, without scripts."""

from itertools import groupby
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.admin.houses import houses
from apps.inventory import services as inventory
from apps.platform.admin import ScopedAdmin, access, tell_refusal
from apps.platform.errors import Problem

_WORDS = {
    services.Occupancy.VACANT: "",
    services.Occupancy.STAYS_OVER: "stays over",
    services.Occupancy.DUE_OUT: "leaves today",
    services.Occupancy.OVERSTAYS: "should have left",
}
_CLOSED = {
    services.Serviceability.IN_SERVICE: "",
    services.Serviceability.OUT_OF_SERVICE: "out of service",
    services.Serviceability.OUT_OF_ORDER: "out of order",
}


def housekeeping_view(model_admin: ScopedAdmin, request: HttpRequest) -> HttpResponse:
    """GET shows the rooms of one hotel of the reader, POST says how one of them was left."""
    all_houses, house = _house(request)
    here = f"{reverse('admin:bookings_housekeeping')}?hotel={house.hotel_id}"
    if request.method == "POST":
        _say(request, house.hotel_id)
        return HttpResponseRedirect(f"{here}#room-{request.POST.get('room', '')}")
    board = services.housekeeping_board(house.hotel_id, caller=accounts.caller_for(request.user.pk))
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": "Housekeeping",
        "houses": all_houses,
        "house": house,
        "here": here,
        "keeps": access(request).allows(accounts.Permission.KEEP_ROOMS, house.hotel_id),
        "floors": [
            {"name": floor, "rooms": [_shown(room) for room in rooms]}
            for floor, rooms in groupby(board.rooms, key=lambda room: room.floor)
        ],
        "dirty": sum(room.condition is inventory.RoomCondition.DIRTY for room in board.rooms),
        "conditions": [condition.value for condition in inventory.RoomCondition],
    }
    return TemplateResponse(request, "admin/bookings/housekeeping.html", context)


def _house(request: HttpRequest) -> tuple[tuple[inventory.HouseToday, ...], inventory.HouseToday]:
    """The hotels that the reader is staff of, and of them the one that is asked for, otherwise the first by name."""
    found = houses(request)
    if not found:
        raise PermissionDenied
    wanted = request.POST.get("hotel") or request.GET.get("hotel") or str(found[0].hotel_id)
    house = next((house for house in found if str(house.hotel_id) == wanted), None)
    if house is None:
        raise Http404
    return found, house


def _shown(room: services.BoardRoom) -> dict[str, Any]:
    notes = [_CLOSED[room.service], _WORDS[room.occupancy], "somebody comes" if room.due_in else ""]
    return {"room": room, "notes": ", ".join(filter(None, notes)) or "vacant"}


def _say(request: HttpRequest, hotel_id: UUID) -> None:
    try:
        room_id = UUID(request.POST.get("room", ""))
        condition = inventory.RoomCondition(request.POST.get("condition", ""))
    except ValueError:
        raise Http404 from None
    try:
        inventory.set_room_condition(access=access(request), hotel_id=hotel_id, room_id=room_id, condition=condition)
    except Problem as refusal:
        tell_refusal(request, refusal)
