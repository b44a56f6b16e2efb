"""The embedded servers of a checkout: started once, found again, and back after every kind of accident."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.local.errors import LocalServersError
from config.local.processes import works_in
from config.local.servers import Endpoints, LocalServers

BASE = Path(__file__).resolve().parent.parent.parent
START = """
import json, sys
from dataclasses import asdict
from pathlib import Path
from config.local.servers import LocalServers
print(json.dumps(asdict(LocalServers(Path(sys.argv[1]), durable=False).start())))
"""


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[LocalServers]:
    local = LocalServers(tmp_path / ".local", durable=False)
    yield local
    local.forget()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServers]:
    """Servers for tests that leave them as they were."""
    local = LocalServers(tmp_path_factory.mktemp("shared") / ".local", durable=False)
    local.start()
    yield local
    local.forget()


def query(endpoints: Endpoints, statement: str) -> object:
    with psycopg.connect(endpoints.database_url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def redis_of(endpoints: Endpoints) -> "redis.Redis":
    return redis.Redis.from_url(endpoints.redis_url + "/0")


def remember(endpoints: Endpoints) -> None:
    query(endpoints, "CREATE TABLE kept AS SELECT 42 AS answer")
    with redis_of(endpoints) as client:
        client.set("kept", "42")


def assert_remembered(endpoints: Endpoints) -> None:
    assert query(endpoints, "SELECT answer FROM kept") == 42
    with redis_of(endpoints) as client:
        assert client.get("kept") == b"42"


def test_a_second_start_finds_the_servers_of_the_first(shared: LocalServers) -> None:
    first = shared.start()
    pids = shared.running()

    second = LocalServers(shared.folder, durable=False).start()

    assert second == first
    assert shared.running() == pids
    assert query(second, "SELECT current_setting('server_version_num')::int / 10000") == 18


def test_the_role_of_the_platform_makes_databases_and_is_no_superuser(shared: LocalServers) -> None:
    endpoints = shared.start()

    query(endpoints, "CREATE DATABASE test_reservations")

    assert query(endpoints, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert query(endpoints, "SELECT datlocprovider FROM pg_database WHERE datname = 'test_reservations'") == "b"


def test_the_servers_listen_on_one_local_address_and_on_no_socket_file(shared: LocalServers) -> None:
    endpoints = shared.start()

    _, _, _, _, socket_folder, address, *_ = (shared.postgres.data / "postmaster.pid").read_text().splitlines()

    assert (socket_folder, address) == ("", "127.0.0.1")
    for url in (endpoints.database_url.rpartition("/")[0], endpoints.redis_url):
        with pytest.raises(OSError), socket.create_connection(("127.0.0.2", int(url.rpartition(":")[2])), timeout=1):  # noqa: PT011
            pass


def test_a_stranger_on_the_machine_gets_in_neither_here_nor_there(shared: LocalServers) -> None:
    endpoints = shared.start()
    password = shared.state.secret("postgres")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(endpoints.database_url.replace(password, "guess"))
    nameless = redis.Redis(port=int(endpoints.redis_url.rpartition(":")[2]), retry=Retry(NoBackoff(), 0))
    with nameless as client, pytest.raises(redis.AuthenticationError):
        client.ping()

    assert (shared.folder / "state.json").stat().st_mode & 0o777 == 0o600


def test_six_processes_that_start_at_once_share_one_pair_of_servers(servers: LocalServers) -> None:
    starting = [
        subprocess.Popen(
            [sys.executable, "-c", START, str(servers.folder)], cwd=BASE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]

    answers = [json.loads(process.communicate(timeout=60)[0]) for process in starting]

    assert all(answer == answers[0] for answer in answers)
    assert len(servers.running()) == 2


def test_killed_servers_come_back_with_their_data(tmp_path: Path) -> None:
    servers = LocalServers(tmp_path / ".local", durable=True)
    try:
        before = servers.start()
        remember(before)
        for pid in servers.running().values():
            os.kill(pid, signal.SIGKILL)

        after = servers.start()

        assert after == before
        assert_remembered(after)
    finally:
        servers.forget()


def test_stopped_servers_leave_nothing_running_and_come_back_with_their_data(tmp_path: Path) -> None:
    servers = LocalServers(tmp_path / ".local", durable=True)
    try:
        before = servers.start()
        remember(before)
        servers.stop()
        assert servers.running() == {}

        after = servers.start()

        assert after == before
        assert_remembered(after)
    finally:
        servers.forget()
    assert not (servers.folder / "postgres").exists()


def test_a_stale_pid_file_that_names_a_stranger_is_no_server(servers: LocalServers) -> None:
    servers.start()
    pid_file = servers.postgres.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    servers.postgres.stop()
    # (A stranger of the same user: of others PostgreSQL would think better.)
    stranger = servers.running()["valkey"]
    pid_file.write_text("\n".join([str(stranger), *lines[1:]]) + "\n")

    servers.start()
    servers.valkey.stop()
    (servers.valkey.data / "valkey.pid").write_text(f"{servers.running()['postgres']}\n")
    servers.start()

    assert len(set(servers.running().values()) - {stranger}) == 2


def test_a_remembered_port_that_another_program_took_is_given_up(servers: LocalServers) -> None:
    before = servers.start()
    servers.stop()
    ports = [servers.state.port("postgres"), servers.state.port("valkey")]
    with socket.socket() as first, socket.socket() as second:
        for taken, port in zip((first, second), ports, strict=True):
            # (Connections of the servers that have just ended may linger on the port.)
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", port or 0))
            taken.listen()

        after = servers.start()

    assert query(after, "SELECT 1") == 1
    assert after.database_url != before.database_url
    assert after.redis_url != before.redis_url


@pytest.mark.parametrize("name", ["deep" * 30, 'a "quoted" $HOME and more'])
def test_the_path_of_the_checkout_may_be_anything(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name / "checkout"
    folder = folder / ("x" * max(1, 180 - len(str(folder))))
    servers = LocalServers(folder / ".local", durable=False)
    try:
        endpoints = servers.start()

        assert query(endpoints, "SELECT 1") == 1
    finally:
        servers.forget()


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can become a plain user")
def test_a_plain_user_runs_the_servers_as_themselves(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    # (The capability lets the user reach this Python, which may lie in a closed home.)
    become = ["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+dac_override"]
    command = ["setpriv", *become, "--ambient-caps=+dac_override", sys.executable, "-c", START, str(folder / ".local")]
    servers = LocalServers(folder / ".local", durable=False)
    try:
        answer = json.loads(subprocess.run(command, cwd=BASE, capture_output=True, text=True, check=True).stdout)

        assert query(Endpoints(**answer), "SELECT 1") == 1
        assert Path(f"/proc/{servers.running()['postgres']}").stat().st_uid == 65534
        assert (folder / ".local" / "state.json").stat().st_uid == 65534
    finally:
        servers.forget()


def test_data_of_another_postgresql_is_refused_with_a_way_out(servers: LocalServers) -> None:
    servers.start()
    servers.stop()
    (servers.postgres.data / "PG_VERSION").write_text("17\n")

    with pytest.raises(LocalServersError, match=r"made by PostgreSQL 17, here is 18: `make clean-local`"):
        servers.start()


def test_servers_of_a_test_run_vanish_with_it_even_when_it_is_killed(tmp_path: Path) -> None:
    runs = tmp_path / ".local" / "test"
    with a_run(tmp_path) as killed, a_run(tmp_path) as living:
        left, kept = (LocalServers(runs / str(run.pid), durable=False) for run in (killed, living))
        pids = left.running()
        assert len(pids) == len(kept.running()) == 2
        killed.kill()
        killed.wait()

        with a_run(tmp_path) as later:
            assert sorted(entry.name for entry in runs.iterdir()) == sorted([str(living.pid), str(later.pid), "lock"])
            assert not any(works_in(pid, left.folder) for pid in pids.values())
            assert len(kept.running()) == 2

    assert [entry.name for entry in runs.iterdir()] == ["lock"]


@contextmanager
def a_run(base: Path) -> "Iterator[subprocess.Popen[str]]":
    """A process that has servers of its own and lives until its input ends."""
    code = (
        "import sys; from config.local.servers import *; start_for_tests(Path(sys.argv[1])); print(flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(base)],
        cwd=BASE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
