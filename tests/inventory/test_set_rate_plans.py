"""Rate plans: what can be said of them, how they derive from each other, and what is refused."""

from datetime import time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from apps.accounts.services import Access, Permission
from apps.inventory import services
from apps.inventory.models import Hotel, RatePlan
from apps.inventory.services import Adjustment, CancellationTier, PenaltyTerms, RatePlanChanges
from apps.platform.db import uuid7
from apps.platform.errors import Denied, Invalid, Problem
from apps.platform.models import AuditEntry
from apps.platform.money import Money
from tests.concurrency.crowd import all_at_once
from tests.factories.inventory import HotelFactory, RatePlanFactory

ALL = Access(principal="user:revenue", is_administrator=True, permissions=frozenset())
NON_REFUNDABLE = (CancellationTier(days_before=None, at=None, penalty=PenaltyTerms(percent=Decimal(100))),)


def euros(amount: str) -> Money:
    return Money(amount=amount, currency="EUR")


@pytest.fixture
def hotel(db: None) -> Hotel:
    row: Hotel = HotelFactory.create()
    return row


def root_of(hotel: Hotel) -> UUID:
    return RatePlan.objects.filter(hotel=hotel, ancestors=[]).values_list("id", flat=True)[0]


def derived(hotel: Hotel, code: str, parent_id: UUID, **more: Any) -> UUID:
    return services.add_rate_plan(access=ALL, hotel_id=hotel.id, code=code, name=code, parent_id=parent_id, **more).id


def changed(hotel: Hotel, rate_plan_id: UUID, **changes: Any) -> services.RatePlanFacts:
    return services.update_rate_plan(
        access=ALL, hotel_id=hotel.id, rate_plan_id=rate_plan_id, changes=RatePlanChanges(**changes)
    )


def pointers(refusal: pytest.ExceptionInfo[Problem]) -> list[str]:
    return [item["pointer"] for item in refusal.value.items]


def ancestors(*ids: UUID) -> list[list[UUID]]:
    found = dict(RatePlan.objects.values_list("id", "ancestors"))
    return [found[id_] for id_ in ids]


def test_a_derived_plan_says_all_of_itself(hotel: Hotel) -> None:
    adjustment = Adjustment(
        percent=Decimal(-10),
        amount=euros("-2.50"),
        per_person=True,
        rounding_step=euros("1.00"),
        rounding=services.Rounding.DOWN,
    )
    tiers = (
        CancellationTier(days_before=7, at=time(18), penalty=PenaltyTerms(nights=1)),
        CancellationTier(days_before=0, at=None, penalty=PenaltyTerms(amount=euros("80.00"))),
    )

    plan_id = derived(
        hotel,
        "SAVER",
        root_of(hotel),
        adjustment=adjustment,
        visibility=services.Visibility.BY_CODE,
        guarantee=services.Guarantee.UNTIL_18,
        prepayment_percent=30,
        cancellation_tiers=tiers,
        no_show_penalty=PenaltyTerms(percent=Decimal(50)),
    )

    plan = services.get_rate_plan(hotel_id=hotel.id, rate_plan_id=plan_id)
    assert (plan.parent_id, plan.adjustment) == (root_of(hotel), adjustment)
    assert (plan.visibility, plan.guarantee, plan.prepayment_percent) == ("by_code", "until_18", 30)
    assert plan.cancellation_tiers == tiers
    assert plan.no_show_penalty == PenaltyTerms(percent=Decimal(50))


def test_what_is_left_out_of_a_change_stays(hotel: Hotel) -> None:
    plan_id = derived(hotel, "NONREF", root_of(hotel), cancellation_tiers=NON_REFUNDABLE, prepayment_percent=100)

    plan = changed(hotel, plan_id, adjustment=Adjustment(percent=Decimal(-12)))

    assert plan.adjustment is not None
    assert plan.adjustment.percent == -12
    assert (plan.cancellation_tiers, plan.prepayment_percent, plan.code) == (NON_REFUNDABLE, 100, "NONREF")


def test_no_tiers_at_all_are_a_policy_too(hotel: Hotel) -> None:
    assert changed(hotel, root_of(hotel), cancellation_tiers=()).cancellation_tiers == ()


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"percent": Decimal(-1)}, "/percent"),
        ({"prepayment_percent": 101}, "/prepayment_percent"),
        ({"adjustment": Adjustment(percent=Decimal(5))}, "/adjustment"),
        ({"no_show_penalty": PenaltyTerms()}, "/no_show_penalty"),
        ({"no_show_penalty": PenaltyTerms(nights=1, percent=Decimal(1))}, "/no_show_penalty"),
        ({"no_show_penalty": PenaltyTerms(percent=Decimal(101))}, "/no_show_penalty/percent"),
        ({"no_show_penalty": PenaltyTerms(nights=0)}, "/no_show_penalty/nights"),
        ({"no_show_penalty": PenaltyTerms(amount=euros("-1"))}, "/no_show_penalty/amount/amount"),
        ({"no_show_penalty": PenaltyTerms(amount=euros("1.001"))}, "/no_show_penalty/amount/amount"),
        (
            {"no_show_penalty": PenaltyTerms(amount=Money(amount="1", currency="USD"))},
            "/no_show_penalty/amount/currency",
        ),
        (
            {"cancellation_tiers": (*NON_REFUNDABLE, *NON_REFUNDABLE)},
            "/cancellation_tiers/1",
        ),
        (
            {
                "cancellation_tiers": tuple(
                    CancellationTier(days_before=days, at=None, penalty=PenaltyTerms(nights=1)) for days in (1, 7)
                )
            },
            "/cancellation_tiers/1",
        ),
        (
            {"cancellation_tiers": (CancellationTier(days_before=-1, at=None, penalty=PenaltyTerms(nights=1)),)},
            "/cancellation_tiers/0/days_before",
        ),
        (
            {"cancellation_tiers": (CancellationTier(days_before=None, at=time(9), penalty=PenaltyTerms(nights=1)),)},
            "/cancellation_tiers/0/at",
        ),
    ],
)
def test_what_cannot_be_right_is_named_and_changes_nothing(hotel: Hotel, given: dict[str, Any], pointer: str) -> None:
    before = RatePlan.objects.filter(hotel=hotel).values().get()

    with pytest.raises(Invalid) as refusal:
        changed(hotel, root_of(hotel), name="Renamed", **given)

    assert pointers(refusal) == [pointer]
    assert RatePlan.objects.filter(hotel=hotel).values().get() == before
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("adjustment", "pointer"),
    [
        (Adjustment(percent=Decimal("-100.01")), "/adjustment/percent"),
        (Adjustment(amount=euros("-0.001")), "/adjustment/amount/amount"),
        (Adjustment(amount=Money(amount="1", currency="JPY")), "/adjustment/amount/currency"),
        (Adjustment(rounding_step=euros("0")), "/adjustment/rounding_step/amount"),
        (Adjustment(rounding_step=euros("-1")), "/adjustment/rounding_step/amount"),
    ],
)
def test_an_adjustment_that_cannot_be_right_is_named(hotel: Hotel, adjustment: Adjustment, pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        derived(hotel, "SAVER", root_of(hotel), adjustment=adjustment)

    assert pointers(refusal) == [pointer]
    assert RatePlan.objects.filter(hotel=hotel).count() == 1


def test_plans_keep_their_kind(hotel: Hotel) -> None:
    root = root_of(hotel)
    below, other = derived(hotel, "SAVER", root), RatePlanFactory.create(hotel=hotel, code="RACK").id

    with pytest.raises(Invalid) as becoming_derived:
        changed(hotel, other, parent_id=root)
    with pytest.raises(Invalid) as priced_itself:
        changed(hotel, below, percent=Decimal(90))
    with pytest.raises(Invalid) as both:
        derived(hotel, "BOTH", root, percent=Decimal(90))

    refused = [pointers(one) for one in (becoming_derived, priced_itself, both)]
    assert refused == [["/parent_id"], ["/percent"], ["/percent"]]


@pytest.mark.parametrize("parent", ["unknown", "other hotel"])
def test_a_parent_is_a_plan_of_the_hotel(hotel: Hotel, parent: str) -> None:
    parent_id = uuid7() if parent == "unknown" else root_of(HotelFactory.create())

    with pytest.raises(Invalid) as refusal:
        derived(hotel, "SAVER", parent_id)

    assert pointers(refusal) == ["/parent_id"]


def test_five_plans_derive_in_a_line_and_no_sixth(hotel: Hotel) -> None:
    line = [root_of(hotel)]
    for number in range(4):
        line.append(derived(hotel, f"D{number}", line[-1]))

    with pytest.raises(Invalid) as refusal:
        derived(hotel, "D5", line[-1])

    assert ancestors(*line) == [line[:depth] for depth in range(5)]
    assert pointers(refusal) == ["/parent_id"]


def test_a_plan_moves_with_all_that_is_below_it_in_one_statement(hotel: Hotel, django_assert_num_queries: Any) -> None:
    first, second = root_of(hotel), RatePlanFactory.create(hotel=hotel, code="RACK").id
    middle = derived(hotel, "MIDDLE", first)
    leaves = [derived(hotel, f"LEAF{number}", middle) for number in range(3)]
    lowest = derived(hotel, "LOWEST", leaves[0])

    # SAVEPOINT, the hotel, the plan, the family, SAVEPOINT, the plan, RELEASE, what is below and its audit log, seven
    # for the lowest rates, the audit log, RELEASE.
    with django_assert_num_queries(18):
        changed(hotel, middle, parent_id=second)

    assert ancestors(middle, *leaves, lowest) == [[second], *([[second, middle]] * 3), [second, middle, leaves[0]]]
    told = AuditEntry.objects.filter(operation="inventory.update_rate_plan").values_list("object_id", "after")
    above = [str(second)], *([[str(second), str(middle)]] * 3), [str(second), str(middle), str(leaves[0])]
    plans = [str(plan_id) for plan_id in (middle, *leaves, lowest)]
    assert dict(told) == {plan: {"ancestors": plans_above} for plan, plans_above in zip(plans, above, strict=True)}


def test_what_is_below_counts_when_a_plan_moves(hotel: Hotel) -> None:
    root = root_of(hotel)
    low = derived(hotel, "B", derived(hotel, "A", root))
    tall = derived(hotel, "X", root)
    derived(hotel, "Z", derived(hotel, "Y", tall))

    with pytest.raises(Invalid) as refusal:
        changed(hotel, tall, parent_id=low)

    assert pointers(refusal) == ["/parent_id"]
    assert [item["code"] for item in refusal.value.items] == ["too_deep"]
    assert ancestors(tall) == [[root]]


@pytest.mark.parametrize("on", ["itself", "below"])
def test_no_plan_derives_from_itself(hotel: Hotel, on: str) -> None:
    upper = derived(hotel, "UPPER", root_of(hotel))
    lower = derived(hotel, "LOWER", upper)

    with pytest.raises(Invalid) as refusal:
        changed(hotel, upper, parent_id=upper if on == "itself" else lower)

    assert [item["code"] for item in refusal.value.items] == ["circular"]


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_make_no_circle() -> None:
    hotel = HotelFactory.create()
    one, other = derived(hotel, "ONE", root_of(hotel)), derived(hotel, "OTHER", root_of(hotel))

    def below(plan_id: UUID, parent_id: UUID) -> bool:
        try:
            changed(hotel, plan_id, parent_id=parent_id)
        except Invalid:
            return False
        return True

    done = all_at_once(lambda: below(one, other), lambda: below(other, one))

    assert sorted(done) == [False, True]
    assert sorted(map(len, ancestors(one, other))) == [1, 2]


def test_rates_are_for_those_who_may(hotel: Hotel) -> None:
    desk = Access(
        principal="user:desk", is_administrator=False, permissions=frozenset({(Permission.VIEW_HOTEL, hotel.id)})
    )

    with pytest.raises(Denied):
        services.add_rate_plan(access=desk, hotel_id=hotel.id, code="X", name="X")
