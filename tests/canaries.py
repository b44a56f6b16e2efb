"""Statement 38 of docs/security.md: after the tests, the logs of the whole run hold nothing of anybody.

A pytest plugin. Every line that the platform logs in the test process, and every line of the processes that tests
start, is looked at: addresses of mail, telephone numbers, passwords of the tests, tokens. One such line fails the run.
"""

import io
import logging
import re
from typing import Any

import pytest

from config.settings.logging import logging_config

FORBIDDEN: dict[str, re.Pattern[str]] = {
    "an address of mail": re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.(?:example|com|org|net)\b"),
    "a password": re.compile(r"seven-green-parrots|correct-horse-battery"),
    "a bearer token": re.compile(r"Bearer [A-Za-z0-9_-]{8,}"),
    "a signed token": re.compile(r"\beyJ[A-Za-z0-9_-]{10,}"),
    "an API key": re.compile(r"\brsv_[0-9a-f]{8}_[0-9a-f]{8,}"),
    "a manage secret": re.compile(r"\b(?:gst|cal)_[0-9a-f]{16,}"),
    "a telephone number": re.compile(r"(?<![\w.:-])\+\d{2,3}[ \d]{7,14}\d\b"),
}
# The sink of a developer's machine says to whom a mail went; it is part of no deployment.
_MAIL_SINK = re.compile(r"^(?:\x1b\[\d+m)?mail +(?:\x1b\[0m)?\|")
# Of the platform's own loggers and those it lets speak; the tests' own (faker, asyncio, ...) are not deployed.
_NOT_OURS = ("faker", "factory", "asyncio", "schemathesis", "hypothesis", "mail", "aiosmtpd")


def _as_written() -> logging.Formatter:
    given = dict(logging_config(pretty=False)["formatters"]["structured"])
    formatter: logging.Formatter = given.pop("()")(**given)
    return formatter


class LogCanary(logging.Handler):
    """Looks at each record as it is written, and keeps the first of each kind that says too much."""

    def __init__(self) -> None:
        super().__init__(level=logging.DEBUG)
        self.setFormatter(_as_written())
        self.looked_at = 0
        self.found: dict[tuple[str, str], str] = {}
        self.test = ""

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.split(".")[0] in _NOT_OURS or record.levelno < logging.INFO:
            return
        # What a line says of itself has nothing to hide. The text of an error may come from anywhere: it is masked.
        self.look_at(record.getMessage(), where=record.name)
        self.look_at(self.format(record), where=record.name)

    def look_at(self, text: str, *, where: str) -> None:
        """Keep what must not be there."""
        self.looked_at += 1
        for kind, pattern in FORBIDDEN.items():
            match = pattern.search(text)
            if match:
                self.found.setdefault((kind, where), f"{kind} in the log of {where} ({self.test}): {text[:300]}")


CANARY = LogCanary()
_OF_WORKERS: list[str] = []
_OUTPUT = "canaries"


class Listening(io.TextIOBase):
    """What processes print, looked at as it comes."""

    def write(self, text: str) -> int:
        if not _MAIL_SINK.search(text):
            CANARY.look_at(text, where="a process of the platform")
        return len(text)


def pytest_configure(config: pytest.Config) -> None:
    """Listen from the beginning, on the root: what propagates is what is written."""
    logging.getLogger().addHandler(CANARY)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note whose lines these are; and listen again where a test before has set logging up anew."""
    if CANARY not in logging.getLogger().handlers:
        logging.getLogger().addHandler(CANARY)
    CANARY.test = item.nodeid


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A run whose logs tell of people has failed, whatever its tests say."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_OUTPUT] = list(CANARY.found.values())
    elif _everything() and exitstatus in (0, 1):
        session.exitstatus = 1


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take over what a test worker has found."""
    _OF_WORKERS.extend(getattr(node, "workeroutput", {}).get(_OUTPUT, ()))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say which lines, once for each kind and logger."""
    for line in _everything():
        terminalreporter.write_line(f"LOGS TELL OF PEOPLE: {line}", red=True)


def _everything() -> list[str]:
    return [*CANARY.found.values(), *_OF_WORKERS]
