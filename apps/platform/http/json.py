"""JSON in and out by orjson: it knows dataclasses, UUIDs and instants, and is many times faster than the default."""

from collections.abc import Iterable, Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from apps.platform.http.problems import BodyTooLarge


class JSONRenderer(BaseRenderer):
    """Frozen dataclasses and plain data as UTF-8 JSON."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "text"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        if data is None:
            return b""
        option = orjson.OPT_UTC_Z
        if renderer_context and renderer_context.get("indent"):
            option |= orjson.OPT_INDENT_2
        return orjson.dumps(data, default=str, option=option)


MAX_DEPTH = 32
"""Far beyond any body of this API, far below what storing or answering it could not bear."""


class JSONParser(BaseParser):
    """Strict JSON: no NaN, no size and no depth beyond what a body of this API can have, no NUL characters.

    :raises BodyTooLarge: above `DATA_UPLOAD_MAX_MEMORY_SIZE`; the rest is not read.
    :raises ParseError: with the place of the fault, where the body is no JSON.
    """

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise BodyTooLarge(f"A body is at most {limit} bytes.")
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise ParseError(
                f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
            ) from error
        if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH or b"\\u0000" in raw:
            _require_modest(body)
        return body


def _require_modest(body: Any) -> None:
    """Level by level, so that no depth of the body becomes a depth of our stack."""
    level = [body]
    for _ in range(MAX_DEPTH + 1):
        if any(isinstance(value, str) and "\0" in value for value in level):
            raise ParseError("The body has a NUL character, which no text here can hold.")
        level = [inner for value in level for inner in _within(value)]
        if not level:
            return
    raise ParseError(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _within(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else ()
