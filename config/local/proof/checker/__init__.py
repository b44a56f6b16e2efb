"""The history checker: is what the clients were told what the database holds? A pure function of both.

C4, the invariants of the database by itself, is `manage.py check_invariants`. The others stand here, a page for each
kind of question:

- `_answers`: C1, every success is in the database, as the answer said. C2, nothing is there that was refused for good,
  or that nobody asked for. C3, a key has at most one booking, and its successes are the same bytes, those that are
  stored; what was refused once is never granted.
- `_order`: C5, told in the order of PostgreSQL's commits, every success was possible when it was its turn, and every
  commit lies between the question and the answer.
- `_rooms`: C6, no false refusal; C7, what was said of rooms left lies between what is certain and what is possible.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from config.local.proof.checker._answers import c1, c2, c3
from config.local.proof.checker._facts import (
    NO_ROOMS_LEFT,
    ROLLOVER,
    Booked,
    Committed,
    Facts,
    Violation,
    nights_of,
)
from config.local.proof.checker._order import c5
from config.local.proof.checker._rooms import c6, c7
from config.local.proof.history import Event, unsettled

__all__ = ["NO_ROOMS_LEFT", "ROLLOVER", "Booked", "Committed", "Violation", "check", "nights_of"]


def check(
    events: Sequence[Event],
    bookings: Collection[Booked],
    commits: Collection[Committed],
    *,
    capacities: Mapping[str, int],
) -> tuple[Violation, ...]:
    """Everything in which the history and the database contradict each other; empty if all is well.

    :param events: a whole history, in order, whose unknown outcomes were asked for until they were known.
    :param bookings: every booking of the users of the history.
    :param commits: every stored answer of these users.
    :param capacities: the rooms of each room type, for every night alike.
    """
    facts = Facts(events=events, bookings=bookings, commits=commits, capacities=capacities)
    return tuple(violation for rule in (_never_settled, c1, c2, c3, c5, c6, c7) for violation in rule(facts))


def _never_settled(facts: Facts) -> Iterator[Violation]:
    for event in unsettled(facts.events):
        yield Violation(rule="unknown", subject=event.key, detail=f"{event.f} never came to a definite answer")
