"""Who sleeps where: reading a party, and finding the cheapest rooms for it."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.inventory.policies import fits, house_the_party, parse_party
from apps.inventory.types import Candidate, Party, PartyRoom


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


def _type(adults: int, children: int, left: int, total: int) -> Candidate:
    return Candidate(max_adults=adults, max_children=children, rooms_left=left, total_minor=total)


def test_the_cheapest_room_moves_to_whom_nothing_else_fits() -> None:
    couple_and_single = (PartyRoom(adults=1), PartyRoom(adults=2))
    cheap_double, dear_single = _type(2, 0, 1, 100), _type(1, 0, 1, 150)

    housing = house_the_party(couple_and_single, [cheap_double, dear_single])

    assert housing == (1, 0)


def test_rooms_of_one_type_are_not_given_twice() -> None:
    assert house_the_party((PartyRoom(adults=2), PartyRoom(adults=2)), [_type(2, 0, 1, 100)]) is None


_rooms = st.builds(PartyRoom, adults=st.integers(1, 3), children_ages=st.lists(st.just(5), max_size=2).map(tuple))
_types = st.builds(
    Candidate,
    max_adults=st.integers(1, 3),
    max_children=st.integers(0, 2),
    rooms_left=st.integers(0, 2),
    total_minor=st.integers(0, 20),
)


@settings(max_examples=300, deadline=None)
@given(party=st.lists(_rooms, min_size=1, max_size=4).map(tuple), candidates=st.lists(_types, max_size=4))
def test_no_other_way_is_cheaper(party: Party, candidates: list[Candidate]) -> None:
    ways = [way for way in product(range(len(candidates)), repeat=len(party)) if _is_possible(way, party, candidates)]

    housing = house_the_party(party, candidates)

    if housing is None:
        assert not ways
    else:
        assert _is_possible(tuple(housing), party, candidates)
        assert _cost(tuple(housing), candidates) == min(_cost(way, candidates) for way in ways)


def _is_possible(way: tuple[int, ...], party: Party, candidates: list[Candidate]) -> bool:
    enough = all(way.count(position) <= candidates[position].rooms_left for position in way)
    return enough and all(
        fits(
            max_adults=candidates[position].max_adults,
            max_children=candidates[position].max_children,
            adults=room.adults,
            children=len(room.children_ages),
        )
        for position, room in zip(way, party, strict=True)
    )


def _cost(way: tuple[int, ...], candidates: list[Candidate]) -> int:
    return sum(candidates[position].total_minor for position in way)
