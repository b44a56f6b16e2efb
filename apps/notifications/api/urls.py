"""Addresses of this app below /api/v1."""

from django.urls import path

from apps.notifications.api import views

urlpatterns = [path("notifications", views.NotificationsView.as_view())]
