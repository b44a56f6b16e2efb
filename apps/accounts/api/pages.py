"""Pages for people with a mail in hand: a form for the code, and what came of it. They do what the API does."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import View
from rest_framework.request import Request
from rest_framework.serializers import ValidationError

from apps.accounts import services as accounts
from apps.accounts.api.serializers import NewPasswordBody, PasswordResetBody, VerificationBody
from apps.platform.errors import Problem, TooMany
from apps.platform.http.requests import StrictSerializer
from apps.platform.http.throttling import RouteClassThrottle


class _CodePage(View):
    """One form, one call of a service, and one sentence for the answer."""

    throttle_scope = "sign_in"
    template = ""
    body: type[StrictSerializer]
    done = ""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        if not RouteClassThrottle().allow_request(Request(request), self):
            raise TooMany()
        given = {str(name): request.POST.get(str(name), "") for name in self.body().fields}
        try:
            parsed = self.body(data=given)
            parsed.is_valid(raise_exception=True)
            self.carry_out(parsed.validated_data)
        except ValidationError:
            return self._page(request, faults=["Fill in every field."], status=400)
        except Problem as refused:
            faults = [str(item["detail"]) for item in refused.items] or [refused.detail]
            return self._page(request, faults=faults, status=400)
        return self._page(request, done=self.done)

    def carry_out(self, values: Mapping[str, Any]) -> None:
        """Call the service."""
        raise NotImplementedError

    def _page(self, request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
        page = render(request, self.template, context, status=status)
        page["Cache-Control"] = "no-store"
        # (With `no-referrer`, browsers say that the form comes from "null", and it is refused.)
        page["Referrer-Policy"] = "strict-origin"
        return page


class ForgottenPage(_CodePage):
    """Ask for a code."""

    template = "accounts/forgotten.html"
    body = PasswordResetBody
    done = "If there is an account with this address, a mail with a code is on its way to it."

    def carry_out(self, values: Mapping[str, Any]) -> None:
        accounts.request_password_reset(**values)


class PasswordPage(_CodePage):
    """Set a new password with a code."""

    template = "accounts/password.html"
    body = NewPasswordBody
    done = "Your password is set. You are signed out everywhere: sign in with the new one."

    def carry_out(self, values: Mapping[str, Any]) -> None:
        accounts.reset_password(**values)


class VerificationPage(_CodePage):
    """Prove an address with a code."""

    template = "accounts/verify.html"
    body = VerificationBody
    done = "Thank you: your address is verified."

    def carry_out(self, values: Mapping[str, Any]) -> None:
        accounts.verify_email(**values)
