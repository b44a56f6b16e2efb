"""OpenAPI from the views: adds to each operation what the contract promises everywhere."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

_KEY = OpenApiParameter(
    name="Idempotency-Key",
    type=str,
    location=OpenApiParameter.HEADER,
    required=True,
    description="A fresh key for each intention; the same key again gives the first outcome, byte for byte.",
)


class Schema(AutoSchema):
    """Views with `requires_key` name the header that their writes need."""

    def get_override_parameters(self) -> list[Any]:
        writes = self.method in {"POST", "PUT", "PATCH", "DELETE"}
        return [_KEY] if writes and getattr(self.view, "requires_key", False) else []
