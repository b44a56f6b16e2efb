"""Who of a hotel's staff has changed what, over HTTP."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services as accounts
from apps.inventory import services
from apps.platform.http.audit import AuditEntryView, AuditLogQuery, audit_log_page


class AuditLogView(APIView):
    """The audit log of a hotel."""

    @extend_schema(parameters=[AuditLogQuery], responses={200: list[AuditEntryView]})
    def get(self, request: Request, hotel_id: UUID) -> Response:
        """Each change of price, stock, booking and role by staff, the newest first. For the hotel's administrators."""
        services.require(accounts.access_of(request.user.pk), accounts.Permission.VIEW_AUDIT_LOG, hotel_id)
        return audit_log_page(self, request, hotel_id)
