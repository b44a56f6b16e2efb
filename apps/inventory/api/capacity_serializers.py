"""Bodies about rooms that are closed, as they come in."""

from typing import Any

from rest_framework import serializers

from apps.inventory.api.serializers import DatesBody, OverrideReasonBody, PartialBody, override_reason
from apps.inventory.services import ClosureChanges, ClosureKind
from apps.platform.http.fields import OneLineField
from apps.platform.http.requests import StrictSerializer


class ClosureBody(DatesBody):
    """A room that nobody can stay in from one night to another."""

    kind = serializers.ChoiceField(
        choices=[kind.value for kind in ClosureKind], help_text="Out of order: one room less to sell."
    )
    reason = OneLineField(max_length=500)
    override = OverrideReasonBody(required=False)

    def validate_kind(self, value: str) -> ClosureKind:
        return ClosureKind(value)

    def to_internal_value(self, data: Any) -> Any:
        given = super().to_internal_value(data)
        reason = override_reason(given)
        return given | {"override_reason": reason}


class ClosureChangesBody(PartialBody, ClosureBody):
    """What is to change of a closure."""

    def to_internal_value(self, data: Any) -> Any:
        given = super().to_internal_value(data)
        reason = given.pop("override_reason")
        return {"changes": ClosureChanges(**given), "override_reason": reason}


class ExplainQuery(StrictSerializer):
    """Which night is to be explained."""

    room_type_id = serializers.UUIDField()
    rate_plan_id = serializers.UUIDField(required=False, help_text="Also its restrictions and its price.")
    night = serializers.DateField()
