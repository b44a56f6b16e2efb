"""The pages of the second factor, and the gate in front of the admin that leads to them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import segno
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.generic import View

from apps.accounts import services as accounts
from apps.platform.errors import Problem

VERIFIED = "second_factor"
"""In the session: the id of the factor that was proven in it, so that another factor has to be proven anew."""
_OPEN_PAGES = {"login", "logout"}
_LONGEST_CODE = 40


class SecondFactorMiddleware:
    """Nobody is past this in the admin who has a second factor, or must have one, and has not shown it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponseBase | None:
        """Let go on, or lead to the page that asks for it."""
        match = request.resolver_match
        if match is None or "admin" not in match.namespaces or match.url_name in _OPEN_PAGES:
            return None
        if not admin.site.has_permission(request):
            return None
        state = accounts.second_factor_of(_me(request))
        if _is_verified(request, state) or (state.factor_id is None and not state.required):
            return None
        return HttpResponseRedirect(f"{reverse('second_factor')}?{urlencode({'next': request.get_full_path()})}")


@method_decorator(never_cache, name="dispatch")
class SecondFactorPage(View):
    """Set it up, show it, or look after it: whichever comes next."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """For the staff only, who have shown their password."""
        if not admin.site.has_permission(request):
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *, wrong: str = "") -> TemplateResponse:
        """The page as the state of things asks for it."""
        state = accounts.second_factor_of(_me(request))
        if state.factor_id is None:
            return _page(request, "enrol", state=state, wrong=wrong, **_enrolment(request))
        if not _is_verified(request, state):
            return _page(request, "verify", state=state, wrong=wrong)
        return _page(request, "manage", state=state, wrong=wrong)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take a code, for what the page was asking."""
        state = accounts.second_factor_of(_me(request))
        code = request.POST.get("code", "")[:_LONGEST_CODE]
        try:
            if state.factor_id is None:
                factor_id, codes = accounts.confirm_second_factor(_me(request), code=code)
                _note_verified(request, factor_id)
                return _page(request, "codes", state=state, codes=codes)
            if not _is_verified(request, state):
                _note_verified(request, accounts.check_second_factor(_me(request), code=code))
                return HttpResponseRedirect(_next(request))
            if request.POST.get("do") == "remove":
                accounts.remove_second_factor(_me(request), code=code)
                messages.success(request, "The second factor is removed.")
                return HttpResponseRedirect(reverse("admin:index"))
            return _page(request, "codes", state=state, codes=accounts.renew_recovery_codes(_me(request), code=code))
        except accounts.TooManyTries as closed:
            page = self.get(request, wrong="Too many wrong codes. Until the wait is over no code is accepted.")
            page.status_code, page["Retry-After"] = 429, str(closed.wait)
            return page
        except Problem as refused:
            return self.get(request, wrong=f"{refused.title}. {refused.remedy}")


def _is_verified(request: HttpRequest, state: accounts.SecondFactorState) -> bool:
    return state.factor_id is not None and request.session.get(VERIFIED) == str(state.factor_id)


def _note_verified(request: HttpRequest, factor_id: UUID) -> None:
    # Another id for the session from here on: nobody has it who knew the one before.
    request.session.cycle_key()
    request.session[VERIFIED] = str(factor_id)


def _enrolment(request: HttpRequest) -> dict[str, Any]:
    enrolment = accounts.begin_second_factor(_me(request))
    grouped = " ".join(enrolment.secret[start : start + 4] for start in range(0, len(enrolment.secret), 4))
    return {"qr": _qr(enrolment.uri), "secret": grouped, "uri": enrolment.uri}


def _qr(uri: str) -> SafeString:
    """The code as SVG within the page: nothing is fetched, and nobody else sees the secret."""
    image = segno.make(uri, error="m", micro=False).svg_inline(scale=5, border=3, light="#fff", omitsize=True)
    return mark_safe(image)  # noqa: S308 - made here, of squares


def _page(request: HttpRequest, step: str, **context: Any) -> TemplateResponse:
    title = "Recovery codes" if step == "codes" else "Second factor"
    everything = {**admin.site.each_context(request), "title": title, "step": step, "next": _next(request), **context}
    return TemplateResponse(request, "admin/second_factor.html", everything)


def _next(request: HttpRequest) -> str:
    given = request.POST.get("next") or request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(given, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return given
    return reverse("admin:index")


def _me(request: HttpRequest) -> UUID:
    return UUID(str(request.user.pk))
