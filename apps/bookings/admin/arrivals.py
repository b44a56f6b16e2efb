"""The button that gives everybody who arrives today a room."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from apps.accounts import services as accounts
from apps.bookings import services
from apps.platform.admin import tell_refusal
from apps.platform.errors import Problem


def assign_arrivals_view(request: HttpRequest) -> HttpResponse:
    """POST gives rooms and goes back to where the button is; GET only goes there."""
    today = reverse("admin:index")
    if request.method != "POST":
        return HttpResponseRedirect(today)
    try:
        hotel_id = UUID(request.POST.get("hotel", ""))
    except ValueError:
        raise Http404 from None
    caller = accounts.caller_for(request.user.pk)
    try:
        done = services.assign_arrivals(hotel_id, day=None, caller=caller, key=request.POST.get("key", ""))
    except Problem as refusal:
        tell_refusal(request, refusal)
    else:
        if done.assigned or not done.left:
            messages.success(request, f"{done.assigned} got a room.")
        if done.left:
            messages.warning(request, f"No room is free for {', '.join(done.left)}.")
    return HttpResponseRedirect(f"{today}?hotel={hotel_id}")
