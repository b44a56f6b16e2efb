"""`python -m config.local demo|stop|forget|status|check-production`."""

import argparse
import os
import shutil
import signal
import sys

from config.local import demo, production
from config.local.errors import LocalServersError
from config.local.processes import is_alive, wait_until
from config.local.servers import LocalServers


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m config.local", description="What runs on this machine.")
    parser.add_argument("command", choices=sorted(_COMMANDS))
    command = parser.parse_args().command
    try:
        return _COMMANDS[command]()
    except LocalServersError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


def stop() -> int:
    """Stop the demo and the servers of this checkout; data stays."""
    pid = demo.running_demo()
    if pid:
        os.kill(pid, signal.SIGTERM)
        if not wait_until(lambda: not is_alive(pid), seconds=40):
            raise LocalServersError(f"The demo (pid {pid}) does not stop.")
    demo.end_leftovers()
    LocalServers(demo.LOCAL_DIR).stop()
    print("Nothing of this checkout runs any more; the data stays.")
    return 0


def forget() -> int:
    """Stop everything and remove the data: databases, mails, ports and passwords."""
    stop()
    LocalServers(demo.LOCAL_DIR).forget()
    shutil.rmtree(demo.MAILBOX_DIR, ignore_errors=True)
    demo.MAILBOX_DIR.with_name("payments.json").unlink(missing_ok=True)
    print("The data is forgotten.")
    return 0


def status() -> int:
    """Say what runs."""
    running = LocalServers(demo.LOCAL_DIR).running()
    if pid := demo.running_demo():
        running["demo"] = pid
    print("\n".join(f"{name:<9} pid {pid}" for name, pid in running.items()) or "Nothing runs.")
    return 0


_COMMANDS = {
    "demo": demo.run,
    "stop": stop,
    "forget": forget,
    "status": status,
    "check-production": production.check,
}

if __name__ == "__main__":
    sys.exit(main())
