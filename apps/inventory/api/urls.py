"""Addresses of this app below /api/v1."""

from django.urls import path

from apps.inventory.api import (
    audit_views,
    calendar_views,
    capacity_views,
    feeds,
    pricing_views,
    sandbox,
    search_views,
    views,
)

urlpatterns = [
    path("hotels", views.HotelsView.as_view()),
    path("hotels/<uuid:hotel_id>", views.HotelView.as_view()),
    path("hotels/<uuid:hotel_id>/clock", sandbox.ClockView.as_view()),
    path("hotels/<uuid:hotel_id>/room-types", views.RoomTypesView.as_view()),
    path("hotels/<uuid:hotel_id>/room-types/<uuid:room_type_id>", views.RoomTypeView.as_view()),
    path("hotels/<uuid:hotel_id>/room-types/<uuid:room_type_id>/calendar-feed", feeds.FeedAddressView.as_view()),
    path("hotels/<uuid:hotel_id>/rate-plans", pricing_views.RatePlansView.as_view()),
    path("hotels/<uuid:hotel_id>/rate-plans/<uuid:rate_plan_id>", pricing_views.RatePlanView.as_view()),
    path("hotels/<uuid:hotel_id>/seasons", pricing_views.SeasonsView.as_view()),
    path("hotels/<uuid:hotel_id>/seasons/<uuid:season_id>", pricing_views.SeasonView.as_view()),
    path("hotels/<uuid:hotel_id>/charges", pricing_views.ChargesView.as_view()),
    path("hotels/<uuid:hotel_id>/charges/<uuid:charge_id>", pricing_views.ChargeView.as_view()),
    path("hotels/<uuid:hotel_id>/rooms", views.RoomsView.as_view()),
    path("hotels/<uuid:hotel_id>/rooms/<uuid:room_id>", views.RoomView.as_view()),
    path("hotels/<uuid:hotel_id>/rooms/<uuid:room_id>/closures", capacity_views.ClosuresView.as_view()),
    path(
        "hotels/<uuid:hotel_id>/rooms/<uuid:room_id>/closures/<uuid:closure_id>", capacity_views.ClosureView.as_view()
    ),
    path("hotels/<uuid:hotel_id>/explain", capacity_views.ExplainView.as_view()),
    path("hotels/<uuid:hotel_id>/overbooked", capacity_views.OverbookedView.as_view()),
    path("hotels/<uuid:hotel_id>/offers", search_views.OffersView.as_view()),
    path("hotels/<uuid:hotel_id>/lowest-prices", search_views.LowestPricesView.as_view()),
    path("hotels/<uuid:hotel_id>/calendar", calendar_views.CalendarView.as_view()),
    path("hotels/<uuid:hotel_id>/calendar/undo", calendar_views.CalendarUndoView.as_view()),
    path("hotels/<uuid:hotel_id>/inventory/generate", views.GenerateView.as_view()),
    path("hotels/<uuid:hotel_id>/audit-log", audit_views.AuditLogView.as_view()),
    path("availability", search_views.AvailabilityView.as_view()),
]
