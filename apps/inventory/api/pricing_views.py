"""What revenue managers set up, over HTTP: rate plans, seasons, taxes and fees."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.inventory import selectors, services
from apps.inventory.api import pricing_serializers as bodies
from apps.inventory.api.representations import ChargeView as ChargeAnswer
from apps.inventory.api.representations import SeasonView as SeasonAnswer
from apps.inventory.api.representations import charge_view, season_view
from apps.inventory.api.serializers import NoQuery
from apps.inventory.api.views import access_of, created, new_code, page_of
from apps.platform import clock
from apps.platform.http.requests import parse_body, parse_query


class RatePlansView(APIView):
    """The rate plans of a hotel."""

    @extend_schema(responses={200: list[services.RatePlanFacts]})
    def get(self, request: Request, hotel_id: UUID) -> Response:
        """The rate plans, archived ones too, the newest first."""
        parse_query(NoQuery, request)
        services.require_staff(access_of(request), hotel_id)
        return page_of(self, selectors.rate_plans_of(hotel_id), selectors.rate_plan_facts)

    @extend_schema(request=bodies.RatePlanBody, responses={201: services.RatePlanFacts})
    def post(self, request: Request, hotel_id: UUID) -> Response:
        """Add a rate plan: `percent` of each base rate, or with a `parent_id` what `adjustment` makes of its price."""
        given = parse_body(bodies.RatePlanBody, request)
        rate_plan = services.add_rate_plan(access=access_of(request), hotel_id=hotel_id, **given)
        return created(rate_plan, f"hotels/{hotel_id}/rate-plans/{rate_plan.id}")

    def example_body(self, request: Request, hotel_id: UUID) -> Mapping[str, Any]:
        return {"code": new_code("BB"), "name": "With breakfast", "meal_plan": "breakfast", "percent": "115.00"}


class RatePlanView(APIView):
    """One rate plan."""

    @extend_schema(responses={200: services.RatePlanFacts})
    def get(self, request: Request, hotel_id: UUID, rate_plan_id: UUID) -> Response:
        """The rate plan."""
        parse_query(NoQuery, request)
        services.require_staff(access_of(request), hotel_id)
        return Response(services.get_rate_plan(hotel_id=hotel_id, rate_plan_id=rate_plan_id))

    @extend_schema(request=bodies.RatePlanChangesBody, responses={200: services.RatePlanFacts})
    def patch(self, request: Request, hotel_id: UUID, rate_plan_id: UUID) -> Response:
        """Change the rate plan. Stored reservations keep their prices and terms."""
        given = parse_body(bodies.RatePlanChangesBody, request)
        return Response(
            services.update_rate_plan(access=access_of(request), hotel_id=hotel_id, rate_plan_id=rate_plan_id, **given)
        )

    def example_body(self, request: Request, hotel_id: UUID, rate_plan_id: UUID) -> Mapping[str, Any]:
        rate_plan = services.get_rate_plan(hotel_id=hotel_id, rate_plan_id=rate_plan_id)
        return {"name": rate_plan.name, "cancellation_tiers": rate_plan.cancellation_tiers}


class SeasonsView(APIView):
    """The seasons of a hotel."""

    @extend_schema(responses={200: list[SeasonAnswer]})
    def get(self, request: Request, hotel_id: UUID) -> Response:
        """The seasons with their prices, the newest first."""
        parse_query(NoQuery, request)
        services.require_staff(access_of(request), hotel_id)
        return page_of(self, selectors.seasons_of(hotel_id), lambda row: season_view(selectors.season_facts(row)))

    @extend_schema(request=bodies.SeasonBody, responses={201: SeasonAnswer})
    def post(self, request: Request, hotel_id: UUID) -> Response:
        """Give the nights from `from` to `to` prices of their own. Stored reservations keep theirs."""
        given = parse_body(bodies.SeasonBody, request)
        season = services.add_season(access=access_of(request), hotel_id=hotel_id, **given)
        return created(season_view(season), f"hotels/{hotel_id}/seasons/{season.id}")

    def example_body(self, request: Request, hotel_id: UUID) -> Mapping[str, Any]:
        first = _first_free_night(hotel_id)
        return {
            "name": new_code("Season "),
            "from": first,
            "to": first + timedelta(days=13),
            "prices": _example_prices(hotel_id),
        }


class SeasonView(APIView):
    """One season."""

    @extend_schema(responses={200: SeasonAnswer})
    def get(self, request: Request, hotel_id: UUID, season_id: UUID) -> Response:
        """The season with its prices."""
        parse_query(NoQuery, request)
        services.require_staff(access_of(request), hotel_id)
        return Response(season_view(services.get_season(hotel_id=hotel_id, season_id=season_id)))

    @extend_schema(request=bodies.SeasonBody, responses={200: SeasonAnswer})
    def put(self, request: Request, hotel_id: UUID, season_id: UUID) -> Response:
        """Let the season be this: name, nights and all prices. Stored reservations keep theirs."""
        given = parse_body(bodies.SeasonBody, request)
        season = services.replace_season(access=access_of(request), hotel_id=hotel_id, season_id=season_id, **given)
        return Response(season_view(season))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, hotel_id: UUID, season_id: UUID) -> Response:
        """Take the season away: its nights cost what the rate plans say again."""
        services.remove_season(access=access_of(request), hotel_id=hotel_id, season_id=season_id)
        return Response(status=204)

    def example_body(self, request: Request, hotel_id: UUID, season_id: UUID) -> Mapping[str, Any]:
        season = services.get_season(hotel_id=hotel_id, season_id=season_id)
        return {"name": season.name, "from": season.first, "to": season.last, "prices": _example_prices(hotel_id)}


class ChargesView(APIView):
    """The taxes and fees of a hotel."""

    @extend_schema(responses={200: list[ChargeAnswer]})
    def get(self, request: Request, hotel_id: UUID) -> Response:
        """The taxes and fees, archived ones too, the newest first."""
        parse_query(NoQuery, request)
        services.require_staff(access_of(request), hotel_id)
        return page_of(self, selectors.charges_of(hotel_id), lambda row: charge_view(selectors.charge_facts(row)))

    @extend_schema(request=bodies.ChargeBody, responses={201: ChargeAnswer})
    def post(self, request: Request, hotel_id: UUID) -> Response:
        """Take a tax or fee of each stay that is priced from now on."""
        given = parse_body(bodies.ChargeBody, request)
        charge = services.add_charge(access=access_of(request), hotel_id=hotel_id, **given)
        return created(charge_view(charge), f"hotels/{hotel_id}/charges/{charge.id}")

    def example_body(self, request: Request, hotel_id: UUID) -> Mapping[str, Any]:
        return {
            "code": new_code("TAX"),
            "name": "City tax",
            "kind": "tax",
            "per": "person_night",
            "amount": {"amount": "2", "currency": services.get_hotel(hotel_id).currency},
            "exempt_under_age": 13,
            "max_nights": 7,
            "due": "at_property",
        }


class ChargeView(APIView):
    """One tax or fee."""

    @extend_schema(responses={200: ChargeAnswer})
    def get(self, request: Request, hotel_id: UUID, charge_id: UUID) -> Response:
        """The tax or fee."""
        parse_query(NoQuery, request)
        services.require_staff(access_of(request), hotel_id)
        return Response(charge_view(services.get_charge(hotel_id=hotel_id, charge_id=charge_id)))

    @extend_schema(request=bodies.ChargeChangesBody, responses={200: ChargeAnswer})
    def patch(self, request: Request, hotel_id: UUID, charge_id: UUID) -> Response:
        """Change the tax or fee for stays that are priced from now on. Stored reservations keep their charges."""
        given = parse_body(bodies.ChargeChangesBody, request)
        charge = services.update_charge(access=access_of(request), hotel_id=hotel_id, charge_id=charge_id, **given)
        return Response(charge_view(charge))

    def example_body(self, request: Request, hotel_id: UUID, charge_id: UUID) -> Mapping[str, Any]:
        return {"name": services.get_charge(hotel_id=hotel_id, charge_id=charge_id).name}


def _first_free_night(hotel_id: UUID) -> date:
    """The first night that no season of the hotel is after."""
    last = selectors.seasons_of(hotel_id).order_by("-last").values_list("last", flat=True).first()
    today = services.business_date(services.get_hotel(hotel_id), clock.now())
    return max(today, last + timedelta(days=1)) if last else today


def _example_prices(hotel_id: UUID) -> list[dict[str, Any]]:
    room_type = selectors.room_types_of(hotel_id).filter(archived_at__isnull=True).first()
    plan = selectors.rate_plans_of(hotel_id).filter(ancestors=[], archived_at__isnull=True).first()
    if room_type is None or plan is None:
        return []
    price = {"amount": "180", "currency": room_type.hotel.currency}
    return [{"room_type_id": room_type.id, "rate_plan_id": plan.id, "weekdays": [5, 6], "price": price}]
