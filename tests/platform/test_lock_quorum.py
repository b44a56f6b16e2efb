"""Locks on five real nodes: a majority decides, whatever becomes of the others."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
import redis
import redis_lock
from redis.backoff import NoBackoff
from redis.retry import Retry

from apps.platform import locks, quorum
from apps.platform import nodes as nodes_that_may_be_away
from apps.platform.errors import Unavailable
from apps.platform.nodes import Node, node_at
from config.local.processes import send, wait_until
from config.local.state import StateFile
from config.local.valkey import Valkey
from tests.concurrency.crowd import all_at_once

_FORKED = """
import os, signal, sys, django
django.setup()
from django.conf import settings
from apps.platform import locks
settings.LOCK_REDIS_URLS = sys.argv[2:]
with locks.hold([sys.argv[1]]):
    pass
child = os.fork()
if not child:
    signal.alarm(10)
    with locks.hold([sys.argv[1]]) as held:
        os._exit(0 if held else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


class LockNode:
    """A lock node that can be paused, stopped and brought back, always at the same address."""

    def __init__(self, server: Valkey) -> None:
        self._server = server
        self.url = server.start()
        self.client: redis.Redis = redis.Redis.from_url(self.url, socket_timeout=5, retry=Retry(NoBackoff(), 0))

    def holds(self, resource: str) -> bool:
        """Whether anybody holds the resource here; a stopped node has forgotten everything."""
        with suppress(redis.ConnectionError):
            return bool(self.client.exists(f"lock:{resource}"))
        return False

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        self.resume()
        self._server.stop()

    def bring_back(self) -> None:
        self.resume()
        assert self._server.start() == self.url

    def _signal(self, number: signal.Signals) -> None:
        pid = self._server.pid()
        if pid is not None:
            send(pid, number)


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """The lock nodes of this test."""

    all: list[LockNode]

    def __getitem__(self, part: slice) -> list[LockNode]:
        return self.all[part]

    def granting(self, resource: str) -> list[int]:
        """The numbers of the nodes where somebody holds the resource."""
        return [number for number, node in enumerate(self.all) if node.holds(resource)]


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[LockNode]]:
    folders = [tmp_path_factory.mktemp("node") for _ in range(5)]
    started: list[LockNode] = []
    try:
        for folder in folders:
            started.append(LockNode(Valkey(folder, StateFile(folder / "state.json"), durable=False)))
        yield started
    finally:
        for node in started:
            node.stop()


@pytest.fixture
def nodes(five: list[LockNode], settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nodes]:
    """Five that answer and remember nothing, with fresh clients. A busy machine is not taken for a silent node."""
    monkeypatch.setattr(quorum, "NODE_TIMEOUT_SECONDS", 5.0)
    node_at.cache_clear()
    for node in five:
        node.bring_back()
        node.client.flushall()
    settings.LOCK_REDIS_URLS = [node.url for node in five]
    yield Nodes(all=five)
    for node in five:
        node.resume()


@pytest.fixture
def short_timeouts(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """For those who pause nodes: nobody waits for them for seconds."""
    monkeypatch.setattr(quorum, "NODE_TIMEOUT_SECONDS", 0.4)


@pytest.fixture
def breaker_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes_that_may_be_away, "BREAK_SECONDS", 600.0)


@pytest.fixture
def resource() -> str:
    return f"room-type:{uuid4()}"


def test_every_node_is_asked_and_every_node_is_given_back(nodes: Nodes, resource: str) -> None:
    with locks.hold([resource]) as held:
        granting = nodes.granting(resource)
        lifetimes = [node.client.ttl(f"lock:{resource}") for node in nodes.all]

    assert held
    assert granting == [0, 1, 2, 3, 4]
    assert all(0 < seconds <= 10 for seconds in lifetimes)
    assert nodes.granting(resource) == []


def test_of_two_contenders_exactly_one_gets_it(nodes: Nodes, resource: str) -> None:
    both_have_tried = Barrier(2)

    def contend() -> bool:
        with suppress(locks.Busy), locks.hold([resource]) as held:
            both_have_tried.wait(timeout=20)
            return held
        both_have_tried.wait(timeout=20)
        return False

    for _ in range(5):
        assert sorted(all_at_once(contend, contend)) == [False, True]


def test_a_minority_that_is_down_changes_nothing(nodes: Nodes, resource: str) -> None:
    for node in nodes[:2]:
        node.stop()

    with locks.hold([resource]) as held, pytest.raises(locks.Busy), locks.hold([resource]):
        pass

    assert held


@pytest.mark.usefixtures("short_timeouts")
def test_a_paused_minority_is_waited_for_once_and_then_left_alone(
    nodes: Nodes, resource: str, breaker_stays_open: None
) -> None:
    for node in nodes[:2]:
        node.pause()
    with locks.hold([resource]) as despite_the_pause:
        pass
    for node in nodes[:2]:
        node.resume()

    with locks.hold([f"{resource}-b"]) as held:
        asked = nodes.granting(f"{resource}-b")

    assert despite_the_pause
    assert held
    assert asked == [2, 3, 4]


def test_a_node_that_is_back_is_asked_again(nodes: Nodes, resource: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes_that_may_be_away, "BREAK_SECONDS", 0.01)
    nodes.all[0].stop()
    with locks.hold([resource]):
        pass
    nodes.all[0].bring_back()

    def is_asked() -> bool:
        with locks.hold([resource]):
            return 0 in nodes.granting(resource)

    assert wait_until(is_asked, seconds=20)


def test_a_silent_node_is_tried_by_one_caller_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node("redis://127.0.0.1/0", timeout_seconds=0.1)
    monkeypatch.setattr(nodes_that_may_be_away, "BREAK_SECONDS", 0.0)
    node.has_failed(redis.TimeoutError())
    monkeypatch.setattr(nodes_that_may_be_away, "BREAK_SECONDS", 600.0)

    while_silent = [node.may_be_asked() for _ in range(3)]
    node.has_answered()
    when_back = [node.may_be_asked() for _ in range(3)]

    assert while_silent == [True, False, False]
    assert when_back == [True, True, True]


@pytest.mark.usefixtures("short_timeouts")
@pytest.mark.parametrize("fault", ["stop", "pause"])
def test_without_a_majority_the_work_goes_on_without_the_lock(fault: str, nodes: Nodes, resource: str) -> None:
    for node in nodes[:3]:
        getattr(node, fault)()

    with locks.hold([resource]) as held:
        left = [node.holds(resource) for node in nodes[3:]]

    assert not held
    assert left == [False, False]


def test_nodes_that_are_left_alone_still_count_for_the_majority(
    nodes: Nodes, resource: str, breaker_stays_open: None
) -> None:
    for node in nodes[:3]:
        node.stop()
    with locks.hold([resource]):
        pass

    with locks.hold([resource]) as held:
        left = [node.holds(resource) for node in nodes[3:]]

    assert not held
    assert left == [False, False]


def test_without_a_majority_a_setting_refuses(nodes: Nodes, resource: str, settings: Any) -> None:
    settings.LOCK_WHEN_UNAVAILABLE = "refuse"
    for node in nodes[:3]:
        node.stop()

    with pytest.raises(Unavailable), locks.hold([resource]):
        pass


def test_a_minority_of_votes_is_given_back(nodes: Nodes, resource: str) -> None:
    for node in nodes[:3]:
        node.client.set(f"lock:{resource}", "somebody else")

    with pytest.raises(locks.Busy), locks.hold([resource]):
        pass

    assert nodes.granting(resource) == [0, 1, 2]
    assert nodes.all[0].client.get(f"lock:{resource}") == b"somebody else"


def test_all_of_several_or_none(nodes: Nodes, resource: str) -> None:
    free, taken = f"{resource}-a", f"{resource}-b"
    for node in nodes[:3]:
        node.client.set(f"lock:{taken}", "somebody else")

    with pytest.raises(locks.Busy), locks.hold([free, taken]):
        pass

    assert nodes.granting(free) == []
    assert nodes.granting(taken) == [0, 1, 2]


def test_only_nodes_that_grant_all_of_several_count(nodes: Nodes, resource: str) -> None:
    one, other = f"{resource}-a", f"{resource}-b"
    nodes.all[0].client.set(f"lock:{one}", "somebody else")
    nodes.all[1].client.set(f"lock:{other}", "somebody else")

    with locks.hold([one, other]) as held:
        granting_all = set(nodes.granting(one)) & set(nodes.granting(other))

    assert held
    assert granting_all >= {2, 3, 4}
    assert (nodes.granting(one), nodes.granting(other)) == ([0], [1])


def test_what_a_failing_node_granted_is_given_back_too(
    nodes: Nodes, resource: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    acquire = redis_lock.Lock.acquire

    def lose_the_answer(lock: redis_lock.Lock, **options: Any) -> bool:
        assert acquire(lock, **options)
        raise redis.TimeoutError("the answer got lost")

    monkeypatch.setattr(redis_lock.Lock, "acquire", lose_the_answer)

    with locks.hold([resource]) as held:
        left = nodes.granting(resource)

    assert not held
    assert left == []


def test_a_lock_without_time_left_is_no_lock(nodes: Nodes, resource: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quorum, "DRIFT_SECONDS", 10.0)

    with pytest.raises(locks.Busy), locks.hold([resource]):
        pass

    assert nodes.granting(resource) == []


def test_a_lock_lost_on_the_way_is_not_taken_from_the_next_holder(nodes: Nodes, resource: str) -> None:
    with locks.hold([f"{resource}-b"]), locks.hold([resource]) as lost:
        for node in nodes.all:
            node.client.flushall()
        with_next = quorum.Round(quorum.nodes_at(tuple(node.url for node in nodes.all)))
        assert with_next.won([resource], ttl_seconds=10)

    assert lost
    assert nodes.granting(resource) == [0, 1, 2, 3, 4]
    with_next.release()
    assert nodes.granting(resource) == []


@pytest.mark.usefixtures("short_timeouts")
def test_nodes_that_fall_silent_while_it_is_held_harm_nobody(nodes: Nodes, resource: str) -> None:
    with locks.hold([resource]) as held:
        nodes.all[0].stop()
        nodes.all[1].pause()

    nodes.all[1].resume()
    assert held
    assert {2, 3, 4}.isdisjoint(nodes.granting(resource))


def test_one_node_is_a_quorum_of_one_and_needs_no_thread(nodes: Nodes, resource: str, settings: Any) -> None:
    settings.LOCK_REDIS_URLS = [nodes.all[0].url]
    quorum._threads.cache_clear()

    with locks.hold([resource]) as held, pytest.raises(locks.Busy), locks.hold([resource]):
        pass

    assert held
    assert quorum._threads.cache_info().currsize == 0


def test_one_address_named_twice_has_one_vote(nodes: Nodes, resource: str, settings: Any) -> None:
    one, other = nodes.all[0], nodes.all[1]
    settings.LOCK_REDIS_URLS = [one.url, one.url, other.url]
    other.stop()

    with locks.hold([resource]) as held:
        pass

    assert not held


def test_a_forked_process_locks_with_threads_of_its_own(nodes: Nodes, resource: str) -> None:
    script = [sys.executable, "-c", _FORKED, resource, *[node.url for node in nodes.all]]

    finished = subprocess.run(script, env=os.environ.copy(), capture_output=True, text=True, timeout=60, check=False)

    assert finished.returncode == 0, finished.stderr
