"""`manage.py run_outbox_relay`: the process that hands committed events to Celery. Run one or several."""

import logging
import signal
import threading
from typing import Any

import redis
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error as DatabaseError
from django.db import connection
from kombu.exceptions import OperationalError as BrokerError

from apps.platform import outbox

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Hand committed events from the outbox to Celery until told to stop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--interval", type=float, default=0.1, help="Seconds between looks at an empty outbox.")
        parser.add_argument("--once", action="store_true", help="Empty the outbox once and end.")

    def handle(self, *_: Any, interval: float, once: bool, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write("relay ready")
        while not stop.is_set():
            handed_over = self._relay()
            if once and not handed_over:
                break
            if not handed_over:
                stop.wait(interval)

    def _relay(self) -> int:
        """One look; an outage of the database or the broker is waited out, nothing is lost by it."""
        try:
            return outbox.relay()
        except (DatabaseError, BrokerError, redis.RedisError, OSError) as error:
            logger.warning("relay waits: %s", type(error).__name__)
            connection.close()
            threading.Event().wait(1.0)
            return 0
