"""`manage.py load_demo`: three hotels with guests, re-anchored to today. Development only."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.env import env
from config.local.demo_loading import load_demo


class Command(BaseCommand):
    help = "Load the demo's hotels, accounts and stays, or bring them up to today. Safe to run again at any time."

    def handle(self, *_: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo shows its password to everybody: it is loaded only where DEBUG is on.")
        password = env.str("DEMO_PASSWORD", default="")
        if not password:
            raise CommandError("Choose the password of the demo's accounts: DEMO_PASSWORD=... manage.py load_demo")
        for state in load_demo(password=password):
            self.stdout.write(
                f"{state.hotel} ({state.business_date}): {state.arrivals} arrivals, {state.departures} departures,"
                f" {state.in_house} guests in house; sold out on {state.sold_out_on}; rated {state.rating}"
            )
