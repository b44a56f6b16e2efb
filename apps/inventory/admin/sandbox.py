"""The clock of a sandbox: what it shows, and buttons that advance it."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from apps.accounts.services import Permission
from apps.inventory import services
from apps.inventory.models import Hotel
from apps.platform.admin import ScopedAdmin, access, tell_refusal
from apps.platform.errors import Problem

_STEPS = {"1 hour": timedelta(hours=1), "1 day": timedelta(days=1), "1 week": timedelta(days=7)}


def clock_view(model_admin: ScopedAdmin, request: HttpRequest, hotel_id: UUID) -> HttpResponse:
    """GET shows the clock, POST advances it; a live hotel has no such page."""
    hotel = model_admin.scoped(request, Hotel.objects.filter(id=hotel_id), Permission.VIEW_HOTEL).first()
    if hotel is None or not hotel.is_sandbox:
        raise Http404
    may = access(request).allows(Permission.MANAGE_HOTEL, hotel_id)
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        _advance(request, hotel_id)
        return HttpResponseRedirect(request.path)
    shown = services.read_clock(access=access(request), hotel_id=hotel_id)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Clock of the sandbox",
        "hotel": hotel,
        "clock": shown,
        "local": shown.now.astimezone(ZoneInfo(shown.time_zone)),
        "ahead": timedelta(seconds=shown.seconds_ahead),
        "steps": _STEPS,
        "may": may,
    }
    return TemplateResponse(request, "admin/inventory/clock.html", context)


def _advance(request: HttpRequest, hotel_id: UUID) -> None:
    shown = services.read_clock(access=access(request), hotel_id=hotel_id)
    try:
        if step := _STEPS.get(request.POST.get("by", "")):
            to = shown.now + step
        else:
            to = datetime.fromisoformat(request.POST.get("to", "")).replace(tzinfo=ZoneInfo(shown.time_zone))
        services.advance_clock(access=access(request), hotel_id=hotel_id, to=to)
    except ValueError:
        messages.error(request, "Say when as a date and a time.")
    except Problem as refusal:
        tell_refusal(request, refusal)
    else:
        messages.success(request, f"The clock shows {to.astimezone(ZoneInfo(shown.time_zone)):%-d %B %Y, %H:%M}.")
