"""`manage.py try_gateway`: a real nginx in front of two web processes, and each of its promises tried."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from config.local.gateway.trial import main


class Command(BaseCommand):
    help = (
        "Start nginx with the configuration of config/gateway in front of two web processes and a second service, all"
        " of its own, and try what the gateway promises. Exit code 1 if a promise is broken, 3 without an nginx."
    )
    requires_system_checks = []

    def handle(self, *_: Any, **options: Any) -> None:
        code = main()
        if code:
            sys.exit(code)
