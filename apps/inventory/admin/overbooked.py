"""The nights with more rooms sold than there are: whose guests have to be walked."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from apps.accounts.services import Permission
from apps.inventory import services
from apps.platform.admin import ScopedAdmin, access


def overbooked_view(model_admin: ScopedAdmin, request: HttpRequest) -> HttpResponse:
    """One hotel of the reader: the one in `?hotel=`, otherwise the first by name."""
    houses = services.houses_today(access(request).scopes(Permission.VIEW_HOTEL))
    if not houses:
        raise PermissionDenied
    wanted = request.GET.get("hotel", "") or str(houses[0].hotel_id)
    house = next((house for house in houses if str(house.hotel_id) == wanted), None)
    if house is None:
        raise Http404
    nights = services.overbooked_nights(access=access(request), hotel_id=house.hotel_id)
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": "Overbooked nights",
        "houses": houses,
        "house": house,
        "rows": [{"night": night, "calendar": _calendar(house.hotel_id, night)} for night in nights],
        "guests": sum(night.too_many for night in nights),
    }
    return TemplateResponse(request, "admin/inventory/overbooked.html", context)


def _calendar(hotel_id: Any, night: services.OverbookedNight) -> str:
    shown = {"hotel": hotel_id, "month": f"{night.night:%Y-%m}", "room_type": night.room_type_id, "night": night.night}
    return f"{reverse('admin:inventory_calendar')}?{urlencode(shown)}#night"
