"""OpenAPI from the views: adds to each operation what the contract promises everywhere.

A view says what it answers by `@extend_schema(responses={201: SomeDataclass})`: frozen dataclasses and hints around
them become components. `list[Row]` as a whole answer is a page of rows, as every list of the API is.
"""

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.authentication import BaseAuthentication

from apps.platform.http.pagination import ListPagination
from apps.platform.http.problems import CONTENT_TYPE
from apps.platform.http.schema_types import JSONSchema, is_describable, is_list, page_of, schema_of

_WRITES = {"POST", "PUT", "PATCH", "DELETE"}
_KEY = OpenApiParameter(
    name="Idempotency-Key",
    type={"type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,255}$"},
    location=OpenApiParameter.HEADER,
    required=True,
    description="A fresh key for each intention; the same key again gives the first outcome, byte for byte.",
)
_LIST_PARAMETERS = [
    OpenApiParameter(
        name=ListPagination.page_size_query_param,
        type={"type": "integer", "minimum": 1, "maximum": ListPagination.max_page_size},
        description=f"Rows on a page, {ListPagination.page_size} unless told.",
    ),
    OpenApiParameter(name="cursor", type=str, description="Where the page begins: follow `next` and `previous`."),
]
_ANSWER_HEADERS = [
    OpenApiParameter(
        name="X-Request-Id", type=str, location=OpenApiParameter.HEADER, response=True, description="Also in our logs."
    ),
]
_REPLAYED = OpenApiParameter(
    name="Idempotent-Replayed",
    type={"type": "string", "const": "true"},
    location=OpenApiParameter.HEADER,
    response=True,
    description="This is the stored answer of an earlier request with the same key.",
)
_PROBLEM: JSONSchema = {
    "type": "object",
    "description": "A refusal (RFC 9457). Its `type` is a page with cause, remedy and example.",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "retry": {"enum": ["same_key", "new_key", "never"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                    "pointer": {"type": "string"},
                    "parameter": {"type": "string"},
                },
                "required": ["code"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "code"],
}
_REFUSALS = {
    "400": "The request is not valid.",
    "401": "Not signed in, or the token is too old.",
    "404": "Nothing is here that you may see.",
    "409": "The state of things forbids it; the refusal is the stored outcome of the key.",
    "422": "The Idempotency-Key belongs to another request.",
    "429": "Too many requests; `Retry-After` says when to go on.",
}


class Schema(AutoSchema):
    """Views with `requires_key` name the header that their writes need."""

    def get_tags(self) -> list[str]:
        """The app that the view belongs to."""
        parts = type(self.view).__module__.split(".")
        return [parts[1] if parts[0] == "apps" and len(parts) > 1 else parts[0]]

    def get_operation_id(self) -> str:
        """Method and path in words: unique, and stable while the path is."""
        path = self.path.removeprefix(self.path_prefix).strip("/")
        words = re.sub(r"\{(\w+)\}", r"by_\1", path)
        return f"{self.method.lower()}_{re.sub(r'[^0-9a-z]+', '_', words.lower())}".rstrip("_")

    def get_summary(self) -> str | None:
        """The first sentence of the description."""
        sentence = self.get_description().partition("\n")[0].partition(". ")[0].rstrip(".:")
        return sentence or None

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """The name of its class; where two apps have chosen the same one, the second says whose it is."""
        kind = type(serializer)
        name: str = super().get_serializer_name(serializer, direction)
        owners: dict[str, type] = self.registry.__dict__.setdefault("owners_of_names", {})
        if owners.setdefault(name, kind) is not kind:
            name = f"{kind.__module__.split('.')[1].title()}{name}"
        return name

    def get_override_parameters(self) -> list[Any]:
        parameters = list(_ANSWER_HEADERS)
        if self._takes_key():
            parameters += [_KEY, _REPLAYED]
        if self.method == "GET" and is_list(self._main_answer()):
            parameters += _LIST_PARAMETERS
        return parameters

    def _takes_key(self) -> bool:
        return self.method in _WRITES and bool(getattr(self.view, "requires_key", False))

    def _main_answer(self) -> Any:
        """What the operation answers when all goes well."""
        answers: Any = self.get_response_serializers()
        main = answers[min(answers, key=str)] if isinstance(answers, dict) and answers else answers
        return main.response if isinstance(main, OpenApiResponse) else main

    def _get_response_bodies(self, direction: Any = "response") -> JSONSchema:
        answers = self.get_response_serializers()
        if is_describable(answers):
            status = "201" if self._is_create_operation() else "200"
            bodies: JSONSchema = {status: self._get_response_for_code(answers, status, direction=direction)}
        else:
            bodies = super()._get_response_bodies(direction)
        for status, body in bodies.items():
            if status >= "400" and "content" not in body:
                body["content"] = self._problem_content()
        missing = {status: text for status, text in self._refusals().items() if status not in bodies}
        bodies |= {
            status: {"description": text, "content": self._problem_content()} for status, text in missing.items()
        }
        bodies.setdefault("default", {"description": "Any other refusal.", "content": self._problem_content()})
        return bodies

    def _get_response_for_code(
        self, serializer: Any, status_code: str, media_types: Any = None, direction: Any = "response"
    ) -> JSONSchema:
        hint = serializer.response if isinstance(serializer, OpenApiResponse) else serializer
        if is_describable(hint):
            described = page_of(hint, self) if is_list(hint) else schema_of(hint, self)
            if isinstance(serializer, OpenApiResponse):
                serializer = OpenApiResponse(
                    response=described, description=serializer.description, examples=serializer.examples
                )
            else:
                serializer = described
        body: JSONSchema = super()._get_response_for_code(  # type: ignore[no-untyped-call]
            serializer, status_code, media_types, direction
        )
        return body

    def _refusals(self) -> dict[str, str]:
        """The refusals that an operation of this shape may answer with, each with its meaning."""
        expected = {"429"}
        if self.method != "GET" or any(
            not getattr(parameter, "response", False) for parameter in self.get_override_parameters()
        ):
            expected.add("400")
        if {} not in self.get_auth():
            expected.add("401")
        if "{" in self.path:
            expected.add("404")
        if self._takes_key():
            expected |= {"409", "422"}
        return {status: text for status, text in _REFUSALS.items() if status in expected}

    def _problem_content(self) -> JSONSchema:
        component = ResolvedComponent(  # type: ignore[no-untyped-call]
            name="Problem", type=ResolvedComponent.SCHEMA, schema=_PROBLEM, object=ResolvedComponent
        )
        self.registry.register_on_missing(component)
        return {CONTENT_TYPE: {"schema": dict(component.ref)}}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Every authentication that drf-spectacular does not know by itself, as it knows the session: access tokens."""

    target_class = BaseAuthentication
    match_subclasses = True
    priority = -2
    name = "accessToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> JSONSchema:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The `access` of `POST /api/v1/auth/token`.",
        }


def plain_enums(result: JSONSchema, **_: Any) -> JSONSchema:
    """Leave choices inline: drf-spectacular's own hook invents names for them, and warns of its inventions."""
    plain: JSONSchema = _without_marks(result)
    return plain


def _without_marks(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _without_marks(inner) for name, inner in node.items() if name != "x-spec-enum-id"}
    return [_without_marks(inner) for inner in node] if isinstance(node, list) else node
