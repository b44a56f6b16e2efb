"""Who sleeps where: reading a party, and finding the cheapest rooms for it."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.inventory.policies import house_the_party, parse_party
from apps.inventory.types import Candidate, PartyRoom


def test_an_occupancy_is_adults_and_the_ages_of_children() -> None:
    assert parse_party(["2-4,9", "1"]) == (PartyRoom(adults=2, children_ages=(4, 9)), PartyRoom(adults=1))


@pytest.mark.parametrize(
    "text",
    ["", "0", "-1", "2-", "2-18", "2-4,", "2 - 4", "1.5", "x", "21", "100", "\uff12", "2-1,1,1,1,1,1,1,1,1,1,1", "2\n"],
)
def test_what_is_no_occupancy_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"room|child|occupancy"):
        parse_party([text])


def test_a_party_takes_one_to_nine_rooms() -> None:
    assert len(parse_party(["1"] * 9)) == 9
    for count in (0, 10):
        with pytest.raises(ValueError, match="1 to 9"):
            parse_party(["1"] * count)


def _type(left: int, *totals: int | None) -> Candidate:
    return Candidate(rooms_left=left, totals=totals)


def test_the_cheapest_room_moves_to_whom_nothing_else_fits() -> None:
    cheap_double, dear_single = _type(1, 100, 100), _type(1, 150, None)

    assert house_the_party([cheap_double, dear_single], 2) == (1, 0)


def test_who_pays_more_for_the_same_room_moves_aside() -> None:
    """The first alone would take the first type; together they pay less the other way round."""
    by_person, by_room = _type(1, 100, 200), _type(1, 110, 300)

    assert house_the_party([by_person, by_room], 2) == (1, 0)


def test_rooms_of_one_type_are_not_given_twice() -> None:
    assert house_the_party([_type(1, 100, 100)], 2) is None
    assert house_the_party([_type(2, 100, 100)], 2) == (0, 0)


_totals = st.lists(st.none() | st.integers(0, 20), min_size=3, max_size=3)
_types = st.builds(Candidate, rooms_left=st.integers(0, 2), totals=_totals)


@settings(max_examples=400, deadline=None)
@given(candidates=st.lists(_types, max_size=4), rooms=st.integers(1, 3))
def test_no_way_to_house_a_party_is_cheaper_than_the_one_found(candidates: list[Candidate], rooms: int) -> None:
    ways = [
        sum(cost for cost in costs if cost is not None)
        for way in product(range(len(candidates)), repeat=rooms)
        if None not in (costs := [candidates[place].totals[room] for room, place in enumerate(way)])
        and all(way.count(place) <= candidates[place].rooms_left for place in way)
    ]

    housing = house_the_party(candidates, rooms)

    if housing is None:
        assert not ways
        return
    assert all(housing.count(place) <= candidates[place].rooms_left for place in housing)
    found = [candidates[place].totals[room] for room, place in enumerate(housing)]
    assert None not in found
    assert sum(cost for cost in found if cost is not None) == min(ways)
