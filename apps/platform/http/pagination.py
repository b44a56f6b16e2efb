"""Lists by cursor: stable while rows come and go, and as fast on page 1,000 as on the first."""

from collections.abc import Sequence
from typing import Any

from rest_framework.pagination import CursorPagination
from rest_framework.response import Response


class ListPagination(CursorPagination):
    """`{"next", "previous", "results"}` with `?limit=` of at most 100; newest first unless the view says otherwise."""

    page_size = 20
    max_page_size = 100
    page_size_query_param = "limit"
    ordering = "-id"

    def get_paginated_response(self, data: Sequence[Any]) -> Response:
        return Response({"next": self.get_next_link(), "previous": self.get_previous_link(), "results": data})
