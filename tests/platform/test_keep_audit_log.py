"""The audit log: written in the transaction of the change, in one statement, and never changed again."""

from typing import Any

import pytest
import structlog
from django.db import IntegrityError, connection, transaction

from apps.platform import audit
from apps.platform.audit import Change
from apps.platform.db import uuid7
from apps.platform.models import AuditEntry

HERE = uuid7()


def change(**fields: Any) -> Change:
    given: dict[str, Any] = {
        "operation": "shop.set_price",
        "kind": "shelf",
        "object_id": uuid7(),
        "scope_id": HERE,
        "before": {"price": 1, "name": "same"},
        "after": {"price": 2, "name": "same"},
    }
    return Change(**given | fields)


@pytest.mark.django_db
def test_an_entry_says_who_when_where_what_why_and_in_which_request() -> None:
    shelf = uuid7()

    with structlog.contextvars.bound_contextvars(request_id="request-1"), audit.because(" a sale "):
        audit.record([change(object_id=shelf)], actor="user:7")

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.scope_id, entry.operation) == ("user:7", HERE, "shop.set_price")
    assert (entry.object_kind, entry.object_id) == ("shelf", str(shelf))
    assert (entry.before, entry.after) == ({"price": 1}, {"price": 2})
    assert (entry.reason, entry.request_id) == ("a sale", "request-1")
    assert entry.at is not None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    ["UPDATE platform_auditentry SET actor = 'nobody'", "DELETE FROM platform_auditentry"],
)
def test_the_database_refuses_to_alter_or_delete_an_entry(statement: str) -> None:
    """Statement 40 of docs/security.md: the log is append-only."""
    audit.record([change()], actor="user:7")

    with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert AuditEntry.objects.get().actor == "user:7"


@pytest.mark.django_db
def test_many_changes_are_one_statement(django_assert_num_queries: Any) -> None:
    changes = [change(object_id=f"{number}") for number in range(365)]

    with django_assert_num_queries(1):
        audit.record(changes, actor="user:7")

    assert AuditEntry.objects.count() == 365


@pytest.mark.django_db
def test_where_nothing_differs_nothing_is_written(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        audit.record([change(after={"price": 1, "name": "same"})], actor="user:7")

    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_what_came_or_went_as_a_whole_is_an_entry_too() -> None:
    audit.record([change(before={}), change(after={}), change(before={}, after={})], actor="user:7")

    entries = AuditEntry.objects.order_by("id").values_list("before", "after")
    assert list(entries) == [
        ({}, {"price": 2, "name": "same"}),
        ({"price": 1, "name": "same"}, {}),
        ({}, {}),
    ]


@pytest.mark.django_db
def test_a_change_that_nobody_made_is_refused() -> None:
    with pytest.raises(ValueError, match="somebody"):
        audit.record([change()], actor="")


@pytest.mark.django_db(transaction=True)
def test_a_change_outside_a_transaction_is_refused_and_one_rolled_back_leaves_nothing() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        audit.record([change()], actor="user:7")
    with pytest.raises(InterruptedError):
        _record_and_fail()

    assert not AuditEntry.objects.exists()


@transaction.atomic
def _record_and_fail() -> None:
    audit.record([change()], actor="user:7")
    raise InterruptedError


@pytest.mark.django_db
def test_what_one_save_has_changed_is_found_by_its_batch() -> None:
    save = uuid7()

    audit.record([change(), change()], actor="user:7", batch=save)
    audit.record([change()], actor="user:7")

    assert [entry.batch for entry in audit.entries_of(HERE, batch=save)] == [save, save]
    assert audit.entries_of(uuid7(), batch=save).count() == 0
    assert AuditEntry.objects.filter(batch=None).count() == 1
