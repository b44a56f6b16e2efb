"""iCalendar by the rules of RFC 5545: lines, folds, escapes, dates; and the method by RFC 5546."""

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.platform.http.icalendar import Entry, calendar, folded, text

WRITTEN = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


def entry(**fields: object) -> Entry:
    values = {
        "uid": "1@reservations.example",
        "first": date(2026, 7, 3),
        "until": date(2026, 7, 5),
        "summary": "Hotel Miramar",
        "organizer": "Hotel Miramar",
    }
    return Entry(**values | fields)  # type: ignore[arg-type]


def written(*entries: Entry) -> str:
    return calendar(entries, name="Stays", written_at=WRITTEN).decode()


def test_a_stay_is_whole_days_and_its_departure_is_not_one_of_them() -> None:
    lines = written(entry(sequence=3)).split("\r\n")

    assert lines[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", lines[2]]
    assert {
        "DTSTART;VALUE=DATE:20260703",
        "DTEND;VALUE=DATE:20260705",
        "DTSTAMP:20260701T120000Z",
        "SEQUENCE:3",
        "METHOD:PUBLISH",
        "STATUS:CONFIRMED",
    } <= set(lines)
    assert lines[-2:] == ["END:VCALENDAR", ""]


@pytest.mark.parametrize(
    ("statuses", "method"),
    [
        (["CANCELLED", "CANCELLED"], "CANCEL"),
        (["CANCELLED", "CONFIRMED"], "PUBLISH"),
        (["TENTATIVE"], "PUBLISH"),
        ([], "PUBLISH"),
    ],
)
def test_the_method_is_cancel_where_all_is_canceled(statuses: list[str], method: str) -> None:
    body = written(*(entry(status=status) for status in statuses))

    assert f"METHOD:{method}\r\n" in body
    assert re.findall(r"^STATUS:(\w+)", body, re.MULTILINE) == statuses


def test_what_has_a_meaning_in_a_line_is_escaped() -> None:
    assert text("a\\b;c,d\ne\r\nf\x07") == "a\\\\b\\;c\\,d\\ne\\nf"


def test_a_name_adds_no_line_of_its_own() -> None:
    body = written(entry(summary="x\r\nATTACH:http://evil.example", organizer='y"\r\nATTACH:http://evil.example'))

    names = {re.split("[:;]", line)[0] for line in body.replace("\r\n ", "").split("\r\n")}
    assert "ATTACH" not in names


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"]), max_size=300))
def test_lines_are_at_most_75_octets_and_unfold_to_what_they_were(line: str) -> None:
    octets = folded(line)

    pieces = octets.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(piece) <= 75 for piece in pieces)
    assert all(piece.decode() is not None for piece in pieces)
    assert octets.replace(b"\r\n ", b"").decode() == line + "\r\n"


@given(st.text(max_size=200))
def test_a_text_is_one_line_and_can_be_read_back(value: str) -> None:
    escaped = text(value)

    unescaped = re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], escaped)
    wanted = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", value.replace("\r\n", "\n").replace("\r", "\n"))
    assert "\n" not in escaped
    assert unescaped == wanted
