"""The audit log over HTTP: reasons come in with changes, entries go out to who may read them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.platform import audit
from apps.platform.http.pagination import ListPagination
from apps.platform.http.requests import StrictSerializer, parse_query


class ReasonMiddleware:
    """Let what a request changes carry the reason that it brings.

    The header `X-Reason` (percent-encoded where it is not plain ASCII), or the field `reason` of a form in the admin.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with audit.because(_reason_of(request)):
            return self.get_response(request)


def _reason_of(request: HttpRequest) -> str:
    reason = unquote(request.headers.get("X-Reason", ""))
    if not reason and request.method == "POST" and request.path_info.startswith("/admin/"):
        reason = request.POST.get("reason", "")
    return " ".join(reason.replace("\0", "").split())


class AuditLogQuery(StrictSerializer):
    """Which entries: all filters together. `object_id` may be how the id begins."""

    operation = serializers.CharField(required=False, max_length=80)
    object_id = serializers.CharField(required=False, max_length=120)
    actor = serializers.CharField(required=False, max_length=80)
    batch = serializers.UUIDField(required=False, help_text="The entries of one save, by its `change_id`.")
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)


@dataclass(frozen=True, kw_only=True)
class AuditEntryView:
    """A change by somebody of the staff: what differs, as it was and as it is since."""

    id: UUID
    at: datetime
    actor: str
    operation: str
    object_kind: str
    object_id: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str
    request_id: str
    batch: UUID | None


def audit_log_page(view: APIView, request: Request, scope_id: UUID) -> Response:
    """One page of the changes in a scope, the newest first."""
    pages = ListPagination()
    rows = audit.entries_of(scope_id, **parse_query(AuditLogQuery, request))
    page = pages.paginate_queryset(rows, request, view=view) or []
    names = AuditEntryView.__dataclass_fields__
    return pages.get_paginated_response(
        [AuditEntryView(**{name: getattr(row, name) for name in names}) for row in page]
    )
