"""How payments move, what a booking owes, and what goes back: by rules alone."""

from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.bookings.policies import MOVES, Refundable, Standing, after, owed, shared_out
from apps.bookings.types import PaymentReport, PaymentState, Status

AMOUNT = 10_000
WITHOUT_MONEY = [state for state in PaymentState if state not in {PaymentState.CAPTURED, PaymentState.REFUNDED}]


def report(state: PaymentState, captured: int = 0, refunded: int = 0) -> PaymentReport:
    return PaymentReport(
        reference="pay_1",
        state=state,
        amount_minor=AMOUNT,
        currency="EUR",
        captured_minor=captured,
        refunded_minor=refunded,
    )


@st.composite
def reports(draw: st.DrawFn) -> PaymentReport:
    """Anything that a provider could say of a payment."""
    captured = draw(st.sampled_from([0, 0, 4_000, AMOUNT]))
    refunded = draw(st.integers(0, captured))
    if not captured:
        return report(draw(st.sampled_from(WITHOUT_MONEY)))
    state = PaymentState.REFUNDED if refunded == captured else PaymentState.CAPTURED
    return report(state, captured, refunded)


NEW = Standing(state=PaymentState.CREATED)


def told(*said: PaymentReport) -> Standing:
    standing = NEW
    for one in said:
        standing = after(standing, one)
    return standing


@pytest.mark.parametrize("target", PaymentState)
@pytest.mark.parametrize("source", PaymentState)
def test_a_payment_moves_forward_or_not_at_all(source: PaymentState, target: PaymentState) -> None:
    order = ["created", "requires_action", "authorized", "failed", "voided", "captured", "refunded"]

    assert (target in MOVES[source]) == (order.index(target) > order.index(source))


def test_what_was_given_back_whole_is_captured_where_more_turns_out_to_have_been_taken() -> None:
    back, more = report(PaymentState.REFUNDED, 4_000, 4_000), report(PaymentState.CAPTURED, AMOUNT, 0)

    assert told(back, more) == told(more, back)
    assert told(back, more) == Standing(state=PaymentState.CAPTURED, captured_minor=AMOUNT, refunded_minor=4_000)


@given(st.lists(reports(), max_size=5))
def test_in_whatever_order_and_however_often_the_end_is_the_same(said: list[PaymentReport]) -> None:
    ends = {told(*order, *order[:1]) for order in permutations(said)}

    assert len(ends) == 1


@given(st.lists(reports(), max_size=6))
def test_no_report_takes_money_away(said: list[PaymentReport]) -> None:
    standing = NEW
    for one in said:
        later = after(standing, one)
        assert later.captured_minor >= standing.captured_minor
        assert 0 <= standing.refunded_minor <= later.refunded_minor <= later.captured_minor <= AMOUNT
        assert (later.state in {PaymentState.CAPTURED, PaymentState.REFUNDED}) == (later.captured_minor > 0)
        standing = later


def stay(status: Status, total: int = 300, penalty: int | None = None) -> dict[str, Any]:
    return {"status": status.value, "total_minor": total, "penalty_minor": penalty}


@pytest.mark.parametrize(
    ("one", "minor"),
    [
        (stay(Status.PENDING), 300),
        (stay(Status.CONFIRMED), 300),
        (stay(Status.CHECKED_IN), 300),
        (stay(Status.CHECKED_OUT), 300),
        (stay(Status.EXPIRED), 0),
        (stay(Status.CANCELED), 0),
        (stay(Status.CANCELED, penalty=100), 100),
        (stay(Status.NO_SHOW, penalty=0), 0),
        (stay(Status.NO_SHOW, penalty=120), 120),
        (stay(Status.NO_SHOW), 300),
    ],
)
def test_what_a_room_owes_depends_on_its_end(one: dict[str, Any], minor: int) -> None:
    assert owed([one]) == minor
    assert owed([one, stay(Status.CONFIRMED, total=50)]) == minor + 50


@given(st.integers(0, 500), st.lists(st.integers(0, 200), max_size=5))
def test_what_goes_back_is_shared_out_to_the_cent_and_by_no_payment_more_than_it_has(
    amount: int, lefts: list[int]
) -> None:
    payments = [Refundable(payment_id=UUID(int=number), left_minor=left) for number, left in enumerate(lefts)]

    shares = dict(shared_out(amount, payments))

    assert sum(shares.values()) == min(amount, sum(lefts))
    assert all(0 < share <= lefts[payment_id.int] for payment_id, share in shares.items())
