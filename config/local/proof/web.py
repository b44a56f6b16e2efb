"""The web server of the proof: granian with the arguments that it gets, made to be killed often.

It loads the application before its workers fork, so that a worker is replaced at once, and it does not give up when
they die faster than any worker should. What the workers do is what they do in production.
"""

import multiprocessing
import sys
from typing import Any

from granian import cli
from granian.server import MPServer


class _Patient(MPServer):
    """Granian ends when a worker dies twice within some seconds; here that is what is done to it."""

    def _respawn_workers(self, *arguments: Any, **named: Any) -> None:
        super()._respawn_workers(*arguments, **named)
        self.respawned_wrks.clear()


def main() -> None:
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")
        _load()
    vars(cli)["Server"] = _Patient
    cli.cli(auto_envvar_prefix="GRANIAN")


def _load() -> None:
    """Load what the first request would load. Nothing is connected by it."""
    from config.wsgi import application  # noqa: F401, I001 - it makes the settings, which the next one needs
    from django.urls import get_resolver

    _ = get_resolver().url_patterns


if __name__ == "__main__":
    main()
