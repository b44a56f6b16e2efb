"""What every request asks of Redis goes over a connection that its thread keeps."""

import threading
from typing import Any

import pytest
import redis
from django.conf import settings

from apps.platform.nodes import Node


@pytest.fixture
def node() -> Node:
    return Node(str(settings.CACHES["default"]["LOCATION"]), timeout_seconds=1)


def numbers_of_connections(node: Node) -> Any:
    return node.told(("CLIENT", "ID"))


def test_commands_that_go_out_together_are_answered_in_their_order(node: Node) -> None:
    replies = node.told(("DEL", "told"), ("INCR", "told"), ("EXPIRE", "told", 60, "NX"), ("TTL", "told"), ("GET", "no"))

    assert replies is not None
    assert replies[1:] == [1, 1, 60, None]


def test_a_thread_keeps_its_connection_and_shares_it_with_nobody(node: Node) -> None:
    mine, again = numbers_of_connections(node), numbers_of_connections(node)
    others: list[Any] = []
    other = threading.Thread(target=lambda: others.append(numbers_of_connections(node)))
    other.start()
    other.join()

    assert mine == again
    assert others != [mine]


def test_a_connection_that_the_node_has_closed_is_opened_anew(node: Node) -> None:
    number = numbers_of_connections(node)[0]
    node.client.client_kill_filter(_id=number)

    answered = numbers_of_connections(node)

    assert answered is not None
    assert answered != [number]


def test_a_command_that_the_node_refuses_leaves_no_reply_to_the_next(node: Node) -> None:
    refused = node.told(("NO-SUCH-COMMAND",), ("ECHO", "late"))
    node.has_answered()

    assert refused is None
    assert node.told(("ECHO", "now")) == [b"now"]


def test_a_node_that_is_away_is_asked_once_and_then_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node("redis://127.0.0.1:1/0", timeout_seconds=0.2)

    first = node.told(("ECHO", "anybody"))
    monkeypatch.setattr(redis.Connection, "connect", lambda *_: pytest.fail("asked again"))

    assert (first, node.told(("ECHO", "anybody"))) == (None, None)
