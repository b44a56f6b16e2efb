"""All addresses of the deployable."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from apps.accounts.api import pages as account_pages
from apps.accounts.api import second_factor
from apps.accounts.api.views import jwks
from apps.bookings.api.stay_page import StayPage
from apps.inventory import services as inventory
from apps.inventory.api.feeds import room_type_feed
from apps.platform.http import health, pages, problems
from apps.platform.http.index import ApiIndex, NoSuchAddress
from config.env import env


def _start_page() -> URLPattern:
    """The start page; in development it shows the mailbox, and the accounts where the demo made some."""
    local = settings.LOCAL_PAGES
    arguments: dict[str, object] = {"mailbox": local}
    if local and settings.DEBUG and env.str("DEMO_PASSWORD", default=""):
        from config.local.banner import ACCOUNTS

        arguments["accounts"] = ACCOUNTS
    return path("", pages.start, arguments, name="start")


def _local() -> list[URLPattern | URLResolver]:
    """What exists in development and tests only."""
    return [path("mailbox/", include("config.local.urls"))] if settings.LOCAL_PAGES else []


def _with_slash(*addresses: str) -> list[URLPattern]:
    """Pages whose address ends with a slash are found without it too."""
    return [path(address, RedirectView.as_view(url=f"/{address}/")) for address in addresses]


_sign_in = (
    [path("login/", pages.SignIn.as_view(), name="login"), path("logout/", LogoutView.as_view(), name="logout")],
    "rest_framework",
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("config.api")),
    _start_page(),
    path("livez", health.livez),
    path("readyz", health.readyz, {"details": {"nights_missing_to_the_horizon": inventory.nights_short_of_horizon}}),
    path(".well-known/jwks.json", jwks),
    path("problems/", problems.index),
    path("problems/<slug:code>", problems.page),
    path("api/v1", ApiIndex.as_view()),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema")),
    path("api-auth/", include(_sign_in)),
    path("account/forgotten", account_pages.ForgottenPage.as_view()),
    path("account/password", account_pages.PasswordPage.as_view()),
    path("account/verify", account_pages.VerificationPage.as_view()),
    path("ical/room-types/<uuid:room_type_id>/<str:token>.ics", room_type_feed),
    path("stay/<str:number>/<str:secret>/", StayPage.as_view(), name="stay"),
    path("admin/second-factor/", second_factor.SecondFactorPage.as_view(), name="second_factor"),
    path("admin/", admin.site.urls),
    *_with_slash("admin", "problems", "mailbox", "api/docs", "api/schema"),
    *_local(),
    re_path(r"^api/", NoSuchAddress.as_view()),
]

handler400 = pages.bad_request
handler403 = pages.forbidden
handler404 = pages.not_found
handler500 = pages.server_error
