"""Rate plans, seasons, taxes and fees are set up in forms; what the services refuse stands beside its field or row."""

from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from apps.accounts.services import Role
from apps.inventory import services
from apps.inventory.admin import notation
from apps.inventory.models import Charge, RatePlan, RoomType, Season, SeasonNight
from apps.inventory.services import CancellationTier, PenaltyTerms
from apps.platform.models import AuditEntry
from apps.platform.money import Money
from tests.admin.desk import staff_of
from tests.admin.test_set_up_hotel import errors_of, send
from tests.factories.inventory import RatePlanFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

NOT_READ = "Line 1: write it like 7 18:00 1 night, or booking 100 %."
NO_PENALTY = "Say what it costs: 50 %, or 1 night, or 80.00."
NOT_LATER = "Each tier begins later than the one before it."
PLANS, SEASONS, CHARGES = (f"/admin/inventory/{name}/" for name in ("rateplan", "season", "charge"))


def revenue(room_type: RoomType) -> Client:
    return staff_of(room_type.hotel, role=Role.REVENUE_MANAGER)


def plan_of(room_type: RoomType) -> RatePlan:
    return RatePlan.objects.get(hotel=room_type.hotel, code="FLEX")


def facts(plan: RatePlan) -> services.RatePlanFacts:
    return services.get_rate_plan(hotel_id=plan.hotel_id, rate_plan_id=plan.id)


def derived(ours: RoomType, **values: str) -> Any:
    return send(
        revenue(ours),
        f"{PLANS}add/",
        **{
            "hotel": str(ours.hotel_id),
            "code": "NONREF",
            "name": "Non-refundable",
            "parent": str(plan_of(ours).id),
            "adjustment_percent": "-10",
            "adjustment_amount": "-2.50",
            "rounding_step": "1",
            "cancellation": "booking 100 %",
        }
        | values,
    )


def row(room_type: RoomType, plan: RatePlan, *days: int, number: int = 0, **more: str) -> dict[str, Any]:
    cells = {"room_type": str(room_type.id), "rate_plan": str(plan.id), "days": [str(day) for day in days]} | more
    return {f"prices-{number}-{name}": value for name, value in cells.items()}


def summer(client: Client, room_type: RoomType, *rows: dict[str, Any], page: str = f"{SEASONS}add/") -> Any:
    values = {"hotel": str(room_type.hotel_id), "name": "Summer", "first": "2027-06-01", "last": "2027-08-31"}
    return client.post(page, values | {name: value for given in rows for name, value in given.items()})


def test_a_plan_derives_from_another_with_its_terms_in_plain_lines(ours: RoomType) -> None:
    answer = derived(ours, cancellation="7 days 18:00 1 night\r\n1 50%\r\n\r\n0 80,50", no_show="2 nights")

    assert answer.status_code == 302, errors_of(answer)
    plan = facts(RatePlan.objects.get(code="NONREF"))
    assert plan.parent_id == plan_of(ours).id
    assert plan.adjustment == services.Adjustment(
        percent=Decimal("-10.00"),
        amount=Money(amount="-2.50", currency="EUR"),
        rounding_step=Money(amount="1.00", currency="EUR"),
    )
    assert [(tier.days_before, tier.at) for tier in plan.cancellation_tiers] == [(7, time(18)), (1, None), (0, None)]
    assert plan.cancellation_tiers[1].penalty == PenaltyTerms(percent=Decimal(50))
    assert plan.no_show_penalty == PenaltyTerms(nights=2)


def test_a_form_that_nobody_has_touched_changes_nothing(ours: RoomType) -> None:
    derived(ours, cancellation="7 18:00 1 night\r\n0 100 %")
    plan = RatePlan.objects.get(code="NONREF")
    told = AuditEntry.objects.filter(operation__startswith="inventory.")
    before = told.count()

    answer = send(revenue(ours), f"{PLANS}{plan.id}/change/")

    assert answer.status_code == 302, errors_of(answer)
    assert told.count() == before


def test_the_form_of_a_plan_with_prices_of_its_own_offers_no_parent(ours: RoomType) -> None:
    form = revenue(ours).get(f"{PLANS}{plan_of(ours).id}/change/").context["adminform"].form

    assert "percent" in form.fields
    assert not {"parent", "adjustment_percent", "rounding_step"} & form.fields.keys()


def test_a_derived_plan_offers_every_parent_but_those_below_it(ours: RoomType, theirs: RoomType) -> None:
    derived(ours)
    upper = RatePlan.objects.get(code="NONREF")
    derived(ours, code="LOWER", parent=str(upper.id))
    RatePlanFactory.create(hotel=ours.hotel, code="RACK")

    form = revenue(ours).get(f"{PLANS}{upper.id}/change/").context["adminform"].form

    assert {plan.code for plan in form.fields["parent"].queryset} == {"FLEX", "RACK"}
    assert "percent" not in form.fields


@pytest.mark.parametrize(
    ("values", "field", "text"),
    [
        ({"cancellation": "a week 1 night"}, "cancellation", NOT_READ),
        ({"cancellation": "7 18:00"}, "cancellation", f"Line 1: {NO_PENALTY}"),
        (
            {"cancellation": "7 1 night\n1 much"},
            "cancellation",
            f"Line 2: {NO_PENALTY}",
        ),
        (
            {"cancellation": "1 1 night\n7 50 %"},
            "cancellation",
            f"Line 2: {NOT_LATER}",
        ),
        ({"cancellation": "0 120 %"}, "cancellation", "Line 1: 0 to 100."),
        ({"cancellation": "0 1.005"}, "cancellation", "Line 1: EUR has 2 decimal places"),
        ({"no_show": "all of it"}, "no_show", NO_PENALTY),
        ({"adjustment_amount": "0.005"}, "adjustment_amount", "EUR has 2 decimal places"),
        ({"adjustment_percent": "-101"}, "adjustment_percent", "-100 to 1000."),
        ({"rounding_step": "0"}, "rounding_step", "A price is rounded to something above zero."),
        ({"percent": "90"}, "percent", "A derived plan makes its price of its parent's, not of the base rate."),
    ],
)
def test_what_cannot_be_right_stands_beside_its_field(
    ours: RoomType, values: dict[str, str], field: str, text: str
) -> None:
    page = derived(ours, **values)

    assert page.status_code == 200
    assert errors_of(page) == {field: [text]}
    assert not RatePlan.objects.filter(code="NONREF").exists()


def test_a_season_with_its_prices_in_rows(ours: RoomType) -> None:
    plan = plan_of(ours)

    answer = summer(
        revenue(ours),
        ours,
        row(ours, plan, 1, 2, 3, 4, 7, price="110"),
        row(ours, plan, 5, 6, number=1, by_adults="120 / 150,50"),
        row(ours, plan, 1, number=2),
    )

    assert answer.status_code == 302, errors_of(answer)
    season = services.get_season(hotel_id=ours.hotel_id, season_id=Season.objects.get().id)
    assert [(price.weekdays, price.price.amount) for price in season.prices] == [
        ((1, 2, 3, 4, 7), "110.00"),
        ((5, 6), "150.50"),
    ]
    assert [amount.amount for amount in season.prices[1].by_adults] == ["120.00", "150.50"]


def test_what_is_wrong_with_prices_names_the_row_and_keeps_what_was_typed(ours: RoomType) -> None:
    plan, client = plan_of(ours), revenue(ours)

    unreadable = summer(client, ours, row(ours, plan, 1, price="much"), row(ours, plan, number=1, price="90"))
    refused = summer(client, ours, row(ours, plan, 1, price="110"), row(ours, plan, 1, number=3, price="90"))

    assert errors_of(unreadable) == {
        "prices": ["Row 1: much is not a number.", "Row 2: choose at least one day of the week."]
    }
    assert b'value="much"' in unreadable.content
    assert errors_of(refused) == {"prices": ["Row 2: There is a price of this product on Monday already."]}
    assert b'value="90"' in refused.content
    assert not Season.objects.exists()


def test_a_season_in_the_way_is_named_beside_the_date(ours: RoomType) -> None:
    client = revenue(ours)
    summer(client, ours)

    page = summer(client, ours, {"name": "Again"})

    assert errors_of(page) == {"first": ["Summer is from 2027-06-01 to 2027-08-31: seasons do not overlap."]}


def test_a_season_is_changed_and_taken_away(ours: RoomType) -> None:
    client, plan = revenue(ours), plan_of(ours)
    summer(client, ours, row(ours, plan, 1, price="110"))
    season = Season.objects.get()
    page = f"{SEASONS}{season.id}/"

    shown = client.get(f"{page}change/").context["adminform"].form["prices"].value()
    summer(client, ours, row(ours, plan, 2, price="95"), page=f"{page}change/")
    changed = services.get_season(hotel_id=ours.hotel_id, season_id=season.id)
    asked = client.get(f"{page}delete/")
    client.post(f"{page}delete/", {"post": "yes"})

    assert [(line["days"], line["price"]) for line in shown] == [(("1",), "110.00")]
    assert [(price.weekdays, price.price.amount) for price in changed.prices] == [((2,), "95.00")]
    assert asked.status_code == 200
    assert [rows.objects.count() for rows in (Season, SeasonNight)] == [0, 0]


def test_a_season_offers_plans_with_prices_of_their_own_only(ours: RoomType, theirs: RoomType) -> None:
    derived(ours)

    widget = revenue(ours).get(f"{SEASONS}add/").context["adminform"].form.fields["prices"].widget

    assert [label for _, label in widget.rate_plans] == ["FLEX Flexible rate"]
    assert [label for _, label in widget.room_types] == ["OURS Our double"]


def test_a_city_tax_and_what_of_it_can_be_taken_away(ours: RoomType) -> None:
    client = staff_of(ours.hotel, role=Role.HOTEL_ADMIN)
    values = {"hotel": str(ours.hotel_id), "code": "CITY", "name": "City tax", "kind": "tax", "amount": "2"}

    send(
        client, f"{CHARGES}add/", **values, per="person_night", exempt_under_age="18", max_nights="7", due="at_property"
    )
    charge = Charge.objects.get()
    answer = send(client, f"{CHARGES}{charge.id}/change/", max_nights="", first="2027-01-01", name="Tourist tax")

    assert answer.status_code == 302, errors_of(answer)
    changed = services.get_charge(hotel_id=ours.hotel_id, charge_id=charge.id)
    assert (changed.amount.amount if changed.amount else "", changed.per, changed.due) == (
        "2.00",
        "person_night",
        "at_property",
    )
    assert (changed.max_nights, changed.first, changed.name) == (None, date(2027, 1, 1), "Tourist tax")


def test_an_amount_becomes_a_percent_on_another_charge(ours: RoomType) -> None:
    client = staff_of(ours.hotel, role=Role.HOTEL_ADMIN)
    values = {"hotel": str(ours.hotel_id), "kind": "fee"}
    send(client, f"{CHARGES}add/", **values, code="SERVICE", name="Service", percent="5")
    send(client, f"{CHARGES}add/", **values, code="VAT", name="VAT", amount="3")
    charge = Charge.objects.get(code="VAT")
    page = f"{CHARGES}{charge.id}/change/"

    both = send(client, page, percent="10")
    unknown = send(client, page, percent="10", amount="", on_charges="SERVICE, NOWHERE")
    right = send(client, page, percent="10", amount="", on_charges="SERVICE")

    assert errors_of(both) == {"amount": ["A charge is a percent or an amount: leave one of the two empty."]}
    assert errors_of(unknown) == {"on_charges": ["The hotel has no charge NOWHERE."]}
    assert right.status_code == 302
    changed = services.get_charge(hotel_id=ours.hotel_id, charge_id=charge.id)
    assert (changed.percent, changed.amount, changed.on_charges) == (Decimal(10), None, ("SERVICE",))


def test_prices_of_extra_people_by_age(ours: RoomType) -> None:
    client, page = staff_of(ours.hotel, role=Role.HOTEL_ADMIN), f"/admin/inventory/roomtype/{ours.id}/change/"

    wrong = send(client, page, children="2 0\r\n2 15")
    answer = send(client, page, included_adults="1", extra_adult="30", children="2 0\r\n12 15.00")

    assert errors_of(wrong) == {"children": ["Line 2: Each band ends at a higher age than the one before it."]}
    assert answer.status_code == 302, errors_of(answer)
    changed = services.get_room_type(hotel_id=ours.hotel_id, room_type_id=ours.id)
    assert (changed.included_adults, changed.extra_adult.amount) == (1, "30.00")
    assert [(band.to_age, band.amount.amount) for band in changed.child_bands] == [(2, "0.00"), (12, "15.00")]


def test_who_only_looks_reads_the_terms(ours: RoomType) -> None:
    derived(ours, cancellation="7 18:00 1 night")
    summer(revenue(ours), ours, row(ours, plan_of(ours), 5, 6, by_adults="120 150"))
    desk = staff_of(ours.hotel, role=Role.FRONT_DESK)

    plan = desk.get(f"{PLANS}{RatePlan.objects.get(code='NONREF').id}/change/").content.decode()
    season = desk.get(f"{SEASONS}{Season.objects.get().id}/change/").content.decode()

    assert "FLEX, -10 %, -2.50" in plan
    assert "7 18:00 1 night" in plan
    assert "OURS/FLEX, Fr Sa: 150.00 120.00 / 150.00" in season


def test_who_sets_rates_only_looks_at_taxes(ours: RoomType) -> None:
    assert revenue(ours).get(f"{CHARGES}add/").status_code == 403


def test_lists_show_every_plan_with_its_rule(ours: RoomType) -> None:
    derived(ours)
    RoomTypeFactory.create(hotel=ours.hotel)

    page = revenue(ours).get(PLANS).content.decode()

    assert "100 % of the base rate" in page
    assert "FLEX, -10 %, -2.50" in page


def test_every_notation_is_read_as_it_is_written() -> None:
    tiers = (
        CancellationTier(days_before=None, at=None, penalty=PenaltyTerms(percent=Decimal("12.50"))),
        CancellationTier(days_before=14, at=time(9, 30), penalty=PenaltyTerms(nights=3)),
        CancellationTier(days_before=0, at=None, penalty=notation.penalty_of("80.00", "EUR")),
    )

    assert notation.tiers_of(notation.tiers_text(tiers), "EUR") == (
        CancellationTier(days_before=None, at=None, penalty=PenaltyTerms(percent=Decimal("12.5"))),
        *tiers[1:],
    )
