"""Make or renew the virtual environment: `python3 -I config/local/environment.py local|dev`.

Runs before anything is installed, and with whatever Python the machine calls python3: standard library only, and no
syntax that an old Python does not read, so that it can say what is missing.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

OLDEST = (3, 11)
BASE = Path(__file__).resolve().parent.parent.parent
VENV = BASE / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = BASE / ".local" / "environment.lock"


def main(kind: str) -> None:
    """Bring the environment up to requirements/<kind>.txt; two at once wait for each other."""
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:2])
        sys.exit(
            f"Python 3.11 or newer is needed, and {sys.executable} is {found}.\n"
            "If there is a newer one, name it: make PYTHON=python3.12 demo"
        )
    # Not in the environment, which may be made anew.
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = _fingerprint(kind)
        stamp = VENV / f"{kind}.stamp"
        if stamp.exists() and stamp.read_text() == wanted and _works():
            stamp.touch()
            return
        began = time.monotonic()
        uv = shutil.which("uv")
        if not _works():
            _make(uv)
        _install(uv, BASE / "requirements" / f"{kind}.txt")
        if kind == "dev":
            # Everything local is in it.
            (VENV / "local.stamp").write_text(_fingerprint("local"))
        stamp.write_text(wanted)
        print(
            f"  {time.monotonic() - began:5.1f} s  the environment in .venv is up to requirements/{kind}.txt",
            flush=True,
        )


def _fingerprint(kind: str) -> str:
    return hashlib.sha256((BASE / "requirements" / f"{kind}.txt").read_bytes()).hexdigest()


def _works() -> bool:
    """Whether there is an environment whose Python starts and is recent enough."""
    if not PYTHON.exists():
        return False
    question = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    return subprocess.call([str(PYTHON), "-c", question], stderr=subprocess.DEVNULL) == 0


def _make(uv: "str | None") -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    if uv and subprocess.call([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)]) == 0:
        return
    if subprocess.call([sys.executable, "-m", "venv", str(VENV)]) != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit("This Python cannot make virtual environments: install its venv module (Debian: python3-venv) or uv.")


def _install(uv: "str | None", requirements: Path) -> None:
    wanted = ["--require-hashes", "-r", str(requirements)]
    if uv and subprocess.call([uv, "pip", "install", "--quiet", "--python", str(PYTHON), *wanted]) == 0:
        return
    pip = [str(PYTHON), "-m", "pip"]
    if subprocess.call([*pip, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) != 0:
        subprocess.check_call([str(PYTHON), "-m", "ensurepip", "--upgrade"], stdout=subprocess.DEVNULL)
    # (The files name every package with its hashes: there is nothing left to resolve.)
    # (Not compiled: Python does that for the modules that are really imported, which are the fewer.)
    # (Twice quiet: errors are shown, remarks on the machine's configuration are not.)
    options = ["-qq", "--no-deps", "--no-compile", "--disable-pip-version-check", "--no-input", *wanted]
    if subprocess.call([*pip, "install", *options], env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}) != 0:
        sys.exit("The packages could not be installed: what pip says above is the reason.")


if __name__ == "__main__":
    main(sys.argv[1])
