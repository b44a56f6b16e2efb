"""JSON Schema from type hints: frozen dataclasses, as the services return them, become named components."""

import dataclasses
import types
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from inspect import cleandoc, isclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict
from uuid import UUID

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

JSONSchema = dict[str, Any]

_SCALARS: dict[Any, JSONSchema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    UUID: {"type": "string", "format": "uuid"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    time: {"type": "string", "format": "time"},
    Decimal: {"type": "string", "format": "decimal"},
    Any: {},
    object: {},
    type(None): {"type": "null"},
}
_LISTS = (list, tuple, set, frozenset, Sequence)
_MAPPINGS = (dict, Mapping)


def is_describable(hint: Any) -> bool:
    """Whether `hint` is a dataclass, or built around one: this module's task rather than drf-spectacular's."""
    if isclass(hint) and (dataclasses.is_dataclass(hint) or is_typeddict(hint)):
        return True
    return any(is_describable(argument) for argument in get_args(hint))


def is_list(hint: Any) -> bool:
    """Whether `hint` is a list of something."""
    return get_origin(hint) in _LISTS


def schema_of(hint: Any, schema: AutoSchema) -> JSONSchema:
    """The JSON Schema of `hint`; dataclasses and enums are registered as components and referred to.

    :raises TypeError: if there is no JSON for such a thing.
    """
    if hint in _SCALARS:
        return dict(_SCALARS[hint])
    if isclass(hint) and (dataclasses.is_dataclass(hint) or is_typeddict(hint) or issubclass(hint, Enum)):
        return _component(hint, schema)
    if hasattr(hint, "__supertype__"):
        return schema_of(hint.__supertype__, schema)
    return _generic(hint, schema)


def _generic(hint: Any, schema: AutoSchema) -> JSONSchema:
    arguments = get_args(hint)
    origin = get_origin(hint) or hint
    if origin in {Union, types.UnionType}:
        return _union(arguments, schema)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in _LISTS:
        return {"type": "array", "items": schema_of(arguments[0], schema) if arguments else {}}
    if origin in _MAPPINGS:
        return {"type": "object", "additionalProperties": schema_of(arguments[1], schema) if arguments else {}}
    raise TypeError(f"no JSON Schema for {hint!r}")


def _has_a_name(hint: Any) -> bool:
    return isclass(hint) and (dataclasses.is_dataclass(hint) or is_typeddict(hint) or issubclass(hint, Enum))


def page_of(hint: Any, schema: AutoSchema) -> JSONSchema:
    """The envelope of a list: `{"next", "previous", "results"}`."""
    (row, *_) = get_args(hint)
    results = schema_of(hint, schema)
    address = {"type": ["string", "null"], "format": "uri"}
    envelope: JSONSchema = {
        "type": "object",
        "properties": {"next": address, "previous": address, "results": results},
        "required": ["next", "previous", "results"],
    }
    name = f"{row.__name__}Page" if isclass(row) else None
    return _register(name, envelope, page_of, schema) if name else envelope


def _union(arguments: tuple[Any, ...], schema: AutoSchema) -> JSONSchema:
    described = [schema_of(argument, schema) for argument in arguments]
    kinds = [choice["type"] for choice in described if set(choice) <= {"type", "format"} and "type" in choice]
    if len(kinds) == len(described) and len({*kinds}) == len(kinds):
        return {**{name: value for choice in described for name, value in choice.items()}, "type": kinds}
    return {"anyOf": described}


def _component(kind: type[Any], schema: AutoSchema) -> JSONSchema:
    name = kind.__name__
    known = schema.registry._components.get((name, ResolvedComponent.SCHEMA))  # noqa: SLF001 - no public look
    if known is not None and known.object is not kind:
        # Two apps may give their own thing the same name: the second one says whose it is.
        name = f"{kind.__module__.split('.')[1].title()}{name}"
    if (name, ResolvedComponent.SCHEMA) in schema.registry._components:  # noqa: SLF001
        return {"$ref": f"#/components/schemas/{name}"}
    # Registered before its fields are looked at: a dataclass may hold its own kind.
    described: JSONSchema = {}
    reference = _register(name, described, kind, schema)
    described.update(_enum(kind) if not is_typeddict(kind) and issubclass(kind, Enum) else _object(kind, schema))
    return reference


def _register(name: str, described: JSONSchema, source: Any, schema: AutoSchema) -> JSONSchema:
    component = ResolvedComponent(  # type: ignore[no-untyped-call]
        name=name, type=ResolvedComponent.SCHEMA, schema=described, object=source
    )
    schema.registry.register_on_missing(component)
    return dict(component.ref)


def _enum(kind: type[Enum]) -> JSONSchema:
    values = [member.value for member in kind]
    return {"type": "string" if all(isinstance(value, str) for value in values) else "integer", "enum": values}


def _object(kind: type[Any], schema: AutoSchema) -> JSONSchema:
    hints = get_type_hints(kind)
    if is_typeddict(kind):
        names, required = list(hints), sorted(kind.__required_keys__, key=list(hints).index)
    else:
        # Every field of a dataclass is there, if only as null.
        names = required = [field.name for field in dataclasses.fields(kind)]
    described: JSONSchema = {
        "type": "object",
        "properties": {name: schema_of(hints[name], schema) for name in names},
        "required": required,
    }
    documentation = cleandoc(kind.__doc__ or "")
    # (Without a docstring, a dataclass has its own signature as one, and a typed dict that of dict.)
    if documentation and not documentation.startswith((f"{kind.__name__}(", "dict(")):
        described["description"] = documentation
    return described
