"""The page behind a bar of the tape chart: one stay, what can be done with it, and what that would change.

A preview is a plain GET, the command a POST with the key that the preview carries. The scripts of the chart ask for the
same page, and show what is in it as a dialog over the chart.
"""

import re
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from apps.accounts import services as accounts
from apps.accounts.services import Permission
from apps.bookings import services
from apps.bookings.admin.chart_amending import AMENDABLE, Dates, keep_room
from apps.bookings.admin.chart_moving import BEST, NONE, Move, Rooms
from apps.bookings.admin.chart_rows import on
from apps.bookings.admin.transitions import TRANSITIONS, page_of
from apps.inventory import services as inventory
from apps.platform.admin import ScopedAdmin, access, refusal_text
from apps.platform.errors import NotFound, Problem
from apps.platform.idempotency import IdempotencyKeyRequired, Outcome

_KEY = re.compile("[0-9a-f]{32}")
_MOST = 500


def stay_view(model_admin: ScopedAdmin, request: HttpRequest, reservation_id: UUID) -> HttpResponse:
    """GET shows a stay, with a preview of what `do` asks for; POST does it. Of other hotels' stays there is none."""
    try:
        facts = services.get_stay(reservation_id)
    except NotFound as missing:
        raise Http404 from missing
    if not access(request).allows(Permission.VIEW_BOOKINGS, facts.hotel_id):
        raise Http404
    page = _Page(model_admin, request, facts)
    if request.method != "POST":
        return page.shown()
    if not page.may_change:
        raise PermissionDenied
    return page.done()


class _Page:
    """One request for the page of one stay."""

    def __init__(self, model_admin: ScopedAdmin, request: HttpRequest, facts: services.StayFacts) -> None:
        self.model_admin, self.request = model_admin, request
        self.given = request.POST if request.method == "POST" else request.GET
        self.booking = services.get_booking(facts.booking_id)
        self.stay = next(room for room in self.booking.reservations if room.id == facts.reservation_id)
        self.caller = accounts.caller_for(request.user.pk)
        self.may_change = access(request).allows(Permission.MANAGE_BOOKINGS, facts.hotel_id)

    # What is asked for ------------------------------------------------------------------------------------------------

    @property
    def do(self) -> str:
        return self.given.get("do", "")

    @cached_property
    def rooms(self) -> Rooms:
        since = _day(self.given.get("since", ""))
        return Rooms(self.stay, hotel_id=self.booking.hotel_id, today=self.today, since=since)

    @cached_property
    def today(self) -> date:
        """The hotel's business date."""
        hotel_id = self.booking.hotel_id
        return inventory.today_at(hotel_id)

    @property
    def move(self) -> Move | None:
        room = self.given.get("room", "")
        is_known = room in {BEST, NONE} or self.rooms.choice(room) is not None
        if self.do != "move" or not is_known:
            return None
        reason = " ".join(self.given.get("reason", "").split())[:_MOST]
        agreed = self.given.get("agreed") == "1"
        return Move(room=room, since=self.rooms.since, reason=reason, even_if_promised=agreed)

    @property
    def dates(self) -> Dates | None:
        arrival, departure = _day(self.given.get("arrival", "")), _day(self.given.get("departure", ""))
        if self.do != "amend" or arrival is None or departure is None:
            return None
        return Dates(booking_id=self.booking.id, reservation_id=self.stay.id, arrival=arrival, departure=departure)

    @property
    def back(self) -> str:
        back = self.given.get("next", "")
        hosts, secure = {self.request.get_host()}, self.request.is_secure()
        if url_has_allowed_host_and_scheme(back, allowed_hosts=hosts, require_https=secure):
            return back
        return f"{reverse('admin:bookings_tape_chart')}?hotel={self.booking.hotel_id}"

    # Answers ----------------------------------------------------------------------------------------------------------

    def shown(self, refusal: str = "") -> HttpResponse:
        """The stay, with the preview that is asked for."""
        context: dict[str, Any] = {
            "title": f"{self.stay.guest.full_name}, {self.stay.number}",
            "booking": self.booking,
            "stay": self.stay,
            "rooms_now": list(dict.fromkeys(night.room.number for night in self.stay.nights if night.room)),
            "nights": (self.stay.departure - self.stay.arrival).days,
            "back": self.back,
            "here": reverse("admin:bookings_chart_stay", args=[self.stay.id]),
            "page": reverse("admin:bookings_booking_change", args=[self.booking.id]),
            "do": self.do,
            "refusal": refusal,
            "commands": [],
        }
        if self.may_change:
            context |= self._moving() | self._amending() | {"commands": self._commands(), "key": uuid4().hex}
        if self.request.headers.get("X-Requested-With") == "fetch":
            answer = TemplateResponse(self.request, "admin/bookings/chart/panel.html", context)
            answer["X-Chart"] = "panel"
            return answer
        context |= self.model_admin.admin_site.each_context(self.request)
        return TemplateResponse(self.request, "admin/bookings/chart/stay.html", context)

    def _moving(self) -> dict[str, Any]:
        rooms = self.rooms
        if not (rooms.actions and rooms.left):
            return {}
        move = self.move
        room = rooms.choice(move.room) if move else None
        return {"rooms": rooms, "move": move, "room": room, "best": BEST, "none": NONE}

    def _amending(self) -> dict[str, Any]:
        if self.stay.status not in AMENDABLE:
            return {}
        context: dict[str, Any] = {"may_amend": True, "dates": self.dates or self.stay}
        if self.dates and self.request.method != "POST":
            try:
                preview = self.dates.previewed(caller=self.caller)
            except Problem as refused:
                return context | {"amend_refusal": refusal_text(refused.members())}
            return context | {"preview": preview, "differences": preview.reservations}
        return context

    def _commands(self) -> list[dict[str, Any]]:
        """The buttons that lead to where a command is asked for; ahead of the arrival there is nothing to do."""
        if self.stay.arrival > self.today:
            return []
        return [
            {"transition": TRANSITIONS[action.value], "link": page_of(action.value, [self.stay.id], back=self.back)}
            for action in self.stay.actions
            if action.value in TRANSITIONS and TRANSITIONS[action.value].of_rooms
        ]

    def done(self) -> HttpResponse:
        """Issue the command; what is refused stands above the stay."""
        try:
            outcome = self._carried_out(_require_key(self.given.get("key", "")))
        except Problem as refused:
            return self.shown(refusal_text(refused.members()))
        if outcome is None:
            return self.shown("Choose a room, or both dates.")
        if outcome.refused:
            return self.shown(refusal_text(orjson.loads(outcome.body)))
        self._tell(outcome)
        if self.request.headers.get("X-Requested-With") == "fetch":
            # What was told waits for the page that comes next, which the script opens.
            return HttpResponse(headers={"X-Chart": "done", "X-Chart-Next": self.back})
        return HttpResponseRedirect(self.back)

    def _carried_out(self, key: str) -> Outcome | None:
        if self.move is not None:
            return self.rooms.run(self.move, caller=self.caller, key=key)
        if self.dates is not None:
            return self.dates.run(revision=self._revision(), caller=self.caller, key=key)
        return None

    def _revision(self) -> int:
        text = self.given.get("revision", "")
        return int(text) if text.isdecimal() and len(text) < len("1000000000") else 0

    def _tell(self, outcome: Outcome) -> None:
        """Say on the next page what is so now."""
        who = f"{self.stay.guest.full_name}, {self.stay.number},"
        if self.dates is not None:
            self._tell_dates(who, self.dates)
            return
        view = orjson.loads(outcome.body)
        stay = next(room for room in view["reservations"] if room["id"] == str(self.stay.id))
        rooms = dict.fromkeys(night["room"]["number"] for night in stay["nights"] if night["room"])
        has = f"has room {', then '.join(rooms)}" if rooms else "has no room now"
        messages.success(self.request, f"{who} {has}.")

    def _tell_dates(self, who: str, dates: Dates) -> None:
        """Let the stay keep its room for its new nights where that is free."""
        room_ids = frozenset(night.room.id for night in self.stay.nights if night.room)
        try:
            keeps = keep_room(self.stay, room_ids, caller=self.caller, key=f"{self.given['key']}.room")
        except Problem:
            keeps = False
        text = f"{who} stays from {on(dates.arrival)} to {on(dates.departure)} now."
        if keeps:
            messages.success(self.request, text)
        else:
            messages.warning(self.request, f"{text} Not all nights have a room: give one.")


def _require_key(key: str) -> str:
    """The key that the preview carried.

    :raises IdempotencyKeyRequired: if it carried none.
    """
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyRequired()
    return key


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
