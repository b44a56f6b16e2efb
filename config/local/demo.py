"""`make demo`: servers, data, processes and a page of addresses, in one terminal, until Ctrl-C."""

import fcntl
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from config.local import banner
from config.local.errors import LocalServersError
from config.local.ports import HOST, free_port, is_free
from config.local.processes import started_at, wait_until
from config.local.servers import LocalServers, endpoints
from config.local.stack import Stack, StackError, platform_stack
from config.local.state import StateFile, locked

BASE_DIR = Path(__file__).resolve().parent.parent.parent
LOCAL_DIR = BASE_DIR / ".local"
MAILBOX_DIR = LOCAL_DIR / "mailbox"
_PIDS = LOCAL_DIR / "demo.json"
# So often may one program fall within a minute before the demo gives up on it.
_FALLS = 3


def run() -> int:
    """Run the demo until Ctrl-C or SIGTERM; the exit code for the shell.

    :raises LocalServersError: if something stands in its way; the message says what.
    """
    # (SIGINT too: a shell starts what it runs in the background with Ctrl-C ignored.)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    port = _wanted_port()
    with _only_demo():
        # (What was killed just now may hold the port for a moment.)
        patience = 5 if end_leftovers() else 0
        if not wait_until(lambda: is_free(port), seconds=patience):
            raise LocalServersError(
                f"Port {port} is taken by another program. Choose another one: PORT={port + 1} make demo"
            )
        try:
            return _run(port)
        except KeyboardInterrupt:
            return 0
        finally:
            _let_nothing_interrupt()
            LocalServers(LOCAL_DIR).stop()
            _say("Stopped. The data stays: `make demo` goes on with it, `make clean-local` forgets it.")


def end_leftovers() -> bool:
    """End what a killed demo left running; whether there was anything."""
    found = False
    with suppress(FileNotFoundError, ValueError):
        for pid, started in json.loads(_PIDS.read_text()).items():
            # Its number is no stranger's while the mark of its start is the same, or while only its group is left.
            if started_at(int(pid)) in {started, None}:
                with suppress(ProcessLookupError):
                    os.killpg(int(pid), signal.SIGKILL)
                    found = True
    _PIDS.unlink(missing_ok=True)
    return found


def running_demo() -> int | None:
    """The pid of the demo of this checkout, if one runs."""
    try:
        with (LOCAL_DIR / "demo.lock").open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0)
    except (FileNotFoundError, ValueError):
        pass
    return None


def _run(port: int) -> int:
    began = time.monotonic()
    environment = _environment(port)
    _step("PostgreSQL and Valkey run", began)
    began = time.monotonic()
    _manage(environment, "migrate", "--no-input", "--verbosity", "0")
    _manage(environment, "load_demo")
    _step("the database is migrated, the demo's data is re-anchored to today", began)
    began = time.monotonic()
    with platform_stack(
        port=port,
        mail_port=int(environment["MAIL_PORT"]),
        mailbox=MAILBOX_DIR,
        payments_port=int(environment["PAYMENTS_PORT"]),
        environment=environment,
        folder=BASE_DIR,
        show=sys.stdout,
        on_start=_remember,
    ) as stack:
        _step("web, worker, beat, relay, mail and payments are ready", began)
        today = datetime.now(tz=UTC).date()
        _say(banner.render(base_url=f"http://{HOST}:{port}", password=environment["DEMO_PASSWORD"], today=today))
        try:
            return _watch(stack)
        finally:
            _let_nothing_interrupt()
            _say("\nStopping ...")


def _watch(stack: Stack) -> int:
    """Start again what falls, but not for ever."""
    falls: dict[str, deque[float]] = {}
    while True:
        # (Woken now and then: a wait without limit would not see Ctrl-C on every system.)
        name = stack.next_fallen(wait=1)
        if name is None:
            continue
        times = falls.setdefault(name, deque(maxlen=_FALLS))
        times.append(time.monotonic())
        if len(times) == _FALLS and times[-1] - times[0] < 60:  # noqa: PLR2004
            raise StackError(f"{name} does not stay up:\n" + "\n".join(stack.lines(name)[-30:]))
        _say(f"{name} is started again.")
        stack.start(name)


def _environment(port: int) -> dict[str, str]:
    """The environment of every process of the demo; starts the servers that nobody named."""
    found = endpoints(LOCAL_DIR)
    state = StateFile(LOCAL_DIR / "state.json")
    with locked(LOCAL_DIR / "lock"):
        mail_port, payments_port = (_kept_port(state, name) for name in ("mail", "payments"))
        payment_secret = state.secret("payment_provider")
        password = os.environ.get("DEMO_PASSWORD") or state.secret("demo_password", _readable_password)
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings.development",
        # (Remarks of libraries on themselves say nothing to a visitor. `make test` turns them into errors.)
        "PYTHONWARNINGS": "ignore",
        **os.environ,
        "DATABASE_URL": found.database_url,
        "REDIS_URL": found.redis_url,
        "MAIL_PORT": str(mail_port),
        "PAYMENTS_PORT": str(payments_port),
        "PAYMENT_PROVIDER_SECRET": payment_secret,
        "SITE_URL": f"http://{HOST}:{port}",
        "DEMO_PASSWORD": password,
    }


def _kept_port(state: StateFile, name: str) -> int:
    """The port that this server had last, or another one where somebody else has that now."""
    port = state.port(name)
    if port is None or not is_free(port):
        port = free_port()
        state.keep_port(name, port)
    return port


def _readable_password() -> str:
    letters = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def _manage(environment: Mapping[str, str], *arguments: str) -> None:
    finished = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        raise LocalServersError(f"`manage.py {arguments[0]}` failed:\n{finished.stdout.strip()}")


def _wanted_port() -> int:
    text = os.environ.get("PORT", "8000")
    if not text.isdecimal() or not 0 < int(text) < 65_536:  # noqa: PLR2004
        raise LocalServersError(f"PORT={text} is not a port: choose a number like 8000.")
    return int(text)


@contextmanager
def _only_demo() -> Iterator[None]:
    """One demo per checkout: a second one would take the first one's database away when it ends."""
    LOCAL_DIR.mkdir(exist_ok=True)
    with (LOCAL_DIR / "demo.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalServersError(
                "The demo of this checkout runs already: use that one, or stop it with `make stop-local`."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)


def _remember(_name: str, pid: int) -> None:
    """Note a started process, so that the next demo finds what a kill -9 of this one leaves."""
    known = json.loads(_PIDS.read_text()) if _PIDS.exists() else {}
    known[str(pid)] = started_at(pid)
    fresh = _PIDS.with_suffix(".new")
    fresh.write_text(json.dumps(known))
    fresh.replace(_PIDS)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _let_nothing_interrupt() -> None:
    """From here on everything is being stopped: a second Ctrl-C would leave processes behind."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _step(text: str, began: float) -> None:
    _say(f"  {time.monotonic() - began:5.1f} s  {text}")


def _say(text: str) -> None:
    print(text, flush=True)
