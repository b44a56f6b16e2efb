"""Who is to sleep where: parties, what a room type sleeps, and the cheapest way to house them all."""

import re
from collections.abc import Sequence

from apps.inventory.types import Candidate, Housing, Party, PartyRoom

MAX_ROOMS = 9
MAX_ADULTS = 20
MAX_CHILDREN = 10
MAX_CHILD_AGE = 17

_OCCUPANCY = re.compile(r"([1-9][0-9]?)(?:-([0-9]{1,2}(?:,[0-9]{1,2})*))?")


def parse_occupancy(text: str) -> PartyRoom:
    """`2-4,9` is a room for two adults and children of four and nine years; `1` a room for one adult.

    :raises ValueError: saying what is wrong with it.
    """
    match = _OCCUPANCY.fullmatch(text)
    if match is None:
        raise ValueError("An occupancy is adults[-age,age...], like 2 or 2-4,9.")
    ages = tuple(int(age) for age in match.group(2).split(",")) if match.group(2) else ()
    room = PartyRoom(adults=int(match.group(1)), children_ages=ages)
    if room.adults > MAX_ADULTS or len(ages) > MAX_CHILDREN:
        raise ValueError(f"A room has at most {MAX_ADULTS} adults and {MAX_CHILDREN} children.")
    if any(age > MAX_CHILD_AGE for age in ages):
        raise ValueError(f"A child is at most {MAX_CHILD_AGE} years old; count older ones as adults.")
    return room


def parse_party(occupancies: Sequence[str]) -> Party:
    """The rooms that a party wants, one for each occupancy.

    :raises ValueError: saying what is wrong with them.
    """
    if not 1 <= len(occupancies) <= MAX_ROOMS:
        raise ValueError(f"A party takes 1 to {MAX_ROOMS} rooms.")
    return tuple(parse_occupancy(text) for text in occupancies)


def fits(*, max_adults: int, max_children: int, adults: int, children: int) -> bool:
    """Whether a room type sleeps them."""
    return adults <= max_adults and children <= max_children


def house_the_party(candidates: Sequence[Candidate], rooms: int) -> Housing | None:
    """The cheapest way to give each of so many rooms of a party a room type, or None where there is no way.

    Room by room the cheapest way in, moving earlier ones aside where that is cheaper in all: successive shortest
    augmenting paths, which end at the cheapest whole.

    :returns: for each room of the party, in its order, the position of its candidate.
    """
    housed: list[int] = []
    for room in range(rooms):
        moves = _cheapest_way_in(room, candidates, housed)
        if moves is None:
            return None
        housed.append(-1)
        for moved, position in moves:
            housed[moved] = position
    return tuple(housed)


def _cheapest_way_in(room: int, candidates: Sequence[Candidate], housed: Sequence[int]) -> list[tuple[int, int]] | None:
    """Which rooms go where so that one more finds a place, at the least additional cost; None where it finds none."""
    # For each candidate: what it costs to need one more place there, and who would need it.
    cost = {place: total for place, one in enumerate(candidates) if (total := one.totals[room]) is not None}
    who = dict.fromkeys(cost, room)
    while _moved_aside_cheaper(cost, who, candidates, housed):
        pass
    free = [place for place in cost if candidates[place].rooms_left > sum(taken == place for taken in housed)]
    if not free:
        return None
    place = min(free, key=lambda place: (cost[place], place))
    moves = [(who[place], place)]
    while moves[-1][0] != room:
        place = housed[moves[-1][0]]
        moves.append((who[place], place))
    return moves


def _moved_aside_cheaper(
    cost: dict[int, int], who: dict[int, int], candidates: Sequence[Candidate], housed: Sequence[int]
) -> bool:
    """Whether somebody's move elsewhere makes a place cheaper than it was known to be; such moves are noted."""
    is_cheaper = False
    for other, place in enumerate(housed):
        left = candidates[place].totals[other]
        if place not in cost or left is None:
            continue
        for elsewhere, one in enumerate(candidates):
            total = one.totals[other]
            if elsewhere == place or total is None:
                continue
            more = cost[place] + total - left
            if elsewhere not in cost or more < cost[elsewhere]:
                cost[elsewhere], who[elsewhere], is_cheaper = more, other, True
    return is_cheaper
