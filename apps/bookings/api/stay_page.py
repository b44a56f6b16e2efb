"""The page of a guest without an account: their booking, and what they can do with it. It does what the API does.

Each form carries a key of its own, so that a form that is sent twice acts once. Whoever has the address may do all
this: the page is neither kept nor listed anywhere, and no other site is told its address.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import orjson
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views import View
from rest_framework.request import Request

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.api.calendars import calendar_of
from apps.bookings.api.callers import claims_of
from apps.bookings.api.stay_changes import asked_change, change_of
from apps.bookings.api.stay_shown import shown, shown_payments
from apps.inventory import services as inventory
from apps.platform.errors import NotFound, Problem, TooMany, by_code
from apps.platform.http.throttling import RouteClassThrottle
from apps.platform.idempotency import IdempotencyKeyRequired, Outcome
from apps.platform.money import Money

_PAGE_KEY = re.compile("[0-9a-f]{32}")

Run = Callable[[HttpRequest, services.BookingView, accounts.Caller, str], Outcome]


def _confirm(_: HttpRequest, booking: services.BookingView, caller: accounts.Caller, key: str) -> Outcome:
    return services.confirm_booking(services.ConfirmBooking(booking_id=booking.id), caller=caller, key=key)


def _extend(_: HttpRequest, booking: services.BookingView, caller: accounts.Caller, key: str) -> Outcome:
    return services.extend_hold(services.ExtendHold(booking_id=booking.id), caller=caller, key=key)


def _cancel(request: HttpRequest, booking: services.BookingView, caller: accounts.Caller, key: str) -> Outcome:
    penalty, room = _penalty(request), _room(request.POST, booking)
    if room is None:
        whole = services.CancelBooking(booking_id=booking.id, expected_penalty=penalty)
        return services.cancel_booking(whole, caller=caller, key=key)
    one = services.CancelReservation(reservation_id=room.id, expected_penalty=penalty)
    return services.cancel_reservation(one, caller=caller, key=key)


def _change(request: HttpRequest, booking: services.BookingView, caller: accounts.Caller, key: str) -> Outcome:
    room, revision = _room(request.POST, booking), request.POST.get("revision", "")
    if room is None or not re.fullmatch("[0-9]{1,9}", revision):
        raise NotFound()
    command = change_of(request.POST, booking, room)
    return services.amend_booking(command, caller=caller, key=key, expected_revision=int(revision))


def _pay(_: HttpRequest, booking: services.BookingView, caller: accounts.Caller, key: str) -> Outcome:
    return services.pay(services.PayForBooking(booking_id=booking.id), caller=caller, key=key)


def _renew(_: HttpRequest, booking: services.BookingView, caller: accounts.Caller, key: str) -> Outcome:
    return services.renew_manage_link(services.RenewManageLink(booking_id=booking.id), caller=caller, key=key)


def _claim(request: HttpRequest, booking: services.BookingView, _: accounts.Caller, key: str) -> Outcome:
    if request.user.pk is None:
        raise NotFound("Sign in first.")
    account = accounts.caller_for(request.user.pk)
    return services.claim_booking(services.ClaimBooking(booking_id=booking.id), caller=account, key=key)


_RUN: Mapping[str, Run] = {
    "confirm": _confirm,
    "extend": _extend,
    "cancel": _cancel,
    "change": _change,
    "pay": _pay,
    "renew": _renew,
    "claim": _claim,
}
_DONE = {
    "confirmed": "Your stay is confirmed. A mail with all of it is on its way to you.",
    "hold_extended": "Your rooms are held for longer.",
    "amended": "Changed. What you see is what is booked now.",
    "canceled": "Canceled. A mail that says so is on its way to you.",
    "payment_begun": "Thank you. Below you see how far your payment has come.",
}
# What ends the secret by which the page is open.
_LAST = {
    "renewed": "This link works no longer. A new one is on its way to you by mail.",
    "claimed": "The booking is in your account now, and this link works no longer.",
}


class StayPage(View):
    """GET shows the booking, or asks before something is done (`?ask=`); POST does it."""

    throttle_scope = "default"
    write_throttle_scope = "book"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # (DRF's request, which the throttle reads, forgets who is signed in by session.)
        user = request.user
        allowed = RouteClassThrottle().allow_request(Request(request), self)
        request.user = user
        if not allowed:
            raise TooMany()
        response: HttpResponse = super().dispatch(request, *args, **kwargs)  # type: ignore[assignment]
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        # Neither others nor we read the address in a Referer. (With `no-referrer` forms would come from "null".)
        response["Referrer-Policy"] = "strict-origin"
        return response

    def get(self, request: HttpRequest, number: str, secret: str) -> HttpResponse:
        booking, caller = self._opened(request, number, secret)
        if request.GET.get("as") == "ics":
            room = _room(request.GET, booking)
            return calendar_of(booking, only=room.id if room else None)
        if request.GET.get("ask") == "cancel":
            return self._ask(request, booking, caller)
        if request.GET.get("ask") == "change":
            return self._ask_change(request, booking, caller)
        context = {
            **shown(booking),
            "payments": shown_payments(services.read_payments(booking.id, caller=caller)),
            "takes_payments": services.takes_payments(),
            "keys": {name: uuid4().hex for name in _RUN},
        }
        return render(request, "stay/page.html", context)

    def post(self, request: HttpRequest, number: str, secret: str) -> HttpResponse:
        booking, caller = self._opened(request, number, secret)
        run, key = _RUN.get(request.POST.get("do", "")), request.POST.get("key", "")
        if run is None:
            raise NotFound()
        try:
            if not _PAGE_KEY.fullmatch(key):
                raise IdempotencyKeyRequired()
            outcome = run(request, booking, caller, key)
        except Problem as refused:
            _tell(request, refused.members())
            return HttpResponseRedirect(request.path)
        if outcome.refused:
            _tell(request, orjson.loads(outcome.body))
        elif outcome.code in _LAST:
            return render(request, "stay/over.html", {"hotel": booking.hotel_name, "said": _LAST[outcome.code]})
        else:
            messages.success(request, _DONE.get(outcome.code, "Done."))
        return HttpResponseRedirect(request.path)

    def _opened(self, request: HttpRequest, number: str, secret: str) -> tuple[services.BookingView, accounts.Caller]:
        """The booking of the address, by the clock of its hotel.

        :raises NotFound: if the secret is not that of the booking.
        """
        claims = claims_of(request, secret, confirmation_number=number)
        caller = accounts.caller_for(None, credential=claims)
        booking = services.read_booking(claims.only, caller=caller)
        inventory.go_by_clock_of(booking.hotel_id)
        return booking, caller

    def _ask(self, request: HttpRequest, booking: services.BookingView, caller: accounts.Caller) -> HttpResponse:
        """What canceling costs now, before it is done: the form insists on that figure."""
        room = _room(request.GET, booking)
        if room is None:
            preview = services.preview_cancellation(booking.id, caller=caller)
        else:
            preview = services.preview_stay_cancellation(room.id, caller=caller)
        context = {
            **shown(booking, terms=preview.cancellation),
            "room": room,
            "penalty": preview.penalty,
            "is_free": not preview.penalty.amount.strip("0."),
            "key": uuid4().hex,
        }
        return render(request, "stay/cancel.html", context)

    def _ask_change(self, request: HttpRequest, booking: services.BookingView, caller: accounts.Caller) -> HttpResponse:
        """Other dates or another name of one room; filled in, it says what that would change."""
        room = _room(request.GET, booking)
        if room is None:
            raise NotFound()
        asked = asked_change(request.GET, booking, room, caller)
        terms = asked["difference"]["terms"] if "difference" in asked else None
        return render(request, "stay/change.html", {**shown(booking, terms=terms), **asked, "key": uuid4().hex})


def _room(given: Mapping[str, Any], booking: services.BookingView) -> services.ReservationView | None:
    """The room of the booking that is meant, or None for all of them.

    :raises NotFound: if it is no room of this booking.
    """
    named = str(given.get("room", ""))
    if not named:
        return None
    found = [room for room in booking.reservations if str(room.id) == named]
    if not found:
        raise NotFound()
    return found[0]


def _penalty(request: HttpRequest) -> Money | None:
    amount, _, currency = request.POST.get("penalty", "").partition(" ")
    return Money(amount=amount, currency=currency) if amount else None


def _tell(request: HttpRequest, members: Mapping[str, Any]) -> None:
    """Say on the next page what was refused, and what helps."""
    kind = by_code(members["code"])
    details = [members["detail"], *(str(item["detail"]) for item in members.get("errors", [])[:3])]
    text = " ".join(f"{detail.rstrip('.')}." for detail in dict.fromkeys(details))
    messages.error(request, text if kind is None else f"{kind.title}: {text}" if text != f"{kind.title}." else text)
