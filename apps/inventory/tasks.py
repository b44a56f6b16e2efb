"""The inventory's periodic jobs."""

from typing import Any

from celery import shared_task

from apps.inventory import services


@shared_task(name="inventory.generate")
def generate(**_: Any) -> None:
    """Keep every future night generated, to the horizon, and its least price known to search."""
    services.generate_inventory(gaps=False)
    services.fill_lowest_rates()


@shared_task(name="inventory.heal_gaps")
def heal_gaps(**_: Any) -> None:
    """Add nights that are missing before the last one, which only an accident or a change of dates leaves."""
    services.generate_inventory()
