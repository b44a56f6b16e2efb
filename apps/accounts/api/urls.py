"""Addresses of this app below /api/v1."""

from django.urls import path

from apps.accounts.api import key_views, password_views, role_views, verify, views

urlpatterns = [
    path("auth/signup", views.SignUpView.as_view()),
    path("auth/token", views.TokenView.as_view()),
    path("auth/token/refresh", views.RefreshView.as_view()),
    path("auth/logout", views.LogoutView.as_view()),
    path("auth/password-reset", password_views.PasswordResetView.as_view()),
    path("auth/password-reset/confirm", password_views.NewPasswordView.as_view()),
    path("auth/verify-email", password_views.VerificationView.as_view()),
    path("auth/verify", verify.VerifyView.as_view()),
    path("roles", role_views.RolesView.as_view()),
    path("users/<uuid:of_user>/roles", role_views.RolesOfUserView.as_view()),
    path("users/<uuid:of_user>/roles/<uuid:held_id>", role_views.RoleOfUserView.as_view()),
    path("me", views.MeView.as_view()),
    path("me/export", views.MyExportView.as_view()),
    path("me/password", password_views.MyPasswordView.as_view()),
    path("me/verify-email", password_views.MyVerificationView.as_view()),
    path("me/sessions", views.MySessionsView.as_view()),
    path("me/sessions/<uuid:session_id>", views.MySessionView.as_view()),
    path("api-keys", key_views.ApiKeysView.as_view()),
    path("api-keys/<uuid:key_id>", key_views.ApiKeyDetailView.as_view()),
    path("api-keys/<uuid:key_id>/rotate", key_views.ApiKeyRotationView.as_view()),
]
