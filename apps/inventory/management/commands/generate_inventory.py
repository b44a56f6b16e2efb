"""`manage.py generate_inventory`: fill the missing nights of all hotels, or of one."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from apps.inventory import selectors, services
from apps.platform import principals
from apps.platform.errors import NotFound

ACTOR = principals.system("generate_inventory")


class Command(BaseCommand):
    """Hotel by hotel, so that there is progress to see; the periodic job does all in one statement."""

    help = "Fill every missing night from each hotel's business date to the horizon."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--hotel", type=UUID, help="The id of the only hotel to fill.")

    def handle(self, *_: Any, hotel: UUID | None, verbosity: int, **__: Any) -> None:
        hotel_ids = list(selectors.hotels().order_by("id").values_list("id", flat=True)) if hotel is None else [hotel]
        if hotel is not None:
            try:
                services.get_hotel(hotel)
            except NotFound as error:
                raise CommandError(str(error)) from error
        progress = tqdm(hotel_ids, unit="hotel", disable=verbosity == 0 or None, leave=False)
        added = sum(services.generate_inventory(hotel_id, actor=ACTOR) for hotel_id in progress)
        self.stdout.write(
            f"{added} nights added for {len(hotel_ids)} hotels, {settings.INVENTORY_HORIZON_NIGHTS} nights ahead."
        )
