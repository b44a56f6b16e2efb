"""The default connection over a wire with an ear on it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from config.local.wire import Wire


@contextmanager
def tapped_wire() -> Iterator[Wire]:
    """Within the block the default connection goes over a wire of its own."""
    host, port = connection.settings_dict["HOST"], connection.settings_dict["PORT"]
    with Wire((host, int(port))) as wire:
        connection.close()
        connection.settings_dict["PORT"] = wire.port
        try:
            yield wire
        finally:
            connection.close()
            connection.settings_dict["PORT"] = port
