"""Reading requests strictly: unknown fields and parameters are refused, keys and revisions come from headers."""

import re
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import Any
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.request import Request

from apps.platform import idempotency
from apps.platform.errors import Invalid
from apps.platform.http.problems import NotSignedIn, PreconditionRequired

# Parameters that belong to the browsable API and to pagination, not to a view.
_ALWAYS_KNOWN = {"format", "limit", "cursor"}
_ETAG = re.compile(r'(?:W/)?"(\d{1,18})"|(\d{1,18})')


class StrictSerializer(serializers.Serializer[Any]):
    """A plain translation of a body or a query. Unknown fields are an error, never silently dropped.

    It reads what JSON gives, and what nobody gave is its default, unasked: REST framework would take each field through
    all that forms and models might need, which costs as much again as the values.
    """

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)
        errors: dict[str, Any] = {
            str(name): [serializers.ErrorDetail("There is no such field.", "unknown_field")]
            for name in data
            if name not in self.fields
        }
        if errors:
            raise serializers.ValidationError(errors)
        values: dict[str, Any] = {}
        for name, field, check in self._readings:
            given = data.get(name, empty)
            is_left_out = given is empty and not field.required
            if is_left_out and field.default is empty:
                continue
            try:
                value = field.get_default() if is_left_out else field.run_validation(given)
                values[field.source] = check(value) if check else value
            except serializers.ValidationError as error:
                errors[name] = error.detail
        if errors:
            raise serializers.ValidationError(errors)
        return values

    def run_validators(self, value: Any) -> None:
        if self.validators:
            super().run_validators(value)

    @cached_property
    def _readings(self) -> list[tuple[str, Any, Callable[[Any], Any] | None]]:
        """Each field by its name, with the method of this serializer that has the last word on it."""
        return [(name, field, getattr(self, f"validate_{name}", None)) for name, field in self.fields.items()]


def parse_body(serializer: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """The body as the serializer's plain values.

    :raises ValidationError: with a pointer for each field that is wrong, missing or unknown.
    """
    body: Any = request.data
    values: dict[str, Any] = _reader(serializer).run_validation({} if body is None else body)
    return values


@cache
def _reader(serializer: type[StrictSerializer]) -> StrictSerializer:
    """One for all requests: to validate changes nothing about a serializer, and to build one costs as much again."""
    return serializer()


def parse_query(serializer: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """The query parameters as the serializer's plain values; a ListField takes a repeated parameter.

    :raises Invalid: naming each `parameter` that is wrong, missing, unknown, or given twice where once is meant.
    """
    declared = serializer().fields
    given: MultiValueDict[str, str] = request.query_params
    data: dict[str, Any] = {}
    items: list[dict[str, Any]] = []
    for name, values in given.lists():
        if name in declared:
            many = isinstance(declared[name], serializers.ListField)
            if not many and len(values) > 1:
                items.append({"code": "repeated", "detail": "Give it once.", "parameter": name})
            data[name] = values if many else values[-1]
        elif name not in _ALWAYS_KNOWN:
            items.append({"code": "unknown_parameter", "detail": "There is no such parameter.", "parameter": name})
    parsed = serializer(data=data)
    if not parsed.is_valid():
        items += [
            {"code": detail.code, "detail": str(detail), "parameter": name}
            for name, details in parsed.errors.items()
            for detail in _flat(details)
        ]
    if items:
        raise Invalid("Some query parameters are not valid.", items=items)
    valid: dict[str, Any] = parsed.validated_data
    return valid


def _flat(details: Any) -> list[Any]:
    if isinstance(details, Mapping):
        return [leaf for inner in details.values() for leaf in _flat(inner)]
    if isinstance(details, list):
        return [leaf for inner in details for leaf in _flat(inner)]
    return [details]


def user_id(request: Request) -> UUID:
    """The account of whoever is signed in, by token or by session.

    :raises NotSignedIn: if nobody is.
    """
    if request.user.pk is None:
        raise NotSignedIn()
    return UUID(str(request.user.pk))


# Whoever knows e-mail address and key of somebody without an account reads their answer: the key is not to be guessed.
_ANONYMOUS_KEY_LENGTH = 16


def idempotency_key(request: Request) -> str:
    """The well-formed `Idempotency-Key` of the request; a longer one of those who are not signed in.

    :raises IdempotencyKeyRequired: if there is none.
    :raises IdempotencyKeyInvalid: if it is malformed or was sent twice.
    """
    at_least = 1 if request.user.is_authenticated else _ANONYMOUS_KEY_LENGTH
    return idempotency.require_well_formed(request.headers.get("Idempotency-Key"), at_least=at_least)


def expected_revision(request: Request) -> int:
    """The revision that `If-Match` names.

    :raises PreconditionRequired: if the header is missing.
    :raises Invalid: if it is not an entity tag of ours.
    """
    given = request.headers.get("If-Match")
    if given is None:
        raise PreconditionRequired()
    match = _ETAG.fullmatch(given.strip())
    if match is None:
        raise Invalid('If-Match takes the ETag that you have read, like "3".')
    return int(match.group(1) or match.group(2))
