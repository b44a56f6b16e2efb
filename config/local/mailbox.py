"""The mailbox page of development: what the platform mailed, readable on a phone and without a network."""

from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from config.local.mails import Mail, find_mail, latest_mails, remove_mails

# Mails may carry anything: nothing is loaded from elsewhere, and nothing in them runs.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; form-action 'self'"


def _folder() -> Path:
    return Path(settings.MAILBOX_DIR)


def _mail(key: str) -> Mail:
    mail = find_mail(_folder(), key)
    if mail is None:
        raise Http404("There is no such mail.")
    return mail


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All mails, newest first; the page renews itself."""
    answer = render(request, "local/mailbox.html", {"mails": latest_mails(_folder())})
    answer["Content-Security-Policy"] = _POLICY
    return answer


@require_safe
def detail(request: HttpRequest, key: str) -> HttpResponse:
    """One mail: its HTML in a sandbox, and its text."""
    answer = render(request, "local/mail.html", {"mail": _mail(key)})
    answer["Content-Security-Policy"] = _POLICY
    return answer


@require_safe
def source(request: HttpRequest, key: str) -> FileResponse:
    """The mail as it went over the wire."""
    mail = _mail(key)
    return FileResponse((_folder() / f"{mail.key}.eml").open("rb"), content_type="text/plain; charset=utf-8")


@require_POST
def empty(request: HttpRequest) -> HttpResponse:
    """Remove every mail."""
    remove_mails(_folder())
    return redirect("mailbox:index")
