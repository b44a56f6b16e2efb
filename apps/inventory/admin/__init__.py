"""What a hotel sells, for its staff: forms that call the services, and the calendar of nights."""

from apps.inventory.admin import audit, catalogue, closures, pricing

__all__ = ["audit", "catalogue", "closures", "pricing"]
