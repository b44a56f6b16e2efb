"""iCalendar (RFC 5545, methods of RFC 5546): dates of whole days, as other calendars read them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse

CONTENT_TYPE = "text/calendar; charset=utf-8"
MOST_OCTETS = 75
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Whole days from `first` until before `until`.

    :param uid: the same at each time it is told, and of nothing else.
    :param sequence: which version of the entry this is; a later one replaces those before.
    :param status: TENTATIVE, CONFIRMED or CANCELLED.
    :param takes_time: whether whose calendar this is, is busy then.
    """

    uid: str
    first: date
    until: date
    summary: str
    organizer: str
    sequence: int = 0
    status: str = "CONFIRMED"
    description: str = ""
    location: str = ""
    takes_time: bool = False


def uid_of(name: object) -> str:
    """A name of ours, made unique in the world."""
    return f"{name}@{urlsplit(settings.SITE_URL).hostname}"


def calendar(entries: Sequence[Entry], *, name: str, written_at: datetime) -> bytes:
    """The entries as one calendar object: `METHOD:CANCEL` where all of them are canceled, else `METHOD:PUBLISH`."""
    all_canceled = bool(entries) and all(entry.status == "CANCELLED" for entry in entries)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Distributed Reservation Infrastructure//Stays//EN",
        "CALSCALE:GREGORIAN",
        f"METHOD:{'CANCEL' if all_canceled else 'PUBLISH'}",
        f"X-WR-CALNAME:{text(name)}",
        *(line for entry in entries for line in _event(entry, written_at)),
        "END:VCALENDAR",
    ]
    return b"".join(folded(line) for line in lines)


def calendar_answer(body: bytes, *, file_name: str) -> HttpResponse:
    """The calendar as a file that a phone offers to put into its own."""
    headers = {"Content-Disposition": f'inline; filename="{file_name}"', "Cache-Control": "private, no-cache"}
    return HttpResponse(body, content_type=CONTENT_TYPE, headers=headers)


def text(value: str) -> str:
    """A value of type TEXT (RFC 5545, 3.3.11): what has a meaning in a line is escaped, control characters are gone."""
    plain = _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    for mark, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        plain = plain.replace(mark, escaped)
    return plain


def folded(line: str) -> bytes:
    """A content line, CRLF included, in pieces of at most 75 octets; no character is torn apart (RFC 5545, 3.1)."""
    pieces: list[bytes] = []
    piece = b""
    for character in line:
        octets = character.encode()
        # (The space that begins a further piece is one of its octets.)
        if len(piece) + len(octets) > MOST_OCTETS - (1 if pieces else 0):
            pieces.append(piece)
            piece = b""
        piece += octets
    return b"\r\n ".join([*pieces, piece]) + b"\r\n"


def _parameter(value: str) -> str:
    """A quoted parameter (RFC 5545, 3.2): it can hold neither double quotes nor line breaks."""
    return '"' + " ".join(_CONTROL.sub("", value).replace('"', "'").split()) + '"'


def _event(entry: Entry, written_at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{text(entry.uid)}"
    yield f"DTSTAMP:{written_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{entry.first:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{entry.until:%Y%m%d}"
    yield f"SEQUENCE:{entry.sequence}"
    yield f"STATUS:{entry.status}"
    yield f"SUMMARY:{text(entry.summary)}"
    yield f"ORGANIZER;CN={_parameter(entry.organizer)}:mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"
    if entry.description:
        yield f"DESCRIPTION:{text(entry.description)}"
    if entry.location:
        yield f"LOCATION:{text(entry.location)}"
    yield f"TRANSP:{'OPAQUE' if entry.takes_time else 'TRANSPARENT'}"
    yield "END:VEVENT"
