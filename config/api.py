"""The routes of /api/v1, app by app."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

_APPS = ("accounts", "inventory", "bookings", "notifications", "reviews")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(f"apps.{app}.api.urls")) for app in _APPS if find_spec(f"apps.{app}.api.urls")
]
