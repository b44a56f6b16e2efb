"""Trying the gateway: start it, try each promise, say what holds."""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from config.local.errors import LocalServersError
from config.local.gateway.ground import Ground, gateway
from config.local.gateway.nginx import find_nginx
from config.local.gateway.promises import PROMISES, Broken

BROKEN, NO_NGINX = 1, 3


def main() -> int:
    """Print a line for each promise. Returns 0, or 1 if one is broken, or 3 without an nginx: nothing was tried."""
    executable = find_nginx()
    if executable is None:
        print("There is no nginx on this machine, so nothing was tried. Debian: apt-get install nginx", file=sys.stderr)
        return NO_NGINX
    began, broken = time.monotonic(), 0
    with tempfile.TemporaryDirectory(prefix="gateway-", ignore_cleanup_errors=True) as folder:
        try:
            with gateway(executable, Path(folder)) as ground:
                for promise in PROMISES:
                    broken += not _holds(promise, ground)
        except LocalServersError as error:
            print(error, file=sys.stderr)
            print((Path(folder) / "error.log").read_text()[-2_000:] if (Path(folder) / "error.log").exists() else "")
            return BROKEN
    kept = len(PROMISES) - broken
    print(f"{kept} of {len(PROMISES)} promises of the gateway hold ({time.monotonic() - began:.0f} s).")
    return BROKEN if broken else 0


def _holds(promise: Callable[[Ground], None], ground: Ground) -> bool:
    try:
        promise(ground)
    except (Broken, LocalServersError, OSError, KeyError, ValueError) as error:
        print(f"BROKEN  {promise.__doc__}\n        {str(error)[:1_000]}", flush=True)
        return False
    print(f"holds   {promise.__doc__}", flush=True)
    return True
