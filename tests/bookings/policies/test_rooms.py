"""The best fit, on plain dates."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from apps.bookings.policies import FreeRoom, best_fit, gap_around, runs_of

TODAY = date(2026, 7, 1)


def day(ahead: int) -> date:
    return TODAY + timedelta(days=ahead)


def room(free_from: int | None, free_until: int | None, *, is_beside: bool = False) -> FreeRoom:
    return FreeRoom(
        room_id=uuid4(),
        free_from=None if free_from is None else day(free_from),
        free_until=None if free_until is None else day(free_until),
        is_beside=is_beside,
    )


def chosen(*rooms: FreeRoom, first: int = 5, last: int = 8) -> int:
    best = best_fit(rooms, arrival=day(first), departure=day(last), today=TODAY)
    assert best is not None
    return rooms.index(best)


def test_the_gap_that_is_used_up_comes_first() -> None:
    assert chosen(room(None, None), room(3, 9), room(5, 8), room(5, 10)) == 2


def test_an_endless_gap_is_the_last_resort() -> None:
    assert chosen(room(None, None), room(5, None), room(0, 40)) == 2


def test_one_piece_left_is_better_than_two() -> None:
    assert chosen(room(4, 9), room(5, 10)) == 1


def test_nights_that_are_over_are_no_gap() -> None:
    assert chosen(room(-9, 5), room(0, 6), first=0, last=3) == 0


def test_the_room_in_which_the_guest_is_comes_before_all() -> None:
    assert chosen(room(5, 8), room(None, None, is_beside=True)) == 1


def test_of_equal_rooms_the_first_is_taken() -> None:
    assert chosen(room(5, 9), room(5, 9)) == 0


def test_without_rooms_there_is_none() -> None:
    assert best_fit([], arrival=day(1), departure=day(2), today=TODAY) is None


@pytest.mark.parametrize("closed", [5, 7])
def test_a_closed_night_of_the_stay_is_no_gap(closed: int) -> None:
    gap = gap_around(arrival=day(5), departure=day(8), before=None, after=None, closed=[day(closed)])

    assert gap is None


def test_a_gap_ends_where_others_begin_or_the_room_is_closed() -> None:
    gap = gap_around(arrival=day(5), departure=day(8), before=day(1), after=day(20), closed=[day(4), day(8)])

    assert gap == (day(5), day(8))


def test_nights_of_one_type_that_follow_are_one_run() -> None:
    one, other = UUID(int=1), UUID(int=2)

    runs = runs_of([(day(3), one), (day(1), one), (day(2), one), (day(4), other), (day(6), other)])

    assert runs == [(day(1), day(4), one), (day(4), day(5), other), (day(6), day(7), other)]
