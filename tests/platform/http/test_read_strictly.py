"""How a body is read: names, defaults and last words of a serializer, and what it refuses."""

from typing import Any

import pytest
from rest_framework import serializers

from apps.platform.http.requests import StrictSerializer


class Wish(StrictSerializer):
    color = serializers.CharField(max_length=5)
    size = serializers.ChoiceField(choices=["s", "m"], default="m")
    note = serializers.CharField(required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=3), required=False, default=list)

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"from": serializers.DateField(required=False, source="first")}

    def validate_size(self, value: str) -> str:
        return value.upper()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["color"] == "none":
            raise serializers.ValidationError({"color": ["Not that one."]})
        return attrs


def read(body: Any) -> Any:
    return Wish().run_validation(body)


def test_what_is_left_out_is_its_default_with_the_last_word_of_the_serializer() -> None:
    assert read({"color": "red"}) == {"color": "red", "size": "M", "tags": []}


def test_a_default_that_is_made_is_made_anew_for_each_body() -> None:
    one, other = read({"color": "red"}), read({"color": "red"})
    one["tags"].append("x")

    assert other["tags"] == []


def test_a_value_goes_where_its_field_says() -> None:
    body = read({"color": "red", "from": "2026-07-03", "size": "s"})

    assert (str(body["first"]), body["size"]) == ("2026-07-03", "S")
    assert "from" not in body


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"color": "red", "colour": "red"}, {"colour"}),
        ({}, {"color"}),
        ({"color": None}, {"color"}),
        ({"color": "yellow", "size": "xl"}, {"color", "size"}),
        ({"color": "red", "size": None}, {"size"}),
        ({"color": "red", "tags": ["long"]}, {"tags"}),
        ({"color": "none"}, {"color"}),
        ([], {"non_field_errors"}),
        ("red", {"non_field_errors"}),
    ],
)
def test_all_that_is_wrong_is_named_at_once(body: Any, names: set[str]) -> None:
    with pytest.raises(serializers.ValidationError) as refused:
        read(body)

    assert set(refused.value.detail) == names
