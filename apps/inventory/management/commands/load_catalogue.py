"""`manage.py load_catalogue`: make up a world of hotels, to look at and to measure with."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from apps.inventory import services
from apps.platform import principals

ACTOR = principals.system("load_catalogue")
WORLD = Path(__file__).parents[1] / "world.json"


class Command(BaseCommand):
    """Hotels that nobody runs, the same ones for the same seed."""

    help = "Make up hotels in cities of the world, with room types, plans, seasons, prices and nights."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--hotels", type=int, default=100)
        parser.add_argument("--nights", type=int, help="How many nights each sells; the horizon unless told.")
        parser.add_argument("--seed", type=int, default=1, help="The same seed makes up the same hotels.")
        parser.add_argument("--city", help="A city of the list, for as many of the hotels as --in-city says.")
        parser.add_argument("--in-city", type=int, default=0)
        parser.add_argument("--add", action="store_true", help="Also where there are hotels already.")

    def handle(self, *_: Any, verbosity: int, **options: Any) -> None:
        nights = options["nights"] or settings.INVENTORY_HORIZON_NIGHTS
        if options["hotels"] < 1 or nights < 1 or options["in_city"] < 0:
            raise CommandError("--hotels and --nights are above 0, --in-city is not below")
        wanted = services.CatalogueToLoad(
            hotels=options["hotels"],
            nights=nights,
            seed=options["seed"],
            city=options["city"],
            in_city=options["in_city"],
            add=options["add"],
        )
        started, stored = time.monotonic(), 0
        try:
            loaded = services.load_catalogue(wanted, orjson.loads(WORLD.read_bytes()), actor=ACTOR)
            for added in tqdm(loaded, total=wanted.hotels, unit="hotel", disable=verbosity == 0 or None, leave=False):
                stored += added
        except services.CatalogueNotEmpty as error:
            raise CommandError("There are hotels already; to load others beside them, say --add.") from error
        except services.UnknownCity as error:
            raise CommandError(f"No such city; there are {error}.") from error
        seconds = time.monotonic() - started
        self.stdout.write(
            f"{wanted.hotels:,} hotels and {stored:,} nights in {seconds:,.1f} s, {stored / seconds:,.0f} nights/s."
        )
