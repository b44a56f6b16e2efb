"""The page behind a bar of the tape chart: one stay, with what can be done with it.

The scripts of the chart ask for the same page, and show what is in it as a dialog over the chart.
"""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from apps.accounts.services import Permission
from apps.bookings import services
from apps.bookings.admin.transitions import TRANSITIONS, page_of
from apps.platform.admin import ScopedAdmin, access
from apps.platform.errors import NotFound


def stay_view(model_admin: ScopedAdmin, request: HttpRequest, reservation_id: UUID) -> HttpResponse:
    """One stay; of other hotels' there is none."""
    try:
        facts = services.get_stay(reservation_id)
    except NotFound as missing:
        raise Http404 from missing
    reader = access(request)
    if not reader.allows(Permission.VIEW_BOOKINGS, facts.hotel_id):
        raise Http404
    booking = services.get_booking(facts.booking_id)
    stay = next(room for room in booking.reservations if room.id == reservation_id)
    back = _back(request)
    may_change = reader.allows(Permission.MANAGE_BOOKINGS, facts.hotel_id)
    context: dict[str, Any] = {
        "title": f"{stay.guest.full_name}, {stay.number}",
        "booking": booking,
        "stay": stay,
        "nights": (stay.departure - stay.arrival).days,
        "back": back,
        "page": reverse("admin:bookings_booking_change", args=[booking.id]),
        "commands": _commands(stay, back) if may_change else [],
    }
    if request.headers.get("X-Requested-With") == "fetch":
        answer = TemplateResponse(request, "admin/bookings/chart/panel.html", context)
        answer["X-Chart"] = "panel"
        return answer
    return TemplateResponse(
        request, "admin/bookings/chart/stay.html", {**model_admin.admin_site.each_context(request), **context}
    )


def _commands(stay: services.ReservationView, back: str) -> list[dict[str, Any]]:
    """The buttons that lead to where the command is asked for."""
    return [
        {"transition": TRANSITIONS[action.value], "link": page_of(action.value, [stay.id], back=back)}
        for action in stay.actions
        if action.value in TRANSITIONS and TRANSITIONS[action.value].of_rooms
    ]


def _back(request: HttpRequest) -> str:
    given = request.POST if request.method == "POST" else request.GET
    back = given.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return back
    return reverse("admin:bookings_tape_chart")
