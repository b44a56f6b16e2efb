"""The inventory's periodic job."""

from typing import Any

from celery import shared_task

from apps.inventory import services


@shared_task(name="inventory.generate")
def generate(**_: Any) -> None:
    """Keep every future night generated, to the horizon, and its least price known to search."""
    services.generate_inventory()
    services.fill_lowest_rates()
