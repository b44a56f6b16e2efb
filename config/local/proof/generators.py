"""Many runs of the inventory generation at one moment, over and over until SIGTERM; then it says what they did."""

import argparse
import os
import signal
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

_PAUSE_SECONDS = 0.2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at-once", type=int, required=True)
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.local.proof.settings")
    import django

    django.setup()
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    print("generators ready", flush=True)
    found = _generate(arguments.at_once, over)
    print(f"{found['runs']} runs, {found['nights']} nights, {found['failures']} failures", flush=True)
    return 0


def _generate(at_once: int, over: threading.Event) -> Counter[str]:
    from apps.inventory import services as inventory

    found: Counter[str] = Counter()
    counting = threading.Lock()
    together = threading.Barrier(at_once)

    def run() -> None:
        together.wait()
        try:
            added = inventory.generate_inventory()
        except Exception as error:  # any failure at all is what the proof looks for
            print(f"failed: {error!r}", flush=True)
            with counting:
                found["failures"] += 1
            return
        with counting:
            found["runs"] += 1
            found["nights"] += added

    with ThreadPoolExecutor(max_workers=at_once) as pool:
        while not over.is_set():
            for done in [pool.submit(run) for _ in range(at_once)]:
                done.result()
            over.wait(_PAUSE_SECONDS)
    return found


if __name__ == "__main__":
    sys.exit(main())
