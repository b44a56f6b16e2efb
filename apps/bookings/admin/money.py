"""Money at the desk: the pages that ask before cash is written down, or money is given back.

Like the pages of transitions they carry a fresh key, and issue the same commands as the API outside of any transaction.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Booking
from apps.platform import money
from apps.platform.admin import ScopedAdmin, access, refusal_text, tell_refusal
from apps.platform.errors import Problem
from apps.platform.idempotency import IdempotencyKeyRequired, Outcome
from apps.platform.money import Money

_PAGE_KEY = re.compile("[0-9a-f]{32}")

Run = Callable[[UUID, Money | None, str, accounts.Caller, str], Outcome]


@dataclass(frozen=True, kw_only=True)
class Deed:
    """What staff can do with the money of a booking."""

    title: str
    question: str
    hint: str
    icon: str
    done: str
    run: Run
    needs_reason: bool = False
    is_grave: bool = False


DEEDS: Mapping[str, Deed] = {
    "pay": Deed(
        title="Take cash",
        question="Has the guest paid in cash?",
        hint="It counts as paid at once, and stands in the audit log. A pending booking whose deposit it covers is"
        " confirmed.",
        icon="payments",
        done="paid in cash",
        run=lambda id_, amount, _, caller, key: services.pay_at_desk(
            services.PayAtDesk(booking_id=id_, amount=amount), caller=caller, key=key
        ),
    ),
    "refund": Deed(
        title="Refund",
        question="Give money back?",
        hint="What the payment provider has taken goes back by it; cash is taken out of the till at once.",
        icon="undo",
        done="on its way back",
        run=lambda id_, amount, reason, caller, key: services.refund_booking(
            services.RefundBooking(booking_id=id_, amount=amount, reason=reason), caller=caller, key=key
        ),
        needs_reason=True,
        is_grave=True,
    ),
}


def money_of(booking_id: UUID, *, manages: bool) -> dict[str, Any]:
    """What the page of a booking shows of its money, and the deeds that make sense."""
    view = services.get_payments(booking_id)
    balance = money.to_minor(view.balance.amount, view.balance.currency)
    paid = money.to_minor(view.paid.amount, view.paid.currency)
    possible = [*(["pay"] if balance > 0 else []), *(["refund"] if paid > 0 else [])] if manages else []
    return {
        "payments": view,
        "owes": balance > 0,
        "has_too_much": balance < 0,
        "deeds": [
            {"deed": DEEDS[name], "link": reverse("admin:bookings_money", args=[booking_id, name])} for name in possible
        ],
    }


def money_view(model_admin: ScopedAdmin, request: HttpRequest, booking_id: UUID, deed: str) -> HttpResponse:
    """GET asks, POST does; a booking beyond the reader's walls is not there."""
    if deed not in DEEDS:
        raise Http404
    found = model_admin.scoped(request, Booking.objects.filter(id=booking_id), model_admin.view_permission).first()
    if found is None:
        raise Http404
    if not access(request).allows(accounts.Permission.MANAGE_BOOKINGS, found.hotel_id):
        raise PermissionDenied
    back = reverse("admin:bookings_booking_change", args=[booking_id])
    if request.method == "POST":
        _carry_out(request, DEEDS[deed], found)
        return HttpResponseRedirect(back)
    view = services.get_booking(booking_id)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": DEEDS[deed].title,
        "name": deed,
        "deed": DEEDS[deed],
        "booking": view,
        "suggested": _suggested(view, deed),
        "key": uuid4().hex,
        "back": back,
    }
    return TemplateResponse(request, "admin/bookings/money.html", context)


def _suggested(booking: services.BookingView, deed: str) -> str:
    """What the field begins with: all that is owed, or all that is too much."""
    balance = booking.amounts.balance.amount
    if deed == "pay":
        return "" if balance.startswith("-") else balance
    return balance.removeprefix("-") if balance.startswith("-") else ""


def _carry_out(request: HttpRequest, deed: Deed, booking: Booking) -> None:
    key, reason = request.POST.get("key", ""), request.POST.get("reason", "").strip()
    if not _PAGE_KEY.fullmatch(key):
        tell_refusal(request, IdempotencyKeyRequired())
        return
    if deed.needs_reason and not reason:
        messages.error(request, "Say why: it is written down.")
        return
    try:
        amount = _amount(request.POST.get("amount", "").strip(), booking.currency)
    except ValueError as error:
        messages.error(request, f"{error}.")
        return
    try:
        outcome = deed.run(booking.id, amount, reason, accounts.caller_for(request.user.pk), key)
    except Problem as refusal:
        tell_refusal(request, refusal, about=booking.confirmation_number)
        return
    if outcome.refused:
        messages.error(request, refusal_text(orjson.loads(outcome.body), about=booking.confirmation_number))
    else:
        messages.success(request, f"{booking.confirmation_number}: {_what(amount)} {deed.done}.")


def _amount(text: str, currency: str) -> Money | None:
    """What was typed; None where nothing was.

    :raises ValueError: if it is no amount of this currency.
    """
    return money.from_minor(money.to_minor(text, currency), currency) if text else None


def _what(amount: Money | None) -> str:
    return f"{amount.amount} {amount.currency}" if amount else "What was due is"
