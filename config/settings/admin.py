"""How the staff's admin is called, and what its sidebar leads to. It loads nothing from outside."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy

# Who may do what where: the platform's walls ask it, and do not know whom they ask.
ADMIN_ACCESS = "apps.accounts.services.access_of"
# What the hotels are called that a role can be given at.
ADMIN_SCOPES = "apps.inventory.services.hotel_names"


def _stylesheet(_: HttpRequest) -> str:
    return static("platform/admin.css")


def _icon(_: HttpRequest) -> str:
    return static("platform/icon.svg")


def _may_see(model: str) -> Any:
    """Whether the reader has the list of `model` (app_label.name) at all: the sidebar shows no closed doors."""

    def allowed(request: HttpRequest) -> bool:
        from django.contrib import admin

        found = (
            admin_of
            for of_model, admin_of in admin.site._registry.items()  # noqa: SLF001 - Django has no other way
            if of_model._meta.label_lower == model  # noqa: SLF001
        )
        return any(admin_of.has_view_permission(request) for admin_of in found)

    return allowed


def _list(model: str, title: str, icon: str) -> dict[str, Any]:
    link = reverse_lazy(f"admin:{model.replace('.', '_')}_changelist")
    return {"title": title, "icon": icon, "link": link, "permission": _may_see(model)}


def _desk(desk: str, title: str, icon: str) -> dict[str, Any]:
    def link(_: HttpRequest) -> str:
        return f"{reverse_lazy('admin:bookings_reservation_changelist')}?desk={desk}"

    def active(request: HttpRequest) -> bool:
        stays = request.path == str(reverse_lazy("admin:bookings_reservation_changelist"))
        return stays and request.GET.get("desk", "") == desk

    return {
        "title": title,
        "icon": icon,
        "link": link,
        "active": active,
        "permission": _may_see("bookings.reservation"),
    }


_PAGES_OF_HOTELS = ("calendar", "overbooked")


def _on_hotels(request: HttpRequest) -> bool:
    """Some pages lie below the hotels, and are none of that list."""
    below = request.path.startswith(str(reverse_lazy("admin:inventory_hotel_changelist")))
    return below and request.path not in {str(reverse_lazy(f"admin:inventory_{page}")) for page in _PAGES_OF_HOTELS}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Reservations",
    "SITE_HEADER": "Reservations",
    "SITE_SUBHEADER": "Staff",
    "SITE_SYMBOL": "hotel",
    "ACCOUNT": {
        "navigation": [
            {"title": "Second factor", "link": reverse_lazy("second_factor")},
            {"title": "Change password", "link": reverse_lazy("admin:password_change")},
        ],
    },
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _icon}],
    "STYLES": [_stylesheet],
    "DASHBOARD_CALLBACK": "apps.bookings.admin.today.dashboard",
    "BORDER_RADIUS": "8px",
    "COLORS": {
        "primary": {
            "50": "oklch(98.4% .014 180.7)",
            "100": "oklch(95.3% .051 180.8)",
            "200": "oklch(91% .096 180.4)",
            "300": "oklch(85.5% .138 181.1)",
            "400": "oklch(77.7% .152 181.9)",
            "500": "oklch(62% .12 183)",
            "600": "oklch(51% .096 186.4)",
            "700": "oklch(45% .085 188.2)",
            "800": "oklch(40% .07 188.2)",
            "900": "oklch(35% .06 188.4)",
            "950": "oklch(25% .046 192.5)",
        },
    },
    "SIDEBAR": {
        "navigation": [
            {
                "title": "Front desk",
                "items": [
                    {"title": "Today", "icon": "today", "link": reverse_lazy("admin:index")},
                    _desk("arrivals", "Arrivals", "login"),
                    _desk("departures", "Departures", "logout"),
                    _desk("in_house", "In house", "hotel"),
                    {
                        "title": "Housekeeping",
                        "icon": "cleaning_services",
                        "link": reverse_lazy("admin:bookings_housekeeping"),
                        "permission": _may_see("inventory.hotel"),
                    },
                    {
                        "title": "Tape chart",
                        "icon": "view_timeline",
                        "link": reverse_lazy("admin:bookings_tape_chart"),
                        "permission": _may_see("bookings.reservation"),
                    },
                ],
            },
            {
                "title": "Reservations",
                "items": [
                    _list("bookings.booking", "Bookings", "book_online"),
                    _desk("", "All stays", "bed"),
                    {
                        "title": "Calendar",
                        "icon": "calendar_month",
                        "link": reverse_lazy("admin:inventory_calendar"),
                        "permission": _may_see("inventory.hotel"),
                    },
                    {
                        "title": "Reports",
                        "icon": "bar_chart",
                        "link": reverse_lazy("admin:bookings_reports"),
                        "permission": _may_see("bookings.reservation"),
                    },
                    _list("reviews.review", "Reviews", "reviews"),
                ],
            },
            {
                "title": "Set-up",
                "items": [
                    _list("inventory.hotel", "Hotels", "apartment") | {"active": _on_hotels},
                    _list("inventory.roomtype", "Room types", "king_bed"),
                    _list("inventory.room", "Rooms", "meeting_room"),
                    _list("inventory.roomclosure", "Closed rooms", "no_meeting_room"),
                    _list("inventory.rateplan", "Rate plans", "sell"),
                    _list("inventory.season", "Seasons", "sunny"),
                    _list("inventory.charge", "Taxes and fees", "percent"),
                    _list("platform.auditentry", "Audit log", "history"),
                ],
            },
            {
                "title": "Platform",
                "items": [
                    _list("accounts.user", "Accounts", "group"),
                    _list("accounts.apikey", "API keys", "key"),
                    _list("notifications.delivery", "Deliveries", "outgoing_mail"),
                    _list("django_celery_beat.periodictask", "Periodic tasks", "schedule"),
                ],
            },
        ],
    },
}
