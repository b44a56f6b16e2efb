"""The page on which staff change a booking: first it shows what that comes to, then it issues the API's command.

Like the pages that move bookings it is a view of its own, outside the transaction in which the admin keeps its forms.
It carries a fresh idempotency key and the revision that it shows: it is saved once, and never over another's change.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import orjson
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from apps.accounts import services as accounts
from apps.bookings import policies, services
from apps.bookings.models import Booking
from apps.bookings.types import Action
from apps.inventory import services as inventory
from apps.platform.admin import ScopedAdmin, access, refusal_text
from apps.platform.errors import Problem

_KEY = re.compile("[0-9a-f]{32}")
_AGES = re.compile(r"[\s,;]+")
MAX_AGE, MAX_CHILDREN = 17, 10


class AgesField(forms.CharField):
    """The ages of children, separated by commas."""

    def clean(self, value: Any) -> Any:
        texts = [text for text in _AGES.split(super().clean(value)) if text]
        if not all(text.isdecimal() and int(text) <= MAX_AGE for text in texts) or len(texts) > MAX_CHILDREN:
            raise forms.ValidationError(f"Ages from 0 to {MAX_AGE}, separated by commas, at most {MAX_CHILDREN}.")
        return tuple(map(int, texts))


class RoomForm(forms.Form):
    """One room as it is, to be changed."""

    arrival = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    departure = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    room_type_id = forms.TypedChoiceField(label="Room type", coerce=UUID)
    rate_plan_id = forms.TypedChoiceField(label="Rate plan", coerce=UUID)
    adults = forms.IntegerField(min_value=1, max_value=20)
    children_ages = AgesField(label="Ages of children", required=False, max_length=60)
    guest_name = forms.CharField(label="Guest", max_length=200)

    def __init__(
        self, *args: Any, room: services.ReservationView, products: inventory.Products, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.room = room
        self.fields["room_type_id"].choices = _choices(products.room_types, room.room_type)  # type: ignore[attr-defined]
        self.fields["rate_plan_id"].choices = _choices(products.rate_plans, room.rate_plan)  # type: ignore[attr-defined]

    def change(self) -> services.StayChange:
        """What is filled in; what is as it was changes nothing."""
        return services.StayChange(reservation_id=self.room.id, **self.cleaned_data)


class WordsForm(forms.Form):
    """What belongs to the booking as a whole."""

    special_requests = forms.CharField(
        required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}), label="Requests"
    )
    reason = forms.CharField(required=False, max_length=500)
    restrictions = forms.BooleanField(required=False, label="Set restrictions aside")
    overbooking = forms.BooleanField(required=False, label="Sell more rooms than there are")

    def override(self) -> services.Override | None:
        given = self.cleaned_data
        if not (given["restrictions"] or given["overbooking"]):
            return None
        return services.Override(
            reason=given["reason"], restrictions=given["restrictions"], overbooking=given["overbooking"]
        )


def _choices(offered: Sequence[inventory.ProductName], present: inventory.ProductName) -> list[tuple[str, str]]:
    """What the hotel sells now, and what the room has, which may be sold no longer."""
    named = {product.id: product.name for product in (present, *offered)}
    return [(str(id_), name) for id_, name in named.items()]


def amend_page(booking_id: UUID, *, room: UUID | None = None, back: str = "", **wanted: Any) -> str:
    """The address of the page.

    :param room: the one that it is about; without it all rooms are shown.
    :param wanted: values that it begins with, like `arrival`, instead of those of the room.
    """
    query = {"room": room, "next": back, **wanted}
    given = {name: str(value) for name, value in query.items() if value}
    return reverse("admin:bookings_amend", args=[booking_id]) + (f"?{urlencode(given)}" if given else "")


def button_to_amend(
    booking: services.BookingView, room: services.ReservationView | None = None
) -> list[dict[str, Any]]:
    """The button that leads to the page, where there is something to amend."""
    status = booking.status if room is None else room.status
    if Action.AMEND not in policies.actions_on(status):
        return []
    shown = {"title": "Amend", "icon": "edit_calendar", "is_grave": False}
    return [{"transition": shown, "link": amend_page(booking.id, room=room.id if room else None)}]


def amend_view(model_admin: ScopedAdmin, request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """GET shows the booking to be changed; POST previews, or with `save` changes it."""
    booking = _booking(model_admin, request, booking_id)
    page = _Page(request, booking)
    if request.method == "POST" and page.is_valid():
        if "save" in request.POST:
            page.amend()
        else:
            page.preview()
        if page.is_saved:
            return HttpResponseRedirect(page.back)
    context = {**model_admin.admin_site.each_context(request), **page.context()}
    return TemplateResponse(request, "admin/bookings/amend.html", context)


def _booking(model_admin: ScopedAdmin, request: HttpRequest, booking_id: UUID) -> services.BookingView:
    rows = model_admin.scoped(request, Booking.objects.filter(id=booking_id), model_admin.view_permission)
    hotel_id = rows.values_list("hotel_id", flat=True).first()
    if hotel_id is None:
        raise Http404
    if not access(request).allows(accounts.Permission.MANAGE_BOOKINGS, hotel_id):
        raise PermissionDenied
    return services.get_booking(booking_id)


class _Page:
    """The forms of one request, and what came of them."""

    def __init__(self, request: HttpRequest, booking: services.BookingView) -> None:
        self.request, self.booking = request, booking
        given = request.POST if request.method == "POST" else request.GET
        data = request.POST if request.method == "POST" else None
        self.only = given.get("room", "")
        self.back = _back(request, given.get("next", ""), booking.id)
        products = inventory.products_of(booking.hotel_id)
        self.rooms = [
            RoomForm(
                data,
                prefix=room.number.rsplit("-", 1)[-1],
                initial=_shown(room) | (_wished(given) if self.only else {}),
                room=room,
                products=products,
            )
            for room in booking.reservations
            if Action.AMEND in policies.actions_on(room.status) and self.only in ("", str(room.id))
        ]
        self.words = WordsForm(data, initial={"special_requests": booking.special_requests})
        self.may_override = access(request).allows(accounts.Permission.OVERRIDE, booking.hotel_id)
        # The revision and the key are those of the first showing: a save after another's change is refused.
        self.revision = _number(given.get("revision", "")) or booking.revision
        self.key = given.get("key", "") if _KEY.fullmatch(given.get("key", "")) else uuid4().hex
        self.difference: services.AmendmentPreview | None = None
        self.refusal = ""
        self.is_saved = False

    def is_valid(self) -> bool:
        return all([self.words.is_valid(), *(room.is_valid() for room in self.rooms)])

    def _command(self) -> services.AmendBooking:
        return services.AmendBooking(
            booking_id=self.booking.id,
            reservations=tuple(room.change() for room in self.rooms),
            special_requests=self.words.cleaned_data["special_requests"],
            override=self.words.override() if self.may_override else None,
        )

    def preview(self) -> None:
        caller = accounts.caller_for(self.request.user.pk)
        try:
            self.difference = services.preview_amendment(
                self._command(), caller=caller, expected_revision=self.revision
            )
        except Problem as refusal:
            self.refusal = refusal_text(refusal.members())

    def amend(self) -> None:
        caller = accounts.caller_for(self.request.user.pk)
        try:
            outcome = services.amend_booking(
                self._command(), caller=caller, key=self.key, expected_revision=self.revision
            )
        except Problem as refusal:
            self.refusal = refusal_text(refusal.members())
            return
        if outcome.refused:
            # What was refused stays refused under its key: another try is another intention.
            self.refusal, self.key = refusal_text(orjson.loads(outcome.body)), uuid4().hex
            return
        self.is_saved = True
        messages.success(self.request, f"{self.booking.confirmation_number} is amended.")

    def context(self) -> dict[str, Any]:
        return {
            "title": f"Amend {self.booking.confirmation_number}",
            "booking": self.booking,
            "rooms": self.rooms,
            "words": self.words,
            "may_override": self.may_override,
            "difference": self.difference,
            "refusal": self.refusal,
            "key": self.key,
            "revision": self.revision,
            "only": self.only,
            "next": self.back,
        }


def _shown(room: services.ReservationView) -> dict[str, Any]:
    return {
        "arrival": room.arrival,
        "departure": room.departure,
        "room_type_id": str(room.room_type.id),
        "rate_plan_id": str(room.rate_plan.id),
        "adults": room.adults,
        "children_ages": ", ".join(map(str, room.children_ages)),
        "guest_name": room.guest.full_name,
    }


def _wished(given: Mapping[str, Any]) -> dict[str, Any]:
    """What whoever leads here proposes, like the tape chart the dates to which a bar was drawn."""
    wished: dict[str, Any] = {}
    for name in ("arrival", "departure"):
        try:
            wished[name] = date.fromisoformat(given.get(name, ""))
        except ValueError:
            continue
    return wished | ({"room_type_id": given["room_type_id"]} if given.get("room_type_id") else {})


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004 - digits of an integer


def _back(request: HttpRequest, given: str, booking_id: UUID) -> str:
    if url_has_allowed_host_and_scheme(given, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return given
    return reverse("admin:bookings_booking_change", args=[booking_id])
