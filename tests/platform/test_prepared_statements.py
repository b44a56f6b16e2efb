"""Statements that are prepared: what goes in comes out, and what fails leaves the connection as it should be."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError, connection, transaction

from apps.platform.db import RoundTrip, commit_with, fetch_one

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 'Zoë\'s 100 % \\ "room" $1'),
        ("text", ""),
        ("int", -7),
        ("bigint", 2**62),
        ("boolean", True),
        ("boolean", False),
        ("numeric", Decimal("129.00")),
        ("date", date(2026, 7, 3)),
        ("timestamptz", datetime(2026, 7, 3, 12, 30, 15, 678901, tzinfo=UTC)),
        ("uuid", UUID("01900000-0000-7000-8000-000000000001")),
        ("bytea", b"\x00\x01\\x\xff"),
        ("text", None),
        ("jsonb", None),
    ],
)
def test_a_value_comes_back_as_it_went_in(kind: str, value: Any) -> None:
    row = fetch_one(f"SELECT %(value)s::{kind} AS found", {"value": value}, prepared=True)

    assert row == {"found": value}


def test_a_document_comes_back_decoded() -> None:
    row = fetch_one("SELECT %(value)s::jsonb AS found", {"value": '{"ages": [4]}'}, prepared=True)

    assert row == {"found": {"ages": [4]}}


def test_a_percent_sign_and_a_name_that_stands_twice_are_what_they_say() -> None:
    row = fetch_one("SELECT 7 %% %(by)s::int AS rest, %(by)s::int AS by", {"by": 4, "unused": 1}, prepared=True)

    assert row == {"rest": 3, "by": 4}


def test_a_text_with_a_nul_is_refused_and_never_cut_off() -> None:
    with pytest.raises(DataError):
        fetch_one("SELECT %(value)s::text AS found", {"value": "before\0after"}, prepared=True)


def test_a_value_of_which_nobody_knows_the_text_is_refused() -> None:
    with pytest.raises(TypeError, match="list"):
        fetch_one("SELECT %(value)s::int[] AS found", {"value": [1, 2]}, prepared=True)


def test_statements_that_travel_together_each_have_their_rows() -> None:
    trip = RoundTrip()
    one = trip.add("SELECT %(n)s::int AS n", {"n": 1})
    many = trip.add("SELECT generate_series(1, %(n)s::int) AS n", {"n": 3})

    assert many() == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert one() == [{"n": 1}]
    with pytest.raises(RuntimeError):
        trip.add("SELECT 1 AS n", {})


def test_a_statement_that_fails_ends_the_trip_and_not_the_connection() -> None:
    trip = RoundTrip()
    divided = trip.add("SELECT 1 / %(n)s::int AS n", {"n": 0})
    trip.add("SELECT 1 AS n", {})

    with pytest.raises(DataError):
        divided()

    assert fetch_one("SELECT 2 AS n", prepared=True) == {"n": 2}


def test_a_statement_that_cannot_be_prepared_says_so_each_time() -> None:
    for _ in range(2):
        with pytest.raises(ProgrammingError):
            fetch_one("SELECT 1 AS n FROM no_such_table", prepared=True)

    assert fetch_one("SELECT 2 AS n", prepared=True) == {"n": 2}


_WRITE = "INSERT INTO written_by_a_test (id) VALUES (%(id)s::int) RETURNING id"


@pytest.fixture
def table() -> Any:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE written_by_a_test (id int PRIMARY KEY)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE written_by_a_test")


def _ids() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM written_by_a_test ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.usefixtures("table")
def test_what_a_transaction_wrote_is_there_once_it_is_committed_and_not_before() -> None:
    with transaction.atomic(durable=True):
        fetch_one(_WRITE, {"id": 1}, prepared=True)
        assert connection.connection.info.transaction_status.name == "INTRANS"

    assert _ids() == [1]


@pytest.mark.usefixtures("table")
def test_what_a_transaction_wrote_is_gone_when_it_is_rolled_back() -> None:
    with transaction.atomic(durable=True):
        fetch_one(_WRITE, {"id": 1}, prepared=True)
        transaction.set_rollback(True)

    assert _ids() == []
    fetch_one(_WRITE, {"id": 2}, prepared=True)
    assert _ids() == [2]


@pytest.mark.usefixtures("table")
def test_a_statement_that_fails_in_a_transaction_takes_all_of_it_back() -> None:
    def write_twice() -> None:
        with transaction.atomic(durable=True):
            fetch_one(_WRITE, {"id": 1}, prepared=True)
            fetch_one(_WRITE, {"id": 1}, prepared=True)

    with pytest.raises(IntegrityError):
        write_twice()

    assert _ids() == []


def test_a_new_connection_prepares_anew() -> None:
    assert fetch_one("SELECT 3 AS n", prepared=True) == {"n": 3}
    connection.close()

    assert fetch_one("SELECT 3 AS n", prepared=True) == {"n": 3}


def test_a_connection_that_broke_on_the_way_is_not_used_again() -> None:
    with pytest.raises(OperationalError):
        fetch_one("SELECT pg_terminate_backend(pg_backend_pid()) AS gone", prepared=True)
    connection.close_if_unusable_or_obsolete()

    assert fetch_one("SELECT 4 AS n", prepared=True) == {"n": 4}


def _commit_with(*ids: int) -> None:
    with transaction.atomic(durable=True):
        fetch_one(_WRITE, {"id": 1}, prepared=True)
        for id_ in ids:
            commit_with(_WRITE, {"id": id_})


@pytest.mark.usefixtures("table")
def test_the_last_statement_takes_the_commit_along() -> None:
    hooks: list[str] = []
    with transaction.atomic(durable=True):
        transaction.on_commit(lambda: hooks.append("committed"))
        fetch_one(_WRITE, {"id": 1}, prepared=True)
        commit_with(_WRITE, {"id": 2})
        assert connection.connection.info.transaction_status.name == "IDLE"
        assert hooks == []

    assert (_ids(), hooks) == ([1, 2], ["committed"])


@pytest.mark.usefixtures("table")
def test_a_last_statement_that_fails_commits_nothing() -> None:
    with pytest.raises(IntegrityError):
        _commit_with(1)

    assert _ids() == []


@pytest.mark.usefixtures("table")
def test_a_commit_that_fails_commits_nothing_and_says_so() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE written_by_a_test ADD other int REFERENCES written_by_a_test DEFERRABLE")
        cursor.execute("ALTER TABLE written_by_a_test ALTER CONSTRAINT written_by_a_test_other_fkey INITIALLY DEFERRED")
        cursor.execute("ALTER TABLE written_by_a_test ALTER other SET DEFAULT 99")

    with pytest.raises(IntegrityError):
        _commit_with(2)

    assert _ids() == []


@pytest.mark.usefixtures("table")
def test_within_another_transaction_it_is_the_outer_one_that_commits() -> None:
    with transaction.atomic():
        with transaction.atomic():
            commit_with(_WRITE, {"id": 1})
        transaction.set_rollback(True)

    assert _ids() == []
