"""The routes of /api/v1, app by app."""

from django.urls import include, path

# Routes are tried in this order: the busiest first.
urlpatterns = [
    path("", include("apps.bookings.api.urls")),
    path("", include("apps.inventory.api.urls")),
    path("", include("apps.accounts.api.urls")),
    path("", include("apps.notifications.api.urls")),
    path("", include("apps.reviews.api.urls")),
]
