"""Writing what a command came to: the stored bytes as they are, with the headers of the contract."""

from collections.abc import Mapping

import orjson
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from apps.platform.http import problems
from apps.platform.idempotency import Outcome


def answer(request: Request, outcome: Outcome, statuses: Mapping[str, int]) -> HttpResponse:
    """The HTTP answer to a command: the same bytes at the first time and at each replay.

    :param statuses: the status of each success code, 200 where none is named.
    """
    if outcome.refused:
        status, body = problems.stored_document(outcome.code, outcome.body)
        content_type = problems.CONTENT_TYPE
    else:
        status, body, content_type = statuses.get(outcome.code, 200), outcome.body, "application/json"
    headers = {
        name: value
        for name, value in {
            "ETag": outcome.etag,
            "Location": outcome.location,
            "Idempotent-Replayed": "true" if outcome.replayed else "",
        }.items()
        if value
    }
    if request.accepted_renderer.format == "json":
        return HttpResponse(body, status=status, content_type=content_type, headers=headers)
    return Response(orjson.loads(body), status=status, headers=headers)
