"""What a line of the log says: the facts that it was given, and nothing that somebody else hung on it."""

import io
import json
import logging
import logging.config
from collections.abc import Iterator

import pytest

from config.settings.logging import logging_config


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """A handler as in production, on a logger of this test's own."""
    configuration = logging_config(pretty=False)
    written = io.StringIO()
    configuration["handlers"] = {"test": {**configuration["handlers"]["console"], "stream": written}}
    configuration["root"] = {}
    configuration["loggers"] = {"test": {"handlers": ["test"], "level": "INFO", "propagate": False}}
    configuration["incremental"] = False
    logging.config.dictConfig(configuration)
    yield written
    logging.getLogger("test").handlers.clear()


def test_facts_of_ours_are_in_the_line_and_others_are_not(log: io.StringIO) -> None:
    logging.getLogger("test").error("dead letter", extra={"topic": "booking.placed", "request": "ada@guests.example"})

    line = json.loads(log.getvalue())
    assert (line["event"], line["level"], line["topic"]) == ("dead letter", "error", "booking.placed")
    assert "ada@" not in log.getvalue()


def test_the_text_of_an_error_tells_neither_addresses_nor_tokens(log: io.StringIO) -> None:
    try:
        raise RuntimeError("Key (email)=(ada@guests.example) exists; Bearer eyJhbGciOi.J9x.s and rsv_00112233_aabbccdd")
    except RuntimeError:
        logging.getLogger("test").exception("unexpected %s", "bob@guests.example")

    line = json.loads(log.getvalue())
    assert line["event"] == "unexpected <address>"
    assert "Key (email)=(<address>) exists; <token> and <token>" in line["exception"]
    assert "test_log_lines.py" in line["exception"]
