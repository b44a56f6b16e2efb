"""What the changes of set-up share: which fields a command names, and how they come into a row."""

from dataclasses import fields
from enum import Enum
from typing import Any

from django.db.models import Model

from apps.platform import clock


class Keep(Enum):
    """The default of a field that None would clear."""

    KEEP = "keep"


KEEP = Keep.KEEP


def given(changes: Any) -> dict[str, Any]:
    """The fields that a dataclass of changes names, by the names of the columns."""
    values = {field.name: getattr(changes, field.name) for field in fields(changes)}
    nothing = {field.name: field.default for field in fields(changes)}
    values = {name: value for name, value in values.items() if value is not nothing[name]}
    if "archived" in values:
        values["archived_at"] = clock.now() if values.pop("archived") else None
    return values


def apply(row: Model, values: dict[str, Any]) -> None:
    """Put the values into the row, without saving it."""
    for name, value in values.items():
        setattr(row, name, value)
