"""The page that asks before a booking moves, and then issues the same command as the API.

The page carries a fresh idempotency key: however often it is sent, each booking moves once. It is a view of its own,
outside the transaction in which the admin keeps its forms, because the command runner opens the only durable one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import orjson
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from apps.accounts import services as accounts
from apps.bookings import services
from apps.bookings.models import Booking, Reservation
from apps.bookings.types import Action
from apps.platform.admin import ScopedAdmin, access, refusal_text, tell_refusal
from apps.platform.errors import Problem
from apps.platform.idempotency import IdempotencyKeyRequired, Outcome
from apps.platform.money import Money

MOST_AT_ONCE = 100
_PAGE_KEY = re.compile("[0-9a-f]{32}")

Run = Callable[[UUID, Money | None, accounts.Caller, str], Outcome]


@dataclass(frozen=True, kw_only=True)
class Transition:
    """What staff can do with a whole booking, or with one of its rooms."""

    action: Action
    title: str
    question: str
    done: str
    of_rooms: bool
    icon: str
    hint: str
    run: Run
    is_grave: bool = False


TRANSITIONS: Mapping[str, Transition] = {
    transition.action.value: transition
    for transition in (
        Transition(
            action=Action.CONFIRM,
            title="Confirm",
            question="Confirm the booking?",
            done="confirmed",
            of_rooms=False,
            icon="check_circle",
            hint="The rooms that are held are sold, and the guest gets the confirmation by mail.",
            run=lambda id_, _, caller, key: services.confirm_booking(
                services.ConfirmBooking(booking_id=id_), caller=caller, key=key
            ),
        ),
        Transition(
            action=Action.CANCEL,
            title="Cancel",
            question="Cancel the booking?",
            done="canceled",
            of_rooms=False,
            icon="cancel",
            hint="All rooms are given back at once, and the guest is told by mail. A canceled booking stays canceled.",
            run=lambda id_, penalty, caller, key: services.cancel_booking(
                services.CancelBooking(booking_id=id_, expected_penalty=penalty), caller=caller, key=key
            ),
            is_grave=True,
        ),
        Transition(
            action=Action.CHECK_IN,
            title="Check in",
            question="Check the guest in?",
            done="checked in",
            of_rooms=True,
            icon="login",
            hint="The guest is in the house from now on.",
            run=lambda id_, _, caller, key: services.check_in(
                services.CheckIn(reservation_id=id_), caller=caller, key=key
            ),
        ),
        Transition(
            action=Action.CHECK_OUT,
            title="Check out",
            question="Check the guest out?",
            done="checked out",
            of_rooms=True,
            icon="logout",
            hint="The stay is over. Nights that are left are on sale again.",
            run=lambda id_, _, caller, key: services.check_out(
                services.CheckOut(reservation_id=id_), caller=caller, key=key
            ),
        ),
        Transition(
            action=Action.NO_SHOW,
            title="No-show",
            question="Record that nobody came?",
            done="recorded as no-show",
            of_rooms=True,
            icon="person_off",
            hint="The guest did not come: the first night stays sold, later nights are kept as long as the hotel says.",
            run=lambda id_, _, caller, key: services.record_no_show(
                services.RecordNoShow(reservation_id=id_), caller=caller, key=key
            ),
            is_grave=True,
        ),
        Transition(
            action=Action.REVERT_CHECK_IN,
            title="Undo check-in",
            question="Undo the check-in?",
            done="not checked in any more",
            of_rooms=True,
            icon="undo",
            hint="The guest is not in the house after all. Only on the business date of the check-in; the room stays.",
            run=lambda id_, _, caller, key: services.revert_check_in(
                services.RevertCheckIn(reservation_id=id_), caller=caller, key=key
            ),
        ),
        Transition(
            action=Action.REVERT_CHECK_OUT,
            title="Undo check-out",
            question="Undo the check-out?",
            done="in the house again",
            of_rooms=True,
            icon="undo",
            hint="The guest has not left after all. Only on the business date of the check-out; freed nights are sold"
            " again to this guest, if nobody else has them.",
            run=lambda id_, _, caller, key: services.revert_check_out(
                services.RevertCheckOut(reservation_id=id_), caller=caller, key=key
            ),
        ),
    )
}


OF_ROOMS = frozenset(Action(name) for name, transition in TRANSITIONS.items() if transition.of_rooms)
"""What these pages do with single rooms."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A booking or a room that is about to move, as the page shows it."""

    id: UUID
    number: str
    guest: str
    hotel: str
    what: str
    arrival: date
    departure: date
    status: str
    total: Money


def page_of(action: str, ids: Sequence[UUID], *, back: str = "") -> str:
    """The address of the page that asks before these move."""
    query = [("id", str(id_)) for id_ in ids] + ([("next", back)] if back else [])
    return reverse("admin:bookings_transition", args=[action]) + "?" + urlencode(query)


def transition_view(model_admin: ScopedAdmin, request: HttpRequest, action: str) -> HttpResponse:
    """GET asks, POST does; ids beyond the reader's walls are not there."""
    transition = TRANSITIONS.get(action)
    given = request.POST if request.method == "POST" else request.GET
    ids = _ids(given.getlist("id"))
    if transition is None or not ids:
        raise Http404
    back = given.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = reverse("admin:bookings_booking_changelist")
    if len(ids) > MOST_AT_ONCE:
        messages.error(request, f"At most {MOST_AT_ONCE} at once.")
        return HttpResponseRedirect(back)
    subjects = _subjects(model_admin, request, transition, ids)
    if request.method == "POST":
        _carry_out(request, transition, subjects, key=given.get("key", ""))
        return HttpResponseRedirect(back)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": transition.title,
        "transition": transition,
        "subjects": _with_penalties(request, transition, subjects),
        "key": uuid4().hex,
        "next": back,
    }
    return TemplateResponse(request, "admin/bookings/transition.html", context)


def _ids(given: Sequence[str]) -> list[UUID]:
    try:
        return list(dict.fromkeys(UUID(text) for text in given))
    except ValueError:
        raise Http404 from None


def _subjects(
    model_admin: ScopedAdmin, request: HttpRequest, transition: Transition, ids: Sequence[UUID]
) -> list[Subject]:
    booking_of = {id_: id_ for id_ in ids}
    if transition.of_rooms:
        booking_of = dict(Reservation.objects.filter(id__in=ids).values_list("id", "booking_id"))
    wanted = set(booking_of.values())
    visible = model_admin.scoped(request, Booking.objects.filter(id__in=wanted), model_admin.view_permission)
    hotel_of = dict(visible.values_list("id", "hotel_id"))
    if len(booking_of) != len(ids) or len(hotel_of) != len(wanted):
        raise Http404
    if not all(access(request).allows(accounts.Permission.MANAGE_BOOKINGS, hotel) for hotel in hotel_of.values()):
        raise PermissionDenied
    views = services.get_bookings(wanted)
    return [_subject(id_, views[booking_of[id_]], of_rooms=transition.of_rooms) for id_ in ids]


def _subject(id_: UUID, view: services.BookingView, *, of_rooms: bool) -> Subject:
    rooms = [room for room in view.reservations if room.id == id_ or not of_rooms]
    return Subject(
        id=id_,
        number=rooms[0].number if of_rooms else view.confirmation_number,
        guest=rooms[0].guest.full_name if of_rooms else view.booker.full_name,
        hotel=view.hotel_name,
        what=", ".join(room.room_type.name for room in rooms),
        arrival=rooms[0].arrival if of_rooms else view.arrival,
        departure=rooms[0].departure if of_rooms else view.departure,
        status=rooms[0].status if of_rooms else view.status,
        total=rooms[0].total if of_rooms else view.total,
    )


def _with_penalties(request: HttpRequest, transition: Transition, subjects: Sequence[Subject]) -> list[dict[str, Any]]:
    """The subjects with what canceling costs, which the command then insists on."""
    caller = accounts.caller_for(request.user.pk)
    shown = []
    for subject in subjects:
        penalty = None
        if transition.action is Action.CANCEL:
            penalty = services.preview_cancellation(subject.id, caller=caller).penalty
        shown.append({"row": subject, "penalty": penalty})
    return shown


def _carry_out(request: HttpRequest, transition: Transition, subjects: Sequence[Subject], *, key: str) -> None:
    if not _PAGE_KEY.fullmatch(key):
        tell_refusal(request, IdempotencyKeyRequired())
        return
    caller = accounts.caller_for(request.user.pk)
    done = []
    for subject in subjects:
        try:
            # One key for the page, and with it one for each booking on it.
            outcome = transition.run(subject.id, _penalty(request, subject), caller, f"{key}.{subject.id.hex}")
        except Problem as refusal:
            tell_refusal(request, refusal, about=subject.number)
            continue
        if outcome.refused:
            messages.error(request, refusal_text(orjson.loads(outcome.body), about=subject.number))
        else:
            done.append(subject)
    if done:
        who = f"{done[0].number}, {done[0].guest}," if len(done) == 1 else f"{len(done)}"
        messages.success(request, f"{who} {'is' if len(done) == 1 else 'are'} {transition.done}.")


def _penalty(request: HttpRequest, subject: Subject) -> Money | None:
    amount, _, currency = request.POST.get(f"penalty-{subject.id}", "").partition(" ")
    return Money(amount=amount, currency=currency) if amount else None
