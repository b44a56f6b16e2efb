"""OpenAPI 3.1 from views and dataclasses."""

# mypy: disable-error-code="no-untyped-call"

from typing import Any

import pytest
from django.core.management import call_command
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from tests.platform.http import demo


@pytest.fixture
def schema() -> dict[str, Any]:
    """The description of the demo's API."""
    GENERATOR_STATS.reset()
    described: dict[str, Any] = SchemaGenerator(urlconf=demo.__name__).get_schema(request=None, public=True)
    return described


def test_the_whole_api_is_described_without_a_warning(tmp_path: Any) -> None:
    file = tmp_path / "schema.yaml"

    call_command("spectacular", validate=True, fail_on_warn=True, file=str(file))

    assert file.read_text().startswith("openapi: 3.1")


def test_the_demo_is_described_without_a_warning_and_valid(schema: dict[str, Any]) -> None:
    validate_schema(schema)

    assert not GENERATOR_STATS
    assert schema["openapi"].startswith("3.1")


def test_a_dataclass_becomes_a_component_of_its_hints(schema: dict[str, Any]) -> None:
    box = schema["components"]["schemas"]["Box"]

    assert box["description"] == "A thing."
    assert box["required"] == list(box["properties"])
    assert box["properties"] == {
        "id": {"type": "string", "format": "uuid"},
        "colour": {"$ref": "#/components/schemas/Colour"},
        "size": {"enum": ["small", "large"]},
        "made_at": {"type": "string", "format": "date-time"},
        "weight": {"type": "string", "format": "decimal"},
        "lids": {"type": "array", "items": {"$ref": "#/components/schemas/Lid"}},
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
        "spare": {"anyOf": [{"$ref": "#/components/schemas/Lid"}, {"type": "null"}]},
        "actions": {"type": "array", "items": {"type": "string"}},
    }
    lid = schema["components"]["schemas"]["Lid"]
    assert lid["properties"]["closes_on"] == {"type": ["string", "null"], "format": "date"}
    assert schema["components"]["schemas"]["Colour"] == {"type": "string", "enum": ["red", "blue"]}


def test_a_list_is_a_page_with_its_parameters(schema: dict[str, Any]) -> None:
    operation = schema["paths"]["/api/v1/boxes"]["get"]

    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]

    assert answer == {"$ref": "#/components/schemas/BoxPage"}
    page = schema["components"]["schemas"]["BoxPage"]
    assert page["properties"]["results"] == {"type": "array", "items": {"$ref": "#/components/schemas/Box"}}
    assert {parameter["name"] for parameter in operation["parameters"]} == {"colour", "cursor", "limit"}


def test_a_write_with_a_key_names_the_header_and_its_refusals(schema: dict[str, Any]) -> None:
    operation = schema["paths"]["/api/v1/boxes"]["post"]

    headers = [parameter for parameter in operation["parameters"] if parameter["in"] == "header"]

    assert [(header["name"], header["required"]) for header in headers] == [("Idempotency-Key", True)]
    assert set(operation["responses"]) == {"201", "400", "409", "422", "429", "default"}
    assert operation["responses"]["409"]["content"] == {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
    }


def test_an_operation_says_who_may_and_how(schema: dict[str, Any]) -> None:
    members = schema["paths"]["/api/v1/members"]["post"]

    schemes = schema["components"]["securitySchemes"]

    assert members["security"] == [{"apiKey": []}, {"accessToken": []}, {"cookieAuth": []}]
    assert "401" in members["responses"]
    assert (schemes["accessToken"]["type"], schemes["accessToken"]["scheme"]) == ("http", "bearer")
