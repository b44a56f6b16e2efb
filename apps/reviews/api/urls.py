"""Addresses of this app below /api/v1."""

from django.urls import path

from apps.reviews.api import views

urlpatterns = [
    path("hotels/<uuid:hotel_id>/reviews", views.HotelReviewsView.as_view()),
    path("reservations/<uuid:reservation_id>/review", views.ReviewStayView.as_view()),
]
